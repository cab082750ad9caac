package extract

import (
	"strings"
	"testing"
)

// TestFramedDocuments: a page whose text is a document in a frame is an article with this document.
func TestFramedDocuments(t *testing.T) {
	t.Parallel()
	page := func(title, info, body string) string {
		return `<html><head><title>` + title + `</title></head><body>` + nav + `<h1>` + title + `</h1><div class="info">` + info +
			`</div><div class="TRS_Editor">` + body + `</div>` + footer + `</body></html>`
	}
	const info = "发布时间：2024-03-05 09:30 来源：市政府办公室"
	for name, c := range map[string]struct {
		page string
		kind Kind
		file string
	}{
		"frame":                {page("清河市人民政府公报2024年第1号", info, `<iframe src="gb.pdf" width="100%"></iframe>`), Article, "gb.pdf"},
		"object":               {page("清河市人民政府公报2024年第1号", info, `<object data="gb.pdf"></object>`), Article, "gb.pdf"},
		"and what to do":       {page("清河市人民政府公报2024年第1号", info, `<embed src="gb.pdf"><p>如无法显示，请下载。</p>`), Article, "gb.pdf"},
		"a frame of a page":    {page("清河市人民政府公报2024年第1号", info, `<iframe src="list.html"></iframe>`), Empty, ""},
		"an error page":        {page("无法显示此页", info, `<p>如无法显示，请下载。</p><a href="gb.pdf">说明</a>`), Error, ""},
		"an error, nothing on": {page("清河市人民政府", "", `<p>无法显示此页，请稍后再试。</p>`), Error, ""},
	} {
		r, err := Extract(c.page, Options{})
		file := ""
		if len(r.Body.Files) > 0 {
			file = r.Body.Files[0].URL
		}
		if err != nil || r.Kind != c.kind || c.file != "" && file != c.file {
			t.Errorf("%s: %s (%s) with %q, want %s with %q; %v", name, r.Kind, r.Evidence["kind"], file, c.kind, c.file, err)
		}
	}
}

// TestOtherSystems: bylines whose parts are separated only by style, traditional characters, an article of one
// sentence, a closing sentence below links, and links within a saved page.
func TestOtherSystems(t *testing.T) {
	t.Parallel()
	page := func(title, info, body string) string {
		return `<!-- saved from url=(0036)http://www.x.gov.cn/zw/t1.html --><html><head><title>` + title +
			`</title></head><body>` + nav + `<h1>` + title + `</h1><div class="info">` + info +
			`</div><div class="TRS_Editor">` + body + `</div>` + footer + `</body></html>`
	}
	for name, c := range map[string]struct{ page, source, author, text string }{
		"set apart by style": {page("停水通知",
			`<small>时间:</small>2024-03-05 09:30<small>来源:</small>市水务局<small>作者:</small>张三<small>点击:</small>9次`,
			para1+para2), "市水务局", "张三", ""},
		"comments behind the source": {page("停水通知", `<span>2024-03-05 来源：市水务局&nbsp;评论：<a href="#">0</a></span>`,
			para1+para2), "市水务局", "", ""},
		"traditional": {page("停水通知", `發佈時間：2024年3月5日　資料來源：市水務局`, para1+para2), "市水務局", "", ""},
		"one sentence": {page("停水通知", `发布时间：2024-03-05 来源：市水务局`, "<p>3月8日8时至18时停水。</p>"), "市水务局", "",
			"3月8日8时至18时停水。"},
		"below links": {page("停水通知", `发布时间：2024-03-05 来源：市水务局`, para1+para2+
			`<p>相关链接：<a href="1.html">供水管理办法</a></p><p>本通知自印发之日起施行，有效期五年。</p>`), "市水务局", "",
			"有效期五年"},
	} {
		r, err := Extract(c.page, Options{})
		if err != nil || r.Kind != Article || r.Source != c.source || r.Author != c.author ||
			!strings.Contains(r.Body.Text, c.text) || r.Time.Format("2006-01-02") != "2024-03-05" {
			t.Errorf("%s: %s, source %q, author %q, %v, %q; %v", name, r.Kind, r.Source, r.Author, r.Time, r.Body.Text, err)
		}
	}
	links, err := Extract(page("停水通知", "发布时间：2024-03-05", `<p><a href="http://www.x.gov.cn/zw/t1.html#a">甲</a>、`+
		`<a href="t1 (1).html#a">乙</a><a href="t2.html#a">丙</a></p><p id="a">一、总则</p>`+para1+para2+
		`<p><a href="http://www.x.gov.cn/zw/t3.html">其他链接</a></p>`),
		Options{Name: "t1 (1).html"})
	if err != nil || strings.Count(links.Body.HTML, `href="#zw-a"`) != 2 ||
		!strings.Contains(links.Body.HTML, `"t2.html#a"`) {
		t.Errorf("links within the page: %s %v", links.Body.HTML, err)
	}
	if r, _ := Extract(page("停水通知", "发布时间：2024-03-05 来源：市水务局", para1+para2+
		`<p>相关链接：<a href="1.html">供水管理办法</a></p><p><a href="2.html">关于停水的通知</a></p>`), Options{}); strings.Contains(
		r.Body.Text, "关于停水") {
		t.Errorf("related links stay: %q", r.Body.Text)
	}
}
