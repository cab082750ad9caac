package manifest

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"guiyi/internal/kernel/fault"
)

func sorted(items []item) []item {
	slices.SortFunc(items, func(a, b item) int { return compareKeys(a.key, b.key) })
	return items
}

func itemsOf(entries ...Entry) []item {
	var out []item
	for _, e := range entries {
		out = append(out, item{keyOf(e.Path), e})
	}
	return sorted(out)
}

// samples has every kind of entry.
func samples() []Entry {
	big := Entry{Path: "/_m/video.mp4", Status: 200, Type: "video/mp4", Cache: CacheMedia, Hash: Sum([]byte("v")),
		Size: 5 << 20, Chunks: Sum([]byte("c"))}
	return []Entry{
		page(1, ""), big,
		{Path: "/old/art.jsp?id=7&k=中", Status: 301, Location: "/zwgk/t1.html", Modified: 5},
		{Path: "/moved", Status: 302, Location: "https://www.qinghe.gov.cn/"},
		{Path: "/gone.html", Status: 410},
		{Path: "/404.html", Status: 404, Type: "text/html", Cache: CachePage, Hash: Sum([]byte("n")), Size: 3},
		{Path: "/closed.html", Status: 503, Type: "text/html", Cache: CachePage, Hash: Sum([]byte("x"))},
	}
}

func TestNodeRoundTrip(t *testing.T) {
	b, h := encodeLeaf(itemsOf(samples()...))
	n, err := DecodeNode(b, h)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range samples() {
		key := keyOf(want.Path)
		got, ok := n.find(&key, want.Path)
		if !ok || !got.Equal(&want) {
			t.Errorf("%s: %+v", want.Path, got)
		}
	}
}

// Every single-byte change is refused, or leaves the core as it was (then it is in the tail, and only a place changed).
func TestEveryFlippedByteIsNoticed(t *testing.T) {
	b, h := encodeLeaf(itemsOf(samples()...))
	_, core, err := decode(b, true)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		bad := slices.Clone(b)
		bad[i] ^= 0x41
		n, err := DecodeNode(bad, h)
		if err == nil && i < core {
			t.Fatalf("flip of byte %d of the core accepted", i)
		}
		if err == nil {
			for _, want := range samples() {
				key := keyOf(want.Path)
				if got, ok := n.find(&key, want.Path); !ok || !got.sameContent(&want) {
					t.Fatalf("flip of byte %d of the tail changed %s", i, want.Path)
				}
			}
		}
	}
	for i := range b {
		if _, err := DecodeNode(b[:i], h); err == nil {
			t.Fatalf("accepted when cut at %d of %d", i, len(b))
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	leaf, _ := encodeLeaf(itemsOf(page(1, ""), page(2, "")))
	swap := itemsOf(page(1, ""), page(2, ""))
	slices.Reverse(swap)
	unsorted, _ := encodeLeaf(swap)
	double, _ := encodeLeaf([]item{swap[0], swap[0]})
	small, _ := encodeBranch([]Child{{Ref{Hash: Sum(nil)}, 64}})
	badEntry := page(1, "")
	badEntry.Path = "/a/../b"
	bad, _ := encodeLeaf(itemsOf(badEntry))
	empty, _ := encodeLeaf(nil)
	for name, b := range map[string][]byte{
		"nothing":             {},
		"unknown version":     append([]byte{2}, leaf[1:]...),
		"unknown kind":        append([]byte{1, 'X'}, leaf[2:]...),
		"long number":         {1, 'L', 0x81, 0, 0, 0},
		"out of order":        unsorted,
		"twice":               double,
		"branch that is leaf": small,
		"bad path":            bad,
		"empty leaf":          empty,
		"rest":                append(slices.Clone(leaf), 0),
		"oversize":            make([]byte, maxNode+1),
	} {
		if _, _, err := decode(b, true); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeNode(f *testing.F) {
	leaf, _ := encodeLeaf(itemsOf(samples()...))
	f.Add(leaf)
	branch, _ := encodeBranch([]Child{{Ref{Sum(nil), Loc{"p", 1, 2}}, 64}, {}, {Ref{Sum([]byte{1}), Loc{}}, 9}})
	f.Add(branch)
	f.Add([]byte{1, 'L', 1, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		n, core, err := decode(b, true)
		if err != nil {
			return
		}
		var again []byte
		var hash Hash
		if n.Children == nil {
			again, hash = encodeLeaf(n.items())
		} else {
			again, hash = encodeBranch(n.Children)
		}
		if !bytes.Equal(again, b) || hash != Sum(b[:core]) {
			t.Errorf("two encodings of one node:\n%x\n%x", b, again)
		}
	})
}

func TestCheckPath(t *testing.T) {
	for _, good := range []string{"/", "/a", "/a/", "/政务/公开.html", "/a.b/..c/...", "/100%", "/a b", "/བོད་ཡིག",
		"/x?id=1&y=%41/../", "/" + strings.Repeat("a", 1023)} {
		if err := CheckPath(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", "a", "//", "/a//b", "/.", "/..", "/a/../b", "/a/.", "/a\\b", "/a\x00", "/a\n",
		"/\x7f", "/\u0085", "/a\u2028", "/a\u202e",
		"/%41", "/%2e%2e/x", "/e\u0301", "/\u212b", "/\uf900", "/a?", "/a#b", "/\xff", "/" + strings.Repeat("a", 1024),
		"/\ufeffa"} {
		if CheckPath(bad) == nil {
			t.Errorf("%q accepted", bad)
		}
	}
}

func TestPathsThatPassAreNFC(t *testing.T) {
	for r := rune(0x80); r <= 0x10ffff; r++ {
		if r >= 0xd800 && r < 0xe000 {
			continue
		}
		if norm.NFC.PropertiesString(string(r)).BoundaryBefore() && norm.NFC.IsNormalString(string(r)) {
			continue // normal wherever it stands
		}
		for _, s := range []string{string(r), "e" + string(r), "가" + string(r), "e\u0f71" + string(r)} {
			if pathFault("/"+s) == "" && !norm.NFC.IsNormalString(s) {
				t.Fatalf("%+q is not NFC and passed", s)
			}
		}
	}
}

func FuzzCheckPath(f *testing.F) {
	for _, s := range []string{"/a/b", "/é", "/e\u0301", "/..", "/%2e", "/q?x=%20"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if CheckPath(p) != nil {
			return
		}
		if !norm.NFC.IsNormalString(p) || strings.Contains(strings.SplitN(p, "?", 2)[0]+"/", "/../") ||
			len(p) > MaxPath {
			t.Errorf("%q passed", p)
		}
	})
}

func TestValidateEntry(t *testing.T) {
	for _, e := range samples() {
		if err := e.Validate(); err != nil {
			t.Errorf("%s: %v", e.Path, err)
		}
	}
	change := func(f func(*Entry)) Entry { e := page(1, ""); f(&e); return e }
	for name, e := range map[string]Entry{
		"status":             change(func(e *Entry) { e.Status = 204 }),
		"no bytes":           {Path: "/a", Status: 200},
		"no type":            change(func(e *Entry) { e.Type = "" }),
		"header injection":   change(func(e *Entry) { e.Type = "text/html\r\nX: y" }),
		"cache":              change(func(e *Entry) { e.Cache = "forever" }),
		"size and place":     change(func(e *Entry) { e.Size++ }),
		"variant order":      change(func(e *Entry) { slices.Reverse(e.Variants) }),
		"variant twice":      change(func(e *Entry) { e.Variants[1] = e.Variants[0] }),
		"variant unknown":    change(func(e *Entry) { e.Variants[0].Encoding = "deflate" }),
		"chunks, small":      change(func(e *Entry) { e.Chunks = Sum(nil) }),
		"no chunks, large":   change(func(e *Entry) { e.Size, e.Loc.Len, e.Variants = 2<<20, 2<<20, nil }),
		"location on page":   change(func(e *Entry) { e.Location = "/b" }),
		"query on page":      change(func(e *Entry) { e.Path = "/a?b=1" }),
		"redirect nowhere":   {Path: "/a", Status: 301},
		"redirect //":        {Path: "/a", Status: 301, Location: "//evil.example/"},
		"redirect \\":        {Path: "/a", Status: 301, Location: "/\\evil.example/"},
		"redirect script":    {Path: "/a", Status: 302, Location: "javascript:alert(1)"},
		"redirect newline":   {Path: "/a", Status: 302, Location: "/a\r\nSet-Cookie: x"},
		"redirect body":      change(func(e *Entry) { e.Status, e.Location = 301, "/b" }),
		"time":               change(func(e *Entry) { e.Modified = -1 }),
		"place without pack": change(func(e *Entry) { e.Loc = Loc{Len: 9000} }),
	} {
		if e.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestParseHash(t *testing.T) {
	h := Sum([]byte("x"))
	if got, err := ParseHash(h.String()); err != nil || got != h {
		t.Error(got, err)
	}
	if got, err := ParseHash(""); err != nil || !got.IsZero() {
		t.Error(got, err)
	}
	for _, bad := range []string{"ab", strings.ToUpper(h.String()), h.String() + "00", h.String()[1:] + "g",
		h.String()[2:]} {
		if _, err := ParseHash(bad); err == nil {
			t.Errorf("%q accepted", bad)
		}
	}
}
