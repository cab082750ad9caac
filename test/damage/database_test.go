package damage

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guiyi/internal/kernel/store/storetest"
)

// original is the demo city, published, stopped and backed up, that every case gets a copy of.
type original struct {
	data, backup string
}

var once = sync.OnceValues(func() (o original, err error) {
	dir, err := os.MkdirTemp("", "guiyi-damage")
	return original{data: filepath.Join(dir, "data"), backup: filepath.Join(dir, "backup.guiyi")}, err
})

var filled sync.Once

// city returns a copy of the demo city in a folder of the caller's choice, "" for a new one.
func city(t *testing.T, into string) (string, original) {
	t.Helper()
	o, err := once()
	must(t, err)
	filled.Do(func() {
		p := at(t, o.data)
		if !p.serve("--demo") {
			t.Fatalf("the demo city does not start: %s", p.out)
		}
		p.ready()
		if code, out := p.run("verify"); code != 0 {
			t.Fatalf("the demo city is not right: %s", out)
		}
		if code, out := p.run("backup", o.backup); code != 0 {
			t.Fatalf("backup: %s", out)
		}
		p.stop()
	})
	if into == "" {
		into = t.TempDir()
	}
	data := filepath.Join(into, "data")
	if out, err := exec.Command("cp", "-a", o.data, data).CombinedOutput(); err != nil {
		t.Fatalf("copy: %v %s", err, out)
	}
	return data, o
}

// wrong is one state of the database that nobody can work with.
type wrong struct {
	name    string
	damage  func(t *testing.T, file string)
	text    []string // in the message, and nothing that blames the disk
	refused bool     // also by commands, which do not read the whole database
}

func writeAt(t *testing.T, file string, off int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt(b, off)
	must(t, err)
	must(t, f.Close())
}

var wrongs = []wrong{
	{"missing", func(t *testing.T, file string) { must(t, os.Remove(file)) },
		[]string{"不存在或是空的", "4 个站点", "heads", "pack", "私钥", "没有改动", "guiyi restore"}, true},
	{"empty", func(t *testing.T, file string) { must(t, os.Truncate(file, 0)) },
		[]string{"不存在或是空的", "没有改动", "guiyi restore"}, true},
	{"new", func(t *testing.T, file string) { // as an older program would have made it beside the rest
		other := at(t, t.TempDir())
		if code, out := other.run("site", "list"); code != 0 {
			t.Fatalf("%d %s", code, out)
		}
		must(t, os.Rename(filepath.Join(other.data, "guiyi.db"), file))
	}, []string{"没有任何站点", "没有改动", "guiyi restore"}, true},
	{"header zeroed", func(t *testing.T, file string) { writeAt(t, file, 0, make([]byte, 100)) },
		[]string{"文件头被清零", "guiyi restore"}, true},
	{"not a database", func(t *testing.T, file string) {
		must(t, os.WriteFile(file, []byte(strings.Repeat("x", 9000)), 0o600))
	}, []string{"内容不是数据库", "guiyi restore"}, true},
	{"truncated", func(t *testing.T, file string) { must(t, os.Truncate(file, 100<<10)) },
		[]string{"文件被截短", "guiyi restore"}, true},
	{"8 pages overwritten", func(t *testing.T, file string) {
		info, err := os.Stat(file)
		must(t, err)
		writeAt(t, file, info.Size()/2/4096*4096, []byte(strings.Repeat("\xa5", 8*4096)))
	}, []string{"数据库已损坏", "guiyi restore"}, false},
}

// TestDatabase: whatever is wrong with the database, the public keeps every page, the process is not ready and says
// why, nothing on disk is changed, roles without an edge end with status 1; and when the database is back everything
// is served again without a restart.
func TestDatabase(t *testing.T) {
	t.Parallel()
	for _, w := range wrongs {
		t.Run(w.name, func(t *testing.T) {
			data, o := city(t, "")
			file := filepath.Join(data, "guiyi.db")
			saved, err := os.ReadFile(file)
			must(t, err)
			all := addresses(t, data)
			good := at(t, data)
			good.serve()
			before := good.look(all)
			good.stop()
			w.damage(t, file)
			damaged, _ := os.ReadFile(file)

			p := at(t, data)
			if p.serve("--roles", "worker,studio") {
				t.Fatal("a platform without an edge starts")
			}
			if code := p.cmd.ProcessState.ExitCode(); code != 1 {
				t.Errorf("status %d", code)
			}
			p.says(w, p.out.String())
			if w.refused {
				code, out := p.run("site", "list")
				p.says(w, out)
				if code != 1 {
					t.Errorf("a command ends with %d", code)
				}
			}
			if !p.serve() {
				t.Fatalf("the pages are away: %s", p.out)
			}
			equal, different := same(before, p.look(all))
			if equal != len(before) {
				t.Errorf("%d of %d addresses answer as before: %.300v", equal, len(before), different)
			}
			if s := p.status(); s.Status != "not ready" {
				t.Errorf("readyz: %+v", s)
			}
			p.says(w, p.troubles()["platform"])
			code, answer := p.call("GET", "/sites", "", "")
			if code != 503 || !strings.Contains(answer, "数据库") || strings.Contains(answer, data) {
				t.Errorf("API: %d %s", code, answer)
			}
			if now, _ := os.ReadFile(file); string(now) != string(damaged) {
				t.Error("the database was changed")
			}
			must(t, os.WriteFile(file+".back", saved, 0o600))
			must(t, os.Rename(file+".back", file))
			p.ready()
			if code, _ := p.call("GET", "/sites", "", ""); code != 401 {
				t.Errorf("API afterwards: %d", code)
			}
			if code, out := p.run("verify"); code != 0 {
				t.Errorf("verify: %s", out)
			}
			if n := strings.Count(p.out.String(), "only public pages are served"); n != 1 {
				t.Errorf("told %d times", n)
			}
			p.stop()
			t.Logf("| database %s | platform: not ready, API 503 | %d of %d addresses | database back: ready without a restart |",
				w.name, equal, len(before))
			if w.name == wrongs[0].name { // a restore does not look at what was wrong
				restore(t, o, before, all)
			}
		})
	}
}

// says compares a message with what must and must not be in it.
func (p *platform) says(w wrong, message string) {
	p.t.Helper()
	for _, text := range w.text {
		if !strings.Contains(message, text) {
			p.t.Errorf("%q is missing in: %s", text, message)
		}
	}
	for _, text := range []string{"磁盘空间", "权限", "端口"} {
		if strings.Contains(message, text) {
			p.t.Errorf("%q blames something else: %s", text, message)
		}
	}
}

// restore brings the backup back into a new folder: the same bytes at every address.
func restore(t *testing.T, o original, before view, all []string) {
	t.Helper()
	p := at(t, filepath.Join(t.TempDir(), "data"))
	if code, out := p.run("restore", o.backup); code != 0 {
		t.Fatalf("restore: %s", out)
	}
	must(t, os.RemoveAll(filepath.Join(p.data, "keys")))
	must(t, os.CopyFS(filepath.Join(p.data, "keys"), os.DirFS(filepath.Join(o.data, "keys"))))
	must(t, os.Chmod(filepath.Join(p.data, "keys", "ed25519.key"), 0o600))
	if !p.serve() {
		t.Fatalf("the restored platform does not start: %s", p.out)
	}
	p.ready()
	equal, different := same(before, p.look(all))
	if equal != len(before) {
		t.Errorf("after the restore %d of %d addresses are as before: %.300v", equal, len(before), different)
	}
	t.Logf("| restored | ready | %d of %d addresses |", equal, len(before))
	p.stop()
}

// TestOlderDatabase: a database that knows less than what was published is refused, and accepted when the operator
// moves the heads away.
func TestOlderDatabase(t *testing.T) {
	t.Parallel()
	data, _ := city(t, "")
	file := filepath.Join(data, "guiyi.db")
	old, err := os.ReadFile(file)
	must(t, err)
	p := at(t, data)
	p.serve()
	if code, out := p.run("site", "state", "rsj", "offline", "--reason", "演练"); code != 0 {
		t.Fatal(out)
	}
	p.await("a newer revision", func() error {
		for _, h := range heads(t, data) {
			if h.Site == "rsj" && h.Revision > 1 {
				return nil
			}
		}
		return os.ErrNotExist
	})
	p.stop()
	must(t, os.WriteFile(file, old, 0o600))
	all := addresses(t, data)
	if !p.serve() {
		t.Fatal(p.out)
	}
	text := p.troubles()["platform"]
	for _, part := range []string{"比已经公开的内容旧", "rsj", "第 2 版", "第 1 版", "guiyi restore", "heads", "bus"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in: %s", part, text)
		}
	}
	if n := slices.Collect(maps.Values(p.look(all[:3]))); len(n) != 3 {
		t.Error(n)
	}
	p.stop()
	if p.serve("--roles", "worker") {
		t.Error("a worker starts on an older database")
	}
	for _, name := range []string{"heads", "bus"} {
		must(t, os.Rename(filepath.Join(data, name), filepath.Join(data, name+".away")))
	}
	p.serve()
	p.ready()
	if got := p.look([]string{"rsj /"})["rsj /"]; !strings.HasPrefix(got, "200") {
		t.Errorf("the older state is accepted, but rsj answers %s", got)
	}
	p.stop()
}

// TestOlderThanItsPacks: a worker without heads on its disk tells by the packs that its database is an old one. It goes
// on: a pack proves nothing.
func TestOlderThanItsPacks(t *testing.T) {
	t.Parallel()
	data, _ := city(t, "")
	for _, name := range []string{"heads", "bus"} {
		must(t, os.RemoveAll(filepath.Join(data, name)))
	}
	planted := filepath.Join(data, "blob", "pack", "rsj")
	must(t, os.WriteFile(filepath.Join(planted, "2-77"), []byte("of a build that is running"), 0o600))
	p := at(t, data)
	p.serve("--roles", "worker")
	p.ready()
	time.Sleep(200 * time.Millisecond)
	if bad := p.troubles(); len(bad) != 0 {
		t.Errorf("a pack of the next revision: %v", bad)
	}
	p.stop()
	must(t, os.WriteFile(filepath.Join(planted, "9-77"), []byte("of another machine"), 0o600))
	p.serve("--roles", "worker")
	p.ready() // it listens
	p.await("it is told", func() error {
		if text := p.troubles()["ledger"]; !strings.Contains(text, "rsj") || !strings.Contains(text, "第 9 版") {
			return fmt.Errorf("%v", p.troubles())
		}
		return nil
	})
	if s := p.status(); s.Status != "ready" || !strings.Contains(p.out.String(), "level=ERROR") {
		t.Errorf("%+v", s)
	}
	p.stop()
}

// TestNewBeginning: what was found is moved away, and an empty platform starts.
func TestNewBeginning(t *testing.T) {
	t.Parallel()
	data, _ := city(t, "")
	must(t, os.Remove(filepath.Join(data, "guiyi.db")))
	p := at(t, data)
	for _, name := range []string{"heads", "blob", "keys"} {
		if code, _ := p.run("site", "list"); code != 1 {
			t.Errorf("begins anew beside %s", name)
		}
		if _, err := os.Stat(filepath.Join(data, "guiyi.db")); err == nil {
			t.Fatalf("a database was made beside %s", name)
		}
		must(t, os.Rename(filepath.Join(data, name), filepath.Join(data, name+".away")))
	}
	if !p.serve() {
		t.Fatal(p.out)
	}
	p.ready()
	p.stop()
}

// TestEmptyPostgres: an empty new database beside old packs and keys, on the other engine.
func TestEmptyPostgres(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	data, _ := city(t, "")
	p := at(t, data, "GUIYI_DATABASE="+dsn)
	if p.serve("--roles", "worker") {
		t.Error("a worker starts on an empty database")
	}
	if out := p.out.String(); !strings.Contains(out, "不存在或是空的") || !strings.Contains(out, "guiyi restore") ||
		strings.Contains(out, "password") {
		t.Error(out)
	}
	if !p.serve() {
		t.Fatal(p.out)
	}
	if s := p.status(); s.Status != "not ready" {
		t.Errorf("%+v", s)
	}
	p.stop()
	bare, err := storetest.Open(t, dsn).IsEmpty(t.Context())
	if err != nil || !bare {
		t.Errorf("tables were made: %v", err)
	}
}
