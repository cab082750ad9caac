package verified

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
)

// shelf is a store in memory whose bytes a test may change.
type shelf struct {
	packs map[string][]byte
	cas   map[string][]byte
	reads int
}

func newShelf() *shelf { return &shelf{packs: map[string][]byte{}, cas: map[string][]byte{}} }

func (s *shelf) ReadRange(_ context.Context, name string, off, n int64) ([]byte, error) {
	s.reads++
	b, ok := s.packs[name]
	if !ok {
		return nil, fault.Wrap(fault.NotFound, fs.ErrNotExist, "没有 %s", name)
	}
	if off+n > int64(len(b)) {
		return nil, fault.Wrap(fault.Internal, blob.ErrRange, "超出 %s", name)
	}
	return bytes.Clone(b[off : off+n]), nil
}

func (s *shelf) Bytes(_ context.Context, hash string, _ int64) ([]byte, error) {
	s.reads++
	b, ok := s.cas[hash]
	if !ok {
		return nil, fault.Wrap(fault.NotFound, fs.ErrNotExist, "没有 %s", hash)
	}
	return bytes.Clone(b), nil
}

// put adds bytes to a pack.
func (s *shelf) put(pack string, b []byte) (manifest.Hash, manifest.Loc) {
	loc := manifest.Loc{Pack: pack, Off: int64(len(s.packs[pack])), Len: int64(len(b))}
	s.packs[pack] = append(s.packs[pack], b...)
	return manifest.Sum(b), loc
}

type tally int

func (t *tally) Inc() { *t++ }

// fixture is a source over shelves, with what it reports.
type fixture struct {
	*Source
	events    []Event
	hit, miss tally
}

func newFixture(places ...Blobs) *fixture {
	f := &fixture{}
	f.Source = New(Options{Stores: places, ContentBytes: 64 << 20, NodeBytes: 1 << 20,
		Report: func(ev Event) { f.events = append(f.events, ev) }, Hit: &f.hit, Miss: &f.miss})
	return f
}

// kinds tells what was reported, and forgets it.
func (f *fixture) kinds() string {
	var out []string
	for _, ev := range f.events {
		out = append(out, ev.Kind+" "+ev.Where)
	}
	f.events = nil
	return strings.Join(out, ", ")
}

var here = Origin{Site: "qinghe", Revision: 3, Path: "/a"}

func TestBytesAreVerifiedAndKept(t *testing.T) {
	s := newShelf()
	hash, loc := s.put("pack/q/1", []byte("content"))
	f := newFixture(s)
	for range 3 {
		c, err := f.Bytes(t.Context(), here, hash, loc)
		if err != nil || string(c.Bytes) != "content" || c.Length[0] != "7" {
			t.Fatalf("%v %v", c, err)
		}
	}
	if s.reads != 1 || f.hit != 2 || f.miss != 1 || f.CachedBytes() == 0 {
		t.Errorf("reads %d, hits %d, misses %d, held %d", s.reads, f.hit, f.miss, f.CachedBytes())
	}
	s.packs["pack/q/1"][0] = 'X' // from now on the disk is wrong
	if c, ok := f.Cached(hash); !ok || string(c.Bytes) != "content" {
		t.Error("the verified copy is gone")
	}
	if f.kinds() != "" {
		t.Error("reported for nothing")
	}
}

func TestBadCopies(t *testing.T) {
	good := []byte("content")
	for name, tc := range map[string]struct {
		damage func(local, peer *shelf)
		ok     bool
		want   string
	}{
		"changed": {func(l, _ *shelf) { l.packs["pack/q/1"][2] ^= 1 }, false, "tampered pack/q/1@0+7"},
		"cut":     {func(l, _ *shelf) { l.packs["pack/q/1"] = good[:3] }, false, "tampered pack/q/1@0+7"},
		"gone":    {func(l, _ *shelf) { delete(l.packs, "pack/q/1") }, false, "missing pack/q/1@0+7"},
		"changed, blob good": {func(l,
			_ *shelf) {
			l.packs["pack/q/1"][2] ^= 1
			l.cas[manifest.Sum(good).String()] = good
		}, true, "tampered pack/q/1@0+7"},
		"changed, blob changed": {func(l,
			_ *shelf) {
			l.packs["pack/q/1"][2] ^= 1
			l.cas[manifest.Sum(good).String()] = []byte("CONTENT")
		}, false, "tampered pack/q/1@0+7"},
		"changed, peer good": {func(l, p *shelf) { l.packs["pack/q/1"][2] ^= 1; p.put("pack/q/1", good) }, true,
			"tampered pack/q/1@0+7"},
		"changed, and so the peer": {func(l, p *shelf) {
			l.packs["pack/q/1"][2] ^= 1
			p.put("pack/q/1", []byte("CONTENT"))
		}, false, "tampered pack/q/1@0+7, tampered pack/q/1@0+7"},
	} {
		t.Run(name, func(t *testing.T) {
			local, peer := newShelf(), newShelf()
			hash, loc := local.put("pack/q/1", bytes.Clone(good))
			tc.damage(local, peer)
			places := []Blobs{local}
			if len(peer.packs) > 0 {
				places = append(places, peer)
			}
			f := newFixture(places...)
			c, err := f.Bytes(t.Context(), here, hash, loc)
			if (err == nil) != tc.ok || tc.ok && string(c.Bytes) != "content" || !tc.ok &&
				!fault.Is(err, fault.Unavailable) {
				t.Errorf("%v %v", c, err)
			}
			if got := f.kinds(); got != tc.want {
				t.Errorf("reported %q", got)
			}
		})
	}
}

func TestBlobWithoutPack(t *testing.T) {
	s := newShelf()
	hash := manifest.Sum([]byte("x"))
	s.cas[hash.String()] = []byte("y")
	f := newFixture(s)
	if _, err := f.Bytes(t.Context(), here, hash, manifest.Loc{}); err == nil ||
		f.kinds() != "tampered "+blob.CASName(hash.String()) {
		t.Error("a blob of another content passed")
	}
	delete(s.cas, hash.String())
	if _, err := f.Bytes(t.Context(), here, hash, manifest.Loc{}); err == nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

// A place is only a hint, and may be anything.
func TestAbsurdPlaces(t *testing.T) {
	s := newShelf()
	hash, _ := s.put("pack/q/1", []byte("content"))
	f := newFixture(s)
	for _, loc := range []manifest.Loc{{Pack: "pack/q/1", Len: 1 << 40}, {Pack: "../../etc/passwd", Len: 7},
		{Pack: "pack/q/1", Off: 1, Len: 7}, {Pack: "pack/q/1"}} {
		if _, err := f.Bytes(t.Context(), here, hash, loc); err == nil {
			t.Errorf("%+v: no error", loc)
		}
	}
}

func TestPlainOutOfGzip(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte("content"))
	z.Close()
	s := newShelf()
	hash, loc := s.put("pack/q/1", []byte("content"))
	zipHash, zipLoc := s.put("pack/q/1", packed.Bytes())
	e := manifest.Entry{Path: "/a", Hash: hash, Loc: loc, Size: 7,
		Variants: []manifest.Variant{{Encoding: manifest.Gzip, Hash: zipHash, Loc: zipLoc}}}
	s.packs["pack/q/1"][0] = 'X'
	f := newFixture(s)
	if c, err := f.Plain(t.Context(), here, &e); err != nil || string(c.Bytes) != "content" {
		t.Errorf("%v %v", c, err)
	}
	e.Hash = manifest.Sum([]byte("other")) // a gzip variant of something else does not stand in
	if _, err := f.Plain(t.Context(), here, &e); err == nil {
		t.Error("a variant of other content was taken")
	}
}

func TestNodesAreVerified(t *testing.T) {
	s := newShelf()
	root, _, err := manifest.Apply(t.Context(), nil, shelfWriter{s}, manifest.Ref{},
		[]manifest.Change{manifest.Put(manifest.Entry{Path: "/a", Status: 410})})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := manifest.Find(t.Context(), newFixture(s).Loader(here), root, "/a"); !ok || err != nil {
		t.Error(ok, err)
	}
	s.packs["pack/q/n"][5] ^= 1
	f := newFixture(s)
	if _, ok, err := manifest.Find(t.Context(), f.Loader(here), root, "/a"); ok || err == nil ||
		!strings.HasPrefix(f.kinds(), "tampered pack/q/n@") {
		t.Error(ok, err)
	}
}

type shelfWriter struct{ s *shelf }

func (w shelfWriter) AddNode(b []byte, _ manifest.Hash) (manifest.Loc, error) {
	_, loc := w.s.put("pack/q/n", b)
	return loc, nil
}

func TestChunks(t *testing.T) {
	film := bytes.Repeat([]byte("0123456789abcdef"), (MaxWhole+100*1024)/16)
	var list []byte
	for i := 0; i < len(film); i += manifest.ChunkSize {
		film[i] = byte(i / manifest.ChunkSize)
		h := manifest.Sum(film[i:min(len(film), i+manifest.ChunkSize)])
		list = append(list, h[:]...)
	}
	s := newShelf()
	hash, loc := s.put("pack/q/1", film)
	e := manifest.Entry{Path: "/v", Hash: hash, Loc: loc, Size: int64(len(film)), Chunks: manifest.Sum(list)}
	s.cas[e.Chunks.String()] = list
	f := newFixture(s)
	got, err := f.Chunks(t.Context(), here, &e)
	if err != nil || !bytes.Equal(got, list) {
		t.Fatal(err)
	}
	last := int64(len(list)/32 - 1)
	if b, err := f.Chunk(t.Context(), here, &e, list, last); err != nil ||
		!bytes.Equal(b, film[last*manifest.ChunkSize:]) {
		t.Errorf("last chunk: %d bytes, %v", len(b), err)
	}
	s.packs["pack/q/1"][manifest.ChunkSize+5] ^= 1
	if _, err := f.Chunk(t.Context(), here, &e, list, 1); err == nil {
		t.Error("a changed chunk passed")
	}
	s.cas[e.Chunks.String()] = list[32:]
	if _, err := newFixture(s).Chunks(t.Context(), here, &e); err == nil {
		t.Error("a short list passed")
	}
	e.Size = 1 << 40
	if _, err := newFixture(s).Chunks(t.Context(), here, &e); err == nil {
		t.Error("an absurd size passed")
	}
}

func TestDerivedIsNoContent(t *testing.T) {
	f := newFixture(newShelf())
	name := manifest.Sum([]byte("name"))
	made := 0
	for range 2 {
		c, err := f.Derived(t.Context(), name, func() []byte { made++; return []byte("derived") })
		if err != nil || string(c.Bytes) != "derived" {
			t.Fatal(err)
		}
	}
	if _, ok := f.Cached(name); ok || made != 1 {
		t.Errorf("derived bytes pass for content of that hash; made %d times", made)
	}
}

func TestGivenUpWaitsForNobody(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := newShelf()
	hash, loc := s.put("pack/q/1", []byte("content"))
	f := newFixture(s)
	if _, err := f.Bytes(ctx, here, hash, loc); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if c, err := f.Bytes(t.Context(), here, hash, loc); err != nil || string(c.Bytes) != "content" {
		t.Error("the next one suffers", err)
	}
}
