package verified

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
)

const (
	// MaxWhole is the size in bytes above which a file is verified and sent by chunks.
	MaxWhole = 1 << 20
	// maxObject is the maximum size in bytes of a node, or of a file that is sent as a whole.
	maxObject = 4 << 20
	// maxChunkList is the maximum size of a chunk list: 32 bytes for each 256 KiB.
	maxChunkList = 64 << 20
)

// Blobs is a store of bytes; *blob.Store implements it. Everything that it returns is verified.
type Blobs interface {
	ReadRange(ctx context.Context, name string, off, n int64) ([]byte, error)
	Bytes(ctx context.Context, hash string, limit int64) ([]byte, error)
}

// ErrSum means that bytes do not match their hash.
var ErrSum = errors.New("sha-256 differs")

// Content contains verified bytes, ready to be sent. It is immutable.
type Content struct {
	Bytes  []byte
	Length []string // value of Content-Length
}

// NewContent returns content for bytes that the caller has verified.
func NewContent(b []byte) *Content { return &Content{b, []string{strconv.Itoa(len(b))}} }

func (c *Content) cost() int64 { return int64(cap(c.Bytes)) + 128 }

// contentKey is a key of the content cache: the hash of the content, or the name of derived content.
type contentKey struct {
	hash    manifest.Hash
	derived bool
}

func (k contentKey) shard() byte { return k.hash[0] }

// nodeKey is a key of the node cache. It includes the location: a relocated node refers to other locations.
type nodeKey manifest.Ref

func (k nodeKey) shard() byte { return k.Hash[0] }

// Counter counts look-ups; prometheus.Counter implements it.
type Counter interface{ Inc() }

// Options are the dependencies and settings of a Source.
type Options struct {
	Stores                  []Blobs // tried in order
	ContentBytes, NodeBytes int64   // sizes of the caches
	Report                  func(Event)
	Hit, Miss               Counter
}

// Source reads and verifies bytes of blob stores. It is safe for concurrent use.
type Source struct {
	o        Options
	contents *cache[contentKey, *Content]
	nodes    *cache[nodeKey, *manifest.Node]
}

// New returns a source with empty caches.
func New(o Options) *Source {
	return &Source{o: o, contents: newCache[contentKey, *Content](o.ContentBytes),
		nodes: newCache[nodeKey, *manifest.Node](o.NodeBytes)}
}

// CachedBytes returns the size of the content in memory, in bytes.
func (s *Source) CachedBytes() int64 { return s.contents.size.Load() }

// Origin is the site and path for which bytes are read, for events.
type Origin struct {
	Site     string
	Revision int64
	Path     string
}

// read returns the bytes of the first copy that verify accepts. Each damaged copy is reported.
func (s *Source) read(ctx context.Context, from Origin, hash manifest.Hash, loc manifest.Loc,
	verify func([]byte) error) ([]byte, error) {
	last := fault.New(fault.Unavailable, "没有配置文件存储")
	for _, place := range s.o.Stores {
		b, err := readVerified(ctx, place, hash, loc, verify)
		if err == nil {
			return b, nil
		}
		if f, ok := place.(refresher); ok && loc.Pack != "" { // another process may have repaired it
			f.Refresh(loc.Pack)
			if again, err := readVerified(ctx, place, hash, loc, verify); err == nil {
				return again, nil
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		last = s.failed(from, hash, loc, err)
		if loc.Pack == "" {
			continue
		}
		if b, err := place.Bytes(ctx, hash.String(), maxObject); err == nil && verify(b) == nil {
			return b, nil
		}
	}
	return nil, last
}

// fresh is a place that keeps files open and can be notified that one was replaced.
type refresher interface{ Refresh(name string) }

func readVerified(ctx context.Context, place Blobs, hash manifest.Hash, loc manifest.Loc,
	verify func([]byte) error) ([]byte, error) {
	b, err := Read(ctx, place, hash, loc)
	if err == nil {
		err = verify(b)
	}
	return b, err
}

// Read returns the unverified bytes at a location.
func Read(ctx context.Context, place Blobs, hash manifest.Hash, loc manifest.Loc) ([]byte, error) {
	switch {
	case loc.Pack == "":
		return place.Bytes(ctx, hash.String(), maxObject)
	case loc.Len > maxObject:
		return nil, fault.New(fault.Invalid, "长度 %d 超过上限", loc.Len)
	}
	return place.ReadRange(ctx, loc.Pack, loc.Off, loc.Len)
}

// failed reports a damaged copy and returns the error for the request.
func (s *Source) failed(from Origin, hash manifest.Hash, loc manifest.Loc, err error) error {
	kind := Missing
	if IsTampered(err) {
		kind = Tampered
	}
	s.o.Report(Event{
		Kind:     kind,
		Site:     from.Site,
		Revision: from.Revision,
		Path:     from.Path,
		Where:    Where(hash, loc),
		Detail:   err.Error(),
	})
	return fault.Wrap(fault.Unavailable, err, "内容校验未通过，暂不能提供")
}

// IsTampered reports whether err means that bytes are damaged, rather than unavailable.
func IsTampered(err error) bool {
	return errors.Is(err, ErrSum) || errors.Is(err, blob.ErrTampered) || errors.Is(err, blob.ErrRange) ||
		fault.Is(err, fault.Invalid)
}

// Where describes a location for operators.
func Where(hash manifest.Hash, loc manifest.Loc) string {
	if loc.Pack == "" {
		return blob.CASName(hash.String())
	}
	return fmt.Sprintf("%s@%d+%d", loc.Pack, loc.Off, loc.Len)
}

func sumIs(hash manifest.Hash) func([]byte) error {
	return func(b []byte) error {
		if manifest.Sum(b) != hash {
			return ErrSum
		}
		return nil
	}
}

// Loader returns a loader of verified nodes for one request. It uses the cache.
func (s *Source) Loader(from Origin) manifest.Load {
	return func(ctx context.Context, ref manifest.Ref) (*manifest.Node, error) {
		n, _, err := s.nodes.load(ctx, nodeKey(ref), func(ctx context.Context) (*manifest.Node, int64, error) {
			return s.readNode(ctx, from, ref)
		})
		return n, err
	}
}

func (s *Source) readNode(ctx context.Context, from Origin, ref manifest.Ref) (node *manifest.Node, size int64,
	err error) {
	b, err := s.read(ctx, from, ref.Hash, ref.Loc, func(b []byte) (err error) {
		node, err = manifest.DecodeNode(b, ref.Hash)
		return err
	})
	return node, 3 * int64(len(b)), err
}

// Bytes returns the verified bytes with a hash.
func (s *Source) Bytes(ctx context.Context, from Origin, hash manifest.Hash, loc manifest.Loc) (*Content, error) {
	c, hit, err := s.contents.load(ctx, contentKey{hash: hash}, func(ctx context.Context) (*Content, int64, error) {
		b, err := s.read(ctx, from, hash, loc, sumIs(hash))
		if err != nil {
			return nil, 0, err
		}
		c := NewContent(b)
		return c, c.cost(), nil
	})
	if hit {
		s.o.Hit.Inc()
	} else {
		s.o.Miss.Inc()
	}
	return c, err
}

// Cached returns content if it is in memory.
func (s *Source) Cached(hash manifest.Hash) (*Content, bool) {
	c, ok := s.contents.get(contentKey{hash: hash})
	if ok {
		s.o.Hit.Inc()
	}
	return c, ok
}

// Derived returns the result of make, cached under a name chosen by the caller. make must use verified content only.
func (s *Source) Derived(ctx context.Context, name manifest.Hash, make func() []byte) (*Content, error) {
	c, _, err := s.contents.load(ctx, contentKey{name, true}, func(context.Context) (*Content, int64, error) {
		c := NewContent(make())
		return c, c.cost(), nil
	})
	return c, err
}

// Plain returns the verified identity bytes of an entry; if they are damaged, it decompresses the gzip variant.
func (s *Source) Plain(ctx context.Context, from Origin, e *manifest.Entry) (*Content, error) {
	c, err := s.Bytes(ctx, from, e.Hash, e.Loc)
	if err == nil || ctx.Err() != nil {
		return c, err
	}
	for _, v := range e.Variants {
		if v.Encoding != manifest.Gzip {
			continue
		}
		packed, packedErr := s.Bytes(ctx, from, v.Hash, v.Loc)
		if packedErr != nil {
			break
		}
		if b, ok := gunzip(packed.Bytes, e.Hash); ok {
			c := NewContent(b)
			s.contents.put(contentKey{hash: e.Hash}, c, c.cost())
			return c, nil
		}
	}
	return nil, err
}

func gunzip(b []byte, want manifest.Hash) ([]byte, bool) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, false
	}
	plain, err := io.ReadAll(io.LimitReader(z, maxObject))
	return plain, err == nil && manifest.Sum(plain) == want
}

// Chunks returns the verified chunk list of a large file.
func (s *Source) Chunks(ctx context.Context, from Origin, e *manifest.Entry) ([]byte, error) {
	c, _, err := s.contents.load(ctx, contentKey{hash: e.Chunks}, func(ctx context.Context) (*Content, int64, error) {
		b, err := s.chunkList(ctx, from, e)
		if err != nil {
			return nil, 0, err
		}
		c := NewContent(b)
		return c, c.cost(), nil
	})
	if err != nil {
		return nil, err
	}
	return c.Bytes, nil
}

func (s *Source) chunkList(ctx context.Context, from Origin, e *manifest.Entry) ([]byte, error) {
	last := fault.New(fault.Unavailable, "没有配置文件存储")
	for _, place := range s.o.Stores {
		b, err := ReadChunks(ctx, place, e)
		if err == nil {
			return b, nil
		}
		last = s.failed(from, e.Chunks, manifest.Loc{}, err)
	}
	return nil, last
}

// ReadChunks reads and verifies the chunk list of a large file.
func ReadChunks(ctx context.Context, place Blobs, e *manifest.Entry) ([]byte, error) {
	want := (e.Size + manifest.ChunkSize - 1) / manifest.ChunkSize * int64(len(manifest.Hash{}))
	if want > maxChunkList {
		return nil, fault.New(fault.Invalid, "文件过大，无法校验")
	}
	b, err := place.Bytes(ctx, e.Chunks.String(), want)
	if err == nil && (int64(len(b)) != want || manifest.Sum(b) != e.Chunks) {
		err = ErrSum
	}
	return b, err
}

// ChunkHash returns entry i of a chunk list.
func ChunkHash(list []byte, i int64) manifest.Hash { return manifest.Hash(list[i*32 : i*32+32]) }

// Chunk returns chunk i of a large file, verified with its chunk list.
func (s *Source) Chunk(ctx context.Context, from Origin, e *manifest.Entry, list []byte, i int64) ([]byte, error) {
	c, err := s.Bytes(ctx, from, ChunkHash(list, i), ChunkLoc(e, i))
	if err != nil {
		return nil, err
	}
	return c.Bytes, nil
}

// ChunkLoc returns the location of chunk i of a large file.
func ChunkLoc(e *manifest.Entry, i int64) manifest.Loc {
	loc := manifest.Loc{Pack: e.Loc.Pack, Off: e.Loc.Off + i*manifest.ChunkSize,
		Len: min(manifest.ChunkSize, e.Size-i*manifest.ChunkSize)}
	if loc.Pack == "" {
		loc.Pack = blob.CASName(e.Hash.String())
	}
	return loc
}
