package publish

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/keep"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/render"
)

// Compression levels, by measurement on pages of 14 KB: br 4.4 KB in 93 µs, gzip 4.5 KB in
// 64 µs, zstd 4.7 KB in 41 µs. Nearly every browser takes br; for the others speed of
// publishing goes before the last few percent.
const (
	brotliLevel = 3
	gzipLevel   = 4
	// minCompressed is the size below which a compressed form is not worth a round of
	// negotiation, in bytes.
	minCompressed = 256
)

// compressors are pooled encoders: making one costs more than compressing a page.
type compressors struct {
	br, gz sync.Pool
	zs     *zstd.Encoder
}

func newCompressors() *compressors {
	c := &compressors{}
	c.br.New = func() any { return brotli.NewWriterV2(io.Discard, brotliLevel) }
	c.gz.New = func() any { w, _ := gzip.NewWriterLevel(io.Discard, gzipLevel); return w }
	c.zs, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest)) // cannot fail: the options are constant
	return c
}

type resetWriter interface {
	io.WriteCloser
	Reset(io.Writer)
}

func press(pool *sync.Pool, body []byte) ([]byte, error) {
	w := pool.Get().(resetWriter)
	defer pool.Put(w)
	var b bytes.Buffer
	b.Grow(len(body) / 2)
	w.Reset(&b)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// variants makes the compressed forms of a body that are smaller than it.
func (c *compressors) variants(contentType string, body []byte) ([]render.Variant, error) {
	if len(body) < minCompressed || !compressible(contentType) {
		return nil, nil
	}
	br, err := press(&c.br, body)
	if err != nil {
		return nil, err
	}
	gz, err := press(&c.gz, body)
	if err != nil {
		return nil, err
	}
	var out []render.Variant
	for _, v := range []render.Variant{{Encoding: manifest.Brotli, Body: br}, {Encoding: manifest.Gzip, Body: gz}, {Encoding: manifest.Zstd, Body: c.zs.EncodeAll(body, nil)}} {
		if len(v.Body) < len(body) {
			out = append(out, v)
		}
	}
	return out, nil
}

func compressible(contentType string) bool {
	base, _, _ := strings.Cut(contentType, ";")
	return strings.HasPrefix(base, "text/") || strings.HasSuffix(base, "xml") || base == "application/json" || base == "application/javascript"
}

// pack is the one object a build writes: bodies, compressed forms and tree nodes, in
// the order they came. It is created with the first byte.
type pack struct {
	ctx   context.Context
	blobs *blob.Store
	name  string
	w     *blob.Writer
}

func newPack(ctx context.Context, blobs *blob.Store, site string, revision int64) *pack {
	return &pack{ctx: ctx, blobs: blobs, name: keep.PackName(site, revision, store.NewID())}
}

func (p *pack) add(b []byte) (loc manifest.Loc, err error) {
	defer fault.Annotate(&err, "publish: write %s", p.name)
	if p.w == nil {
		if p.w, err = p.blobs.Create(p.ctx, p.name); err != nil {
			return loc, err
		}
	}
	loc = manifest.Loc{Pack: p.name, Off: p.w.Offset(), Len: int64(len(b))}
	_, err = p.w.Write(b)
	return loc, err
}

// AddNode implements manifest.NodeWriter.
func (p *pack) AddNode(b []byte, _ manifest.Hash) (manifest.Loc, error) { return p.add(b) }

func (p *pack) commit() error {
	if p.w == nil {
		return nil
	}
	return p.w.Commit(p.ctx)
}

func (p *pack) abort() {
	if p.w != nil {
		p.w.Abort()
	}
}

// nodeStore reads tree nodes and keeps those read lately.
type nodeStore struct {
	blobs *blob.Store

	mu    sync.Mutex
	cache map[manifest.Ref][]byte // by place too: a node that was stored anew names other places
}

// maxCachedNodes bounds nodeStore; the upper levels of a large site are a few hundred.
const maxCachedNodes = 4096

func newNodeStore(blobs *blob.Store) *nodeStore {
	return &nodeStore{blobs: blobs, cache: map[manifest.Ref][]byte{}}
}

// Node implements manifest.NodeReader.
func (n *nodeStore) Node(ctx context.Context, ref manifest.Ref) ([]byte, error) {
	n.mu.Lock()
	b, ok := n.cache[ref]
	n.mu.Unlock()
	if ok {
		return b, nil
	}
	b, err := n.blobs.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.cache) >= maxCachedNodes {
		clear(n.cache)
	}
	n.cache[ref] = b
	return b, nil
}
