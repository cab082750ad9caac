package audit

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
)

// files reads the files of a dir: blob store directly. The store itself keeps files open for a while, so it would not
// notice at once that a file was replaced.
type files struct{ root *os.Root }

func openFiles(dir string) (files, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return files{}, fault.Wrap(fault.Unavailable, err, "无法打开存储目录 %s", dir)
	}
	return files{root}, nil
}

func (f files) open(name string) (*os.File, int64, error) {
	file, err := f.root.Open(name)
	if err != nil {
		return nil, 0, fault.Wrap(fault.NotFound, err, "存储中没有对象 %s", name)
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, 0, errors.Join(err, file.Close(), fault.New(fault.NotFound, "%s 不是普通文件", name))
	}
	return file, info.Size(), nil
}

// ReadRange is like blob.Store.ReadRange.
func (f files) ReadRange(_ context.Context, name string, off, n int64) ([]byte, error) {
	file, size, err := f.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if off < 0 || n < 0 || off > size || n > size-off {
		return nil, fault.Wrap(fault.Internal, blob.ErrRange, "读取范围超出对象 %s", name)
	}
	b := make([]byte, n)
	if _, err := file.ReadAt(b, off); err != nil && !(n == 0 && errors.Is(err, io.EOF)) {
		return nil, err
	}
	return b, nil
}

// Bytes is like blob.Store.Bytes, but the caller must check the hash.
func (f files) Bytes(ctx context.Context, hash string, limit int64) ([]byte, error) {
	name := blob.CASName(hash)
	info, err := f.root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Wrap(fault.NotFound, err, "存储中没有对象 %s", name)
	case err != nil:
		return nil, err
	case info.Size() > limit:
		return nil, fault.New(fault.TooLarge, "对象 %s 超过 %d 字节", name, limit)
	}
	return f.ReadRange(ctx, name, 0, info.Size())
}
