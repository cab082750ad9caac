package blob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"

	"guiyi/internal/kernel/fault"
)

// Piece is a part of a named object, from Off on.
type Piece struct {
	Off   int64
	Bytes []byte
}

// Patch replaces parts of a named object, to repair a damaged one; nothing else may change an object. Readers see the
// old bytes or the new ones, never a mixture. A missing object is created, with zeros where no piece is.
func (s *Store) Patch(ctx context.Context, name string, pieces []Piece) error {
	if err := checkFree(name); err != nil {
		return err
	}
	pieces = slices.SortedFunc(slices.Values(pieces), func(a, b Piece) int { return int(min(max(a.Off-b.Off, -1), 1)) })
	var old io.Reader = eof{}
	r, size, err := s.d.open(ctx, name)
	switch {
	case err == nil:
		defer r.Close()
		old = r
	case !errors.Is(err, fs.ErrNotExist):
		return readFault(err, name)
	}
	for _, p := range pieces {
		size = max(size, p.Off+int64(len(p.Bytes)))
	}
	st, err := s.d.stage()
	if err != nil {
		return writeFault(err)
	}
	defer st.discard()
	if err := copyPatched(ctx, st, old, size, pieces); err != nil {
		return err
	}
	return writeFault(st.publish(ctx, name, true))
}

// copyPatched writes size bytes: those of old, zeros after its end, overwritten by the pieces.
func copyPatched(ctx context.Context, w io.Writer, old io.Reader, size int64, pieces []Piece) error {
	buf := make([]byte, writeAhead)
	for off := int64(0); off < size; {
		if err := ctx.Err(); err != nil {
			return fault.Wrap(fault.Unavailable, err, "写入已取消")
		}
		part := buf[:min(int64(len(buf)), size-off)]
		n, err := io.ReadFull(old, part)
		clear(part[n:])
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return readFault(err, "")
		}
		for _, p := range pieces {
			from, to := max(p.Off, off), min(p.Off+int64(len(p.Bytes)), off+int64(len(part)))
			if from < to {
				copy(part[from-off:to-off], p.Bytes[from-p.Off:to-p.Off])
			}
		}
		if _, err := w.Write(part); err != nil {
			return writeFault(err)
		}
		off += int64(len(part))
	}
	return nil
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// Refresh makes the next read of an object see what is stored now. Without it, a file that another process has
// replaced is still read through its old handle for up to a minute.
func (s *Store) Refresh(name string) {
	if d, ok := s.d.(*dir); ok {
		d.handles.forget(name)
	}
}

// CopyUnverified copies the stored bytes of an object without checking them, as evidence of damage.
func (s *Store) CopyUnverified(ctx context.Context, name string, w io.Writer) error {
	if err := checkName(name); err != nil {
		return err
	}
	r, _, err := s.d.open(ctx, name)
	if err != nil {
		return readFault(err, name)
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, r.Close())
}
