package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"guiyi/internal/kernel/fault"
)

// Get streams content and checks it while it is read: when it does not match its hash, the last Read fails with
// ErrTampered instead of io.EOF. Until then the reader must not act on the data; use Bytes where the content fits in
// memory.
func (s *Store) Get(ctx context.Context, hash string) (io.ReadCloser, error) {
	r, _, err := s.openVerified(ctx, hash)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Bytes returns the whole content, checked. More than limit bytes is TooLarge; limit 0 means no limit.
func (s *Store) Bytes(ctx context.Context, hash string, limit int64) ([]byte, error) {
	r, size, err := s.openVerified(ctx, hash)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if limit > 0 && size > limit {
		return nil, fault.New(fault.TooLarge, "内容为 %d 字节，超过上限 %d 字节", size, limit)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, tornAs(err, hash)
	}
	var more [1]byte // reads to the end, where the check is made; more content than expected is an error
	if n, err := r.Read(more[:]); n != 0 || !errors.Is(err, io.EOF) {
		return nil, tornAs(err, hash)
	}
	return b, nil
}

// ReadRange returns exactly n bytes of a named object, starting at off. They are not verified: the caller knows the
// hash of the piece. A range outside the object fails with ErrRange before memory is allocated.
func (s *Store) ReadRange(ctx context.Context, name string, off, n int64) ([]byte, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if off < 0 || n < 0 || off+n < off {
		return nil, readFault(fmt.Errorf("%w: off=%d n=%d", ErrRange, off, n), name)
	}
	b, err := s.d.readRange(ctx, name, off, n)
	if err != nil {
		return nil, readFault(err, name)
	}
	return b, nil
}

// checkBounds is for drivers, which know the size.
func checkBounds(off, n, size int64) error {
	if off > size || n > size-off {
		return fmt.Errorf("%w: off=%d n=%d size=%d", ErrRange, off, n, size)
	}
	return nil
}

func (s *Store) openVerified(ctx context.Context, hash string) (io.ReadCloser, int64, error) {
	if err := checkHash(hash); err != nil {
		return nil, 0, err
	}
	r, size, err := s.d.open(ctx, CASName(hash))
	if err != nil {
		return nil, 0, readFault(err, CASName(hash))
	}
	return &verified{r: r, sum: sha256.New(), hash: hash}, size, nil
}

// tornAs returns ErrTampered when content was shorter or longer than expected: its size changed while it was read.
func tornAs(err error, hash string) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return readFault(ErrTampered, CASName(hash))
	}
	return err
}

// verified is a reader that hashes what is read and compares the hash at the end.
type verified struct {
	r    io.ReadCloser
	sum  hash.Hash
	hash string
}

func (v *verified) Read(p []byte) (int, error) {
	n, err := v.r.Read(p)
	v.sum.Write(p[:n])
	if err == nil {
		return n, nil
	}
	if !errors.Is(err, io.EOF) {
		return n, readFault(err, CASName(v.hash))
	}
	if hex.EncodeToString(v.sum.Sum(nil)) != v.hash {
		return 0, readFault(ErrTampered, CASName(v.hash))
	}
	return n, io.EOF
}

func (v *verified) Close() error { return v.r.Close() }
