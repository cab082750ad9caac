package extract

import "testing"

// TestFramedDocuments: a page whose text is a document in a frame is an article with that document.
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
