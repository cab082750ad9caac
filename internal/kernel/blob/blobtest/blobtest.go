package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
)

// Engine is what the suite needs of one driver.
type Engine struct {
	// Open gives an empty store that lives as long as the test.
	Open func(t *testing.T) *blob.Store
	// Overwrite changes an object without the store's knowledge.
	Overwrite func(t *testing.T, s *blob.Store, name string, data []byte)
}

// Run checks that the driver does what the package documentation says.
func Run(t *testing.T, e Engine) {
	for name, test := range map[string]func(*testing.T, Engine){
		"Content":          testContent,
		"ContentRefused":   testContentRefused,
		"Tampered":         testTampered,
		"HealedByPut":      testHealed,
		"Named":            testNamed,
		"Writer":           testWriter,
		"WriterAborted":    testWriterAborted,
		"WriterRace":       testWriterRace,
		"ReadRange":        testReadRange,
		"HostileNames":     testHostileNames,
		"ListAndRemove":    testListAndRemove,
		"SameContentRace":  testSameContentRace,
		"RemoveStale":      testRemoveStale,
		"FailedReader":     testFailedReader,
		"LargeContent":     testLargeContent,
		"Mend":             testPatch,
		"CancelledContext": testCancelled,
	} {
		t.Run(name, func(t *testing.T) { test(t, e) })
	}
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func put(t *testing.T, s *blob.Store, b []byte) blob.Ref {
	t.Helper()
	ref, err := s.Put(t.Context(), bytes.NewReader(b), 0)
	if err != nil {
		t.Fatalf("Put: %v", err)
	}
	return ref
}

func names(t *testing.T, s *blob.Store, prefix string) []string {
	t.Helper()
	var out []string
	for info, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("List(%q): %v", prefix, err)
		}
		out = append(out, info.Name)
	}
	slices.Sort(out)
	return out
}

func testContent(t *testing.T, e Engine) {
	s := e.Open(t)
	for _, content := range []string{"", "x", "清河市人民政府", strings.Repeat("0123456789", 30_000)} {
		want := []byte(content)
		ref := put(t, s, want)
		if ref.Hash != hashOf(want) || ref.Size != int64(len(want)) {
			t.Fatalf("Put gives %v", ref)
		}
		if again := put(t, s, want); again != ref {
			t.Errorf("second Put gives %v, first %v", again, ref)
		}
		if has, err := s.Has(t.Context(), ref.Hash); !has || err != nil {
			t.Errorf("Has = %v, %v", has, err)
		}
		if got, err := s.Bytes(t.Context(), ref.Hash, ref.Size); err != nil || !bytes.Equal(got, want) {
			t.Errorf("Bytes = %d bytes, %v", len(got), err)
		}
		r, err := s.Get(t.Context(), ref.Hash)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, want) || r.Close() != nil {
			t.Errorf("Get reads %d bytes, %v", len(got), err)
		}
		info, err := s.Stat(t.Context(), blob.CASName(ref.Hash))
		if err != nil || info.Size != ref.Size || info.Modified.IsZero() {
			t.Errorf("Stat = %+v, %v", info, err)
		}
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("Check = %v", err)
	}
}

func testContentRefused(t *testing.T, e Engine) {
	s := e.Open(t)
	absent := hashOf([]byte("absent"))
	if has, err := s.Has(t.Context(), absent); has || err != nil {
		t.Errorf("Has(absent) = %v, %v", has, err)
	}
	if _, err := s.Bytes(t.Context(), absent, 0); !fault.Is(err, fault.NotFound) {
		t.Errorf("Bytes(absent) = %v", err)
	}
	if _, err := s.Get(t.Context(), absent); !fault.Is(err, fault.NotFound) {
		t.Errorf("Get(absent) = %v", err)
	}
	for _, bad := range []string{"", "abc", "../../etc/passwd", strings.ToUpper(absent), absent + "0",
		absent[:63] + "/"} {
		if _, err := s.Bytes(t.Context(), bad, 0); !fault.Is(err, fault.Invalid) {
			t.Errorf("Bytes(%q) = %v", bad, err)
		}
		if _, err := s.Has(t.Context(), bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("Has(%q) = %v", bad, err)
		}
	}
	if _, err := s.Put(t.Context(), strings.NewReader("12345"), 4); !fault.Is(err, fault.TooLarge) {
		t.Errorf("Put over the limit = %v", err)
	}
	ref, err := s.Put(t.Context(), strings.NewReader("1234"), 4)
	if err != nil {
		t.Errorf("Put at the limit = %v", err)
	}
	if _, err := s.Bytes(t.Context(), ref.Hash, 3); !fault.Is(err, fault.TooLarge) {
		t.Errorf("Bytes over the limit = %v", err)
	}
	if all := names(t, s, ""); len(all) != 1 {
		t.Errorf("objects = %v, want only the one within the limit", all)
	}
}

func testTampered(t *testing.T, e Engine) {
	content := []byte(strings.Repeat("公开", 50_000))
	flipped := slices.Clone(content)
	flipped[len(flipped)/2] ^= 1
	for name, bad := range map[string][]byte{
		"a bit flipped": flipped,
		"cut":           content[:len(content)-1],
		"emptied":       {},
		"extended":      append(slices.Clone(content), 'x'),
		"replaced":      []byte("hacked"),
	} {
		s := e.Open(t)
		ref := put(t, s, content)
		e.Overwrite(t, s, blob.CASName(ref.Hash), bad)
		got, err := s.Bytes(t.Context(), ref.Hash, 0)
		if got != nil || !errors.Is(err, blob.ErrTampered) || fault.KindOf(err) != fault.Internal {
			t.Errorf("%s: Bytes = %d bytes, %v", name, len(got), err)
		}
		r, err := s.Get(t.Context(), ref.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); !errors.Is(err, blob.ErrTampered) {
			t.Errorf("%s: reading to the end gives %v", name, err)
		}
		r.Close()
	}
}

func testHealed(t *testing.T, e Engine) {
	s := e.Open(t)
	content := []byte("原文")
	ref := put(t, s, content)
	for _, bad := range []string{"改文", "short but longer than before"} {
		e.Overwrite(t, s, blob.CASName(ref.Hash), []byte(bad))
		put(t, s, content)
		if got, err := s.Bytes(t.Context(), ref.Hash, 0); err != nil || !bytes.Equal(got, content) {
			t.Errorf("after a second Put: %q, %v", got, err)
		}
	}
}

func testReadRange(t *testing.T, e Engine) {
	s := e.Open(t)
	const name = "pack/a/1"
	data := []byte("0123456789")
	if err := s.PutNamed(t.Context(), name, data); err != nil {
		t.Fatal(err)
	}
	for off := range int64(11) {
		for n := range 11 - off {
			got, err := s.ReadRange(t.Context(), name, off, n)
			if err != nil || !bytes.Equal(got, data[off:off+n]) {
				t.Errorf("ReadRange(%d, %d) = %q, %v", off, n, got, err)
			}
		}
	}
	const huge = 1<<63 - 1
	for _, c := range [][2]int64{{0, 11}, {10, 1}, {11, 0}, {5, 6}, {-1, 1}, {0, -1}, {huge, huge}, {0, huge},
		{huge, 0}, {1, huge}} {
		if got, err := s.ReadRange(t.Context(), name, c[0], c[1]); got != nil || !errors.Is(err, blob.ErrRange) {
			t.Errorf("ReadRange(%d, %d) = %q, %v; want ErrRange", c[0], c[1], got, err)
		}
	}
	if _, err := s.ReadRange(t.Context(), "pack/a/none", 0, 0); !fault.Is(err, fault.NotFound) {
		t.Errorf("empty range of an absent object = %v", err)
	}
	if _, err := s.ReadRange(t.Context(), "pack/a/none", 0, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("range of an absent object = %v", err)
	}
	ref := put(t, s, data)
	if got, err := s.ReadRange(t.Context(), blob.CASName(ref.Hash), 2, 3); err != nil || string(got) != "234" {
		t.Errorf("range of content = %q, %v", got, err)
	}
}

// HostileNames are names that no store may accept.
func HostileNames() []string {
	return []string{
		"", "/", ".", "..", "/etc/passwd", "../x", "a/../x", "a/..", "a//b", "a/", "a/./b", ".tmp/x", "a/.hidden",
		"a\\b",
		"..\\x", "a\x00b", "a\nb", "a b", "清河", "a?x=1", "a#b", "a%2e%2e", "C:/x", "-rf", "~root",
		strings.Repeat("a", 201),
		strings.Repeat("a/", 256) + "a",
	}
}

func testHostileNames(t *testing.T, e Engine) {
	s := e.Open(t)
	for _, name := range HostileNames() {
		if err := s.PutNamed(t.Context(), name, []byte("x")); !fault.Is(err, fault.Invalid) {
			t.Errorf("PutNamed(%q) = %v", name, err)
		}
		if _, err := s.Create(t.Context(), name); !fault.Is(err, fault.Invalid) {
			t.Errorf("Create(%q) = %v", name, err)
		}
		if _, err := s.ReadRange(t.Context(), name, 0, 0); !fault.Is(err, fault.Invalid) {
			t.Errorf("ReadRange(%q) = %v", name, err)
		}
		if err := s.Remove(t.Context(), name); !fault.Is(err, fault.Invalid) {
			t.Errorf("Remove(%q) = %v", name, err)
		}
		if _, err := s.Stat(t.Context(), name); !fault.Is(err, fault.Invalid) {
			t.Errorf("Stat(%q) = %v", name, err)
		}
	}
	for _, prefix := range []string{"/", "..", "../", "a//", ".tmp/", ".", "a/..", "清"} {
		for _, err := range s.List(t.Context(), prefix) {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("List(%q) = %v", prefix, err)
			}
		}
	}
	if all := names(t, s, ""); len(all) != 0 {
		t.Errorf("objects = %v", all)
	}
}

func testListAndRemove(t *testing.T, e Engine) {
	s := e.Open(t)
	for _, name := range []string{"pack/a/1", "pack/a/2", "pack/ab/1", "pack/b/1", "heads/a.json"} {
		if err := s.PutNamed(t.Context(), name, []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string]string{
		"":            "heads/a.json pack/a/1 pack/a/2 pack/ab/1 pack/b/1",
		"pack/":       "pack/a/1 pack/a/2 pack/ab/1 pack/b/1",
		"pack/a":      "pack/a/1 pack/a/2 pack/ab/1",
		"pack/a/":     "pack/a/1 pack/a/2",
		"pack/a/1":    "pack/a/1",
		"he":          "heads/a.json",
		"none/":       "",
		"pack/a/1/x/": "",
	} {
		if got := strings.Join(names(t, s, prefix), " "); got != want {
			t.Errorf("List(%q) = %s, want %s", prefix, got, want)
		}
	}
	for _, err := range s.List(t.Context(), "") {
		_ = err
		break // stopping the iteration early must not block or panic
	}
	if _, err := s.ReadRange(t.Context(), "pack/a/1", 0, 4); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Remove(t.Context(), "pack/a/1"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ReadRange(t.Context(), "pack/a/1", 0, 4); !fault.Is(err, fault.NotFound) {
			t.Errorf("after Remove: %v", err)
		}
	}
	if err := s.PutNamed(t.Context(), "pack/a/1", []byte("new")); err != nil {
		t.Errorf("a removed name can be used again: %v", err)
	}
	if got, err := s.ReadRange(t.Context(), "pack/a/1", 0, 3); err != nil || string(got) != "new" {
		t.Errorf("= %q, %v", got, err)
	}
}

func testSameContentRace(t *testing.T, e Engine) {
	s := e.Open(t)
	content := bytes.Repeat([]byte("same"), 10_000)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if ref, err := s.Put(t.Context(), bytes.NewReader(content), 0); err != nil || ref.Hash != hashOf(content) {
				t.Errorf("Put = %v, %v", ref, err)
			}
		})
	}
	wg.Wait()
	if all := names(t, s, ""); len(all) != 1 {
		t.Errorf("objects = %v, want one", all)
	}
	if n, err := s.Sweep(t.Context(), -time.Hour); n != 0 || err != nil {
		t.Errorf("%d leftovers, %v", n, err)
	}
}

// Content put since a time is not removed, whoever put it first; other content is.
func testRemoveStale(t *testing.T, e Engine) {
	s := e.Open(t)
	old, other := put(t, s, []byte("forgotten")), put(t, s, []byte("other"))
	if removed, err := s.RemoveStale(t.Context(), old.Hash, time.Now().Add(-time.Hour)); removed || err != nil {
		t.Errorf("young content: %v, %v", removed, err)
	}
	if removed, err := s.RemoveStale(t.Context(), old.Hash, time.Now().Add(time.Hour)); !removed || err != nil {
		t.Errorf("old content: %v, %v", removed, err)
	}
	if removed, err := s.RemoveStale(t.Context(), old.Hash, time.Now().Add(time.Hour)); removed || err != nil {
		t.Errorf("no content: %v, %v", removed, err)
	}
	if all := names(t, s, ""); len(all) != 1 || blob.CASHash(all[0]) != other.Hash {
		t.Errorf("left: %v", all)
	}
	if again := put(t, s, []byte("forgotten")); again.Hash != old.Hash {
		t.Errorf("put again as %v", again)
	}
	if _, err := s.RemoveStale(t.Context(), "../../etc/passwd", time.Now()); !fault.Is(err, fault.Invalid) {
		t.Errorf("no hash: %v", err)
	}
	for _, name := range []string{"pack/a/1", "cas/xx/1", "cas/" + old.Hash, ""} {
		if blob.CASHash(name) != "" {
			t.Errorf("%q is taken for content", name)
		}
	}
}

func testFailedReader(t *testing.T, e Engine) {
	s := e.Open(t)
	broken := fault.New(fault.Invalid, "来源中断")
	_, err := s.Put(t.Context(), io.MultiReader(strings.NewReader(strings.Repeat("x", 300_000)), &failing{broken}), 0)
	if !errors.Is(err, broken) || !fault.Is(err, fault.Invalid) {
		t.Errorf("Put = %v, want the reader's error", err)
	}
	if all := names(t, s, ""); len(all) != 0 {
		t.Errorf("a partial object is left: %v", all)
	}
	if n, err := s.Sweep(t.Context(), -time.Hour); n != 0 || err != nil {
		t.Errorf("%d leftovers, %v", n, err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// testLargeContent crosses the sizes at which engines change how they write.
func testLargeContent(t *testing.T, e Engine) {
	s := e.Open(t)
	content := make([]byte, 20<<20)
	if _, err := rand.NewChaCha8([32]byte{7}).Read(content); err != nil {
		t.Fatal(err)
	}
	ref := put(t, s, content)
	if got, err := s.Bytes(t.Context(), ref.Hash, 0); err != nil || !bytes.Equal(got, content) {
		t.Errorf("Bytes differs, %v", err)
	}
	if got, err := s.ReadRange(t.Context(), blob.CASName(ref.Hash), 12<<20, 1000); err != nil ||
		!bytes.Equal(got, content[12<<20:12<<20+1000]) {
		t.Errorf("ReadRange differs, %v", err)
	}
	if err := s.PutNamed(t.Context(), "pack/a/large", content); err != nil {
		t.Fatal(err)
	}
	if err := s.PutNamed(t.Context(), "pack/a/large", content); err != nil {
		t.Errorf("the same again: %v", err)
	}
	content[15<<20] ^= 1
	if err := s.PutNamed(t.Context(), "pack/a/large", content); !fault.Is(err, fault.Conflict) {
		t.Errorf("other bytes: %v", err)
	}
}

func testCancelled(t *testing.T, e Engine) {
	s := e.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ctx, strings.NewReader("x"), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("Put = %v", err)
	}
	if all := names(t, s, ""); len(all) != 0 {
		t.Errorf("objects = %v", all)
	}
}
