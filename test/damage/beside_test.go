package damage

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// beside is damage of what lies beside the database, or of its place, that an edge lives with.
type beside struct {
	name   string
	damage func(t *testing.T, data string) // afterwards what it has moved away is named *.away
	text   []string                        // in the message
	never  []string                        // not in it, nor in any other check that fails
	pages  int                             // percent of the addresses that answer as before
	again  bool                            // must be started anew when it is put right
	long   bool                            // only in make check-long
}

// away moves a file of the data folder aside.
func away(t *testing.T, data, name string) string {
	t.Helper()
	file := filepath.Join(data, name)
	must(t, os.Rename(file, file+".away"))
	return file
}

// replaced puts other bytes in the place of a file.
func replaced(name, text string, mode os.FileMode) func(*testing.T, string) {
	return func(t *testing.T, data string) {
		file := away(t, data, name)
		must(t, os.WriteFile(file, []byte(text), mode))
		must(t, os.Chmod(file, mode))
	}
}

const key = "keys/ed25519.key"

var allBeside = []beside{
	{"store gone", func(t *testing.T, data string) { away(t, data, "blob") },
		[]string{"文件存储是空的", "4 个已发布的站点", "挂载", "guiyi restore", "guiyi repair"}, []string{"磁盘空间"}, 0, true, false},
	{"database of another platform", func(t *testing.T, data string) {
		file := away(t, data, "guiyi.db")
		other := at(t, filepath.Join(t.TempDir(), "other"))
		if !other.serve("--demo") {
			t.Fatal(other.out)
		}
		other.ready()
		other.stop()
		must(t, os.Rename(filepath.Join(other.data, "guiyi.db"), file))
	}, []string{"可能属于另一个平台", "qinghe 的第 1 版", "没有改动", "guiyi restore", "heads", "bus"},
		[]string{"密钥", "损坏"}, 100, false, false},
	{"database is a folder", func(t *testing.T, data string) {
		must(t, os.Mkdir(away(t, data, "guiyi.db"), 0o755))
	}, []string{"guiyi.db", "路径不对"}, []string{"磁盘空间", "权限", "损坏"}, 100, false, true},
	{"database is a link into itself", func(t *testing.T, data string) {
		must(t, os.Symlink("guiyi.db", away(t, data, "guiyi.db")))
	}, []string{"guiyi.db", "路径不对"}, []string{"磁盘空间", "权限", "损坏"}, 100, false, true},
	{"private key readable by all", func(t *testing.T, data string) {
		file := filepath.Join(data, key)
		b, err := os.ReadFile(file)
		must(t, err)
		replaced(key, string(b), 0o644)(t, data)
	}, []string{key, "chmod 600"}, []string{"备份", "损坏"}, 100, false, true},
	{"private key of rubbish", replaced(key, "-----BEGIN", 0o600),
		[]string{key, "已损坏", "备份"}, []string{"权限", "磁盘"}, 100, false, false},
	{"session secret empty", replaced("session.secret", "", 0o600),
		[]string{"session.secret", "是空的", "删除它"}, []string{"权限", "磁盘"}, 100, false, true},
	{"session secret cut off", replaced("session.secret", "ab", 0o600),
		[]string{"session.secret", "已损坏", "删除它"}, []string{"权限", "磁盘"}, 100, false, true},
	{"search index is a file", replaced("search", "x", 0o600),
		[]string{"search", "路径不对"}, []string{"磁盘空间", "权限", "数据库没有响应"}, 100, false, false},
}

// TestBeside: the process goes on with what its edge can prove, is not ready, names the right cause and nothing else,
// and everything comes back when the thing is put right; the other files are as they were.
func TestBeside(t *testing.T) {
	t.Parallel()
	data, _ := city(t, "")
	all, good := addresses(t, data), at(t, data)
	good.serve()
	before := good.look(all)
	good.stop()
	for _, b := range allBeside {
		t.Run(b.name, func(t *testing.T) {
			if b.long && os.Getenv("GUIYI_TEST_DAMAGE") == "" {
				t.Skip("make check-long runs it")
			}
			data, _ := city(t, "")
			b.damage(t, data)
			p := at(t, data)
			if !p.serve() {
				t.Fatalf("the pages are away: %s", p.out)
			}
			equal, different := same(before, p.look(all))
			if equal != len(all)*b.pages/100 {
				t.Errorf("%d of %d addresses answer as before: %.300v", equal, len(all), different)
			}
			troubles := p.troubles()
			message := strings.Join(slices.Sorted(maps.Values(troubles)), "\n")
			for _, text := range b.text {
				if !strings.Contains(troubles["platform"], text) {
					t.Errorf("%q is missing in: %v", text, troubles)
				}
			}
			for _, text := range append(b.never, "系统内部错误") {
				if strings.Contains(message, text) {
					t.Errorf("%q blames something else: %s", text, message)
				}
			}
			if s := p.status(); s.Status != "not ready" || len(troubles) != 1 {
				t.Errorf("readyz: %+v", s)
			}
			if code, answer := p.call("GET", "/sites", "", ""); code != 503 || strings.Contains(answer, data) {
				t.Errorf("API: %d %s", code, answer)
			}
			if b.again {
				p.stop()
			}
			names, err := filepath.Glob(filepath.Join(data, "*.away"))
			must(t, err)
			inner, err := filepath.Glob(filepath.Join(data, "*", "*.away"))
			must(t, err)
			for _, name := range append(names, inner...) {
				was := strings.TrimSuffix(name, ".away")
				must(t, os.RemoveAll(was))
				must(t, os.Rename(name, was))
				if was == filepath.Join(data, key) {
					must(t, os.Chmod(was, 0o600))
				}
			}
			if b.again {
				p.serve()
			}
			p.ready()
			if equal, different = same(before, p.look(all)); equal != len(all) {
				t.Errorf("put right, %d of %d: %.300v", equal, len(all), different)
			}
			for _, h := range heads(t, data) {
				if h.Revision != 1 {
					t.Errorf("%s is at revision %d", h.Site, h.Revision)
				}
			}
			p.stop()
			t.Logf("| %s | platform: not ready | %d %% of %d addresses | put right | all |", b.name, b.pages, len(all))
		})
	}
}

// TestCommandOnDamage: a command that meets a damaged page says so in our words, and how to go on.
func TestCommandOnDamage(t *testing.T) {
	t.Parallel()
	data, _ := city(t, "")
	file := filepath.Join(data, "guiyi.db")
	b, err := os.ReadFile(file)
	must(t, err)
	for page := 1; page < len(b)/4096; page++ {
		if b[page*4096] == 10 { // a leaf of an index
			writeAt(t, file, int64(page)*4096, []byte(strings.Repeat("\x5a", 4096)))
		}
	}
	code, out := at(t, data).run("site", "list")
	if code != 1 || !strings.Contains(out, "数据库已损坏") || !strings.Contains(out, "guiyi restore") ||
		strings.Contains(out, "malformed") {
		t.Errorf("%d %s", code, out)
	}
}
