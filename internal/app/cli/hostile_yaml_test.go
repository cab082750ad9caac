package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// unfolding is the alias bomb.
func unfolding() string {
	var b strings.Builder
	b.WriteString("a: &a [x,x,x,x,x,x,x,x,x,x]\n")
	for c := 'b'; c <= 'j'; c++ {
		fmt.Fprintf(&b, "%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	return b.String()
}

// manyKeys is a mapping whose keys take long to compare with each other.
func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	return b.String()
}

// hostileYAML are texts that are broken or cost more than they look, with what is said of
// each.
func hostileYAML() map[string]struct{ text, want string } {
	return map[string]struct{ text, want string }{
		"alias":     {unfolding(), "第 3 行：别名（*）指向的内容里不能再有别名"},
		"aliasname": {"name: &a 甲\nfields: {title: *b}\n", "没有名为 b 的锚点"},
		"deep":      {"a: " + strings.Repeat("[", 200_000), "第 1 行：嵌套太深"},
		"deepmap":   {strings.Repeat("{a: ", 100_000), "第 1 行：嵌套太深"},
		"binary":    {"\x00\x01\x02\xff", "第 1 行：不是 UTF-8 编码"},
		"gbk":       {"name: a\ntitle: \xb9\xd8\xd3\xda\n", "第 2 行：不是 UTF-8 编码"},
		"utf16":     {"\xff\xfen\x00a\x00m\x00e\x00:\x00 \x00a\x00", "第 1 行：不是 UTF-8 编码"},
		"huge":      {"name: " + strings.Repeat("长", 8<<20), "x.yaml：超过 2 MiB"},
		"keys":      {"name: a\nname: b\n", "第 2 行：键 \"name\" 写了两次，第 1 行已有"},
		"merge":     {"base: &b {x: 1}\n<<: [*b, *b]\n", "第 1 行：不认识的键 base"},
		"many":      {manyKeys(100_000), "第 1 行：一组里的键超过 2000 个"},
		"wide":      {"a: [" + strings.Repeat("x,", 900_000) + "]\n", "第 1 行：不认识的键 a"},
		"text":      {strings.Repeat("x", 1<<20), "第 1 行"},
	}
}

// TestHostileDeclarations gives broken YAML as declarations, as a mapping and as content:
// refused with file and line, and nothing is changed.
func TestHostileDeclarations(t *testing.T) {
	g := newCommands(t)
	before := g.run("site", "list")
	writeRecords(t, g.dir, 3)
	for name, c := range hostileYAML() {
		written(t, filepath.Join(g.dir, "maps", name+".yaml"), []byte(c.text))
		written(t, filepath.Join(g.dir, "sites-"+name, "good.yaml"), []byte("site: new\nname: 新站\n"))
		written(t, filepath.Join(g.dir, "sites-"+name, "x.yaml"), []byte(c.text))
		written(t, filepath.Join(g.dir, "rules-"+name, "good.yaml"), []byte("site: new\nname: 新站\n"))
		written(t, filepath.Join(g.dir, "rules-"+name, "rules", "x.yaml"), []byte(c.text))
		small := c.want
		if len(c.text) > 256<<10 {
			small = "超过 256 KiB"
		}
		g.refused(small, "import", "news.jsonl", "--site", "test", "--map", "maps/"+name+".yaml")
		g.refused("x.yaml：", "apply", "sites-"+name)
		g.refused(c.want, "apply", "sites-"+name)
		g.refused("rules/x.yaml：规则文件有误：", "apply", "rules-"+name)
	}
	for _, name := range []string{"alias", "deep", "deepmap", "keys", "merge", "gbk", "many", "wide"} {
		written(t, filepath.Join(g.dir, "content-"+name, "x.yaml"),
			[]byte("---\nid: first\ntitle: 前一篇\nbody: 前一篇正文"+name+"\n---\n"+hostileYAML()[name].text+
				"\n---\nid: last\ntitle: 后一篇\nbody: 后一篇正文"+name+"\n"))
		r, lines := g.took("content-" + name)
		if r.Imported+r.Merged < 2 || r.Quarantined != 1 {
			t.Errorf("content %s: %+v %v", name, r.Totals, lines)
		}
	}
	if after := g.run("site", "list"); after != before {
		t.Errorf("a refused declaration changed something:\n%s\n%s", before, after)
	}
}

// TestHostileFolders are declarations that are no files, or lie elsewhere.
func TestHostileFolders(t *testing.T) {
	g := newCommands(t)
	before := g.run("site", "list")
	written(t, filepath.Join(g.dir, "outside", "secret.yaml"), []byte("site: secret\nname: 外面的秘密\n"))
	written(t, filepath.Join(g.dir, "outside", "secret.png"), []byte("\x89PNG\r\n\x1a\n"))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		plant func(at string) error
		want  string
	}{
		"pipe": {func(at string) error { return syscall.Mkfifo(at, 0o600) }, "不是普通文件"},
		"out":  {func(at string) error { return os.Symlink("../outside/secret.yaml", at) }, "文件夹外面"},
		"absolute": {func(at string) error { return os.Symlink(filepath.Join(g.dir, "outside/secret.yaml"), at) },
			"文件夹外面"},
		"loop":   {func(at string) error { return os.Symlink(filepath.Base(at), at) }, "打不开"},
		"zero":   {func(at string) error { return os.Symlink("/dev/zero", at) }, "文件夹外面"},
		"gone":   {func(at string) error { return os.Symlink("none.yaml", at) }, "打不开"},
		"folder": {func(at string) error { return os.Mkdir(at, 0o700) }, "是文件夹"},
	} {
		dir := "sites-" + name
		written(t, filepath.Join(g.dir, dir, "good.yaml"), []byte("site: new\nname: 新站\n"))
		must(os.MkdirAll(filepath.Join(g.dir, dir, "rules"), 0o700))
		must(c.plant(filepath.Join(g.dir, dir, "rules", "x.yaml")))
		g.refused("rules/x.yaml：", "apply", dir)
		must(os.RemoveAll(filepath.Join(g.dir, dir, "rules")))
		must(c.plant(filepath.Join(g.dir, dir, "x.yaml")))
		g.refused(c.want, "apply", dir)
		must(os.RemoveAll(filepath.Join(g.dir, dir, "x.yaml")))
		must(c.plant(filepath.Join(g.dir, dir, "e.png")))
		written(t, filepath.Join(g.dir, dir, "good.yaml"), []byte("site: new\nname: 新站\ndossier: {emblem: e.png}\n"))
		g.refused("标志图片 e.png", "apply", dir)
	}
	written(t, filepath.Join(g.dir, "emblem", "a.yaml"),
		[]byte("site: new\nname: 新站\ndossier: {emblem: ../outside/secret.png}\n"))
	g.refused("标志图片", "apply", "emblem")
	g.refused("打不开文件夹", "apply", "nowhere")
	g.refused("没有站点声明", "apply", "outside/../sites/..")
	if after := g.run("site", "list"); after != before {
		t.Errorf("a refused declaration changed something:\n%s\n%s", before, after)
	}
}
