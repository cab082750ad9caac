package mirror

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
)

const (
	copyBuffer = 4 << 20          // bytes of a pack per read
	maxNode    = 4 << 20          // maximum size of a node in bytes
	stallTime  = 30 * time.Second // maximum time without progress; there is no limit for the whole copy
	trimAge    = 24 * time.Hour   // age at which unreferenced objects are removed
)

// Store is the remote store; *blob.Store implements it.
type Store interface {
	Check(ctx context.Context) error
	Stat(ctx context.Context, name string) (blob.Info, error)
	Get(ctx context.Context, hash string) (io.ReadCloser, error)
	Bytes(ctx context.Context, hash string, limit int64) ([]byte, error)
	ReadRange(ctx context.Context, name string, off, n int64) ([]byte, error)
}

// Mirror is a local copy of a remote store. It is safe for concurrent use.
type Mirror struct {
	local  *blob.Store
	remote Store
	log    *slog.Logger

	mu   sync.Mutex
	busy map[string]chan struct{} // objects being copied
}

// New returns a mirror of remote in local. log may be nil.
func New(local *blob.Store, remote Store, log *slog.Logger) *Mirror {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Mirror{local: local, remote: remote, log: log, busy: map[string]chan struct{}{}}
}

// ReadRange reads from the local disk, or from the store if the object is not there.
func (m *Mirror) ReadRange(ctx context.Context, name string, off, n int64) ([]byte, error) {
	b, err := m.local.ReadRange(ctx, name, off, n)
	if fault.Is(err, fault.NotFound) {
		return m.remote.ReadRange(ctx, name, off, n)
	}
	return b, err
}

// Bytes is ReadRange for content by its hash.
func (m *Mirror) Bytes(ctx context.Context, hash string, limit int64) ([]byte, error) {
	b, err := m.local.Bytes(ctx, hash, limit)
	if fault.Is(err, fault.NotFound) {
		return m.remote.Bytes(ctx, hash, limit)
	}
	return b, err
}

// Refresh makes the next read of an object reopen it.
func (m *Mirror) Refresh(name string) { m.local.Refresh(name) }

// Fill copies the missing objects that a head refers to. It fails if there is no progress for stallTime.
func (m *Mirror) Fill(ctx context.Context, h manifest.Head) (err error) {
	defer fault.Annotate(&err, "mirror.Fill(%s, %d)", h.Site, h.Revision)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stalled := time.AfterFunc(stallTime, cancel)
	defer stalled.Stop()
	arrived := func() { stalled.Reset(stallTime) }
	return m.eachObject(ctx, h, func(name, hash string) error {
		arrived()
		_, err := m.local.Stat(ctx, name)
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		return m.copyOnce(ctx, name, hash, arrived)
	})
}

// eachObject calls fn once for every object that a head refers to; hash is "" for packs. fn is called for a pack before
// its nodes are read.
func (m *Mirror) eachObject(ctx context.Context, h manifest.Head, fn func(name, hash string) error) error {
	if h.Count == 0 {
		return nil
	}
	seen := map[string]bool{}
	need := func(hash manifest.Hash, loc manifest.Loc) error {
		name, content := loc.Pack, ""
		if name == "" {
			content = hash.String()
			name = blob.CASName(content)
		}
		if seen[name] {
			return nil
		}
		seen[name] = true
		return fn(name, content)
	}
	load := func(ctx context.Context, ref manifest.Ref) (*manifest.Node, error) {
		if err := need(ref.Hash, ref.Loc); err != nil {
			return nil, err
		}
		var b []byte
		var err error
		switch {
		case ref.Loc.Pack == "":
			b, err = m.Bytes(ctx, ref.Hash.String(), maxNode)
		case ref.Loc.Len > maxNode:
			err = fault.New(fault.Invalid, "节点长度 %d 超过上限", ref.Loc.Len)
		default:
			b, err = m.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len)
		}
		if err != nil {
			return nil, err
		}
		n, err := manifest.DecodeNode(b, ref.Hash)
		if err == nil || ref.Loc.Pack == "" {
			return n, err
		}
		// the local copy is damaged
		if b, err = m.remote.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len); err != nil {
			return nil, err
		}
		return manifest.DecodeNode(b, ref.Hash)
	}
	return manifest.WalkNodes(ctx, load, h.Root, func(_ manifest.Ref, n *manifest.Node, failed error) error {
		if failed != nil {
			return failed
		}
		for i := range n.Entries {
			if err := eachObjectOf(&n.Entries[i], need); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachObjectOf calls need for each location of an entry.
func eachObjectOf(e *manifest.Entry, need func(manifest.Hash, manifest.Loc) error) error {
	if !e.HasBody() {
		return nil
	}
	err := need(e.Hash, e.Loc)
	for _, v := range e.Variants {
		if err == nil {
			err = need(v.Hash, v.Loc)
		}
	}
	if err == nil && !e.Chunks.IsZero() {
		err = need(e.Chunks, manifest.Loc{})
	}
	return err
}

// copyOnce copies an object and calls arrived after each read; if another goroutine is copying it, it waits for that.
func (m *Mirror) copyOnce(ctx context.Context, name, hash string, arrived func()) error {
	m.mu.Lock()
	other := m.busy[name]
	if other == nil {
		m.busy[name] = make(chan struct{})
	}
	m.mu.Unlock()
	if other != nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-other:
			_, err := m.local.Stat(ctx, name)
			return err
		}
	}
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		close(m.busy[name])
		delete(m.busy, name)
	}()
	if hash != "" {
		return m.copyContent(ctx, hash, arrived)
	}
	return m.copyPack(ctx, name, arrived)
}

func (m *Mirror) copyContent(ctx context.Context, hash string, arrived func()) (err error) {
	r, err := m.remote.Get(ctx, hash)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	ref, err := m.local.Put(ctx, progressReader{r, arrived}, 0)
	if err == nil && ref.Hash != hash {
		err = fault.Wrap(fault.Internal, blob.ErrTampered, "内容 %s 与散列不符", hash)
	}
	return err
}

// progressReader calls a function after each read.
type progressReader struct {
	io.Reader
	arrived func()
}

func (t progressReader) Read(p []byte) (int, error) {
	n, err := t.Reader.Read(p)
	if n > 0 {
		t.arrived()
	}
	return n, err
}

func (m *Mirror) copyPack(ctx context.Context, name string, arrived func()) error {
	info, err := m.remote.Stat(ctx, name)
	if err != nil {
		return err
	}
	w, err := m.local.Create(ctx, name)
	if err != nil {
		return err
	}
	defer w.Abort()
	for off := int64(0); off < info.Size; off += copyBuffer {
		b, err := m.remote.ReadRange(ctx, name, off, min(copyBuffer, info.Size-off))
		if err != nil {
			return err
		}
		arrived()
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return w.Commit(ctx)
}

// Trim removes objects older than a day that no head refers to. If a tree cannot be read, it removes nothing.
func (m *Mirror) Trim(ctx context.Context, heads []manifest.Head, now time.Time) (removed int, err error) {
	defer fault.Annotate(&err, "mirror.Trim")
	used := map[string]bool{}
	for _, h := range heads {
		if err := m.eachObject(ctx, h, func(name, _ string) error { used[name] = true; return nil }); err != nil {
			return 0, err
		}
	}
	for info, err := range m.local.List(ctx, "") {
		if err != nil {
			return removed, err
		}
		if used[info.Name] || now.Sub(info.Modified) < trimAge {
			continue
		}
		if err := m.local.Remove(ctx, info.Name); err != nil {
			return removed, err
		}
		removed++
	}
	_, err = m.local.Sweep(ctx, trimAge)
	return removed, err
}
