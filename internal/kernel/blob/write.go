package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"strings"
	"time"

	"guiyi/internal/kernel/fault"
)

// renewAge is the age from which Put writes content that is already stored once more.
const renewAge = time.Hour

// Put stores content under its hash while streaming it. When the content is stored already, the copy is verified, and
// replaced when it is damaged or so old that RemoveStale might remove it. More than limit bytes is TooLarge and
// stores nothing; limit 0 means no limit.
func (s *Store) Put(ctx context.Context, r io.Reader, limit int64) (Ref, error) {
	st, err := s.d.stage()
	if err != nil {
		return Ref{}, writeFault(err)
	}
	defer st.discard()
	sum := sha256.New()
	size, err := copyLimited(ctx, io.MultiWriter(sum, st), r, limit)
	if err != nil {
		return Ref{}, err
	}
	ref := Ref{Hash: hex.EncodeToString(sum.Sum(nil)), Size: size}
	state, err := s.verify(ctx, ref)
	if err != nil || state == good && s.young(ctx, ref.Hash) {
		return ref, err
	}
	err = st.publish(ctx, CASName(ref.Hash), state != absent)
	if errors.Is(err, fs.ErrExist) { // another writer of the same content was first
		return ref, nil
	}
	return ref, writeFault(err)
}

func (s *Store) young(ctx context.Context, hash string) bool {
	info, err := s.d.stat(ctx, CASName(hash))
	return err == nil && time.Since(info.Modified) < renewAge
}

type state int

const (
	absent state = iota
	good
	damaged
)

// verify checks the stored copy of content.
func (s *Store) verify(ctx context.Context, ref Ref) (state, error) {
	r, size, err := s.openVerified(ctx, ref.Hash)
	if fault.Is(err, fault.NotFound) {
		return absent, nil
	}
	if err != nil {
		return absent, err
	}
	defer r.Close()
	if size != ref.Size {
		return damaged, nil
	}
	_, err = io.Copy(io.Discard, r)
	if errors.Is(err, ErrTampered) {
		return damaged, nil
	}
	return good, err
}

// PutNamed stores an immutable object, such as a pack. Storing the same bytes again succeeds; other bytes are a
// Conflict.
func (s *Store) PutNamed(ctx context.Context, name string, data []byte) error {
	w, err := s.newWriter(name)
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := w.Write(data); err != nil {
		return err
	}
	return w.Commit(ctx)
}

// Writer writes one named object piece by piece. It must be used by one goroutine. Nothing is visible before Commit,
// and Abort removes everything:
//
//	w, err := store.Create(ctx, name)
//	defer w.Abort()
//	…
//	err = w.Commit(ctx)
type Writer struct {
	s    *Store
	name string
	st   stage
	sum  hash.Hash
	off  int64
	err  error
}

// Create begins the object name, which must not exist.
func (s *Store) Create(ctx context.Context, name string) (*Writer, error) {
	if err := checkFree(name); err != nil {
		return nil, err
	}
	_, err := s.d.stat(ctx, name)
	if err == nil {
		return nil, taken(name)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, readFault(err, name)
	}
	return s.newWriter(name)
}

func (s *Store) newWriter(name string) (*Writer, error) {
	if err := checkFree(name); err != nil {
		return nil, err
	}
	st, err := s.d.stage()
	if err != nil {
		return nil, writeFault(err)
	}
	return &Writer{s: s, name: name, st: st, sum: sha256.New()}, nil
}

// Name is the name the object will have.
func (w *Writer) Name() string { return w.name }

// Offset is the offset of the next byte written.
func (w *Writer) Offset() int64 { return w.off }

// Write appends p. After an error the object cannot be committed.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.st.Write(p)
	w.sum.Write(p[:n])
	w.off += int64(n)
	w.err = writeFault(err)
	return n, w.err
}

// Commit makes the complete object visible and durable. When the name was taken in the meantime it returns a
// Conflict, unless the bytes are the same. The Writer cannot be used afterwards, whatever the outcome.
func (w *Writer) Commit(ctx context.Context) error {
	if w.err != nil {
		return w.err
	}
	defer w.end()
	err := w.st.publish(ctx, w.name, false)
	if errors.Is(err, fs.ErrExist) {
		return w.compare(ctx)
	}
	return writeFault(err)
}

// compare compares the object that has the name with what was written.
func (w *Writer) compare(ctx context.Context) error {
	r, size, err := w.s.d.open(ctx, w.name)
	if err != nil {
		return readFault(err, w.name)
	}
	defer r.Close()
	if size != w.off {
		return taken(w.name)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return readFault(err, w.name)
	}
	if !bytes.Equal(sum.Sum(nil), w.sum.Sum(nil)) {
		return taken(w.name)
	}
	return nil
}

// Abort discards what was written. After Commit it does nothing.
func (w *Writer) Abort() { w.end() }

func (w *Writer) end() {
	w.st.discard()
	if w.err == nil {
		w.err = fault.New(fault.Internal, "对象 %s 的写入已经结束", w.name)
	}
}

func taken(name string) error {
	return fault.New(fault.Conflict, "存储对象 %s 已存在且不可改写", name)
}

// checkFree refuses names that are taken or reserved for content named by its hash.
func checkFree(name string) error {
	if strings.HasPrefix(name+"/", casPrefix) {
		return fault.New(fault.Invalid, "存储对象名称不能以 %s 开头", casPrefix)
	}
	return checkName(name)
}

// copyLimited copies until the end of r, an error, more than limit bytes, or the end of ctx.
func copyLimited(ctx context.Context, w io.Writer, r io.Reader, limit int64) (int64, error) {
	buf := make([]byte, 64<<10)
	var size int64
	for {
		if err := ctx.Err(); err != nil {
			return size, fault.Wrap(fault.Unavailable, err, "写入已取消")
		}
		n, err := r.Read(buf)
		size += int64(n)
		if limit > 0 && size > limit {
			return size, fault.New(fault.TooLarge, "内容超过上限 %d 字节", limit)
		}
		if _, werr := w.Write(buf[:n]); werr != nil {
			return size, writeFault(werr)
		}
		if errors.Is(err, io.EOF) {
			return size, nil
		}
		if err != nil {
			return size, err // the error of the reader, which has its own kind
		}
	}
}
