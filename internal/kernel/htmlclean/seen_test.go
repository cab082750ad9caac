package htmlclean

import (
	"strings"
	"testing"
)

// What a reader sees of the original must be seen in the output: line ends, numbers of lists, places within the text,
// pictures that a script would have shown.
func TestSeen(t *testing.T) {
	t.Parallel()
	const gif = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
	for _, c := range []struct{ name, in, want string }{
		{"pre", "<pre>\n甲\n乙 丙\n\n丁</pre>", "<p>甲<br>乙 丙</p>\n<p>丁</p>"},
		{"pre-line", `<div style="WHITE-SPACE: pre-line">甲` + "\r\n" + `<b>乙</b>` + "\r\n" + `丙</div>`,
			"<p>甲<br><strong>乙</strong><br>丙</p>"},
		{"pre-wrap in a cell", `<table><tr><td>一</td><td style="white-space:pre-wrap">甲` + "\n" +
			`乙</td></tr></table>`, ""},
		{"inherited, then off", `<div style="white-space:pre"><p>甲` + "\n乙</p>" + `<p style="white-space: normal">丙` +
			"\n丁</p></div>", "<p>甲<br>乙</p>\n<p>丙丁</p>"},
		{"nowrap", `<p style="white-space:nowrap">甲` + "\n乙</p>", "<p>甲乙</p>"},
		{"text box to read", "<textarea rows=3 readonly>甲\n乙</textarea>", "<p>甲<br>乙</p>"},
		{"text box to write in", "<textarea>请输入\n内容</textarea><p>甲</p>", "<p>甲</p>"},
		{"values", `<ol><li value="15">甲</li><li>乙</li><li value="-2">丙</li><li value="x">丁</li></ol>`,
			"<ol>\n<li value=\"15\">甲</li>\n<li>乙</li>\n<li value=\"-2\">丙</li>\n<li>丁</li>\n</ol>"},
		{"letters", `<ol type=A start=3><li>甲</li></ol>`, "<ol type=\"A\" start=\"3\">\n<li>甲</li>\n</ol>"},
		{"roman by style", `<ol style="list-style-type: upper-roman"><li>甲</li></ol>`,
			"<ol type=\"I\">\n<li>甲</li>\n</ol>"},
		{"backwards", `<ol reversed start=1><li>甲</li></ol>`, "<ol reversed start=\"1\">\n<li>甲</li>\n</ol>"},
		{"start of nothing", `<ol start="0" type="disc"><li>甲</li></ol>`, "<ol start=\"0\">\n<li>甲</li>\n</ol>"},
		{"no numbers in ul", `<ul type=A start=3><li value=4>甲</li></ul>`, "<ul>\n<li>甲</li>\n</ul>"},
		{"too large", `<ol start="99999999"><li value="100001">甲</li></ol>`, "<ol>\n<li>甲</li>\n</ol>"},
		{"contents", `<p><a href="#s 1">一</a><a href="#gone">无</a></p><h2 id="s 1">总则</h2><h3 id="other">别的</h3>`,
			`<p><a href="#zw-s_1">一</a>无</p>` + "\n" + `<h2><span id="zw-s_1"></span>总则</h2>` + "\n<h3>别的</h3>"},
		{"old names, footnote in a list",
			`<p>数据<sup><a href="#f1">[1]</a></sup></p><ol><li><a name="f1"></a>来自统计局。</li></ol>`,
			`<p>数据<a href="#zw-f1"><sup>[1]</sup></a></p>` + "\n<ol>\n" + `<li><span id="zw-f1"></span>来自统计局。</li>` +
				"\n</ol>"},
		{"whole address, Chinese name",
			`<a href="https://x.gov.cn/zw/a.html#%E9%99%84%E4%BB%B6">附件</a><a href="/zw/b.html#附件">别处</a><table id="附件"><tr><td>甲</td><td>乙</td></tr></table>`, ""},
		{"place twice", `<a href="#a">到</a><p id="a">甲</p><p id="a">乙</p>`, `<p><a href="#zw-a">到</a></p>` + "\n" +
			`<p><span id="zw-a"></span>甲</p>` + "\n<p>乙</p>"},
		{"hidden place", `<p><a href="#a">到</a></p><p id="a" style="display:none">甲</p>`, "<p>到</p>"},
		{"noscript beside a placeholder", `<p><img class="lazy" src="` + gif +
			`"><noscript><img src="/a.png" alt="图"></noscript></p>`,
			`<p><img src="https://x.gov.cn/a.png" alt="图"></p>`},
		{"noscript beside the same", `<p><img data-src="/a.png"><noscript><img src="/a.png"></noscript></p>`,
			`<p><img src="https://x.gov.cn/a.png" alt=""></p>`},
		{"noscript beside another size",
			`<p><img data-src="/a-small.png"> <noscript><img src="/a.png"></noscript></p>`,
			`<p><img src="https://x.gov.cn/a-small.png" alt=""></p>`},
		{"noscript alone", `<p>甲</p><noscript><p><img src="/a.png"></p><script>x</script></noscript>`, "<p>甲</p>\n" +
			`<p><img src="https://x.gov.cn/a.png" alt=""></p>`},
		{"counter in noscript", `<p>甲</p><noscript><img height="1" width="1" src="https://c.cn/hm.gif?x"></noscript>`,
			"<p>甲</p>"},
		{"srcset", `<picture><source srcset="/b.webp 2x, /c.webp"><img src="` + gif + `"></picture>`,
			`<p><img src="https://x.gov.cn/b.webp" alt=""></p>`},
		{"some attribute of a script", `<p><img data-lazyload="/pic/a.jpg" src="` + gif + `"></p>`,
			`<p><img src="https://x.gov.cn/pic/a.jpg" alt=""></p>`},
		{"an attribute that is no picture", `<p>甲<img data-page="/a.html" alt="b.png"></p>`, "<p>甲</p>"},
		{"frame", `<iframe src="//v.cn/88" width=640 title="现场 视频"></iframe>`,
			`<p><a href="https://v.cn/88">查看原网页嵌入的内容：现场 视频</a></p>`},
		{"frame of a counter", `<iframe src="//v.cn/88" width=0 height=0></iframe><p>甲</p>`, "<p>甲</p>"},
		{"frame of a script", `<iframe src="javascript:alert(1)"></iframe><p>甲</p>`, "<p>甲</p>"},
	} {
		got, err := Clean(c.in, Options{Base: "https://x.gov.cn/zw/a.html"})
		if err != nil {
			t.Fatal(err)
		}
		if c.want != "" && got.HTML != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got.HTML, c.want)
		}
		if strings.Contains(got.HTML, unscriptedMark) {
			t.Errorf("%s: %s", c.name, got.HTML)
		}
		checkOutput(t, got.HTML, "https://x.gov.cn/zw/a.html")
	}
	got,
		_ := Clean(
		`<a href="https://x.gov.cn/zw/a.html#%E9%99%84%E4%BB%B6">附件</a><a href="/zw/b.html#附件">别处</a><p id="附件">甲</p>`,
		Options{Base: "https://x.gov.cn/zw/a.html"})
	if !strings.Contains(got.HTML, `<a href="#zw-附件">附件</a>`) || !strings.Contains(got.HTML,
		`<span id="zw-附件"></span>甲`) || len(got.Links) != 1 {
		t.Errorf("%s %v", got.HTML, got.Links)
	}
}

// Lost content is counted; removing what a reader does not miss is not.
func TestCounted(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{
		`<img src="file:///C:/Temp/msohtmlclip1/01/clip_image002.png">`:                         1,
		`<img src="C:\Users\a\b.png"><img src="blob:https://x/1"><img src="cid:part1@x">`:       3,
		`<img class="lazyload" src="/grey.gif">`:                                                1,
		`<img class="lazyload" src="/grey.gif"><noscript><img src="/a.png"></noscript>`:         0,
		`<img src="/spacer.gif" width="1"><img src="/fileicon/icon_pdf.gif"><img src="/a.png">`: 0,
		`<img src="data:image/tiff;base64,` + strings.Repeat("AAAA", 200) + `">`:                1,
	} {
		got, err := Clean("<p>甲</p>"+in, Options{})
		if err != nil || got.Dropped["img"] != want {
			t.Errorf("%.60s: %v %v, want %d", in, got.Dropped, err, want)
		}
	}
}
