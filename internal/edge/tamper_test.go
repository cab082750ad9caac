package edge

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"guiyi/internal/edge/audit"
	"guiyi/internal/edge/verified"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/publish/manifest"
)

// locate finds a place in the pack files.
func (w *world) at(loc manifest.Loc, n int64) (string, int64) { return w.file(loc.Pack), loc.Off + n }

func TestFlippedByteIsNeverServed(t *testing.T) {
	for name, accept := range map[string]string{"identity": "", "br": "br", "gzip": "gzip", "zstd": "zstd"} {
		t.Run(name, func(t *testing.T) {
			w, e := city(t)
			entry := w.entry("qinghe", "/zwgk/t7.html")
			loc := entry.Loc
			for _, v := range entry.Variants {
				if v.Encoding == accept {
					loc = v.Loc
				}
			}
			w.flip(w.at(loc, 20))
			res := get(e, "GET", "/zwgk/t7.html", "Accept-Encoding", accept)
			if res.Code != 200 { // there is always another good form of these bytes
				t.Errorf("status %d", res.Code)
			}
			if got := decompress(t, res.Header().Get("Content-Encoding"),
				res.Body.Bytes()); string(got) != string(pageBody("文章7")) {
				t.Error("changed bytes were served")
			}
			if ev := w.seen(Tampered); len(ev) != 1 || ev[0].Path != "/zwgk/t7.html" || ev[0].Site != "qinghe" ||
				!strings.HasPrefix(ev[0].Where, "pack/qinghe/1@") {
				t.Errorf("events: %+v", ev)
			}
		})
	}
}

func TestAllCopiesDamaged(t *testing.T) {
	w, e := city(t)
	entry := w.entry("qinghe", "/zwgk/t7.html")
	w.flip(w.at(entry.Loc, 20))
	for _, v := range entry.Variants {
		w.flip(w.at(v.Loc, 15))
	}
	for _, accept := range []string{"", "br", "gzip"} {
		res := get(e, "GET", "/zwgk/t7.html", "Accept-Encoding", accept)
		h := res.Header()
		if res.Code != 503 || strings.Contains(res.Body.String(), "文章7") || h.Get("Cache-Control") != "no-store" ||
			h.Get("Etag") != "" || h.Get("Content-Encoding") != "" {
			t.Errorf("%q: %d %v", accept, res.Code, h)
		}
	}
	if len(w.seen(Tampered)) == 0 {
		t.Error("not reported")
	}
	if res := get(e, "GET", "/zwgk/t8.html"); res.Code != 200 {
		t.Errorf("a good page beside it: %d", res.Code)
	}
	w.store.Close()
}

func TestLastVerifiedCopyStays(t *testing.T) {
	w, e := city(t)
	get(e, "GET", "/zwgk/t7.html")
	if err := os.RemoveAll(w.blobDir); err != nil {
		t.Fatal(err)
	}
	if res := get(e, "GET", "/zwgk/t7.html"); res.Code != 200 || res.Body.String() != string(pageBody("文章7")) {
		t.Errorf("from memory: %d", res.Code)
	}
	w.quiet()
}

func TestTruncatedAndMissingPack(t *testing.T) {
	for name, damage := range map[string]func(w *world, path string){
		"truncated": func(w *world, path string) {
			b, _ := os.ReadFile(path)
			w.write(path, b[:len(b)/3])
		},
		"emptied": func(w *world, path string) { w.write(path, nil) },
		"missing": func(w *world, path string) { _ = os.Remove(path) },
		"zeroed": func(w *world, path string) {
			b, _ := os.ReadFile(path)
			w.write(path, make([]byte, len(b)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.publish("qinghe", nil, cityPages)
			e := w.edge(nil)
			w.set(e, w.heads["qinghe"])
			damage(w, w.file("pack/qinghe/1"))
			if res := get(e, "GET", "/zwgk/t199.html"); res.Code != 503 {
				t.Errorf("status %d", res.Code)
			}
			kind := Tampered
			if name == "missing" {
				kind = Missing
			}
			if ev := w.seen(kind); len(ev) == 0 {
				t.Errorf("not reported: %+v", w.events)
			}
		})
	}
}

func TestDamagedNode(t *testing.T) {
	w, e := city(t)
	head := w.heads["qinghe"]
	for at := int64(0); at < head.Root.Loc.Len; at += 7 {
		fresh := w.edge(func(o *Options) { o.HeadsDir = t.TempDir() })
		w.set(fresh, head)
		path, off := w.at(head.Root.Loc, at)
		w.flip(path, off)
		res := get(fresh, "GET", "/zwgk/t7.html")
		if res.Code == 200 && res.Body.String() != string(pageBody("文章7")) || res.Code == 404 {
			t.Fatalf("root byte %d flipped: %d", at, res.Code)
		}
		w.flip(path, off)
	}
	_ = e
}

// A second store is asked when the first is wrong.
func TestSecondCopy(t *testing.T) {
	w := newWorld(t)
	w.publish("qinghe", nil, cityPages)
	copyDir := t.TempDir()
	if err := os.CopyFS(copyDir, os.DirFS(w.blobDir)); err != nil {
		t.Fatal(err)
	}
	peer, err := blob.Open(t.Context(), "dir:"+copyDir)
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	if err := os.RemoveAll(w.file("pack")); err != nil {
		t.Fatal(err)
	}
	e := w.edge(func(o *Options) { o.Stores = []verified.Blobs{w.store, peer} })
	w.set(e, w.heads["qinghe"])
	for _, url := range []string{"/", "/zwgk/t3.html"} {
		if res := get(e, "GET", url); res.Code != 200 {
			t.Errorf("%s: %d", url, res.Code)
		}
	}
	if len(w.seen(Missing)) == 0 {
		t.Error("the missing local copy was not reported")
	}
}

func TestPlantedFileHasNoRoute(t *testing.T) {
	w, e := city(t)
	for _, name := range []string{"evil.html", "pack/qinghe/evil.html", "cas/evil.html", "zwgk/evil.html",
		"pack/qinghe/evil"} {
		w.write(w.file(name), []byte("<script>evil</script>"))
		for _, url := range []string{"/" + name, "/evil.html", "/zwgk/evil.html", "/../" + name, "/%2e%2e/" + name,
			"/pack/qinghe/1"} {
			if res := get(e, "GET", url); res.Code == 200 || strings.Contains(res.Body.String(), "evil<") {
				t.Errorf("%s: %d", url, res.Code)
			}
		}
	}
	report, err := e.Audit(t.Context(), audit.Options{Objects: w.store, Dir: w.blobDir})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range report.Findings {
		found[f.Where] = f.Kind
	}
	for name, kind := range map[string]string{"evil.html": Planted, "cas/evil.html": Planted, "zwgk/evil.html": Planted,
		"pack/qinghe/evil": audit.Unlinked, "pack/qinghe/evil.html": audit.Unlinked} {
		if found[name] != kind {
			t.Errorf("%s is %q, want %q: %s", name, found[name], kind, asJSON(report.Findings))
		}
	}
	if report.Serious() != 3 {
		t.Errorf("%d findings: %s", report.Serious(), asJSON(report.Findings))
	}
}

// A chunk that is changed is never sent; what was sent before it is cut off so that it cannot pass for the whole.
func TestLargeFileChunkDamaged(t *testing.T) {
	w, e := city(t)
	name := w.file(blob.CASName(w.entry("qinghe", "/_m/v.mp4").Hash.String()))
	w.flip(name, 3*manifest.ChunkSize+9)
	film := video()
	if res := get(e, "GET", "/_m/v.mp4", "Range", "bytes=0-99"); res.Code != 206 ||
		res.Body.String() != string(film[:100]) {
		t.Errorf("good chunk: %d", res.Code)
	}
	for _, r := range []string{"bytes=786432-", "bytes=1048575-1048576"} {
		if res := get(e, "GET", "/_m/v.mp4", "Range", r); res.Code != 503 || res.Body.Len() > 2000 {
			t.Errorf("%s: %d", r, res.Code)
		}
	}
	s := httptest.NewServer(e)
	defer s.Close()
	res, err := http.Get(s.URL + "/_m/v.mp4")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got := make([]byte, len(film)+1)
	n, readErr := 0, error(nil)
	for readErr == nil {
		var k int
		k, readErr = res.Body.Read(got[n:])
		n += k
	}
	if readErr.Error() == "EOF" || n > 3*manifest.ChunkSize || string(got[:n]) != string(film[:n]) {
		t.Errorf("%d bytes, then %v", n, readErr)
	}
	if ev := w.seen(Tampered); len(ev) == 0 || ev[0].Path != "/_m/v.mp4" {
		t.Errorf("events: %+v", ev)
	}
}

func TestChunkListDamaged(t *testing.T) {
	w, e := city(t)
	name := w.file(blob.CASName(w.entry("qinghe", "/_m/v.mp4").Chunks.String()))
	w.flip(name, 40)
	if res := get(e, "GET", "/_m/v.mp4"); res.Code != 503 {
		t.Errorf("status %d", res.Code)
	}
	b, _ := os.ReadFile(name)
	w.write(name, b[:32])
	if res := get(e, "GET", "/_m/v.mp4"); res.Code != 503 {
		t.Errorf("cut list: status %d", res.Code)
	}
	if len(w.seen(Tampered)) == 0 {
		t.Error("not reported")
	}
}

func TestAudit(t *testing.T) {
	w, e := city(t)
	o := audit.Options{Objects: w.store, Dir: w.blobDir}
	clean, err := e.Audit(t.Context(), o)
	if err != nil || len(clean.Findings) != 0 || clean.Entries != 215 || clean.Sites != 1 || clean.Objects != 3 ||
		clean.Bytes < 1<<20 {
		t.Fatalf("clean: %s %v", asJSON(clean), err)
	}
	entry := w.entry("qinghe", "/zwgk/t7.html")
	get(e, "GET", "/zwgk/t7.html") // in memory, and found on disk all the same
	w.flip(w.at(entry.Loc, 5))
	w.flip(w.at(entry.Variants[1].Loc, 12))
	film := w.entry("qinghe", "/_m/v.mp4")
	w.flip(w.file(blob.CASName(film.Hash.String())), 2*manifest.ChunkSize)
	report, err := e.Audit(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]int{}
	for _, f := range report.Findings {
		if f.Kind != Tampered || f.Where == "" || f.At.IsZero() {
			t.Errorf("%+v", f)
		}
		byPath[f.Path]++
	}
	if byPath["/zwgk/t7.html"] != 2 || byPath["/_m/v.mp4"] != 1 {
		t.Errorf("found %v: %s", byPath, asJSON(report.Findings))
	}
	if len(w.seen(Tampered)) != 3 {
		t.Error("findings are events too")
	}
	w.write(w.file("pack/old/1"), []byte("x"))
	report, _ = e.Audit(t.Context(), o)
	if last := report.Findings[len(report.Findings)-1]; last.Kind != Unlinked || last.Where != "pack/old/1" {
		t.Errorf("%+v", last)
	}
}

func TestAuditFindsDamagedNodes(t *testing.T) {
	w, e := city(t)
	w.flip(w.at(w.heads["qinghe"].Root.Loc, 30))
	report, err := e.Audit(t.Context(), audit.Options{})
	if err != nil || report.Serious() != 1 || report.Entries != 0 {
		t.Errorf("%s %v", asJSON(report), err)
	}
	if err := os.Remove(w.file("pack/qinghe/1")); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	if w.store, err = blob.Open(t.Context(), "dir:"+w.blobDir); err != nil {
		t.Fatal(err)
	}
	e = w.edge(nil)
	if report, _ = e.Audit(t.Context(), audit.Options{}); report.Serious() != 1 || report.Findings[0].Kind != Missing {
		t.Errorf("%s", asJSON(report))
	}
}

func TestAuditKeepsToItsRate(t *testing.T) {
	_, e := city(t)
	ctx, cancel := contextAfterBytes(t)
	defer cancel()
	if _, err := e.Audit(ctx, audit.Options{Rate: 1}); err == nil {
		t.Error("an audit at one byte a second ended")
	}
}
