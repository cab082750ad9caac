package htmlclean

import (
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	base, err := baseURL("https://www.qinghe.gov.cn/zw/2026/1.html")
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct{ in, with, without string }{
		{"a.html", "https://www.qinghe.gov.cn/zw/2026/a.html", "a.html"},
		{"./a b.pdf", "https://www.qinghe.gov.cn/zw/2026/a%20b.pdf", "./a%20b.pdf"},
		{"../x/附件.doc", "https://www.qinghe.gov.cn/zw/x/%E9%99%84%E4%BB%B6.doc", "../x/%E9%99%84%E4%BB%B6.doc"},
		{`\images\a.jpg`, "https://www.qinghe.gov.cn/images/a.jpg", "/images/a.jpg"},
		{"//cdn.gov.cn/a.js", "https://cdn.gov.cn/a.js", "https://cdn.gov.cn/a.js"},
		{"HTTP://O.cn/a", "http://O.cn/a", "http://O.cn/a"},
		{"?id=1&x=2", "https://www.qinghe.gov.cn/zw/2026/1.html?id=1&x=2", "?id=1&x=2"},
		{"/a%zz.pdf", "https://www.qinghe.gov.cn/a%25zz.pdf", "/a%25zz.pdf"},
		{"/100%", "https://www.qinghe.gov.cn/100%25", "/100%25"},
		{"https://user:pw@o.cn/", "https://o.cn/", "https://o.cn/"},
		{`/a"onx="1`, "https://www.qinghe.gov.cn/a%22onx=%221", "/a%22onx=%221"},
		{"", "", ""}, {"#top", "", ""}, {"javascript:alert(1)", "", ""}, {" JAVA\tSCRIPT:alert(1)", "", ""},
		{"\u0001javascript:x", "", ""},
		{"data:text/html,x", "", ""}, {"file:///C:/a.doc", "", ""}, {"about:blank", "", ""}, {"http://", "", ""},
		{"http:///a", "", ""},
		{"java\u200bscript:x", "", ""}, {"1a:b", "", ""}, {strings.Repeat("a", 3000), "", ""},
	}
	for _, c := range cases {
		if got := resolve(base, c.in, "http", "https"); got != c.with {
			t.Errorf("%q: %q, want %q", c.in, got, c.with)
		}
		if got := resolve(nil, c.in, "http", "https"); got != c.without {
			t.Errorf("%q without base: %q, want %q", c.in, got, c.without)
		}
		if got := resolve(base, c.with, "http", "https"); got != c.with {
			t.Errorf("%q: not stable: %q", c.with, got)
		}
	}
}

func TestIsFile(t *testing.T) {
	cases := []struct {
		address, name string
		want          bool
	}{
		{"/f/a.pdf", "", true}, {"/f/A.DOCX?x=1", "", true}, {"/f/a.ofd", "", true}, {"/f/a.wps", "", true},
		{"/down.jsp?filename=a.zip", "", true},
		{"/down.jsp?classid=0&filename=3a.pdf&x=1", "", true}, {"/attach/1", "名单.xlsx", true},
		{"/download?id=3", "名单.xls", true},
		{"/a.html", "", false}, {"/a/", "说明.pdf", false}, {"/a.jpg", "", false}, {"mailto:a@b.cn", "a.pdf", false},
		{"", "", false}, {"http://[bad", "", false},
	}
	for _, c := range cases {
		if got := IsFile(c.address, c.name); got != c.want {
			t.Errorf("%s %s: %v", c.address, c.name, got)
		}
	}
}

func TestSqueeze(t *testing.T) {
	cases := []struct {
		name string
		in   []run
		want string // runs joined by |, marks as * for bold, / for a break
	}{
		{"ends", []run{{text: "　　甲 "}, {text: " "}}, "甲"},
		{"gap over two runs", []run{{text: "a "}, {text: " b", marks: bold}}, "a|* b"},
		{"equal neighbours", []run{{text: "甲"}, {text: "乙"}}, "甲乙"},
		{"different links", []run{{text: "甲", href: "/1"}, {text: "乙", href: "/2"}}, "甲|乙"},
		{"ideographic gap", []run{{text: "张三　　李四"}}, "张三　李四"},
		{"mixed gap", []run{{text: "张三　 \u00a0李四"}}, "张三 李四"},
		{"source line break", []run{{text: "中华\r\n    人民"}}, "中华人民"},
		{"source line break between words", []run{{text: "open\ndata"}}, "open data"},
		{"around a break", []run{{text: "甲 "}, {kind: br}, {text: " 乙"}}, "甲|/|乙"},
		{"breaks at the ends", []run{{kind: br}, {text: "甲"}, {kind: br}, {kind: br}}, "甲"},
		{"invisible only", []run{{text: "\u200b\ufeff"}}, ""},
		{"nothing", nil, ""},
	}
	for _, c := range cases {
		var parts []string
		for _, r := range squeeze(c.in) {
			switch {
			case r.kind == br:
				parts = append(parts, "/")
			case r.marks&bold != 0:
				parts = append(parts, "*"+r.text)
			default:
				parts = append(parts, r.text)
			}
		}
		if got := strings.Join(parts, "|"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("这是一个很长的句子", 4) + "。"
	cases := []struct {
		name string
		in   []run
		want int
	}{
		{"no break", []run{{text: "甲"}}, 1},
		{"one break", []run{{text: "甲"}, {kind: br}, {text: "乙"}}, 1},
		{"two breaks", []run{{text: "甲"}, {kind: br}, {text: " \n"}, {kind: br}, {text: "乙"}}, 2},
		{"indent", []run{{text: "甲"}, {kind: br}, {text: "　　乙"}}, 2},
		{"indent of hard spaces", []run{{text: "甲"}, {kind: br}, {text: "\u00a0\u00a0\u00a0乙"}}, 2},
		{"after a sentence", []run{{text: long}, {kind: br}, {text: "乙"}, {kind: br}, {text: "丙"}}, 2},
	}
	for _, c := range cases {
		if got := lines(c.in); len(got) != c.want {
			t.Errorf("%s: %d paragraphs, want %d", c.name, len(got), c.want)
		}
	}
}

func TestLevels(t *testing.T) {
	for _, c := range []struct{ in, want []int }{
		{[]int{1, 2, 3, 4}, []int{2, 3, 4, 4}}, {[]int{3, 3, 5}, []int{2, 2, 3}}, {[]int{6, 1, 6}, []int{2, 2, 3}},
		{[]int{2, 4, 3, 2}, []int{2, 3, 3, 2}}, {nil, nil},
	} {
		var bs []block
		for _, l := range c.in {
			bs = append(bs, block{kind: heading, level: l})
		}
		level(bs)
		for i := range bs {
			if bs[i].level != c.want[i] {
				t.Errorf("%v: heading %d is h%d, want h%d", c.in, i, bs[i].level, c.want[i])
			}
		}
	}
}

func TestFilter(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"comments", "a<!-- x --><!--[if IE]>b<![endif]--><![if !supportLists]>c<![endif]>", "ac"},
		{"scripts and styles", "<script>var a='<p>'</script><style>p{}</style>a", "a"},
		{"selects and their options", "<select><option value=1>甲</option><option>乙</select>丙", "丙"},
		{"marks", "<b class=x>甲<b>乙</b></b><i>丙</i></b>", "<strong>甲乙</strong><em>丙</em>"},
		{"fonts", "<font color=red>甲</font>", "<span color=red>甲</span>"},
		{"text of a textarea and noscript", "<textarea><p></textarea><noscript><img src=x onload=y>乙</noscript>甲",
			`<img data-unscripted="" src="x" onload="y">甲`},
		{"noscript in the head", "<html><head><noscript><img src=x></noscript></head>甲", "<html><head></head>甲"},
		{"text that is only shown", "<textarea readonly>a<b\nc</textarea>", "<pre>\na&lt;b\nc</pre>"},
		{"frames", "<iframe src=x>甲</iframe>乙", "<iframe src=x></iframe>乙"},
		{"stray ends", "</div>甲</span></p>", "甲</p>"},
		{"foreign", "<svg><path d=x/></svg><math><mi>x</mi></math>", "<path d=x/><span data-drawn=\"math\"></span><mi>x</mi>"},
		{"zero bytes", "甲\x00乙", "甲乙"},
	}
	for _, c := range cases {
		got, err := filter(c.in)
		if err != nil || strings.TrimSuffix(got, "</path>") != c.want {
			t.Errorf("%s: %q %v, want %q", c.name, got, err, c.want)
		}
	}
	deep, err := filter(strings.Repeat("<div>", 1000) + "甲" + strings.Repeat("</div>", 1000))
	if err != nil || strings.Count(deep, "<div>") != maxDepth || strings.Count(deep, "</div>") != maxDepth {
		t.Errorf("depth: %d opened, %d closed, %v", strings.Count(deep, "<div>"), strings.Count(deep, "</div>"), err)
	}
}

func TestLabel(t *testing.T) {
	for s, want := range map[string]bool{"项目": true, "金额（万元）": true, "GDP": true, "123": false, "": false,
		"这是一个句子。": false, strings.Repeat("长", 30): false, "12.5%": false} {
		if label(s, 24) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

func TestAlternativeText(t *testing.T) {
	for in, want := range map[string]string{
		`<img src="/a.jpg" alt="大桥">`: "大桥", `<img src="/a.jpg" alt="W0201.jpg" title="大桥">`: "大桥",
		`<img src="/a.jpg" title="W0201.JPG">`: "", `<img src="/a.jpg">`: "",
		`<img src="/a.jpg" alt="  大  桥 ">`: "大 桥", `<img src="/a.jpg" alt="a&quot;&lt;b">`: `a"<b`,
	} {
		got, err := Clean(in, Options{})
		if err != nil || len(got.Images) != 1 || got.Images[0].Name != want {
			t.Errorf("%s: %v %v, want %q", in, got.Images, err, want)
		}
		checkOutput(t, got.HTML, "")
	}
}

func TestPlainText(t *testing.T) {
	got,
		err := Clean(
		`<h2>一</h2><p>甲<br>乙<img src="/a.jpg" alt="图"></p><ul><li>丙</li></ul><table><tr><td>项目</td><td>值</td></tr><tr><td>丁</td><td>1</td></tr></table>`, Options{})
	if err != nil || got.Text != "一\n甲\n乙\n丙\n项目\n值\n丁\n1" {
		t.Errorf("%q %v", got.Text, err)
	}
}

func TestDropped(t *testing.T) {
	got,
		err := Clean(
		`<iframe src="https://o.cn/map"></iframe><object data="x.swf"></object><canvas></canvas><video></video><p>甲</p>`, Options{})
	if err != nil || !strings.HasSuffix(got.HTML, "\n<p>甲</p>") ||
		!strings.HasPrefix(got.HTML, `<p><a href="https://o.cn/map">`) {
		t.Fatalf("%s %v", got.HTML, err)
	}
	for _, name := range []string{"iframe", "object", "canvas", "video"} {
		if got.Dropped[name] != 1 {
			t.Errorf("%s: dropped %d times, want 1: nothing is left out silently", name, got.Dropped[name])
		}
	}
}

func TestFlat(t *testing.T) {
	got := flat(Result{Text: "甲<b>\n\n 乙", Dropped: map[string]int{"x": 1}})
	if got.HTML != "<p>甲&lt;b&gt;</p>\n<p>乙</p>" || got.Dropped["x"] != 1 {
		t.Errorf("%+v", got)
	}
}

func TestScripts(t *testing.T) {
	got := Scripts(
		`<SCRIPT type="application/json">{"a":1}</SCRIPT><script src="x"></script><script>b</script><script>open`)
	if len(got) != 2 || got[0].Text != `{"a":1}` || !strings.Contains(got[0].Attrs, "application/json") ||
		got[1].Text != "b" {
		t.Errorf("scripts %+v", got)
	}
}
