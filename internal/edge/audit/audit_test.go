package audit

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/publish/manifest"
)

// disk is a directory store with one published site of a hundred pages in one pack, and one image as a blob.
type disk struct {
	testing.TB
	dir   string
	store *blob.Store
	head  manifest.Head
	buf   bytes.Buffer
}

const packName = "pack/qinghe/1"

func (d *disk) add(b []byte) manifest.Loc {
	loc := manifest.Loc{Pack: packName, Off: int64(d.buf.Len()), Len: int64(len(b))}
	d.buf.Write(b)
	return loc
}

func (d *disk) AddNode(b []byte, _ manifest.Hash) (manifest.Loc, error) { return d.add(b), nil }

func newDisk(t testing.TB) *disk {
	t.Helper()
	d := &disk{TB: t, dir: t.TempDir()}
	var err error
	if d.store, err = blob.Open(t.Context(), "dir:"+d.dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.store.Close() })
	var changes []manifest.Change
	for i := range 100 {
		b := []byte(fmt.Sprintf("第%d页", i))
		changes = append(changes, manifest.Put(manifest.Entry{Path: fmt.Sprintf("/%d.html", i), Status: 200,
			Type: "text/html", Cache: manifest.CachePage,
			Hash: manifest.Sum(b), Size: int64(len(b)), Loc: d.add(b)}))
	}
	ref, err := d.store.Put(t.Context(), bytes.NewReader([]byte("image")), 0)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := manifest.ParseHash(ref.Hash)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"/_m/a.png", "/_m/b.png"} {
		changes = append(changes, manifest.Put(manifest.Entry{Path: p, Status: 200, Type: "image/png",
			Cache: manifest.CacheMedia, Hash: hash, Size: 5}))
	}
	root, _, err := manifest.Apply(t.Context(), nil, d, manifest.Ref{}, changes)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.store.PutNamed(t.Context(), packName, d.buf.Bytes()); err != nil {
		t.Fatal(err)
	}
	d.head = manifest.Head{Site: "qinghe", Revision: 1, Root: root}
	return d
}

func (d *disk) run(edit func(*Options)) Report {
	d.Helper()
	o := Options{Heads: []manifest.Head{d.head}, Store: d.store, Objects: d.store, Dir: d.dir}
	if edit != nil {
		edit(&o)
	}
	r, err := Run(d.Context(), o)
	if err != nil {
		d.Fatal(err)
	}
	return r
}

// write replaces a file, as an editor does.
func (d *disk) write(name string, b []byte) {
	d.Helper()
	path := filepath.Join(d.dir, name)
	_ = os.Remove(path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		d.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		d.Fatal(err)
	}
}

func TestCleanStore(t *testing.T) {
	d := newDisk(t)
	r := d.run(nil)
	if len(r.Findings) != 0 || r.Findings == nil || r.Sites != 1 || r.Entries != 102 || r.Nodes < 2 || r.Objects != 2 ||
		r.Bytes == 0 || r.Serious() != 0 {
		t.Errorf("%+v", r)
	}
}

// A file that is replaced while the store still holds the old one open is found at once when the directory is given.
func TestReplacedFileIsFoundAtOnce(t *testing.T) {
	d := newDisk(t)
	d.run(nil)
	b := bytes.Clone(d.buf.Bytes())
	b[0] ^= 1
	d.write(packName, b)
	r := d.run(nil)
	if len(r.Findings) != 1 || r.Findings[0].Kind != "tampered" || r.Findings[0].Path != "/0.html" ||
		r.Findings[0].Where != packName+"@0+7" {
		t.Errorf("%+v", r.Findings)
	}
}

func TestEveryKindOfDamage(t *testing.T) {
	image := blob.CASName(manifest.Sum([]byte("image")).String())
	stray := blob.CASName(manifest.Sum([]byte("stray")).String())
	for name, tc := range map[string]struct {
		damage func(d *disk)
		want   []string // kind and place, in any order
	}{
		"blob changed": {func(d *disk) { d.write(image, []byte("imagE")) },
			[]string{"tampered " + image, "tampered " + image}},
		"blob gone": {func(d *disk) { os.Remove(filepath.Join(d.dir, image)) },
			[]string{"missing " + image, "missing " + image}},
		"pack is a folder": {func(d *disk) {
			os.Remove(filepath.Join(d.dir, packName))
			os.MkdirAll(filepath.Join(d.dir, packName), 0o755)
		}, []string{"missing " + packName}},
		"pack planted": {func(d *disk) { d.write("pack/qinghe/evil", []byte("x")) },
			[]string{"unlinked pack/qinghe/evil"}},
		"stray but true":  {func(d *disk) { d.write(stray, []byte("stray")) }, nil},
		"stray and false": {func(d *disk) { d.write(stray, []byte("evil")) }, []string{"tampered " + stray}},
		"odd blob name":   {func(d *disk) { d.write("cas/xx/evil", []byte("x")) }, []string{"planted cas/xx/evil"}},
		"other object":    {func(d *disk) { d.write("index.html", []byte("x")) }, []string{"planted index.html"}},
		"no object at all": {func(d *disk) { d.write(".hidden/网页.html", []byte("x")) },
			[]string{"planted .hidden/网页.html"}},
		"unfinished write": {func(d *disk) { d.write(".tmp/123", []byte("x")) }, nil},
		"link": {func(d *disk) {
			if err := os.Symlink("/etc/passwd", filepath.Join(d.dir, "pack/qinghe/link")); err != nil {
				d.Fatal(err)
			}
		}, []string{"planted pack/qinghe/link"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			tc.damage(d)
			r := d.run(nil)
			got := map[string]int{}
			for _, f := range r.Findings {
				if f.Where[:min(len(f.Where), len(packName))] == packName {
					f.Where = packName
				}
				got[f.Kind+" "+f.Where]++
			}
			for _, w := range tc.want {
				if got[w] == 0 {
					t.Errorf("%q not found in %+v", w, r.Findings)
				}
				got[w]--
			}
			for w, n := range got {
				if n > 0 {
					t.Errorf("%q found as well", w)
				}
			}
		})
	}
}

func TestUnlinkedPackIsNoFault(t *testing.T) {
	d := newDisk(t)
	d.write("pack/qinghe/0", []byte("an older revision"))
	r := d.run(nil)
	if len(r.Findings) != 1 || r.Findings[0].Kind != Unlinked || r.Serious() != 0 {
		t.Errorf("%+v", r.Findings)
	}
}

func TestAuditEndsWithItsContext(t *testing.T) {
	d := newDisk(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := Run(ctx, Options{Heads: []manifest.Head{d.head}, Store: d.store, Rate: 1}); err == nil {
		t.Error("an audit at one byte a second ended")
	}
	if _, err := Run(t.Context(), Options{Dir: filepath.Join(d.dir, "none")}); err == nil {
		t.Error("no directory")
	}
}

func TestPacksChanged(t *testing.T) {
	d := newDisk(t)
	var p Packs
	look := func(want bool, what string) {
		t.Helper()
		if p.Changed(t.Context(), d.store) != want {
			t.Error(what)
		}
	}
	look(false, "first look")
	look(false, "second look")
	d.write("pack/qinghe/2", []byte("new"))
	look(false, "a new pack is no change")
	d.write("pack/qinghe/2", []byte("longer"))
	look(true, "another size")
	if err := os.Chtimes(filepath.Join(d.dir, packName), time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	look(true, "another date")
	look(false, "reported once")
	os.Remove(filepath.Join(d.dir, packName))
	look(true, "gone")
}
