package extract

import (
	"strings"
	"testing"

	"guiyi/internal/kernel/htmlclean"
)

func parse(t *testing.T, source string) []line {
	t.Helper()
	root, err := htmlclean.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	return readLines(root)
}

func TestReadLines(t *testing.T) {
	lines := parse(t, `<div class="Header"><a href="/">首页</a></div><div id="crumbs" class="location">位置：<a>要闻</a></div>
		<h2>标题<br>二行</h2><ul><li><a href="/1">条目一</a></li></ul><table><tr><td><b>单元</b></td></tr></table>
		<p>一，<span>二。</span></p><p style="display: none">藏</p><p class="x ng-hide">藏</p><p hidden>藏</p><script>var a</script><div class="footer">版权所有</div>`)
	want := []struct {
		text                     string
		level                    int
		frame, crumb, item, cell bool
	}{
		{"首页", 0, false, false, false, false}, {"位置：要闻", 0, false, true, false, false},
		{"标题", 2, false, false, false, false}, {"二行", 2, false, false, false, false},
		{"条目一", 0, false, false, true, false}, {"单元", 0, false, false, false, true},
		{"一，二。", 0, false, false, false, false}, {"版权所有", 0, true, false, false, false},
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d", len(lines), len(want))
	}
	for i, w := range want {
		l := lines[i]
		if l.text != w.text || l.level != w.level || l.frame != w.frame || l.crumb != w.crumb || l.item != w.item ||
			l.cell != w.cell {
			t.Errorf("line %d = %+v, want %+v", i, l, w)
		}
	}
	if l := lines[0]; l.links != 2 || l.chars != 0 {
		t.Errorf("links are counted apart: %+v", l)
	}
	if l := lines[6]; l.punct != 2 || l.chars != 4 || len(l.texts) != 2 {
		t.Errorf("punctuation and nodes: %+v", l)
	}
	if !lines[5].bold || lines[6].bold {
		t.Error("bold lines")
	}
}

func TestFrameNames(t *testing.T) {
	for name, want := range map[string]bool{
		"nav": true, "main-nav": true, "top_nav": true, "navbar": true, "footer": true, "foot-box": true,
		"search-box": true, "copyright": true, "breadcrumb": true, "yqlj": true,
		"cnt_nav": false, "content": false, "searchable": false, "article": false, "header": false, "trs_editor": false,
		"footnote": false,
	} {
		if frameNames.MatchString(name) != want {
			t.Errorf("%s: frame %v, want %v", name, !want, want)
		}
	}
}

func TestHeavyFrameIsNoFrame(t *testing.T) {
	lines := parse(t, `<div class="search">`+para1+para2+para1+para2+`</div>`)
	for _, l := range lines {
		if l.frame {
			t.Errorf("%s is taken for the frame of the page", l.text)
		}
	}
}

func TestFindBody(t *testing.T) {
	cases := []struct{ name, page, id, rule string }{
		{"known container", `<div id="a">` + para1 + `<div id="b" class="TRS_Editor">` + para1 + para2 + `</div></div>`,
			"b", "container"},
		{"small known container does not win", `<div id="a">` + strings.Repeat(para1+para2, 3) +
			`<div id="b" class="zoom"><p>短。</p></div></div>`, "a", "text weight"},
		{"weight against links", `<div id="l">` + strings.Repeat(`<p><a href="/1">一个很长的新闻标题链接文字放在这里</a></p>`, 20) +
			`</div><div id="a">` + para1 + para2 + `</div>`, "a", "text weight"},
		{"pictures only", `<div id="a" class="article-content"><img src="/1.jpg"></div><div>首页</div>`, "a",
			"container"},
		{"legal notice is not the text", `<div id="a">` + para1 +
			`</div><div id="n"><p>凡本网注明来源的所有作品，版权均属于本网，未经书面授权，任何单位和个人不得转载、链接、转贴或以其他方式使用；已经授权的，应在授权范围内使用，并注明出处。违反上述声明者，本网将追究其相关法律责任，特此声明，请予以遵守。</p></div>`, "a", "text weight"},
	}
	for _, c := range cases {
		root, err := htmlclean.Parse(c.page)
		if err != nil {
			t.Fatal(err)
		}
		got := findBody(root, readLines(root))
		if got.node == nil || attr(got.node, "id") != c.id || !strings.HasPrefix(got.rule, c.rule) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	root, _ := htmlclean.Parse("")
	if got := findBody(root, nil); got.to > 0 || got.score != 0 {
		t.Errorf("an empty page: %+v", got)
	}
}

func TestByline(t *testing.T) {
	for s, want := range map[string]bool{
		"发布时间：2026-10-12 09:30": true, "来源：清河日报": true, "2026年10月12日": true, "清河日报 2026-10-12 09:30:00": true,
		"发表日期:2026/10/12 浏览：33 次":               true,
		"（2007年6月29日第十届全国人民代表大会常务委员会第二十八次会议通过）": false, "会议于2026年10月12日召开，研究部署下半年工作。": false, "": false,
		"市政府召开常务会议": false,
		"二、工作时间：每周一至周五上午九点到下午五点，节假日除外。": false, strings.Repeat("长", 170) + "来源：": false,
	} {
		if byline(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

func TestCutValue(t *testing.T) {
	for in, want := range map[string]string{
		"清河日报": "清河日报", "清河日报 浏览次数：33": "清河日报", "广西日报 2024-10-17 08:03": "广西日报", "清河日报】 发布": "清河日报",
		"清河日报 | 字号":         "清河日报",
		"济南市文化和旅游局（原市文广新局）": "济南市文化和旅游局（原市文广新局）", "": "", "清河日报　打印": "清河日报", "市府办 下载 收藏": "市府办",
		strings.Repeat("长", 80): "",
	} {
		if got := cutValue(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestPerson(t *testing.T) {
	for in, want := range map[string]string{"王明": "王明", "（胡冠山）": "胡冠山", "104363": "", "王明，": "王明", "这是一句话。": "", "": "",
		strings.Repeat("长", 31): ""} {
		if got := person(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestStripSite(t *testing.T) {
	cases := []struct{ in, want string }{
		{"市政府召开常务会议_新闻动态_清河市人民政府门户网站", "市政府召开常务会议"}, {"市政府召开常务会议-清河市人民政府", "市政府召开常务会议"},
		{"市政府召开常务会议--文化--人民网", "市政府召开常务会议"}, {"市政府召开常务会议 - 湖北日报新闻客户端", "市政府召开常务会议"},
		{"2020-2021年度工作报告", "2020-2021年度工作报告"}, {"清河—东城高速公路通车", "清河—东城高速公路通车"}, {"", ""}, {"清河市人民政府", "清河市人民政府"},
		{"清河市文旅局 文旅快讯 市文旅局开展帮包服务", "市文旅局开展帮包服务"}, {"加强廉政建设 打造清廉机关", "加强廉政建设 打造清廉机关"},
	}
	for _, c := range cases {
		if got := stripSite(c.in, nil); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
	if got := stripSite("市政府召开常务会议_要闻汇总专栏集锦", []string{"要闻汇总专栏集锦"}); got != "市政府召开常务会议" {
		t.Errorf("known column name: %q", got)
	}
}

func TestTitleParts(t *testing.T) {
	p := partsOf("调整2007 年末限额的决议__第23号_中国政府网")
	for in, want := range map[string]string{
		"调整2007年末限额的决议": "调整2007 年末限额的决议", "调整2007": "", "年末限额的决议": "年末限额的决议", "末限额的决议": "", "第23号": "第23号",
		"中国政府网": "中国政府网", "无": "",
	} {
		if got := p.find(in); got != want && !(in == "调整2007" && got == "调整2007") {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if cut := partsOf("关于印发清河市工作规则的通...").cut; cut != "关于印发清河市工作规则的通" {
		t.Errorf("cut title: %q", cut)
	}
	if !similar("市政府召开常务会议", "市政府今天召开常务会议") || similar("市政府召开常务会议", "清河文化旅游节闭幕") {
		t.Error("alike")
	}
}

func TestRows(t *testing.T) {
	cases := []struct{ in, label, value string }{
		{"索 引 号：000014349/2019-00006", "索引号", "000014349/2019-00006"}, {"标　　题： 通知", "标题", "通知"},
		{"【发文字号】清政发〔2026〕1号", "发文字号", "清政发〔2026〕1号"},
		{"成文日期", "成文日期", ""}, {"有效性:有效", "有效性", "有效"},
	}
	for _, c := range cases {
		label, value, _, ok := labelAt(c.in)
		if !ok || label != c.label || value != c.value {
			t.Errorf("%q: %q %q %v", c.in, label, value, ok)
		}
	}
	for _, bad := range []string{"", "：", "会议时间：今天", "市政府召开常务会议"} {
		if label, _, _, ok := labelAt(bad); ok {
			t.Errorf("%q: %q is no row", bad, label)
		}
	}
	got := splitRows("索引号：A-1 发布机构：清河市教育局　发文日期：2026-09-01")
	if strings.Join(got, "|") != "索引号：A-1|发布机构：清河市教育局|发文日期：2026-09-01" {
		t.Errorf("rows %q", got)
	}
	if got := splitRows("没有行的普通文字"); len(got) != 1 {
		t.Errorf("no rows: %q", got)
	}
}

func TestFromScript(t *testing.T) {
	if _, ok := fromScript(`<script>var x = {"title":"短","content":"太短"}; if (a) { b() }</script>`); ok {
		t.Error("a short text is no article")
	}
}

func TestPager(t *testing.T) {
	for s, want := range map[string]bool{"【1】【2】【3】": true, "1 2 3 下一页": true, "首页 上一页 1 2 尾页": true, "共3页 1 2 3": true,
		"1": false, "2026年": false, "第一条 第二条": false} {
		if pager.MatchString(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

func TestKinds_Lines(t *testing.T) {
	for s, want := range map[string]bool{"404 Not Found": true, "抱歉，您访问的页面不存在": true, "该信息已被删除": true,
		"关于403号提案的答复": false, "市政府召开常务会议": false} {
		if errorWords.MatchString(s) != want {
			t.Errorf("error words in %q: %v", s, !want)
		}
	}
	for s, want := range map[string]bool{"标题标题": true, "栏目名字": true, "某某某": true, "某某某某公司成立": false, "标题党现象调查": false} {
		if placeholder.MatchString(s) != want {
			t.Errorf("placeholder %q: %v", s, !want)
		}
	}
}
