package search_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"guiyi/internal/search"
)

// shown indexes one document and returns the marked title and passage for a query.
func shown(t *testing.T, title, body, text string) (string, string) {
	t.Helper()
	x := opened(t, t.TempDir())
	put(t, x, doc(1, title, body))
	p := ask(t, x, search.Query{Text: text})
	if len(p.Hits) != 1 {
		t.Fatalf("%q finds %d", text, len(p.Hits))
	}
	return search.HTML(p.Hits[0].TitleHit), search.HTML(p.Hits[0].Snippet)
}

func TestHighlight(t *testing.T) {
	for name, c := range map[string]struct{ title, body, query, wantTitle, wantBody string }{
		"neighbouring pairs are one": {"公积金提取办法", "住房公积金。", "公积金", "<mark>公积金</mark>提取办法", "住房<mark>公积金</mark>。"},
		"markup is text": {"<i>公告</i>", "a & b 公告 <script>x</script>", "公告",
			"&lt;i&gt;<mark>公告</mark>&lt;/i&gt;", "a &amp; b <mark>公告</mark> &lt;script&gt;x&lt;/script&gt;"},
		"original script and width":   {"國務院ＡＢＣ", "無", "国务院abc", "<mark>國務院ＡＢＣ</mark>", "無"},
		"spaced title":                {"公　告", "正文", "公告", "<mark>公 告</mark>", "正文"},
		"number as it was written":    {"清政发［2026］018号通知", "正文", "清政发〔2026〕18号", "<mark>清政发［2026］018号</mark>通知", "正文"},
		"one character":               {"龘字", "又见龘。", "龘", "<mark>龘</mark>字", "又见<mark>龘</mark>。"},
		"only pairs of a longer word": {"公告公司", "告示", "公告", "<mark>公告</mark>公司", "告示"},
		"quotes in an attribute":      {`公告" onload="x`, "正文", "公告", `<mark>公告</mark>&#34; onload=&#34;x`, "正文"},
	} {
		title, body := shown(t, c.title, c.body, c.query)
		if title != c.wantTitle || body != c.wantBody {
			t.Errorf("%s:\n%s\n%s", name, title, body)
		}
	}
}

func TestBestPassage(t *testing.T) {
	filler := strings.Repeat("这里是与所问无关的一段很长的文字，用来把相关的段落隔开。", 30)
	_, body := shown(t, "标题", "公积金是什么。"+filler+"职工可以提取公积金用于购房。"+filler, "公积金提取购房")
	if !strings.HasPrefix(body, "…") || !strings.HasSuffix(body, "…") ||
		!strings.Contains(body, "<mark>提取公积金</mark>用于<mark>购房</mark>") {
		t.Errorf("%s", body)
	}
	if n := utf8.RuneCountInString(body); n > 180 {
		t.Errorf("%d characters", n)
	}
	_, body = shown(t, "只在标题里的公积金", filler, "公积金")
	if !strings.HasPrefix(body, "这里是") || strings.Contains(body, "<mark>") {
		t.Errorf("%s", body)
	}
	if _, body = shown(t, "公积金", "", "公积金"); body != "" {
		t.Errorf("%q", body)
	}
}
