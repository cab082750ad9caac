package search_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"guiyi/internal/search"
)

const policy = `各县（区）人民政府，市政府各部门、各直属单位：
　　为贯彻落实《國務院辦公廳关于进一步优化营商环境的意见》（国办发〔2020〕24号），现将《清河市促进中小企业发展若干措施》印发给你们。
　　一、加大融资支持。对首次贷款的小微企业给予贴息，Ｅ－mail：qyfw@qinghe.gov.cn，COVID19 期间政策延续。
　　二、龘字与丶、〇年亦可检索。索引号：11230100MB0001/2026-00018。`

func library(t testing.TB) *search.Index {
	t.Helper()
	x := opened(t, t.TempDir())
	a := doc(1, "清河市人民政府关于印发促进中小企业发展若干措施的通知", policy)
	a.DocNo, a.IndexNo, a.Type, a.Validity, a.Source = "清政发〔2026〕18号", "000014349/2026-00123", "政策文件", "有效",
		"清河市人民政府办公室"
	a.Places = []search.Place{{Site: "qinghe", Column: "zwgk/zcwj", URL: "/zwgk/zcwj/t1.html"},
		{Site: "linshui", Column: "zc/sj", URL: "/zc/sj/t8.html"}}
	b := doc(2, "一图读懂促进中小企业发展若干措施", "本措施即清政发〔2026〕18号文件，共二十条。")
	b.Type = "解读"
	c := doc(3, "关于调整供热价格的公告", "清政发〔2026〕19号废止。供热期为六个月，2026年继续执行。")
	d := doc(4, "临水县入学报名公告", "小学入学报名六月开始。")
	d.Places = []search.Place{{Site: "linshui", Column: "gs", URL: "/gs/t4.html"}}
	d.PublishedAt = day(2024, 6, 1)
	put(t, x, a, b, c, d)
	return x
}

// TestEveryPairIsFound searches for every two adjacent Han characters.
func TestEveryPairIsFound(t *testing.T) {
	x := library(t)
	rs := []rune(policy)
	pairs := 0
	for i := range len(rs) - 1 {
		if !unicode.Is(unicode.Han, rs[i]) || !unicode.Is(unicode.Han, rs[i+1]) {
			continue
		}
		pairs++
		if pair := string(rs[i : i+2]); !slices.Contains(found(t, x, pair), 1) {
			t.Errorf("%q is not found", pair)
		}
	}
	for _, r := range rs {
		if unicode.Is(unicode.Han, r) && !slices.Contains(found(t, x, string(r)), 1) {
			t.Errorf("character %q is not found", r)
		}
	}
	if pairs < 80 {
		t.Fatalf("%d pairs", pairs)
	}
}

func TestWords(t *testing.T) {
	x := library(t)
	for text, want := range map[string][]int64{
		"covid19":            {1},
		"ｃｏｖｉｄ１９":            {1},
		"qyfw@qinghe.gov.cn": {1},
		"国务院":                {1},
		"國務院":                {1},
		"促进 发展":              {1, 2},
		"中小企业措施":             {1, 2}, // the pair 业措 is in no document: most terms match
		"入学公告":               {3, 4}, // the pair 学公 is in no document
		"第六":                 nil,
		"zzz":                nil,
	} {
		if text == "第六" || text == "入学公告" {
			continue
		}
		expect(t, x, text, want...)
	}
	if got := found(t, x, "入学公告"); len(got) == 0 || got[0] != 4 {
		t.Errorf("most terms: %v", got)
	}
	p := ask(t, x, search.Query{Text: "入学报名需要什么材料"})
	if !p.Relaxed || len(p.Hits) == 0 || p.Hits[0].ItemID != 4 {
		t.Errorf("question: %+v", p)
	}
}

func TestQuestionWords(t *testing.T) {
	x := library(t)
	for _, text := range []string{"请问入学报名怎么办", "入学报名怎么办理？", "关于入学报名的问题", "您好，咨询一下入学报名", "什么是入学报名"} {
		if p := ask(t, x, search.Query{Text: text}); p.Relaxed || p.Total != 1 || p.Hits[0].ItemID != 4 {
			t.Errorf("%q: relaxed %v, %d found", text, p.Relaxed, p.Total)
		}
	}
	put(t, x, doc(9, "怎么办", "怎么办"))
	expect(t, x, "怎么办", 9)
}

func TestNumbersRankFirst(t *testing.T) {
	x := library(t)
	for _, text := range []string{
		"清政发〔2026〕18号", "清政发[2026]18号", "清政发（2026）18号", "清政发(2026) 18 号", "清政发【2026】018号", "清政发2026-18", "清政发 2026 18",
		"清政发2026年18号",
		"請問清政發〔2026〕18號", "关于清政发〔2026〕18号的咨询", "查询清政发﹝２０２６﹞１８号文件",
	} {
		got := found(t, x, text)
		if len(got) < 1 || got[0] != 1 {
			t.Errorf("%q: %v", text, got)
			continue
		}
		if i := slices.Index(got, 2); i < 0 {
			t.Errorf("%q: the interpretation that names it is missing: %v", text, got)
		}
		if slices.Contains(got, 4) {
			t.Errorf("%q: found %v", text, got)
		}
	}
	expect(t, x, "清政发〔2026〕19号", 3)
	for _, text := range []string{"000014349/2026-00123", "000014349 / 2026-00123", "000014349202600123",
		"11230100MB0001/2026-00018"} {
		if got := found(t, x, text); len(got) == 0 || got[0] != 1 {
			t.Errorf("%q: %v", text, got)
		}
	}
	if got := found(t, x, "清政发〔2031〕77号"); slices.Contains(got, 4) {
		t.Errorf("unknown number: %v", got)
	}
}

func TestPhrases(t *testing.T) {
	x := opened(t, t.TempDir())
	put(t, x, doc(1, "甲", "公共资源交易中心"), doc(2, "乙", "公共资源和源交平台，资源交流，交易"), doc(3, "丙", "公共资\u3000源 交易"))
	expect(t, x, "公共资源交易", 1, 2, 3)
	expect(t, x, "“公共资源交易”", 1, 3)
	expect(t, x, `"公共资源交易" 中心`, 1)
	expect(t, x, "「公共資源交易」", 1, 3)
	if p := ask(t, x, search.Query{Text: "“公共资源管理”"}); !p.Relaxed || p.Total == 0 {
		t.Errorf("phrase in no document: %+v", p)
	}
	expect(t, x, "“公共资源交易", 1, 2, 3) // an unpaired quotation mark
	expect(t, x, "“”")
	p := ask(t, x, search.Query{Text: "“公共资源交易”", Facets: true, ByTime: true, Size: 1, Page: 2})
	if p.Total != 2 || p.Pages != 2 || len(p.Hits) != 1 || p.Hits[0].ItemID != 1 || len(p.Facets.Types) != 1 ||
		p.Facets.Types[0].N != 2 {
		t.Errorf("%+v", p)
	}
}

func TestFilters(t *testing.T) {
	x := library(t)
	items := func(q search.Query) []int64 {
		var out []int64
		for _, h := range ask(t, x, q).Hits {
			out = append(out, h.ItemID)
		}
		slices.Sort(out)
		return out
	}
	for name, c := range map[string]struct {
		q    search.Query
		want []int64
	}{
		"site":               {search.Query{Text: "公告", Site: "linshui"}, []int64{4}},
		"by reference":       {search.Query{Text: "措施", Site: "linshui"}, []int64{1}},
		"unknown site":       {search.Query{Text: "公告", Site: "other"}, nil},
		"column":             {search.Query{Text: "措施", Site: "qinghe", Column: "zwgk/zcwj"}, []int64{1}},
		"column and below":   {search.Query{Text: "措施", Site: "qinghe", Column: "zwgk"}, []int64{1, 2}},
		"column of any site": {search.Query{Text: "措施", Column: "zc"}, []int64{1}},
		"column of another":  {search.Query{Text: "措施", Site: "qinghe", Column: "zc"}, nil},
		"not a prefix":       {search.Query{Text: "措施", Site: "qinghe", Column: "zw"}, nil},
		"type":               {search.Query{Text: "措施", Type: "解读"}, []int64{2}},
		"validity":           {search.Query{Text: "措施", Validity: "有效"}, []int64{1}},
		"year":               {search.Query{Text: "公告", Year: 2024}, []int64{4}},
		"since":              {search.Query{Text: "公告", Since: day(2025, 1, 1)}, []int64{3}},
		"until":              {search.Query{Text: "公告", Until: day(2025, 1, 1)}, []int64{4}},
		"together": {search.Query{Text: "公告", Site: "linshui", Year: 2024, Type: "公告", Column: "gs"},
			[]int64{4}},
		"relaxed too": {search.Query{Text: "入学报名需要什么材料", Site: "qinghe"}, nil},
	} {
		if got := items(c.q); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestFacets(t *testing.T) {
	x := library(t)
	f := ask(t, x, search.Query{Text: "公告", Site: "linshui", Facets: true}).Facets
	if len(f.Types) != 1 || f.Types[0] != (search.Count{Value: "公告", N: 1}) {
		t.Errorf("types %v", f.Types)
	}
	if len(f.Sites) != 2 { // counted without its own filter
		t.Errorf("sites %v", f.Sites)
	}
	if want := []search.Count{{Value: "linshui:gs", N: 1}}; !slices.Equal(f.Columns, want) {
		t.Errorf("columns %v", f.Columns)
	}
	f = ask(t, x, search.Query{Text: "措施", Type: "解读", Facets: true}).Facets
	if len(f.Types) != 2 || len(f.Years) != 1 || f.Years[0] != (search.Count{Value: "2026", N: 1}) || f.Columns != nil {
		t.Errorf("%+v", f)
	}
	p := ask(t, x, search.Query{Text: "入学报名需要什么材料", Facets: true})
	if len(p.Facets.Types) == 0 || p.Total < 1 {
		t.Errorf("relaxed: %+v", p)
	}
}

func TestPlaceForTheReader(t *testing.T) {
	x := library(t)
	for name, c := range map[string]struct {
		q    search.Query
		want string
	}{
		"its home":           {search.Query{Text: "中小企业 贴息"}, "/zwgk/zcwj/t1.html"},
		"the reader's site":  {search.Query{Text: "中小企业 贴息", Home: "linshui"}, "/zc/sj/t8.html"},
		"the chosen site":    {search.Query{Text: "中小企业 贴息", Home: "qinghe", Site: "linshui"}, "/zc/sj/t8.html"},
		"the chosen column":  {search.Query{Text: "中小企业 贴息", Home: "qinghe", Column: "zc"}, "/zc/sj/t8.html"},
		"a site without one": {search.Query{Text: "中小企业 贴息", Home: "elsewhere"}, "/zwgk/zcwj/t1.html"},
	} {
		p := ask(t, x, c.q)
		if p.Total != 1 || p.Hits[0].Place.URL != c.want {
			t.Errorf("%s: %d, %+v", name, p.Total, p.Hits)
		}
	}
}

func TestOrderAndPaging(t *testing.T) {
	x := opened(t, t.TempDir())
	var docs []search.Document
	for i := range int64(1230) {
		docs = append(docs, doc(i+1, "会议纪要", strings.Repeat("会议纪要。", int(i%7))))
	}
	put(t, x, docs...)
	for _, byTime := range []bool{true, false} {
		seen := map[int64]bool{}
		last := int64(1 << 62)
		for page := 1; page <= 20; page++ {
			p := ask(t, x, search.Query{Text: "会议纪要", ByTime: byTime, Page: page, Size: 50})
			if p.Total != 1230 || p.Pages != 20 || p.Page != page || len(p.Hits) != 50 {
				t.Fatalf("page %d: %d hits of %d, %d pages", p.Page, len(p.Hits), p.Total, p.Pages)
			}
			for _, h := range p.Hits {
				if seen[h.ItemID] {
					t.Fatalf("%d twice, by time %v", h.ItemID, byTime)
				}
				seen[h.ItemID] = true
				if byTime && h.PublishedAt > last {
					t.Fatal("not in the order of time")
				}
				last = h.PublishedAt
			}
		}
		if p := ask(t, x, search.Query{Text: "会议纪要", ByTime: byTime, Page: 21, Size: 50}); p.Page != 20 {
			t.Errorf("beyond the depth: page %d", p.Page)
		}
	}
}

func TestTitleCounts(t *testing.T) {
	x := opened(t, t.TempDir())
	put(t, x, doc(1, "无关的标题", "医保报销范围"), doc(2, "医保报销", "范围说明文字"))
	if got := found(t, x, "医保报销"); len(got) != 2 || got[0] != 2 {
		t.Errorf("%v", got)
	}
}

func TestHostileQueries(t *testing.T) {
	x := library(t)
	for _, text := range []string{
		"", " ", "\x00", "\xff\xfe", "*", "公*", "?", "+公告 -通知", "title:公告", `{"match_all":{}}`, "((((((", "\"", "“",
		"”“", "a~2", "/.*/", "\\", "%", "' OR 1=1 --",
		strings.Repeat("公", 100_000), strings.Repeat("公告措施", 50_000), strings.Repeat("\"", 5_000),
		strings.Repeat("a ", 10_000), strings.Repeat("〔2026〕1号", 2_000),
		strings.Repeat("清政发〔2026〕1号", 500), "\u202e公告", "公\u200b告", "😀", "〔〕号", "号", "第号",
	} {
		began := time.Now()
		for _, q := range []search.Query{{Text: text, Facets: true},
			{Text: text, ByTime: true, Page: 1 << 40, Size: 1 << 40},
			{Text: text, Page: -5, Size: -5, Site: text, Column: text, Type: text, Since: -1 << 62, Until: 1 << 62}} {
			if _, err := x.Query(t.Context(), q); err != nil {
				t.Errorf("%.30q: %v", text, err)
			}
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%.30q took %v", text, took)
		}
	}
	expect(t, x, "公\u200b告", 3, 4)
}

func FuzzQuery(f *testing.F) {
	x := library(f)
	for _, s := range []string{"清政发〔2026〕18号", "“公告", "请问？", "a-b 公 告"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := x.Query(t.Context(), search.Query{Text: s, Facets: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range p.Hits {
			for _, spans := range [][]search.Span{h.TitleHit, h.Snippet} {
				plain := strings.NewReplacer("<mark>", "", "</mark>", "").Replace(search.HTML(spans))
				if strings.ContainsAny(plain, "<>") {
					t.Fatalf("markup: %s", plain)
				}
			}
		}
	})
}

func TestWithdrawnIsGoneEverywhere(t *testing.T) {
	x := library(t)
	if _, err := x.Delete(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"中小企业", "清政发〔2026〕18号", "“促进中小企业发展”", "贴息", "通"} {
		if got := found(t, x, text); slices.Contains(got, 1) {
			t.Errorf("%q still finds it", text)
		}
	}
	p := ask(t, x, search.Query{Text: "措施", Facets: true})
	if fmt.Sprint(p.Facets.Sites) != "[{qinghe 1}]" {
		t.Errorf("facets still count it: %v", p.Facets.Sites)
	}
}
