package archive

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"guiyi/internal/kernel/fault"
)

// writeWhole calls write with the file NAME.partial and renames it to NAME when everything is on disk. If the process
// is killed, NAME.partial may remain; the next run overwrites it.
func writeWhole(name string, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Conflict, err, "%s 已经存在，没有覆盖：请换一个文件名", name)
	}
	partial := name + ".partial"
	f, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|syscall.O_NOFOLLOW, 0o600) // private: it contains drafts
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "写不了 %s", partial)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fault.Wrap(fault.Conflict, err, "另一个备份正在写 %s", name)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(partial)
		}
	}()
	if err := f.Truncate(0); err != nil {
		return fault.Wrap(fault.Unavailable, err, "写不了 %s", partial)
	}
	if err := write(f); err != nil {
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			return fault.Wrap(fault.Unavailable, err, "空间不足，没有留下备份：请换一个地方写 %s", filepath.Base(name))
		}
		return err
	}
	if err = f.Sync(); err == nil { // rename only after everything is on disk
		err = os.Rename(partial, name)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "写不了 %s", name)
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// enoughSpace returns a fault if the file system of a blob directory has less free space than the objects of an archive
// need.
func (d *Desk) enoughSpace(bytes int64) error {
	dir, ok := strings.CutPrefix(d.At.Blob, "dir:")
	if !ok {
		return nil
	}
	var there syscall.Statfs_t
	for syscall.Statfs(dir, &there) != nil { // the folder does not exist yet
		if dir == filepath.Dir(dir) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
	if free := int64(there.Bavail) * int64(
		there.Bsize); free < bytes { // types differ between systems
		return fault.New(fault.Unavailable, "空间不足：存储对象共 %d MiB，目标只剩 %d MiB，没有恢复", bytes>>20, free>>20)
	}
	return nil
}

// minPassphrase is the minimum length of a passphrase, in bytes.
const minPassphrase = 12

func readPassphrase(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", fault.Wrap(fault.NotFound, err, "口令文件读不了：%s", name)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSpace(line); len(line) < minPassphrase {
		return "", fault.New(fault.Invalid, "口令文件 %s 的第一行应是至少 %d 个字符的口令", name, minPassphrase)
	}
	return line, nil
}
