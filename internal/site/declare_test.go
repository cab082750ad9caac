package site

import (
	"fmt"
	"strings"
	"testing"

	"guiyi/internal/address"
	"guiyi/internal/kernel/fault"
)

func TestParseFillsDefaults(t *testing.T) {
	d, err := ParseDeclaration([]byte("site: rsj\nname: 清河市人力资源和社会保障局\ncolumns: [{slug: xwdt, name: 新闻动态}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d.State != Applying || d.Kind != "department" || d.Theme != "default" {
		t.Errorf("defaults: %+v", d)
	}
	c := d.columns()[0]
	if c.Kind != KindList || c.Update != "static" || !c.Nav || c.Rank != 1 {
		t.Errorf("column defaults: %+v", c)
	}
}

// TestParseRefuses: the error lists all faults of a file, with texts that tell the user what to correct.
func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"not YAML":         {"site: [", "不是正确的 YAML"},
		"empty":            {"", "是空的"},
		"unknown key":      {"site: a\nname: 甲\ncolour: red\n", "第 3 行：不认识的键 colour"},
		"unknown deep key": {"site: a\nname: 甲\ncolumns:\n- {slug: x, name: x, icon: y}\n", "第 4 行：不认识的键 icon"},
		"key twice":        {"site: a\nsite: b\nname: 甲\n", "第 2 行"},
		"wrong type":       {"site: a\nname: 甲\ndomains: {a: b}\n", "第 3 行"},
		"second document":  {"site: a\nname: 甲\n---\nsite: b\nname: 乙\n", "---"},
		"no name":          {"site: a\n", "网站名称"},
		"bad code":         {"site: A_B\nname: 甲\n", `"A_B"`},
		"bad kind":         {"site: a\nname: 甲\nkind: shop\n", `"shop"`},
		"bad state":        {"site: a\nname: 甲\nstate: open\n", `"open"`},
		"bad day":          {"site: a\nname: 甲\ndossier: {opened: 2026-13-01}\n", "2026-13-01"},
		"domain twice":     {"site: a\nname: 甲\ndomains: [www.a.gov.cn, www.a.gov.cn]\n", "www.a.gov.cn 写了两次"},
		"slug twice":       {"site: a\nname: 甲\ncolumns: [{slug: x, name: x}, {slug: x, name: y}]\n", "栏目 x 声明了两次"},
		"slug twice below": {"site: a\nname: 甲\ncolumns: [{slug: x, name: x, children: [{slug: y, name: y}, {slug: y, name: y}]}]\n", "栏目 x/y 声明了两次"},
		"slug form":        {"site: a\nname: 甲\ncolumns: [{slug: 新闻, name: x}]\n", "新闻"},
		"slug with slash":  {"site: a\nname: 甲\ncolumns: [{slug: x/y, name: x}]\n", "x/y"},
		"slug of platform": {"site: a\nname: 甲\ncolumns: [{slug: search, name: 搜索}]\n", "不能叫 search"},
		"column no name":   {"site: a\nname: 甲\ncolumns: [{slug: x}]\n", "栏目 x 没有名称"},
		"column kind":      {"site: a\nname: 甲\ncolumns: [{slug: x, name: x, kind: blog}]\n", `"blog"`},
		"column update":    {"site: a\nname: 甲\ncolumns: [{slug: x, name: x, update: daily}]\n", `"daily"`},
		"link without url": {"site: a\nname: 甲\ncolumns: [{slug: x, name: x, kind: link}]\n", "栏目 x 是链接"},
		"link to script":   {"site: a\nname: 甲\ncolumns: [{slug: x, name: x, kind: link, url: 'javascript:alert(1)'}]\n", "栏目 x 是链接"},
		"link without host": {"site: a\nname: 甲\ncolumns: [{slug: x, name: x, kind: link, url: '//evil.example/'}]\n",
			"栏目 x 是链接"},
		"footer link": {"site: a\nname: 甲\nlinks: [{group: 部委, items: [{name: 坏, url: 'javascript:1'}]}]\n",
			"坏"},
		"block kind":    {"site: a\nname: 甲\nhome: [{block: carousel}]\n", `"carousel"`},
		"block count":   {"site: a\nname: 甲\nhome: [{block: disclosure, count: -1}]\n", "负数"},
		"block column":  {"site: a\nname: 甲\nhome: [{block: list, column: xwdt/szyw}]\n", "xwdt/szyw 没有声明"},
		"block columns": {"site: a\nname: 甲\nhome: [{block: list, columns: [nope]}]\n", "nope 没有声明"},
		"block second": {"site: a\nname: 甲\nhome: [{block: documents, column: xxgk, interpretations: zcjd}]\n",
			"zcjd 没有声明"},
		"frame renamed": {"site: a\nname: 甲\ncolumns: [{slug: xxgk, name: 公开}]\n", "不能改为“公开”"},
		"frame node renamed": {"site: a\nname: 甲\ncolumns: [{slug: xxgk, children: [{slug: xxgknb, name: 年报}]}]\n",
			"“政府信息公开年报”"},
		"frame kind": {"site: a\nname: 甲\ncolumns: [{slug: xxgk, kind: link, url: /x/}]\n",
			"kind 只能是 disclosure"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseDeclaration([]byte(c.text))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), c.want) {
				t.Errorf("got %v, want a refusal with %q", err, c.want)
			}
		})
	}
}

func TestParseDepth(t *testing.T) {
	nest := func(levels int) string {
		text := "{slug: x, name: x}"
		for range levels - 1 {
			text = "{slug: x, name: x, children: [" + text + "]}"
		}
		return "site: a\nname: 甲\ncolumns: [" + text + "]\n"
	}
	if _, err := ParseDeclaration([]byte(nest(maxColumnDepth))); err != nil {
		t.Errorf("%d levels: %v", maxColumnDepth, err)
	}
	if _, err := ParseDeclaration([]byte(nest(maxColumnDepth + 1))); err == nil {
		t.Errorf("%d levels were accepted", maxColumnDepth+1)
	}
}

func TestReadDeclarationsTellsAllFaultsWithTheirFile(t *testing.T) {
	_, err := ReadDeclarations(folder(map[string]string{
		"a.yaml":      "site: a\ndomains: [www.a.gov.cn]\ncolour: red\n",
		"b.yaml":      "site: a\nname: 乙\ndomains: [www.a.gov.cn]\n",
		"c.yaml":      "site: [\n",
		"ignored.txt": "not a declaration",
	}))
	if !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
	for _, want := range []string{"a.yaml：第 3 行：不认识的键 colour", "a.yaml：name", "c.yaml：不是正确的 YAML",
		"站点 a 在 a.yaml 和 b.yaml", "域名 www.a.gov.cn 在 a.yaml 和 b.yaml"} {
		if !strings.Contains(fault.Text(err), want) {
			t.Errorf("%q is missing in\n%s", want, fault.Text(err))
		}
	}
	if _, err := ReadDeclarations(folder(nil)); !fault.Is(err, fault.NotFound) {
		t.Errorf("an empty folder: %v", err)
	}
}

// TestDisclosureFrame (T-FOI-13): every site has the four columns and the column for requests, in this order, whatever
// its file declares. Further declared columns come after them.
func TestDisclosureFrame(t *testing.T) {
	const head = "site: a\nname: 甲\ncolumns:\n- {slug: xwdt, name: 新闻}\n"
	for name, text := range map[string]string{
		"not declared": head,
		"only root":    head + "- {slug: xxgk, nav: true, description: 本局公开, children: []}\n",
		"one node":     head + "- {slug: xxgk, children: [{slug: xxgknb, description: 历年年报, keywords: [年报]}]}\n",
		"other order and further nodes": head +
			"- {slug: xxgk, children: [{slug: gsgg, name: 公示公告}, {slug: xxgknb}, {slug: xxgkzn}, {slug: zfcg, name: 政府采购},\n" +
			"    {slug: fdzdgknr, children: [{slug: czxx, name: 财政信息}]}]}\n",
	} {
		t.Run(name, func(t *testing.T) {
			d, err := ParseDeclaration([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			cols := d.columns()
			byPath := map[string]*Column{}
			for i, c := range cols {
				c.ID = int64(i + 1)
				byPath[c.Path] = c
			}
			for _, c := range cols {
				if up := byPath[strings.TrimSuffix(c.Path, "/"+c.Slug)]; up != nil && up != c {
					c.ParentID = up.ID
				}
			}
			tree := NewTree(cols)
			root := tree.Path(DisclosureRoot)
			if root == nil || root.Name != "政府信息公开" || root.Kind != KindDisclosure || !root.Fixed || !root.Nav ||
				len(root.Types) == 0 || root.Description == "" {
				t.Fatalf("root: %+v", root)
			}
			var names []string
			for _, c := range tree.Children(root.ID) {
				names = append(names, c.Name)
			}
			want := "政府信息公开指南 政府信息公开制度 法定主动公开内容 政府信息公开年报 依申请公开"
			if strings.HasPrefix(name, "other") {
				want += " 公示公告 政府采购"
			}
			if got := strings.Join(names, " "); got != want {
				t.Errorf("nodes are %s, want %s", got, want)
			}
			for _, n := range disclosureNodes {
				c := tree.Path(DisclosureRoot + "/" + n.slug)
				if !c.Fixed || c.Kind != KindDisclosure || len(c.Types) != 1 || c.Types[0] != n.columnType ||
					c.Description == "" {
					t.Errorf("%+v", c)
				}
			}
		})
	}
}

func FuzzParseDeclaration(f *testing.F) {
	f.Add([]byte("site: a\nname: 甲\ncolumns: [{slug: x, name: x}]\nhome: [{block: list, column: x}]\n"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := ParseDeclaration(text)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, c := range d.columns() {
			if seen[c.Path] || strings.HasPrefix(c.Path, "/") || c.Name == "" {
				t.Errorf("column %q twice, unnamed or badly rooted", c.Path)
			}
			seen[c.Path] = true
		}
		if !seen[DisclosureRoot] {
			t.Error("no disclosure frame")
		}
	})
}

func ExampleStep_String() {
	fmt.Println(Step{Action: Create, Site: "qinghe"})
	fmt.Println(Step{Action: Update, Site: "qinghe", Column: "zwgk/zcwj", Fields: []string{"名称", "栏目描述"}})
	fmt.Println(Step{Action: Retire, Site: "qinghe", Column: "xwdt"})
	// Output:
	// + qinghe
	// ~ qinghe zwgk/zcwj (名称, 栏目描述)
	// - qinghe xwdt
}

// TestTableOfAddresses: no top column may have the name of an address that every site has. Lower columns may.
func TestTableOfAddresses(t *testing.T) {
	tried := 0
	for _, row := range address.Rows() {
		slug, _, _ := strings.Cut(row.Example()[1:], "/")
		if !slugPattern.MatchString(slug) {
			continue // not a possible name of a column
		}
		tried++
		column := "{slug: " + slug + ", name: x}"
		const head = "site: a\nname: 甲\ncolumns: "
		if _, err := ParseDeclaration([]byte(head + "[" + column + "]\n")); err == nil {
			t.Errorf("a column may be called %s", slug)
		}
		deeper := head + "[{slug: gk, name: x, children: [" + column + "]}]\n"
		if _, err := ParseDeclaration([]byte(deeper)); err != nil {
			t.Errorf("below a column: %v", err)
		}
	}
	if tried < 5 {
		t.Errorf("only %d names were tried", tried)
	}
}
