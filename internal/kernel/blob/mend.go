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

// Mend writes a named object anew with other bytes in some places, for the repair of a damaged one; nothing else
// may change an object. Readers see the old bytes or the new ones, never a mixture. An object that is not there is
// made, with zeros where no piece is.
func (s *Store) Mend(ctx context.Context, name string, pieces []Piece) error {
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
	if err := copyMended(ctx, st, old, size, pieces); err != nil {
		return err
	}
	return writeFault(st.publish(ctx, name, true))
}

// copyMended writes size bytes of old, or zeros behind its end, with the pieces over them.
func copyMended(ctx context.Context, w io.Writer, old io.Reader, size int64, pieces []Piece) error {
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

// Fresh makes the next read of an object see what is stored now: a directory keeps files open for up to a minute,
// and does not see meanwhile that another process has replaced one.
func (s *Store) Fresh(name string) {
	if d, ok := s.d.(*dir); ok {
		d.handles.forget(name)
	}
}

// Raw copies the stored bytes of an object, right or wrong, as evidence.
func (s *Store) Raw(ctx context.Context, name string, w io.Writer) error {
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
