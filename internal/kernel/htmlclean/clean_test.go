package htmlclean

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"guiyi/internal/kernel/fault"
)

func TestClean(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"plain", `<p>正文</p>`, `<p>正文</p>`},
		{"indent and nbsp", "<p>　　第一段&nbsp;</p><p>&nbsp;</p><p><br></p>", `<p>第一段</p>`},
		{"bare text split at breaks", "<div>　　第一段<br>　　第二段<br/><br/>第三段</div>", "<p>第一段</p>\n<p>第二段</p>\n<p>第三段</p>"},
		{"verse keeps its breaks", "<p>床前明月光，<br>疑是地上霜。</p>", "<p>床前明月光，<br>疑是地上霜。</p>"},
		{"indent after a break is a paragraph", "<p>　　一<br>　　二</p>", "<p>一</p>\n<p>二</p>"},
		{"word",
			`<p class="MsoNormal" style="mso-list:l0;text-indent:2em"><o:p><span lang="EN-US" style='font-size:16pt'>2024<o:p></o:p></span></o:p><b style='mso-bidi-font-weight:normal'><font face="仿宋">年</font></b></p><!--[if gte mso 9]><xml>x</xml><![endif]-->`, `<p>2024<strong>年</strong></p>`},
		{"office island", `<xml><w:WordDocument>x</w:WordDocument></xml><p>文</p>`, `<p>文</p>`},
		{"alignment",
			`<p align=center>中</p><p style="text-align: right">右</p><div style="text-align:center"><p>内</p><p align="left">左</p></div><center>居</center>`,
			`<p class="align-center">中</p>` + "\n" + `<p class="align-right">右</p>` + "\n" +
				`<p class="align-center">内</p>` + "\n<p>左</p>\n" + `<p class="align-center">居</p>`},
		{"bold by style",
			`<p><span style="font-weight:bold">粗</span>细<b><span style="font-weight:normal">细</span></b></p>`,
			`<p><strong>粗</strong>细细</p>`},
		{"marks", `<p><i>a</i><u>b</u>H<sub>2</sub>O<sup>3</sup><b><i>c</i></b></p>`,
			`<p><em>a</em><u>b</u>H<sub>2</sub>O<sup>3</sup><strong><em>c</em></strong></p>`},
		{"script",
			`<p onclick="x()">a<script>alert(1)</script><style>p{}</style></p><a href="javascript:alert(1)">b</a>`,
			"<p>a</p>\n<p>b</p>"},
		{"hidden scheme",
			"<p><a href=\"java\nscript:alert(1)\">b</a><a href=\" &#106;avascript:x\">c</a><a href='data:text/html,x'>d</a><a href='vbscript:x'>e</a></p>", "<p>bcde</p>"},
		{"headings", `<h1>一</h1><h3>二</h3><h6>三</h6><h2>四</h2><h5></h5>`,
			"<h2>一</h2>\n<h3>二</h3>\n<h4>三</h4>\n<h3>四</h3>"},
		{"heading of bold", `<h2><b>标题</b></h2>`, `<h2>标题</h2>`},
		{"list", `<ul><li>一</li><li><p>二</p></li><ul><li>三</li></ul><li></li></ul>`,
			"<ul>\n<li>一</li>\n<li>二\n<ul>\n<li>三</li>\n</ul></li>\n</ul>"},
		{"ordered", `<ol start="3"><li>一<li>二</ol>`, "<ol start=\"3\">\n<li>一</li>\n<li>二</li>\n</ol>"},
		{"quote and rule", `<blockquote>引<hr></blockquote><hr>`, "<blockquote>\n<p>引</p>\n<hr>\n</blockquote>\n<hr>"},
		{"figure", `<figure><img src="/a.jpg"><figcaption>图一</figcaption></figure>`,
			`<figure><img src="https://x.gov.cn/a.jpg" alt=""><figcaption>图一</figcaption></figure>`},
		{"picture", `<p align="center"><img title="大桥" src="./W02.jpg" onerror=x style="width:1px"></p>`,
			`<p class="align-center"><img src="https://x.gov.cn/zw/W02.jpg" alt="大桥"></p>`},
		{"lazy picture", `<img src="/images/loading.gif" data-original="../b.png" alt="b.png">`,
			`<p><img src="https://x.gov.cn/b.png" alt=""></p>`},
		{"editor's own name of a picture", `<img src="static/p.jpg" oldsrc="W0201.jpg" _src="W0202.jpg">`,
			`<p><img src="https://x.gov.cn/zw/static/p.jpg" alt=""></p>`},
		{"spacers and icons",
			`<p>a<img src="/i/blank.gif"><img width=1 height=1 src="/x.gif"><img src="/ewebeditor/sysimage/file/pdf.gif"><img src="file:///C:/a.png"></p>`, `<p>a</p>`},
		{"links",
			`<p><a href="a.html" target=_blank>甲</a><a href="#top">顶</a><a name="x">锚</a><a href="/b.html"></a><a href="mailto:a@b.cn">邮</a></p>`,
			`<p><a href="https://x.gov.cn/zw/a.html">甲</a>顶锚<a href="mailto:a@b.cn">邮</a></p>`},
		{"picture link without words", `<a href="/x.html"><img src="/a.jpg"></a>`,
			`<p><img src="https://x.gov.cn/a.jpg" alt=""></p>`},
		{"media",
			`<video autoplay loop src="/v.mp4" poster="/p.jpg"></video><audio><source src="/s.mp3"></audio><video></video>`,
			`<video controls src="https://x.gov.cn/v.mp4" poster="https://x.gov.cn/p.jpg"></video>` + "\n" +
				`<audio controls src="https://x.gov.cn/s.mp3"></audio>`},
		{"frames",
			`<iframe src="https://evil/x"></iframe><iframe src="/f/a.pdf" title="附件"></iframe><embed src="/m.mp4"><p>文</p>`,
			`<p><a href="https://evil/x">查看原网页嵌入的内容：evil/x</a></p>` + "\n" +
				`<p><a href="https://x.gov.cn/f/a.pdf">附件</a></p>` + "\n" +
				`<video controls src="https://x.gov.cn/m.mp4"></video>` + "\n<p>文</p>"},
		{"hidden pieces", `<div style="display:none">x</div><p hidden>y</p><p>z</p>`, `<p>z</p>`},
		{"escaping", `<p>a &lt;b&gt; &amp; "c"</p>`, `<p>a &lt;b&gt; &amp; "c"</p>`},
		{"line break of the source between characters", "<p>中华\n   人民 abc\ndef</p>", "<p>中华人民 abc def</p>"},
		{"unclosed bold", `<p><b>一</p><p>二</p>`, "<p><strong>一</strong></p>\n<p><strong>二</strong></p>"},
		{"definition list", `<dl><dt>名</dt><dd>义</dd></dl>`, "<p><strong>名</strong></p>\n<p>义</p>"},
		{"invisible characters", "<p>a\u200b\ufeff\u00adb\ue004</p>", "<p>ab</p>"},
		{"foreign content", `<svg><script>x</script><a xlink:href="javascript:1">s</a></svg><math><mi>m</mi></math>`,
			"<p>sm</p>"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Clean(c.in, Options{Base: "https://x.gov.cn/zw/"})
			if err != nil {
				t.Fatal(err)
			}
			if got.HTML != c.want {
				t.Errorf("\n got %s\nwant %s", got.HTML, c.want)
			}
			checkOutput(t, got.HTML, "https://x.gov.cn/zw/")
		})
	}
}

func TestTables(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"layout with one column", `<table><tr><td><p>一</p></td></tr><tr><td>二</td></tr></table>`,
			"<p>一</p>\n<p>二</p>"},
		{"layout around another table",
			`<table><tr><td>标</td><td><table><tr><td>项目</td><td>金额</td></tr><tr><td>甲</td><td>1</td></tr></table></td></tr></table>`,
			"<p>标</p>\n<table>\n<thead>\n<tr><th scope=\"col\">项目</th><th scope=\"col\">金额</th></tr>\n</thead>\n<tbody>\n<tr><td>甲</td><td>1</td></tr>\n</tbody>\n</table>"},
		{"title row becomes the caption",
			`<table><tr><td colspan=2><b>情况表</b></td></tr><tr><td>项目</td><td>金额</td></tr><tr><td>甲</td><td>1</td></tr></table>`,
			"<table>\n<caption>情况表</caption>\n<thead>\n<tr><th scope=\"col\">项目</th><th scope=\"col\">金额</th></tr>\n</thead>\n<tbody>\n<tr><td>甲</td><td>1</td></tr>\n</tbody>\n</table>"},
		{"names in front of long values",
			`<table><tr><td>当事人名称</td><td>清河市某某商贸有限责任公司</td></tr><tr><td>主要违法事实</td><td>未按规定报送统计资料，经催报后在规定期限内仍未报送，情节较重</td></tr></table>`,
			"<table>\n<tbody>\n<tr><th scope=\"row\">当事人名称</th><td>清河市某某商贸有限责任公司</td></tr>\n<tr><th scope=\"row\">主要违法事实</th><td>未按规定报送统计资料，经催报后在规定期限内仍未报送，情节较重</td></tr>\n</tbody>\n</table>"},
		{"two header rows",
			`<table><tr><td rowspan=2>地区</td><td colspan=2>数量</td></tr><tr><td>上年</td><td>本年</td></tr><tr><td>甲县</td><td>1</td><td>2</td></tr></table>`,
			"<table>\n<thead>\n<tr><th scope=\"col\" rowspan=\"2\">地区</th><th scope=\"col\" colspan=\"2\">数量</th></tr>\n<tr><th scope=\"col\">上年</th><th scope=\"col\">本年</th></tr>\n</thead>\n<tbody>\n<tr><td>甲县</td><td>1</td><td>2</td></tr>\n</tbody>\n</table>"},
		{"headers of several lines",
			`<table><tr><td><p><b>安置</b></p><p>任务</p></td><td>Full<br>name</td></tr><tr><td>1</td><td>x</td></tr></table>`,
			"<table>\n<thead>\n<tr><th scope=\"col\">安置任务</th><th scope=\"col\">Full name</th></tr>\n</thead>\n<tbody>\n<tr><td>1</td><td>x</td></tr>\n</tbody>\n</table>"},
		{"numbers are no header", `<table><tr><td>甲</td><td>1</td></tr><tr><td>乙</td><td>2</td></tr></table>`,
			"<table>\n<tbody>\n<tr><td>甲</td><td>1</td></tr>\n<tr><td>乙</td><td>2</td></tr>\n</tbody>\n</table>"},
		{"marked headers stay",
			`<table><caption>表</caption><thead><tr><th>甲<th>乙</thead><tbody><tr><th>丙<td align=right>1</table>`,
			"<table>\n<caption>表</caption>\n<thead>\n<tr><th scope=\"col\">甲</th><th scope=\"col\">乙</th></tr>\n</thead>\n<tbody>\n<tr><th scope=\"row\">丙</th><td class=\"align-right\">1</td></tr>\n</tbody>\n</table>"},
		{"empty rows and wild spans",
			`<table><tr><td>甲</td><td rowspan=9 colspan=0>乙。</td></tr><tr><td></td></tr><tr><td>丙</td><td>1<p>2</p></td></tr></table>`,
			"<table>\n<tbody>\n<tr><td>甲</td><td rowspan=\"3\">乙。</td></tr>\n<tr><td></td></tr>\n<tr><td>丙</td><td><p>1</p>\n<p>2</p></td></tr>\n</tbody>\n</table>"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Clean(c.in, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got.HTML != c.want {
				t.Errorf("\n got %s\nwant %s", got.HTML, c.want)
			}
			checkOutput(t, got.HTML, "")
		})
	}
}

func TestRefs(t *testing.T) {
	got, err := Clean(`<p><img src="a.jpg" alt="甲"><img src="a.jpg"><a href="f/1.pdf" title="通知全文.pdf">下载</a>
		<a href="/down?filename=b.xlsx"><b>附件</b>二</a><a href="/attach/download?id=7">表.doc</a><a href="http://o.cn/">外站</a></p><video src="v.mp4"></video>`,
		Options{Base: "http://x.cn/d/i.html"})
	if err != nil {
		t.Fatal(err)
	}
	same := func(what string, got []Ref, want ...Ref) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%s = %v, want %v", what, got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s[%d] = %v, want %v", what, i, got[i], want[i])
			}
		}
	}
	same("images", got.Images, Ref{"http://x.cn/d/a.jpg", "甲"})
	same("files", got.Files, Ref{"http://x.cn/d/f/1.pdf", "通知全文.pdf"}, Ref{"http://x.cn/down?filename=b.xlsx", "附件二"},
		Ref{"http://x.cn/attach/download?id=7", "表.doc"})
	same("links", got.Links, Ref{"http://o.cn/", "外站"})
	same("media", got.Media, Ref{"http://x.cn/d/v.mp4", ""})

	out := Rewrite(got.HTML, map[string]string{"http://x.cn/d/a.jpg": "/_m/1.jpg",
		"http://x.cn/d/f/1.pdf": `/f/"1".pdf`, "http://o.cn/": ""})
	for _, want := range []string{`<img src="/_m/1.jpg" alt="甲">`, `<a href="/f/&quot;1&quot;.pdf">`, `<a>外站</a>`,
		`<video controls src="http://x.cn/d/v.mp4">`} {
		if !strings.Contains(out, want) {
			t.Errorf("rewritten HTML lacks %s: %s", want, out)
		}
	}
	if Rewrite(got.HTML, nil) != got.HTML {
		t.Error("nothing to rewrite must change nothing")
	}
}

func TestDataImage(t *testing.T) {
	data := "data:image/png;base64," + strings.Repeat("iVBORw0KGgo", 50)
	got,
		err := Clean(`<p><img src="`+data+
		`"><img src="data:image/svg+xml;base64,AAAA"><img src="data:image/gif;base64,R0lGOD"></p>`, Options{})
	if err != nil || len(got.Images) != 1 || got.Images[0].URL != data {
		t.Fatalf("%v %v", got, err)
	}
}

func TestLimits(t *testing.T) {
	deep := strings.Repeat("<div><table><tr><td><b><i><span>", 100_000) + "<p>底</p>"
	got, err := Clean(deep, Options{})
	if err != nil || !strings.Contains(got.Text, "底") {
		if !fault.Is(err, fault.TooLarge) {
			t.Errorf("deep nesting: %v %v", got, err)
		}
	}
	for _, unit := range []string{"<div>", "<b>", "<blockquote>", "<ul><li>", "<font color=a>", "<a href=/x>",
		"<table>", "<p><b class=x>"} {
		got, err := Clean(strings.Repeat(unit, 100_000)+"底", Options{})
		if err != nil || !strings.Contains(got.HTML, "底") {
			t.Errorf("100,000 × %s: %.80s %v", unit, got.HTML, err)
		}
	}
	for name, page := range map[string]string{
		"white space":  "a" + strings.Repeat(" \n", 600_000) + "b",
		"small pieces": strings.Repeat("<span>字</span>", 40_000),
		"line breaks":  "<p>" + strings.Repeat("行<br>", 40_000) + "</p>",
		"attributes":   "<p " + strings.Repeat("a=1 ", 150_000) + ">字</p>",
		"rows":         "<table>" + strings.Repeat("<tr><td>甲<td>1", 20_000) + "</table>",
		"links":        strings.Repeat(`<a href="/a.pdf">字</a>`, 30_000),
	} {
		if got, err := Clean(page, Options{}); err != nil || got.Text == "" {
			t.Errorf("%s: %.40q %v", name, got.Text, err)
		}
	}
	if _, err := Clean(strings.Repeat("x", MaxPage+1), Options{}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too many bytes: %v", err)
	}
	if _, err := Clean(strings.Repeat("<b>", maxTags+1), Options{}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too many tags: %v", err)
	}
	if _, err := Clean("x", Options{Base: "ftp://a/"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("base: %v", err)
	}
}

var allowed = map[string]string{
	"p": "class", "h2": "class", "h3": "class", "h4": "class", "ul": "", "ol": "type reversed start", "li": "value",
	"span": "id", "table": "",
	"caption": "", "thead": "", "tbody": "", "tr": "",
	"th": "class scope colspan rowspan", "td": "class colspan rowspan", "figure": "", "figcaption": "",
	"img": "src alt", "a": "href", "strong": "", "em": "",
	"sub": "", "sup": "", "u": "", "br": "", "blockquote": "", "hr": "", "video": "src controls poster",
	"audio": "src controls",
}

var address = regexp.MustCompile(`^(https?://|ftp://|mailto:|data:image/|[^:]*([/?#].*)?$)`)

// checkOutput checks what must be true for every output: only allowed tags, attributes and schemes; same tree after
// parsing; cleaning again changes nothing.
func checkOutput(t *testing.T, out, base string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(out))
	for z.Next() != html.ErrorToken {
		tok := z.Token()
		if tok.Type == html.TextToken {
			continue
		}
		if tok.Type != html.StartTagToken && tok.Type != html.EndTagToken {
			t.Fatalf("token %v in %s", tok, out)
		}
		attrs, ok := allowed[tok.Data]
		if !ok {
			t.Fatalf("tag %s in %s", tok.Data, out)
		}
		for _, a := range tok.Attr {
			if !contains(strings.Fields(attrs), a.Key) {
				t.Fatalf("attribute %s of %s in %s", a.Key, tok.Data, out)
			}
			if (a.Key == "href" || a.Key == "src" || a.Key == "poster") && !address.MatchString(a.Val) {
				t.Fatalf("address %q in %s", a.Val, out)
			}
		}
	}
	root, err := html.Parse(strings.NewReader("<!DOCTYPE html><html><head></head><body>" + out + "</body></html>"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := html.Render(&b, find(root, "body")); err != nil {
		t.Fatal(err)
	}
	if a, b := tagsIn(out), tagsIn(strings.TrimSuffix(strings.TrimPrefix(b.String(), "<body>"), "</body>")); a != b {
		t.Fatalf("the parser reads another tree:\n%s\n%s", a, b)
	}
	again, err := Clean(out, Options{Base: base})
	if err != nil || again.HTML != out {
		t.Fatalf("not a fixpoint (%v):\n%s\n%s", err, out, again.HTML)
	}
}

func tagsIn(s string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	for z.Next() != html.ErrorToken {
		tok := z.Token()
		if tok.Type == html.EndTagToken {
			b.WriteByte('/')
		}
		if tok.Type != html.TextToken {
			b.WriteString(tok.Data + " ")
		}
	}
	return b.String()
}

func TestRealPagesSettle(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "html-gov")
	files, _ := filepath.Glob(filepath.Join(dir, "*.html"))
	if len(files) == 0 {
		t.Skip("real input html-gov is not here: test skipped")
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) > 2 && raw[0] == 0xFF {
			continue
		}
		got, err := Clean(string(raw), Options{Base: "https://x.gov.cn/"})
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(f), err)
			continue
		}
		checkOutput(t, got.HTML, "https://x.gov.cn/")
		root, _ := Parse(string(raw))
		base, _ := baseURL("https://x.gov.cn/")
		if first := pass(root, base, nil); first.HTML != got.HTML {
			t.Logf("%s needed more than one pass", filepath.Base(f))
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{`<p>a<b>b</p>c`, `<table><tr><td colspan=2>a<td rowspan=3>b<tr><th>c</table>`,
		`<ul><li>a<ul><li>b</ul>c</ul>`,
		`<a href="java&#x0A;script:x"><img src=x onerror=y></a>`, `<svg><style><img src=x>`, "<p>　a<br>　b<br><br>c",
		`<h1>a</h1><h5>b<p>c</h5>`,
		`<figure><img src=a><figcaption>b<p>c</figure>`,
		`<div><table><caption>x<p>y</caption><tr><td>1<td>2<tr><td>3<td>4`,
		`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
		`<p align=center><table><tr><td align=right><p>a<p>b<td>c<tr><td>d<td>e`, `<iframe src=//a/b.pdf>`,
		`<b><a href=x><i>y</a>z`, `<img src="data:image/png;base64,AA">`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Clean(s, Options{Base: "https://x.gov.cn/a/"})
		if err != nil {
			return
		}
		checkOutput(t, got.HTML, "https://x.gov.cn/a/")
	})
}
