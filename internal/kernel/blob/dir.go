package blob

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
)

const (
	tmpDir     = ".tmp"
	writeAhead = 256 << 10 // bytes gathered before a write to the file
)

// dir keeps objects as files. All access goes through os.Root, so that not even a symbolic link leads out of it.
type dir struct {
	root    *os.Root
	handles *handles
}

var _ driver = (*dir)(nil)

func openDir(name string) (*dir, error) {
	if name == "" {
		return nil, fault.New(fault.Invalid, "文件存储地址 dir: 后缺少目录")
	}
	if err := os.MkdirAll(filepath.Join(name, tmpDir), 0o750); err != nil {
		return nil, disk.Fault(err, "无法创建文件存储目录 %s", name)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, disk.Fault(err, "无法打开文件存储目录 %s", name)
	}
	d := &dir{root: root}
	d.handles = newHandles(d.openFile)
	return d, nil
}

// openFile does not block on a pipe that somebody has put in place of an object.
func (d *dir) openFile(name string) (*os.File, error) {
	f, err := d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	return f, absentError(err)
}

// absentError reports an object as missing in two further cases: "a/b" when "a" is an object, and a symbolic link that
// leads to itself or out of the folder.
func absentError(err error) error {
	if disk.Reason(err) == disk.ErrPath {
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}

func (d *dir) close() error {
	d.handles.close()
	return d.root.Close()
}

func (d *dir) check(context.Context) error {
	f, err := d.root.Open(tmpDir)
	if err != nil {
		return err
	}
	return f.Close()
}

func (d *dir) open(_ context.Context, name string) (io.ReadCloser, int64, error) {
	f, err := d.openFile(name)
	if err != nil {
		return nil, 0, err
	}
	size, err := regularSize(f)
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, size, nil
}

func (d *dir) readRange(_ context.Context, name string, off, n int64) ([]byte, error) {
	for {
		h, err := d.handles.get(name)
		if err != nil {
			return nil, err
		}
		if err := checkBounds(off, n, h.size); err != nil {
			return nil, err
		}
		b := make([]byte, n)
		_, err = h.f.ReadAt(b, off)
		switch {
		case err == nil:
			return b, nil
		case errors.Is(err, os.ErrClosed): // evicted from the cache since get
			continue
		case errors.Is(err, io.EOF):
			return nil, checkBounds(off, n, 0) // cut short on disk
		}
		return nil, err
	}
}

func (d *dir) stat(_ context.Context, name string) (Info, error) {
	info, err := d.root.Stat(name)
	if err != nil {
		return Info{}, absentError(err)
	}
	if !info.Mode().IsRegular() {
		return Info{}, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return Info{Name: name, Size: info.Size(), Modified: info.ModTime()}, nil
}

func (d *dir) list(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		err := fs.WalkDir(d.root.FS(), path.Dir(prefix+"x"), func(name string, e fs.DirEntry, err error) error {
			switch {
			case errors.Is(absentError(err), fs.ErrNotExist): // no such prefix, or removed meanwhile
				return nil
			case err != nil:
				return err
			case ctx.Err() != nil:
				return ctx.Err()
			case e.IsDir() && name != "." && !related(name+"/", prefix), e.IsDir() && name == tmpDir:
				return fs.SkipDir
			case !e.Type().IsRegular() || !strings.HasPrefix(name, prefix) || checkName(name) != nil:
				return nil
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			if !yield(Info{Name: name, Size: info.Size(), Modified: info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(Info{}, err)
		}
	}
}

// related reports whether a directory can hold names with the prefix.
func related(dir, prefix string) bool {
	return strings.HasPrefix(dir, prefix) || strings.HasPrefix(prefix, dir)
}

func (d *dir) remove(_ context.Context, name string) error {
	d.handles.forget(name)
	_, err := d.stat(context.Background(), name) // never a directory
	if disk.Reason(err) == disk.ErrPath && !errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w: %s", disk.ErrPath, err) // a link is no object, and not removed
	}
	if err != nil {
		return err
	}
	return d.root.Remove(name)
}

// removeStale renames the file before it checks its date. A writer that comes later creates another file; a file that
// was renewed before is renamed back.
func (d *dir) removeStale(ctx context.Context, name string, before time.Time) (bool, error) {
	if info, err := d.stat(ctx, name); err != nil || !info.Modified.Before(before) {
		return false, err
	}
	aside := path.Join(tmpDir, rand.Text())
	if err := d.root.Rename(name, aside); err != nil {
		return false, absentError(err)
	}
	d.handles.forget(name)
	info, err := d.root.Stat(aside)
	stale := err == nil && info.ModTime().Before(before)
	if !stale {
		if back := d.root.Link(aside, name); !errors.Is(back, fs.ErrExist) {
			err = errors.Join(err, back)
		}
	}
	if err != nil {
		return false, err
	}
	return stale, d.root.Remove(aside)
}

func (d *dir) sweep(ctx context.Context, before time.Time) (int, error) {
	entries, err := fs.ReadDir(d.root.FS(), tmpDir)
	if err != nil {
		return 0, err
	}
	swept := 0
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return swept, err
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || info.ModTime().After(before) {
			continue // removed in the meantime, not a temporary file of ours, or still in use
		}
		if err := d.root.Remove(path.Join(tmpDir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return swept, err
		}
		swept++
	}
	return swept, nil
}

func (d *dir) stage() (stage, error) {
	name := path.Join(tmpDir, rand.Text())
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil, err
	}
	return &dirStage{d: d, name: name, f: f, w: bufio.NewWriterSize(f, writeAhead)}, nil
}

// dirStage is a temporary file.
type dirStage struct {
	d    *dir
	name string
	f    *os.File
	w    *bufio.Writer
}

func (s *dirStage) Write(p []byte) (int, error) { return s.w.Write(p) }

func (s *dirStage) publish(_ context.Context, name string, replace bool) error {
	if err := errors.Join(s.w.Flush(), s.f.Sync()); err != nil {
		return err
	}
	if err := s.d.makeParent(path.Dir(name)); err != nil {
		return err
	}
	publish := s.d.root.Link // unlike rename, never replaces
	if replace {
		publish = s.d.root.Rename
	}
	if err := publish(s.name, name); err != nil {
		return err
	}
	s.d.handles.forget(name)
	return s.d.syncDir(path.Dir(name))
}

func (s *dirStage) discard() {
	s.f.Close()                 // a second Close only returns an error
	_ = s.d.root.Remove(s.name) // does not exist after a rename; Sweep removes what is left
}

// makeParent creates the parent directories of a name, durably.
func (d *dir) makeParent(name string) error {
	if _, err := d.root.Stat(name); err == nil {
		return nil
	}
	if err := d.root.MkdirAll(name, 0o750); err != nil {
		return err
	}
	for name != "." {
		name = path.Dir(name)
		if err := d.syncDir(name); err != nil {
			return err
		}
	}
	return nil
}

func (d *dir) syncDir(name string) error {
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// regularSize returns the size of a regular file and refuses directories, pipes and devices.
func regularSize(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, &fs.PathError{Op: "open", Path: f.Name(), Err: fs.ErrNotExist}
	}
	return info.Size(), nil
}
