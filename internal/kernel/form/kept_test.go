package form

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// keeper is a Kept in a directory of its own.
func keeper(t *testing.T, o KeptOptions) *Kept {
	t.Helper()
	o.Dir, o.Now = filepath.Join(t.TempDir(), "kept"), time.Now
	k, err := NewKept(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

// boxes are the ids of the kept files that a page offers.
func boxes(t *testing.T, f Form, in Input, faults Faults) (ids []string) {
	t.Helper()
	html, err := f.HTML(State{Input: in, Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	for _, piece := range strings.Split(string(html), `name="files-kept" value="`)[1:] {
		id, rest, _ := strings.Cut(piece, `"`)
		if !strings.HasPrefix(rest, " checked> ") {
			t.Errorf("a kept file is not chosen: %.80s", rest)
		}
		ids = append(ids, id)
	}
	return ids
}

// again is the input of a page that came back, with its boxes.
func again(t *testing.T, f Form, ids ...string) Input {
	in := multi(t, f, nil)
	in.kept["files"] = ids
	return in
}

func inDir(t *testing.T, k *Kept) int {
	t.Helper()
	entries, err := os.ReadDir(k.o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// A file that came with a form that has a fault elsewhere is there at the next try, and nowhere in the open.
func TestKeptFileComesBack(t *testing.T) {
	f, k := ticket(), keeper(t, KeptOptions{})
	in := multi(t, f, map[string]string{"a<b>.pdf": "secret of a citizen", "b.jpg": "picture"})
	faults := Faults{{"title", "请填写标题。"}}
	if more := k.Keep(f, "session", "c", &in, faults); len(more) > 0 {
		t.Fatal(more)
	}
	html, err := f.HTML(State{Input: in, Faults: faults})
	page := string(html)
	if err != nil || !strings.Contains(page, "a&lt;b&gt;.pdf（1 KB）") || strings.Contains(page, "<b>.pdf") {
		t.Errorf("%v\n%s", err, html)
	}
	ids := boxes(t, f, in, faults)
	if len(ids) != 2 || inDir(t, k) != 2 {
		t.Fatalf("%d boxes, %d files", len(ids), inDir(t, k))
	}
	for _, id := range ids {
		if b, err := os.ReadFile(filepath.Join(k.o.Dir, id)); err != nil || strings.Contains(string(b), "citizen") {
			t.Errorf("in the open: %q, %v", b, err)
		}
	}
	next := again(t, f, ids...)
	if gone := k.Find(f, "session", &next); len(gone) > 0 || len(f.Check(next)) > 0 {
		t.Fatal(gone, f.Check(next))
	}
	texts := map[string]string{}
	for _, file := range next.Files["files"] {
		from, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(from)
		if texts[file.Name] = string(b); err != nil || int64(len(b)) != file.Size {
			t.Error(err, len(b), file.Size)
		}
	}
	if texts["a<b>.pdf"] != "secret of a citizen" || texts["b.jpg"] != "picture" {
		t.Error(texts)
	}
	one := again(t, f, ids[0]) // the box of the other was emptied
	if gone := k.Find(f, "session", &one); len(gone) > 0 || len(one.Files["files"]) != 1 {
		t.Error(gone, one.Files)
	}
	three := multi(t, f, map[string]string{"c.pdf": "x"})
	three.kept["files"] = ids
	if k.Find(f, "session", &three); f.Check(three).text("files") != "最多上传 2 个文件。" {
		t.Errorf("kept files do not count: %v", f.Check(three))
	}
	if k.Keep(f, "session", "c", &three, f.Check(three)); len(boxes(t, f, three, nil)) != 2 {
		t.Error("of too many, those that were kept before are to stay")
	}
}

// Only the same form in the same session gets a file again, by its id, as long as nobody has touched it.
func TestKeptFileOfOthers(t *testing.T) {
	f, k := ticket(), keeper(t, KeptOptions{})
	in := multi(t, f, map[string]string{"a.pdf": "secret"})
	k.Keep(f, "mine", "c", &in, nil)
	id := boxes(t, f, in, nil)[0]
	other := ticket()
	other.Name = "other"
	for name, c := range map[string]struct {
		form    Form
		session string
		id      string
	}{
		"another session": {f, "yours", id},
		"no session":      {f, "", id},
		"another form":    {other, "mine", id},
		"another id":      {f, "mine", strings.Repeat("a", len(id))},
		"a path":          {f, "mine", "../kept/" + id},
		"no id":           {f, "mine", ""},
	} {
		next := again(t, c.form, c.id)
		gone := k.Find(c.form, c.session, &next)
		if len(gone) != 1 || gone[0].Field != "files" || len(next.Files["files"]) != 0 {
			t.Errorf("%s: %v %v", name, gone, next.Files)
		}
	}
	next := again(t, f, id)
	if gone := k.Find(f, "mine", &next); len(gone) > 0 {
		t.Fatal(gone)
	}
	if err := os.WriteFile(filepath.Join(k.o.Dir, id), []byte("something else, planted here"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := next.Files["files"][0].Open(); err == nil {
		t.Error("a changed file is read")
	}
}

// Nothing outlives its time: not the hour, not the process, and a minute after it was accepted it is gone.
func TestKeptFilesGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, k := ticket(), keeper(t, KeptOptions{})
		keep := func() string {
			in := multi(t, f, map[string]string{"a.pdf": "secret"})
			k.Keep(f, "", "c", &in, nil)
			return boxes(t, f, in, nil)[0]
		}
		there := func(id string) bool {
			next := again(t, f, id)
			return len(k.Find(f, "", &next)) == 0
		}
		id := keep()
		time.Sleep(59 * time.Minute)
		if !there(id) {
			t.Error("gone before its time")
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if there(id) || inDir(t, k) != 0 || k.bytes != 0 || len(k.clients) != 0 {
			t.Errorf("%d files, %d bytes after their time", inDir(t, k), k.bytes)
		}
		id = keep()
		accepted := again(t, f, id)
		k.Find(f, "", &accepted)
		k.Done(accepted)
		if !there(id) {
			t.Error("a second click finds nothing")
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if there(id) || inDir(t, k) != 0 {
			t.Error("an accepted file stays")
		}
		keep()
		dir := k.o.Dir
		if k.Close(); len(k.files) != 0 {
			t.Error("files after the end")
		}
		if err := os.MkdirAll(dir, 0o700); err != nil { // as a crash leaves it
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "left"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		next, err := NewKept(k.o)
		if err != nil || inDir(t, next) != 0 {
			t.Errorf("%v, %d files of the process before", err, inDir(t, next))
		}
		next.Close()
	})
}

// What finds no room is said, and takes none; others still have theirs.
func TestKeptFilesAreBounded(t *testing.T) {
	f, k := ticket(), keeper(t, KeptOptions{Bytes: 1000, ClientBytes: 600})
	for _, c := range []struct {
		client string
		size   int
		ok     bool
	}{{"a", 500, true}, {"a", 200, false}, {"a", 100, true}, {"b", 500, false}, {"b", 400, true}, {"c", 1, false}} {
		in := multi(t, f, map[string]string{"a.pdf": strings.Repeat("x", c.size)})
		more := k.Keep(f, "", c.client, &in, nil)
		if (len(more) == 0) != c.ok || (len(boxes(t, f, in, more)) == 1) != c.ok {
			t.Errorf("%+v: %v", c, more)
		}
		if !c.ok && more.text("files") != "文件没有保留下来，请重新选择附件。" {
			t.Errorf("%+v: %v", c, more)
		}
	}
	if k.bytes != 1000 || inDir(t, k) != 3 {
		t.Errorf("%d bytes, %d files", k.bytes, inDir(t, k))
	}
	var none *Kept // a platform that keeps nothing says so
	in := multi(t, f, map[string]string{"a.pdf": "x"})
	if more := none.Keep(f, "", "a", &in, nil); more.text("files") == "" {
		t.Error("a lost file is not told")
	}
	bad := multi(t, f, map[string]string{"a.exe": "x"})
	if k.Keep(f, "", "d", &bad, f.Check(bad)); len(bad.Files["files"]) != 0 || inDir(t, k) != 3 {
		t.Error("what is not accepted is kept")
	}
}
