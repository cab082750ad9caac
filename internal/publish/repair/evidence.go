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

// evidenceFolder saves damaged bytes in a folder for each repair:
//
//	DIR/20261127T081500Z-qinghe/pack/qinghe/12-3851.at-4096+812   the damaged bytes from 4096 on
//	DIR/20261127T081500Z-qinghe/cas/ab/cdef…                      a whole damaged file
//	DIR/20261127T081500Z-qinghe/list.txt                          one line for each damaged or missing object
type evidenceFolder struct {
	dir  string
	at   time.Time
	site string
	path string // the folder of this repair, once it was created
}

// savePieces saves the bytes of a pack that are about to be replaced.
func (e *evidenceFolder) savePieces(ctx context.Context, blobs *blob.Store, name string, pieces []blob.Piece) error {
	for _, p := range pieces {
		b, err := blobs.ReadRange(ctx, name, p.Off, int64(len(p.Bytes)))
		if err != nil {
			if err := e.log("missing %s@%d+%d: %v", name, p.Off, len(p.Bytes), err); err != nil {
				return err
			}
			continue
		}
		file := fmt.Sprintf("%s.at-%d+%d", name, p.Off, len(p.Bytes))
		if err := e.write(file, func(f *os.File) error { _, err := f.Write(b); return err }); err != nil {
			return err
		}
		if err := e.log("damaged %s@%d+%d", name, p.Off, len(p.Bytes)); err != nil {
			return err
		}
	}
	return nil
}

// saveFile saves a whole damaged file.
func (e *evidenceFolder) saveFile(ctx context.Context, blobs *blob.Store, name string) error {
	_, err := blobs.Stat(ctx, name)
	if fault.Is(err, fault.NotFound) {
		return e.log("missing %s", name)
	}
	if err != nil {
		return err
	}
	if err := e.write(name, func(f *os.File) error { return blobs.CopyUnverified(ctx, name, f) }); err != nil {
		return err
	}
	return e.log("damaged %s", name)
}

func (e *evidenceFolder) write(name string, fill func(*os.File) error) error {
	if err := e.folder(); err != nil {
		return err
	}
	path := filepath.Join(e.path, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return disk.Fault(err, "受损内容无法留存到 %s", e.path)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return disk.Fault(err, "受损内容无法留存到 %s", e.path)
	}
	if err := errors.Join(fill(f), f.Sync(), f.Close()); err != nil {
		return disk.Fault(err, "受损内容无法留存到 %s", e.path)
	}
	return nil
}

func (e *evidenceFolder) log(format string, a ...any) error {
	if err := e.folder(); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(e.path, "list.txt"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return disk.Fault(err, "受损内容无法留存到 %s", e.path)
	}
	_, err = fmt.Fprintf(f, format+"\n", a...)
	if err := errors.Join(err, f.Close()); err != nil {
		return disk.Fault(err, "受损内容无法留存到 %s", e.path)
	}
	return nil
}

// folder creates the folder of this repair. Two repairs in the same second share one.
func (e *evidenceFolder) folder() error {
	if e.path != "" {
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
	e.path = made
	return nil
}

// lock excludes other repairs in all processes on this machine. A dry run needs no lock.
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
