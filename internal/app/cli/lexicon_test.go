package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lexiconCity is a platform with one site, and a folder for files.
func lexiconCity(t *testing.T) (run func(want int, args ...string) string, file func(name, text string) string) {
	t.Helper()
	dir := t.TempDir()
	file = func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	run = func(want int, args ...string) string {
		t.Helper()
		status, out, errs := call(t, filepath.Join(dir, "data"), args...)
		if status != want {
			t.Errorf("guiyi %s: status %d, want %d\n%s%s", strings.Join(args, " "), status, want, out, errs)
		}
		return out + errs
	}
	site := "site: city\nname: 清河市人民政府\nkind: portal\nstate: running\ndomains: [www.qinghe.gov.cn]\n" +
		"columns:\n  - { slug: xwdt, name: 新闻动态, kind: list }\n"
	run(0, "apply", filepath.Dir(file("sites/city.yaml", site)))
	return run, file
}

func has(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not in: %s", w, text)
		}
	}
}

// TestCheckFile: findings are printed with place, reason and replacement; a text that blocks ends with status 1.
func TestCheckFile(t *testing.T) {
	run, file := lexiconCity(t)
	out := run(0, "check", file("a.html", "<p>会议布署</p><p>国办发[2026]3号</p><img src=a.png>"), "--site", "city")
	has(t, out, "第 1 段“布署”", "建议改为“部署”", "第 2 段“[2026]3号”", "〔2026〕3号", "第 1 张图片", "共 3 处")
	if strings.Contains(out, "阻断") {
		t.Errorf("blocked: %s", out)
	}
	out = run(1, "check", file("b.txt", "名单\n张三 11010519491231002X"), "--site", "city")
	has(t, out, "阻断 身份证号码 第 2 段", "110***********002X")
	if out := run(0, "check", file("c.txt", "这是一个大麻烦，请按排名录取。"), "--site", "city"); !strings.Contains(out, "共 0 处") {
		t.Errorf("found %s", out)
	}
}

func TestCheckRefuses(t *testing.T) {
	run, file := lexiconCity(t)
	a := file("a.txt", "正文")
	has(t, run(2, "check"), "用法")
	has(t, run(2, "check", a), "--site")
	has(t, run(2, "check", a, "--item", "5"), "用法")
	has(t, run(2, "check", a, a, "--site", "city"), "用法")
	run(1, "check", a, "--site", "none")
	run(1, "check", "--item", "5")
	run(1, "check", filepath.Join(filepath.Dir(a), "missing.txt"), "--site", "city")
}

// TestLexiconImport: a preview changes nothing; an import counts at once; an earlier version comes back.
func TestLexiconImport(t *testing.T) {
	run, file := lexiconCity(t)
	one, two := file("one.tsv", "清河新区\t清河区\n"), file("two.csv", "词,应写作\n清河新区,清河高新区\n旧称,新称\n")
	text := file("text.txt", "清河新区的旧称")
	importing := []string{"lexicon", "import", "local", one, "--site", "city", "--kind", "word.wrong", "--name", "本站"}
	has(t, run(0, append(importing, "--dry-run")...), "+ 清河新区 清河区", "新增 1、删除 0、修改 0")
	has(t, run(0, "check", text, "--site", "city"), "共 0 处")
	run(0, importing...)
	has(t, run(0, "check", text, "--site", "city"), "清河区", "共 1 处")
	has(t, run(0, "lexicon", "import", "local", two, "--site", "city"), "~ 清河新区 清河区 → 清河高新区", "新增 1、删除 0、修改 1")
	has(t, run(0, "check", text, "--site", "city"), "清河高新区", "新称", "共 2 处")
	list := run(0, "lexicon", "list", "--site", "city")
	has(t, list, "starter.wrong", "本站")
	id := ""
	for line := range strings.Lines(list) {
		if strings.Contains(line, "本站") {
			id = strings.Fields(line)[0]
		}
	}
	has(t, run(0, "lexicon", "restore", id, "--version", "2", "--to", "1"), "- 旧称 新称")
	has(t, run(0, "check", text, "--site", "city"), "清河区", "共 1 处")
	has(t, run(1, "lexicon", "restore", id, "--version", "2", "--to", "1"), "第 3 版")
	has(t, run(1, "lexicon", "restore", id, "--version", "3", "--to", "9"), "没有第 9 版")
	has(t, run(1, "lexicon", "restore", "1", "--version", "1", "--to", "1"), "随带的词库不能修改")
}

// TestLexiconPlatform: a dictionary without a site counts on all sites; a broken file changes nothing.
func TestLexiconPlatform(t *testing.T) {
	run, file := lexiconCity(t)
	drugs := file("drugs.tsv", "大麻\t\t毒品\n")
	run(0, "lexicon", "import", "drugs", drugs, "--kind", "word.sensitive", "--name", "毒品", "--level", "block")
	has(t, run(1, "check", file("a.txt", "吸食大麻的人"), "--site", "city"), "阻断 敏感词", "毒品")
	has(t, run(0, "check", file("b.txt", "这是一个大麻烦"), "--site", "city"), "共 0 处")
	has(t, run(1, "lexicon", "import", "drugs", file("bad.tsv", "大麻\t\n大麻\t\n中\t\n")), "第 2 行", "第 3 行", "未作任何改动")
	has(t, run(0, "lexicon", "list"), "毒品")
	has(t, run(1, "lexicon", "import", "new", drugs), "名称")
	has(t, run(1, "lexicon", "import", "new", drugs, "--name", "x", "--kind", "none"), "种类")
	has(t, run(1, "lexicon", "import", "new", drugs, "--name", "x", "--kind", "word.wrong", "--site", "none"), "none")
	has(t, run(2, "lexicon", "import", "new"), "用法")
}

// TestCheckItem: an item is checked with its title and the dictionaries of its owner.
func TestCheckItem(t *testing.T) {
	run, file := lexiconCity(t)
	page := `<html><head><title>会议布署</title></head><body><h1>关于会议布署的通知</h1>` +
		`<div>发布时间：2026-11-20 来源：市政府办公室</div><div class="content"><p>各县区人民政府：</p>` +
		`<p>根据国办发[2026]3号文件要求，现将有关事项通知如下，请结合本地实际认真贯彻执行，确保各项工作落到实处。</p>` +
		`<p>各县区要高度重视，加强组织领导，明确责任分工，按时完成各项任务，并及时报送工作进展情况。</p></div></body></html>`
	run(0, "import", file("a.html", page), "--site", "city", "--column", "xwdt")
	list := strings.Fields(run(0, "item", "list", "--site", "city"))
	if len(list) == 0 {
		t.Fatal("nothing was imported")
	}
	out := run(0, "check", "--item", list[0])
	has(t, out, "标题“布署”", "〔2026〕3号")
	if strings.Contains(out, "阻断") {
		t.Errorf("blocked: %s", out)
	}
	run(1, "check", "--item", "99")
	run(2, "check", "--item", "none")
}

// TestLexiconHelp: every command of dictionaries has an example and says what its file looks like.
func TestLexiconHelp(t *testing.T) {
	run, _ := lexiconCity(t)
	for _, args := range [][]string{{"check"}, {"lexicon", "list"}, {"lexicon", "import"}, {"lexicon", "restore"}} {
		has(t, run(0, append(args, "--help")...), "guiyi "+strings.Join(args, " "))
	}
	has(t, run(0, "lexicon", "import", "--help"), "每行一条", "--dry-run", "word.sensitive")
	has(t, run(2, "lexicon", "improt"), "没有命令")
}

// TestCheckKinds: what the command says of each kind, and what it says nothing of.
func TestCheckKinds(t *testing.T) {
	run, file := lexiconCity(t)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"link": {
			`<p><a href="http://192.168.1.5/a">办事指南</a></p>`,
			[]string{"警告 内部地址", "公众打不开"},
		},
		"script": {
			`<p><a href="javascript:alert(1)">办事指南</a></p>`,
			[]string{"阻断 危险链接"},
		},
		"table": {
			`<table><tr><td>项目</td><td>金额</td></tr><tr><td>甲</td><td>1</td></tr></table>`,
			[]string{"警告 表格的表头", "第 1 个表格"},
		},
		"phone": {
			`<p>联系电话：13800138000</p>`,
			[]string{"警告 手机号码", "138****8000"},
		},
		"right": {
			`<h2>总体要求</h2><p>认真贯彻落实《关于加强政府网站建设的意见》（国办发〔2026〕3号）。</p>`,
			[]string{"共 0 处"},
		},
	} {
		want := 0
		if strings.HasPrefix(c.want[0], "阻断") {
			want = 1
		}
		has(t, run(want, "check", file(name+".html", c.text), "--site", "city"), c.want...)
	}
}
