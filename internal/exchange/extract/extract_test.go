package extract

import (
	"strings"
	"testing"
	"time"

	"guiyi/internal/exchange/extract/notation"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/htmlclean"
)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, notation.Zone())
	if err != nil {
		panic(err)
	}
	return t
}

func TestExtract(t *testing.T) {
	const title = "市政府召开常务会议"
	minute, day := at("2026-10-12 09:30"), at("2026-10-12 00:00")
	cases := []struct {
		name, page string
		kind       Kind
		title      string
		at         time.Time
		precise    Precision
		rule       string // how the title was found
	}{
		{"national tags", tagged, Article, title, minute, Minute, "meta articletitle"},
		{"no tags", plain, Article, title, at("2026-10-12 09:05"), Minute, "visible heading in title element"},
		{"layout tables without names", nameless, Article, title, day, Day, "visible heading"},
		{"official document", official, Article, "清河市人民政府关于印发工作规则的通知", day, Day, "head table 标题"},
		{"head of single lines", oneLineHead, Article, "关于做好秋季开学工作的通知", time.Time{}, "", "visible heading"},
		{"tags that repeat the site", wrongTags, Article, title, at("2026-10-12 16:45"), Minute, "visible heading"},
		{"json-ld and saved page", savedPage, Article, title, minute, Minute, "visible heading in title element"},
		{"data in a script", scriptPage, Article, title, minute, Minute, "data in a script"},
		{"attachments only", attachmentsOnly, Article, "2026年度部门预算公开", at("2026-02-10 10:00"), Minute,
			"visible heading in title element"},
		{"attachments below", filesBelow, Article, "关于申报项目的通知", at("2026-03-05 15:20"), Minute,
			"visible heading in title element"},
		{"server code", withServerCode, Article, title, minute, Minute, "visible heading in title element"},
		{"one paragraph", oneParagraph, Article, title, minute, Minute, "visible heading in title element"},
		{"unfilled template", unfilled, Empty, "", time.Time{}, "", ""},
		{"tags of another article", staleTags, Article, title, minute, Minute, "visible heading in title element"},
		{"markup in the tags", escapedTags, Article, "市政府召开 常务会议", minute, Minute, "meta articletitle"},
		{"list", listPage, List, "", time.Time{}, "", ""},
		{"home", homePage, Home, "", time.Time{}, "", ""},
		{"template", template, Empty, "", time.Time{}, "", ""},
		{"error", errorPage, Error, "", time.Time{}, "", ""},
		{"script only", scriptOnly, Empty, "", time.Time{}, "", ""},
		{"nothing", "", Empty, "", time.Time{}, "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, err := Extract(c.page, Options{Now: at("2026-11-23 08:00")})
			if err != nil {
				t.Fatal(err)
			}
			if r.Kind != c.kind {
				t.Fatalf("kind %s (%s), want %s", r.Kind, r.Evidence["kind"], c.kind)
			}
			if c.kind != Article {
				return
			}
			if r.Title != c.title || r.Evidence["title"] != c.rule {
				t.Errorf("title %q (%s), want %q (%s)", r.Title, r.Evidence["title"], c.title, c.rule)
			}
			if !r.Time.Equal(c.at) || r.Precise != c.precise {
				t.Errorf("time %v %s (%s), want %v", r.Time, r.Precise, r.Evidence["time"], c.at)
			}
			for _, word := range []string{"首页", "版权所有", "网站标识码", "相关新闻", "打印", "责任编辑", "上一篇", "来源：", "发布时间"} {
				if strings.Contains(r.Body.Text, word) {
					t.Errorf("body holds %s: %s", word, r.Body.Text)
				}
			}
			if r.Version != Version || r.Confidence <= 0 || r.Confidence > 1 {
				t.Errorf("version %q confidence %v", r.Version, r.Confidence)
			}
		})
	}
}

func TestFields(t *testing.T) {
	r, err := Extract(tagged, Options{URL: "https://www.qinghe.gov.cn/xw/1.html"})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{r.SiteName, r.SiteDomain, r.SiteIDCode, r.ColumnName, r.Source, r.Author,
		strings.Join(r.Keywords, "|"), r.Summary, r.URL}
	want := []string{"清河市人民政府", "www.qinghe.gov.cn", "2301990001", "政务要闻", "清河日报", "王明", "常务会议|重点工作|民生", "研究下半年工作",
		"https://www.qinghe.gov.cn/xw/1.html"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("field %d: %q, want %q", i, got[i], want[i])
		}
	}
	if len(r.Body.Images) != 1 || r.Body.Images[0].URL != "https://www.qinghe.gov.cn/xw/W01.jpg" {
		t.Errorf("images %v", r.Body.Images)
	}

	if r, err = Extract(plain, Options{}); err != nil {
		t.Fatal(err)
	}
	if r.Source != "清河日报" || r.Author != "王明" || r.Editor != "赵敏" || r.Subtitle != "研究部署下半年重点工作" {
		t.Errorf("source %q author %q editor %q subtitle %q", r.Source, r.Author, r.Editor, r.Subtitle)
	}

	if r, err = Extract(filesBelow, Options{}); err != nil {
		t.Fatal(err)
	}
	if len(r.Files) != 1 || r.Files[0] != (htmlclean.Ref{URL: "/f/a.docx", Name: "申报书.docx"}) {
		t.Errorf("files %v", r.Files)
	}
	if strings.Join(r.Next, " ") != "5_2.html 5_3.html" {
		t.Errorf("next %v", r.Next)
	}
	if r.URL != "https://kj.qinghe.gov.cn/tz/5.html" || r.Source != "清河市科技局" {
		t.Errorf("url %q source %q (%s)", r.URL, r.Source, r.Evidence["source"])
	}

	if r, err = Extract(savedPage, Options{}); err != nil || r.URL != "https://www.qinghe.gov.cn/xw/202610/1.html" {
		t.Errorf("saved from %q %v", r.URL, err)
	}
}

func TestDocument(t *testing.T) {
	r, err := Extract(official, Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := r.Document
	if d.Index != "11230199000000001A/2026-00018" || d.Theme != `综合政务\政务公开` || d.Issuer != "清河市人民政府" ||
		d.Number != "清政发〔2026〕18号" ||
		d.NumberRaw != "清政发[2026]018号" || d.Validity != "有效" || !d.Signed.Equal(at("2026-10-08 00:00")) ||
		!d.Published.Equal(at("2026-10-12 00:00")) {
		t.Errorf("document %+v", d)
	}
	if _, ok := d.Fields["主题词"]; ok {
		t.Error("an empty cell must not take its neighbour's text")
	}
	if strings.Contains(r.Body.Text, "索引号") || !strings.HasPrefix(r.Body.Text, "清政发〔2026〕18号\n各县（区）人民政府") {
		t.Errorf("body %s", r.Body.Text)
	}
	if len(r.Files) != 1 || r.Files[0].Name != "工作规则.pdf" {
		t.Errorf("files %v", r.Files)
	}

	if r, err = Extract(oneLineHead, Options{}); err != nil {
		t.Fatal(err)
	}
	if d = r.Document; d.Index != "QH001-2026-0007" || d.Issuer != "清河市教育局" || d.Number != "清教发〔2026〕7号" ||
		!d.Signed.Equal(at("2026-09-01 00:00")) || d.Validity != "有效" {
		t.Errorf("one-line head: %+v", d)
	}

	if r, err = Extract(signedPage, Options{}); err != nil {
		t.Fatal(err)
	}
	if d = r.Document; d.Number != "清教发〔2026〕9号" || d.NumberRaw != "清教发﹝2026﹞0009号" || d.Issuer != "清河市教育局" ||
		!d.Signed.Equal(at("2026-10-18 00:00")) {
		t.Errorf("signature: %+v", d)
	}

	if r, err = Extract(plain, Options{}); err != nil || !r.Document.Zero() {
		t.Errorf("a piece of news is no document: %+v %v", r.Document, err)
	}
}

func TestDates(t *testing.T) {
	page := func(header, byline, tail string) string {
		return `<html><head><title>市政府召开常务会议</title></head><body><div>` + header +
			`</div><h1>市政府召开常务会议</h1><div class="info">` + byline + `</div><div id="zoom">` + para1 + para2 +
			`<p>2020年1月1日至2020年12月31日为第一阶段，具体时间由各县区确定，请结合实际认真贯彻执行。</p></div><div>` + tail + `</div></body></html>`
	}
	cases := []struct{ name, page, want string }{
		{"today in the header", page("今天是2026年11月20日", "来源：清河日报", ""), ""},
		{"only in the text", page("", "", ""), ""},
		{"footer", page("", "", `<div class="footer">版权所有 2019-01-01 清河市人民政府</div>`), ""},
		{"expiry is not publication", page("", "有效期：2030-01-01 发布日期：2026-05-06", ""), "2026-05-06"},
		{"update under publication", page("", "发布时间：2026-05-06 08:00 更新时间：2026-06-01 09:00", ""), "2026-05-06"},
		{"label in its own cell",
			`<html><head><title>市政府召开常务会议</title></head><body><h1>市政府召开常务会议</h1><table><tr><td>发布日期：</td><td>2026-05-06</td></tr></table><div id="zoom">` + para1 + para2 + `</div></body></html>`, "2026-05-06"},
		{"large day beside year and month", page("", `</div><div>06</div><div>2026年05月</div><div>`, ""), "2026-05-06"},
		{"below the text", page("", "", "<p>发布日期：2026-05-06 10:00</p>"), "2026-05-06"},
		{"list beside", page("", "", `<ul><li><a href="/1">市领导调研重点项目建设</a> 2026-01-02</li></ul>`), ""},
	}
	for _, c := range cases {
		r, err := Extract(c.page, Options{Now: at("2026-11-23 08:00")})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if !r.Time.IsZero() {
			got = r.Time.Format("2006-01-02")
		}
		if got != c.want {
			t.Errorf("%s: %s (%s), want %s", c.name, got, r.Evidence["time"], c.want)
		}
	}
}

func TestTitles(t *testing.T) {
	page := func(title, body string) string {
		return `<html><head><title>` + title + `</title></head><body>` + nav + body +
			`<div class="info">发布时间：2026-10-12</div><div class="article-content">` + para1 + para2 + `</div>` + footer +
			`</body></html>`
	}
	cases := []struct{ name, page, want string }{
		{"heading of the site", page("清河市人民政府门户网站 - www.qinghe.gov.cn",
			`<div class="logo"><h1>清河市人民政府门户网站</h1></div><h1>市政府召开常务会议</h1>`), "市政府召开常务会议"},
		{"line break in the heading", page("清河市人民政府", `<h1>清河市人民政府关于印发<br>工作规则的通知</h1>`), "清河市人民政府关于印发工作规则的通知"},
		{"only in the title element", page("关于开展专项整治行动的公告_通知公告_清河市城管局", ``), "关于开展专项整治行动的公告"},
		{"dash inside a title", page("清河—东城高速公路通车-清河市交通运输局", `<h1>清河—东城高速公路通车</h1>`), "清河—东城高速公路通车"},
		{"site and column before", page("清河市人民政府 政务要闻 市政府召开常务会议", `<p class="con-title">市政府召开常务会议</p>`), "市政府召开常务会议"},
		{"byline in the heading", page("通知", `<h2>市政府召开常务会议 <small>2026-10-12</small></h2>`), "市政府召开常务会议"},
		{"column as title element", page("政务要闻", `<div class="xl_tit1">市政府召开常务会议</div>`), "市政府召开常务会议"},
	}
	for _, c := range cases {
		r, err := Extract(c.page, Options{})
		if err != nil || r.Title != c.want {
			t.Errorf("%s: %q (%s) %v, want %q", c.name, r.Title, r.Evidence["title"], err, c.want)
		}
	}
}

func TestTooLarge(t *testing.T) {
	if _, err := Extract(strings.Repeat("x", htmlclean.MaxPage+1), Options{}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("got %v", err)
	}
	if r, err := Extract(strings.Repeat("<div>", 100_000)+para1, Options{URL: "::bad"}); err != nil ||
		!strings.Contains(r.Body.Text, "近日") {
		t.Errorf("deep nesting: %q %v", r.Body.Text, err)
	}
}

func FuzzExtract(f *testing.F) {
	for _, p := range []string{tagged, plain, nameless, official, signedPage, listPage, scriptPage, savedPage,
		filesBelow, template} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, page string) {
		r, err := Extract(page, Options{URL: "https://www.qinghe.gov.cn/a/"})
		if err != nil {
			return
		}
		if r.Kind == "" || strings.Contains(strings.ToLower(r.Body.HTML), "<script") ||
			strings.ContainsAny(r.Title, "\n\r") {
			t.Fatalf("kind %q title %q body %q", r.Kind, r.Title, r.Body.HTML)
		}
	})
}
