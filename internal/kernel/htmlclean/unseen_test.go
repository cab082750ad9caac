package htmlclean

import (
	"maps"
	"strings"
	"testing"
)

// TestMeaningByStyle: what changes the meaning of a text when it is lost: powers, indexes, deleted words, numbers.
func TestMeaningByStyle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"power", `<p>10<span style="font-size:9pt;vertical-align:super">3</span>立方米</p>`, "<p>10<sup>3</sup>立方米</p>"},
		{"index", `<p>CO<font style="VERTICAL-ALIGN: Sub">2</font></p>`, "<p>CO<sub>2</sub></p>"},
		{"cells are not raised", `<table border=1><tr><td style="vertical-align:super">甲</td><td>1</td></tr><tr><td>乙</td><td>2</td></tr></table>`,
			""},
		{"middle", `<p>甲<span style="vertical-align:middle">乙</span></p>`, "<p>甲乙</p>"},
		{"deleted", `<p>第三条<del>第二款</del>，<strike>甲</strike><s>乙</s></p>`, "<p>第三条<s>第二款</s>，<s>甲乙</s></p>"},
		{"deleted by style", `<p>原<span style="text-decoration: line-through">价</span><span style="text-decoration:none">现</span></p>`,
			"<p>原<s>价</s>现</p>"},
		{"a list that shows no numbers", `<ol style="list-style: none inside"><li>一、甲</li></ol>`, "<ul>\n<li>一、甲</li>\n</ul>"},
		{"a list that shows them", `<ol style="list-style-type:decimal"><li>甲</li></ol>`, "<ol>\n<li>甲</li>\n</ol>"},
		{"never closed", "<p>甲<del>乙<p>丙", "<p>甲<s>乙</s></p>\n<p><s>丙</s></p>"},
	} {
		r, err := Clean(c.in, Options{})
		if c.want == "" && !strings.Contains(r.HTML, "<su") {
			continue
		}
		if err != nil || r.HTML != c.want {
			t.Errorf("%s: %s %v, want %s", c.name, r.HTML, err, c.want)
		}
	}
}

// TestUnseen: what cannot be kept is counted; ornaments and what holds no sentence are not.
func TestUnseen(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]map[string]int{
		`<p>甲<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math></p>`:                    {"math": 1},
		`<svg width="600" height="400"><text>图</text></svg><p>甲</p>`:                  {"svg": 1},
		`<svg width=16 height=16><path/></svg><svg viewBox="0 0 9 9"></svg><p>甲</p>`:  {},
		`<p>甲</p><div style="display:none"><p>办理地点在政务服务中心三楼，电话12345，周一至周五。</p></div>`: {Unseen: 1},
		`<p>甲</p><div style="display:none">分享到 微信</div>`:                              {},
		`<p>甲</p><div hidden><script>办理地点在政务服务中心三楼，电话12345，周一至周五。</script></div>`:     {},
	} {
		r, err := Clean(in, Options{})
		delete(r.Dropped, "head")
		if err != nil || !maps.Equal(r.Dropped, want) {
			t.Errorf("%s: %v %v, want %v", in, r.Dropped, err, want)
		}
	}
}

// TestScriptedLinks: documents that a link opens by script are attachments; other scripts are nothing.
func TestScriptedLinks(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`<a href="javascript:void(0)" onclick="window.open('/f/a.pdf','_blank')">表</a>`: "https://x.gov.cn/f/a.pdf",
		`<a href="javascript:openFile(&quot;b.doc&quot;)">表</a>`:                        "https://x.gov.cn/zw/b.doc",
		`<a onclick="location.href='c.xls?x=1'">表</a>`:                                  "https://x.gov.cn/zw/c.xls?x=1",
		`<a href="d.pdf" onclick="hit('e.pdf')">表</a>`:                                  "https://x.gov.cn/zw/d.pdf",
		`<a href="#" onclick="show('page.html')">表</a>`:                                 "",
		`<a href="javascript:alert(1)//a.pdf">表</a>`:                                    "",
		`<a href="#" onclick="go('javascript:a.pdf')">表</a>`:                            "",
	} {
		r, err := Clean(in, Options{Base: "https://x.gov.cn/zw/a.html"})
		got := ""
		if len(r.Files) > 0 {
			got = r.Files[0].URL
		}
		if err != nil || got != want || len(r.Links) > 0 {
			t.Errorf("%s: %q %v %v, want %q", in, got, r.Links, err, want)
		}
	}
}
