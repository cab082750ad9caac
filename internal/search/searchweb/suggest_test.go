package searchweb

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// TestEmptyHanded: a page without results says how the query was read, what to try next, and where else to look. A page
// with results does not.
func TestEmptyHanded(t *testing.T) {
	h := handler(t)
	way := func(text, query, count string) string {
		return `<li><a href="/search?` + strings.ReplaceAll(query, "&", "&amp;") + `">` + text + `</a><small>` + count + ` 条</small></li>`
	}
	enc := url.QueryEscape
	for _, c := range []struct {
		name, target string
		want, not    []string
	}{
		{"a filter too many", q("q", "公积金", "type", "通知", "site", "linshui"), []string{
			"没有找到与“公积金”有关的内容",
			way("在全部网站中查找（现在只在“临水县人民政府”里找）", "q="+enc("公积金")+"&type="+enc("通知"), "0"),
			way("不限类型（现在只在“通知”里找）", "q="+enc("公积金")+"&site=linshui", "2"),
			way("去掉全部筛选条件", "q="+enc("公积金"), "3"),
		}, []string{"找到 <b>"}},
		{"one filter", q("q", "公积金", "year", "2020"), []string{
			way("不限时间（现在只在“2020年”里找）", "q="+enc("公积金"), "3"), `aria-current="true">2020年`}, []string{"去掉全部"}},
		{"a column", q("q", "公积金", "site", "qinghe", "column", "zwgk/zcwj", "period", "w", "type", "公告"), []string{
			"不限栏目（现在只在“政策文件”里找）", "不限时间（现在只在“一周内”里找）", "不限类型（现在只在“公告”里找）"}, nil},
		{"a site that is none", q("q", "公积金", "site", "nowhere"), []string{
			way("在全部网站中查找（现在只在“nowhere”里找）", "q="+enc("公积金"), "3")}, nil},
		{"a wrong character", q("q", "公积舍"), []string{`您要找的是不是：<a href="/search?q=` + enc("公积金") + `">公积金</a>`}, nil},
		{"a wrong character in front", q("q", "工积金"), []string{`您要找的是不是：<a`, `>公积金</a>`}, nil},
		{"a wrong character and a filter", q("q", "公积舍", "year", "2020"), []string{"可以这样再找"}, []string{"换成“"}},
		{"two turned round", q("q", "公金积"), []string{"换成“公积金”"}, nil},
		{"one too many", q("q", "公公积金"), []string{"公积金"}, nil},
		{"nothing alike", q("q", "不存在的词语"), []string{"没有找到与", "减少几个词"}, []string{"换成“"}},
		{"traditional", q("q", "殘疾人補貼"), []string{"已按“残疾人补贴”查找"}, nil},
		{"words of asking", q("q", "请问高龄津贴怎么办理"), []string{"已按“高龄津贴”查找"}, nil},
		{"where else", q("q", "不存在的词语"), []string{`<h3>本站栏目</h3>`, `<a href="/zwgk/">政务公开</a>`, `<a href="/xxgk/">政府信息公开</a>`,
			`<h3>其他网站</h3>`, `<a href="https://www.linshui.gov.cn/">临水县人民政府</a>`, "0450-00000000", "12345"},
			[]string{`href="https://www.qinghe.gov.cn/"`}},
		{"nothing asked", "/search", []string{"想找什么", `<a href="/zwgk/">政务公开</a>`, "临水县人民政府"}, []string{"没有找到"}},
		{"blanks", q("q", " 　 "), []string{"想找什么"}, []string{"没有找到"}},
		{"signs only", q("q", "？！…"), []string{"没有可以查找的文字", `<a href="/zwgk/">政务公开</a>`}, []string{"换成“"}},
		{"one sign", q("q", "“"), []string{"没有可以查找的文字"}, nil},
		{"a picture", q("q", "😀"), []string{"没有可以查找的文字"}, nil},
		{"too long", q("q", strings.Repeat("供热", 101)), []string{"搜索词超过 200 个字，只查找了前 200 个字"}, []string{"暂时无法搜索"}},
		{"filters that are none", q("q", "公积金", "from", "2026-13-01", "sort", "x"), []string{
			"筛选条件“开始日期”没有起作用：日期应写作", "筛选条件“排序”没有起作用", "找到 <b>3</b> 条"}, []string{"暂时无法搜索"}},
		{"found", q("q", "公积金"), []string{"找到 <b>3</b> 条"}, []string{"可以这样再找", "本站栏目", "其他网站", "已按“"}},
		{"found in capitals", q("q", "公积金 "), []string{"找到 <b>3</b> 条"}, []string{"已按“"}},
		{"markup in a filter", q("q", "公积金", "type", "<b>x"), []string{"&lt;b&gt;x"}, []string{"<b>x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(h, "GET", c.target)
			body := w.Body.String()
			if w.Code != http.StatusOK {
				t.Fatalf("%d %.300s", w.Code, body)
			}
			for _, s := range c.want {
				if !strings.Contains(body, s) {
					t.Errorf("%q is missing in\n%.2500s", s, body[strings.Index(body, `<div class="main">`):])
				}
			}
			for _, s := range c.not {
				if strings.Contains(body, s) {
					t.Errorf("%q is there", s)
				}
			}
		})
	}
}

// TestRelaxedIsSaid: when only most terms of a query are found, the page says so and offers other spellings.
func TestRelaxedIsSaid(t *testing.T) {
	body := get(handler(t), "GET", q("q", "公积金中心搬迁地址在哪个区")).Body.String()
	if !strings.Contains(body, "没有同时包含全部搜索词的内容") || !strings.Contains(body, "t2.html") {
		t.Errorf("%.3000s", body[strings.Index(body, "<main"):])
	}
}

func gbk(t *testing.T, text string) string {
	t.Helper()
	raw, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return url.QueryEscape(raw)
}

// TestOldEncodings: links of old pages contain GBK or %u escapes; both the page and the API read them.
func TestOldEncodings(t *testing.T) {
	h := handler(t)
	for name, c := range map[string]struct {
		query, text string
		said        bool
	}{
		"GBK":                     {"q=" + gbk(t, "公积金"), "公积金", true},
		"GBK, small letters":      {"q=" + strings.ToLower(gbk(t, "公积金")), "公积金", true},
		"GBK, not escaped":        {"q=\xb9\xab\xbb\xfd\xbd\xf0", "公积金", true},
		"GBK with ASCII":          {"q=" + gbk(t, "2026年 公积金"), "2026年 公积金", true},
		"GBK with plus":           {"q=" + gbk(t, "公积金") + "+" + gbk(t, "提取"), "公积金 提取", true},
		"GBK cut in a character":  {"q=" + gbk(t, "公积金") + "%CC", "公积金", true},
		"GB18030 of four bytes":   {"q=" + gbk(t, "公积金𠀀"), "公积金𠀀", true},
		"UTF-8":                   {"q=" + url.QueryEscape("公积金"), "公积金", false},
		"UTF-8 cut":               {"q=" + url.QueryEscape("公积金") + "%E6%8F", "公积金", false},
		"escapes of old scripts":  {"q=%u516C%u79ef%u91D1", "公积金", false},
		"one of those among GBK":  {"q=%u516C" + gbk(t, "积金"), "", false},
		"filter in GBK as well":   {"q=" + gbk(t, "公积金") + "&type=" + gbk(t, "公告"), "公积金", true},
		"filter in GBK, not word": {"q=" + url.QueryEscape("公积金") + "&type=" + gbk(t, "公告"), "公积金", false},
	} {
		w := get(h, "GET", "/search?"+c.query)
		body := w.Body.String()
		if said := strings.Contains(body, "GBK 编码"); w.Code != 200 || c.text != "" && said != c.said {
			t.Errorf("%s: %d, said %v", name, w.Code, said)
		}
		none := !strings.Contains(name, "four") && !strings.Contains(body, "t1.html") &&
			!strings.Contains(body, "t2.html")
		if c.text != "" && (!strings.Contains(body, `value="`+c.text+`"`) || none) {
			t.Errorf("%s: %q is not found", name, c.text)
		}
		if strings.Contains(c.query, "type=") && strings.Contains(body, "t1.html") {
			t.Errorf("%s: the filter has no effect", name)
		}
		if w := get(h, "GET", "/api/v1/search?"+c.query, "Accept", "application/json"); c.text != "" &&
			answer(t, w).Query != c.text {
			t.Errorf("%s: the interface understood %q", name, answer(t, w).Query)
		}
	}
}

// TestEmptyParameters: the API refuses a parameter with an empty value.
func TestEmptyParameters(t *testing.T) {
	h := handler(t)
	for target, field := range map[string]string{"&site=%20": "site", "&site=qinghe&site=linshui": "site",
		"&type=a&type=a": "type", "&q=a": "q", "&site=": "site", "&type=": "type", "&column": "column",
		"&from=": "from", "&period=": "period", "&page=": "page", "&sort=": "sort", "&year=": "year",
		"&validity=": "validity"} {
		w := get(h, "GET", api("q", "公积金")+target, "Accept", "application/json")
		if w.Code != 400 || !strings.Contains(w.Body.String(), `"field":"`+field+`"`) {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
		if w := get(h, "GET", q("q", "公积金")+target); w.Code != 200 { // forms send empty fields
			t.Errorf("page with %s: %d", target, w.Code)
		}
	}
}

// TestMalformedQuery: the API refuses a query string that cannot be parsed completely, because a filter may be missing.
func TestMalformedQuery(t *testing.T) {
	h := handler(t)
	for _, tail := range []string{"&site=linshui%zz", "&site=linshui;x", "&%", "&type=%E4%B8%8"} {
		w := get(h, "GET", api("q", "公积金")+tail, "Accept", "application/json")
		if w.Code != 400 || !strings.Contains(w.Body.String(), "写法有误") {
			t.Errorf("%s: %d %s", tail, w.Code, w.Body)
		}
		if w := get(h, "GET", q("q", "公积金")+tail); w.Code != 200 { // the page answers with the rest
			t.Errorf("page with %s: %d", tail, w.Code)
		}
	}
}

// TestEmptyHandedInterface: like the page, the API says how the query was read and which other queries find something.
func TestEmptyHandedInterface(t *testing.T) {
	h := handler(t)
	for name, c := range map[string]struct {
		target     string
		note, want string // text of the first way that finds something
	}{
		"a filter too many":  {api("q", "公积金", "type", "通知", "site", "linshui"), "", "不限类型（现在只在“通知”里找）"},
		"a wrong character":  {api("q", "公积舍"), "没有同时包含", "换成“公积金”"},
		"signs only":         {api("q", "？！…"), "没有可以查找的文字", ""},
		"traditional":        {api("q", "殘疾人補貼"), "已按“残疾人补贴”查找", ""},
		"nothing alike":      {api("q", "不存在的词语"), "", ""},
		"found":              {api("q", "公积金"), "", ""},
		"found, from an old": {"/api/v1/search?q=" + gbk(t, "公积金"), "GBK 编码", ""},
	} {
		got := answer(t, get(h, "GET", c.target, "Accept", "application/json"))
		if said := strings.Join(got.Notes, ""); (c.note == "") != (said == "") || !strings.Contains(said, c.note) {
			t.Errorf("%s: notes %q", name, got.Notes)
		}
		if c.want == "" {
			if len(got.Ways) > 0 && got.Total > 0 {
				t.Errorf("%s: %v", name, got.Ways)
			}
			continue
		}
		if len(got.Ways) == 0 || got.Ways[0].Text != c.want || got.Ways[0].Count < 1 {
			t.Errorf("%s: %+v", name, got.Ways)
			continue
		}
		found := answer(t, get(h, "GET", got.Ways[0].URL, "Accept", "application/json"))
		if int(found.Total) != got.Ways[0].Count {
			t.Errorf("%s: %s finds %d", name, got.Ways[0].URL, found.Total)
		}
	}
}
