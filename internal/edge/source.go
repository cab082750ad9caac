package edge

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
	// maxObject bounds what is read at once: a node, or a file that is served whole.
	maxObject = 4 << 20
	// maxWhole is the size above which a file is checked and sent chunk by chunk.
	maxWhole = 1 << 20
	// maxChunkList bounds the list of chunk hashes: 32 bytes for each 256 KiB.
	maxChunkList = 64 << 20
)

// Blobs is where bytes lie; *blob.Store is one. Nothing that it returns is believed.
type Blobs interface {
	ReadRange(ctx context.Context, name string, off, n int64) ([]byte, error)
	Bytes(ctx context.Context, hash string, limit int64) ([]byte, error)
}

var errSum = errors.New("sha-256 differs")

// content is verified bytes, ready to be sent.
type content struct {
	b      []byte
	length []string // Content-Length
}

func newContent(b []byte) *content { return &content{b, []string{strconv.Itoa(len(b))}} }

func (c *content) cost() int64 { return int64(cap(c.b)) + 128 }

// hashKey is a key of the content cache.
type hashKey manifest.Hash

func (k hashKey) shard() byte { return k[0] }

// nodeKey is a key of the node cache. The place is part of it: a node that was stored anew names new places.
type nodeKey manifest.Ref

func (k nodeKey) shard() byte { return k.Hash[0] }

// source reads from the blob stores and verifies. It is what stands between disk and client.
type source struct {
	places   []Blobs
	contents *cache[hashKey, *content]
	nodes    *cache[nodeKey, *manifest.Node]
	metrics  *metrics
	report   func(Event)
}

// origin says for whom bytes are read, for reports.
type origin struct {
	site     string
	revision int64
	path     string
}

// read returns the bytes of the first copy that verify finds good. Each bad copy is reported, even if the next is good.
func (s *source) read(ctx context.Context, from origin, hash manifest.Hash, loc manifest.Loc, verify func([]byte) error) ([]byte, error) {
	if loc.Len > maxObject {
		return nil, s.failed(from, hash, loc, fault.New(fault.Invalid, "长度 %d 超过上限", loc.Len))
	}
	var last error
	for _, place := range s.places {
		b, err := s.readFrom(ctx, place, hash, loc)
		if err == nil {
			err = verify(b)
		}
		if err == nil {
			return b, nil
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
	if last == nil {
		last = fault.New(fault.Unavailable, "没有配置文件存储")
	}
	return nil, last
}

func (s *source) readFrom(ctx context.Context, place Blobs, hash manifest.Hash, loc manifest.Loc) ([]byte, error) {
	if loc.Pack == "" {
		return place.Bytes(ctx, hash.String(), maxObject)
	}
	return place.ReadRange(ctx, loc.Pack, loc.Off, loc.Len)
}

// failed reports a bad copy and returns the error for the request.
func (s *source) failed(from origin, hash manifest.Hash, loc manifest.Loc, err error) error {
	kind := Missing
	if isTampered(err) {
		kind = Tampered
	}
	s.report(Event{Kind: kind, Site: from.site, Revision: from.revision, Path: from.path, Where: where(hash, loc), Detail: err.Error()})
	return fault.Wrap(fault.Unavailable, err, "内容校验未通过，暂不能提供")
}

// isTampered tells bytes that are wrong from bytes that cannot be had.
func isTampered(err error) bool {
	return errors.Is(err, errSum) || errors.Is(err, blob.ErrTampered) || errors.Is(err, blob.ErrRange) || fault.Is(err, fault.Invalid)
}

// where names a place for an operator.
func where(hash manifest.Hash, loc manifest.Loc) string {
	if loc.Pack == "" {
		return blob.CASName(hash.String())
	}
	return fmt.Sprintf("%s@%d+%d", loc.Pack, loc.Off, loc.Len)
}

func sumIs(hash manifest.Hash) func([]byte) error {
	return func(b []byte) error {
		if manifest.Sum(b) != hash {
			return errSum
		}
		return nil
	}
}

// loader makes the node reader of one request: verified nodes, from memory where they are.
func (s *source) loader(from origin) manifest.Load {
	return func(ctx context.Context, ref manifest.Ref) (*manifest.Node, error) {
		n, _, err := s.nodes.load(ctx, nodeKey(ref), func(ctx context.Context) (*manifest.Node, int64, error) {
			return s.readNode(ctx, from, ref)
		})
		return n, err
	}
}

func (s *source) readNode(ctx context.Context, from origin, ref manifest.Ref) (node *manifest.Node, size int64, err error) {
	b, err := s.read(ctx, from, ref.Hash, ref.Loc, func(b []byte) (err error) {
		node, err = manifest.DecodeNode(b, ref.Hash)
		return err
	})
	return node, 3 * int64(len(b)), err
}

// bytes returns the verified bytes of a hash.
func (s *source) bytes(ctx context.Context, from origin, hash manifest.Hash, loc manifest.Loc) (*content, error) {
	c, hit, err := s.contents.load(ctx, hashKey(hash), func(ctx context.Context) (*content, int64, error) {
		b, err := s.read(ctx, from, hash, loc, sumIs(hash))
		if err != nil {
			return nil, 0, err
		}
		c := newContent(b)
		return c, c.cost(), nil
	})
	if hit {
		s.metrics.hit.Inc()
	} else {
		s.metrics.miss.Inc()
	}
	return c, err
}

// plain returns the verified identity bytes of an entry; where they are damaged, out of its gzip variant.
func (s *source) plain(ctx context.Context, from origin, e *manifest.Entry) (*content, error) {
	c, err := s.bytes(ctx, from, e.Hash, e.Loc)
	if err == nil || ctx.Err() != nil {
		return c, err
	}
	for _, v := range e.Variants {
		if v.Encoding != manifest.Gzip {
			continue
		}
		packed, packedErr := s.bytes(ctx, from, v.Hash, v.Loc)
		if packedErr != nil {
			break
		}
		if b, ok := gunzip(packed.b, e.Hash); ok {
			c := newContent(b)
			s.contents.put(hashKey(e.Hash), c, c.cost())
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

// chunks returns the verified list of chunk hashes of a large file.
func (s *source) chunks(ctx context.Context, from origin, e *manifest.Entry) ([]byte, error) {
	want := (e.Size + manifest.ChunkSize - 1) / manifest.ChunkSize * int64(len(manifest.Hash{}))
	if want > maxChunkList {
		return nil, fault.New(fault.TooLarge, "文件过大，无法校验")
	}
	c, _, err := s.contents.load(ctx, hashKey(e.Chunks), func(ctx context.Context) (*content, int64, error) {
		b, err := s.chunkList(ctx, from, e.Chunks, want)
		if err != nil {
			return nil, 0, err
		}
		c := newContent(b)
		return c, c.cost(), nil
	})
	if err != nil {
		return nil, err
	}
	return c.b, nil
}

func (s *source) chunkList(ctx context.Context, from origin, hash manifest.Hash, want int64) ([]byte, error) {
	var last error
	for _, place := range s.places {
		b, err := place.Bytes(ctx, hash.String(), want)
		if err == nil && (int64(len(b)) != want || manifest.Sum(b) != hash) {
			err = errSum
		}
		if err == nil {
			return b, nil
		}
		last = s.failed(from, hash, manifest.Loc{}, err)
	}
	return nil, last
}

// chunk returns chunk i of a large file, verified against its list.
func (s *source) chunk(ctx context.Context, from origin, e *manifest.Entry, list []byte, i int64) ([]byte, error) {
	hash := manifest.Hash(list[i*32 : i*32+32])
	c, err := s.bytes(ctx, from, hash, chunkLoc(e, i))
	if err != nil {
		return nil, err
	}
	return c.b, nil
}

// chunkLoc says where chunk i of a large file lies.
func chunkLoc(e *manifest.Entry, i int64) manifest.Loc {
	loc := manifest.Loc{Pack: e.Loc.Pack, Off: e.Loc.Off + i*manifest.ChunkSize, Len: min(manifest.ChunkSize, e.Size-i*manifest.ChunkSize)}
	if loc.Pack == "" {
		loc.Pack = blob.CASName(e.Hash.String())
	}
	return loc
}
