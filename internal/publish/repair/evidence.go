package repair

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
)

// evidence keeps what was damaged, in a folder for each repair:
//
//	DIR/20261127T081500Z-qinghe/pack/qinghe/12-3851.at-4096+812   the damaged bytes from 4096 on
//	DIR/20261127T081500Z-qinghe/cas/ab/cdef…                      a damaged file, whole
//	DIR/20261127T081500Z-qinghe/list.txt                          a line for each, also for what was missing
type evidence struct {
	dir  string
	at   time.Time
	site string
	made string // the folder, once there is one
}

// pieces keeps the bytes of a pack that are about to be replaced.
func (e *evidence) pieces(ctx context.Context, blobs *blob.Store, name string, pieces []blob.Piece) error {
	for _, p := range pieces {
		b, err := blobs.ReadRange(ctx, name, p.Off, int64(len(p.Bytes)))
		if err != nil {
			if err := e.note("missing %s@%d+%d: %v", name, p.Off, len(p.Bytes), err); err != nil {
				return err
			}
			continue
		}
		file := fmt.Sprintf("%s.at-%d+%d", name, p.Off, len(p.Bytes))
		if err := e.write(file, func(f *os.File) error { _, err := f.Write(b); return err }); err != nil {
			return err
		}
		if err := e.note("damaged %s@%d+%d", name, p.Off, len(p.Bytes)); err != nil {
			return err
		}
	}
	return nil
}

// file keeps a damaged file whole.
func (e *evidence) file(ctx context.Context, blobs *blob.Store, name string) error {
	_, err := blobs.Stat(ctx, name)
	if fault.Is(err, fault.NotFound) {
		return e.note("missing %s", name)
	}
	if err != nil {
		return err
	}
	if err := e.write(name, func(f *os.File) error { return blobs.CopyUnverified(ctx, name, f) }); err != nil {
		return err
	}
	return e.note("damaged %s", name)
}

func (e *evidence) write(name string, fill func(*os.File) error) error {
	if err := e.folder(); err != nil {
		return err
	}
	path := filepath.Join(e.made, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return disk.Fault(err, "受损内容无法留存到 %s", e.made)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return disk.Fault(err, "受损内容无法留存到 %s", e.made)
	}
	if err := errors.Join(fill(f), f.Sync(), f.Close()); err != nil {
		return disk.Fault(err, "受损内容无法留存到 %s", e.made)
	}
	return nil
}

func (e *evidence) note(format string, a ...any) error {
	if err := e.folder(); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(e.made, "list.txt"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return disk.Fault(err, "受损内容无法留存到 %s", e.made)
	}
	_, err = fmt.Fprintf(f, format+"\n", a...)
	if err := errors.Join(err, f.Close()); err != nil {
		return disk.Fault(err, "受损内容无法留存到 %s", e.made)
	}
	return nil
}

// folder makes the folder of this repair. Two in the same second share one.
func (e *evidence) folder() error {
	if e.made != "" {
		return nil
	}
	name := e.at.UTC().Format("20060102T150405Z")
	if e.site != "" {
		name += "-" + e.site
	}
	made := filepath.Join(e.dir, name)
	if err := os.MkdirAll(made, 0o700); err != nil {
		return disk.Fault(err, "受损内容无法留存到 %s", e.dir)
	}
	e.made = made
	return nil
}

// lock keeps other repairs away, those of other processes on this machine too.
func (r *Repairer) lock(ctx context.Context, dry bool) (unlock func(), err error) {
	if dry {
		return func() {}, nil
	}
	r.mu.Lock()
	if err := os.MkdirAll(r.Evidence, 0o700); err != nil {
		r.mu.Unlock()
		return nil, disk.Fault(err, "受损内容无法留存到 %s", r.Evidence)
	}
	f, err := os.OpenFile(filepath.Join(r.Evidence, ".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		r.mu.Unlock()
		return nil, disk.Fault(err, "受损内容无法留存到 %s", r.Evidence)
	}
	for {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return func() { _ = f.Close(); r.mu.Unlock() }, nil
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			r.mu.Unlock()
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
