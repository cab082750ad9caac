package searchweb

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/store"
	"guiyi/internal/search"
	"guiyi/internal/theme"
)

func values(t *testing.T, query string) url.Values {
	t.Helper()
	v, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestReadParams(t *testing.T) {
	for query, want := range map[string]params{
		"":                              {},
		"q=+a+":                         {q: "a"},
		"q=a&site=all":                  {q: "a"},
		"site=qinghe&column=/zwgk/":     {site: "qinghe", column: "zwgk"},
		"type=公告&validity=有效":           {kind: "公告", validity: "有效"},
		"sort=time&page=3&size=20":      {byTime: true, page: 3, size: 20},
		"sort=relevance&period=m":       {period: "m"},
		"from=2026-01-02&to=":           {from: "2026-01-02"},
		"year=2026&from=&to=":           {year: 2026},
		"q=%ff%fea":                     {q: "a"},
		"from=2026-02-01&to=2026-02-01": {from: "2026-02-01", to: "2026-02-01"},
	} {
		got, problems := readParams(values(t, query))
		if got != want || len(problems) != 0 {
			t.Errorf("%q: %+v %v, want %+v", query, got, problems, want)
		}
	}
}

func TestWrongParamsAreNamedAndLeftOut(t *testing.T) {
	for query, field := range map[string]string{
		"page=-1": "page", "page=1e3": "page", "size=0": "size", "year=99999": "year", "sort=up": "sort",
		"period=century": "period",
		"from=2026-2-1":  "from", "to=yesterday": "to", "from=2026-02-30": "from",
		"from=2026-03-01&to=2026-02-01":   "from",
		"site=" + strings.Repeat("a", 65): "site", "column=a%0ab": "column", "type=%00": "type",
		"validity=%ff": "validity",
		"q=" + strings.Repeat("a", search.MaxText+1): "q",
	} {
		got, problems := readParams(values(t, query))
		got.q = ""
		if len(problems) != 1 || problems[field] == "" || got != (params{}) {
			t.Errorf("%.40q: %+v %v", query, got, problems)
		}
	}
}

func TestPeriods(t *testing.T) {
	at := time.Date(2026, 3, 31, 0, 30, 0, 0, store.Shanghai()) // still the day before in UTC
	day := func(y int, m time.Month, d int) int64 {
		return time.Date(y, m, d, 0, 0, 0, 0, store.Shanghai()).UnixMilli()
	}
	for query, want := range map[string][2]int64{
		"":                              {0, 0},
		"period=w":                      {day(2026, 3, 25), 0},
		"period=m":                      {day(2026, 3, 1), 0},
		"period=y":                      {day(2025, 4, 1), 0},
		"from=2026-01-01":               {day(2026, 1, 1), 0},
		"to=2026-01-31":                 {0, day(2026, 2, 1)},
		"from=2026-01-01&to=2026-12-31": {day(2026, 1, 1), day(2027, 1, 1)},
		"from=2026-03-30&period=w":      {day(2026, 3, 30), 0},
	} {
		p, _ := readParams(values(t, query))
		if q := p.query(at, "qinghe"); q.Since != want[0] || q.Until != want[1] || q.Home != "qinghe" {
			t.Errorf("%q: %v to %v, want %v", query, time.UnixMilli(q.Since), time.UnixMilli(q.Until), want)
		}
	}
}

func TestAddressesAreReadBack(t *testing.T) {
	in := params{q: "a b&c=%", site: "qinghe", column: "zwgk/zcwj", kind: "公告", validity: "有效", period: "w",
		from: "2026-01-01", to: "2026-02-01", year: 2026, byTime: true, page: 4, size: 20}
	u, err := url.Parse(in.address("/search"))
	if err != nil {
		t.Fatal(err)
	}
	if got, problems := readParams(u.Query()); got != in || len(problems) != 0 {
		t.Errorf("%+v %v", got, problems)
	}
	if got := (params{}).address("/search"); got != "/search" {
		t.Errorf("%s", got)
	}
	if got := in.with(func(p *params) { *p = params{q: "x"} }); got != "/search?q=x" || in.page != 4 {
		t.Errorf("%s", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("q=a&page=2&from=2026-01-01")
	f.Fuzz(func(t *testing.T, query string) {
		v, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		p, _ := readParams(v)
		again, err := url.Parse(p.address("/search"))
		if err != nil || again.Host != "" || again.Path != "/search" {
			t.Fatalf("%q makes %q: %v", query, p.address("/search"), err)
		}
		p.page = max(p.page, 0)
		if back, problems := readParams(again.Query()); len(problems) != 0 || back.q != p.q || back.site != p.site {
			t.Fatalf("%q: %+v became %+v %v", query, p, back, problems)
		}
	})
}

func TestLinks(t *testing.T) {
	names := map[string]dynamic.Name{
		"qinghe":  {Name: "市", Base: "https://www.qinghe.gov.cn"},
		"linshui": {Name: "县"},
	}
	for _, c := range []struct {
		host           string
		place          search.Place
		link, absolute string
	}{
		{"www.qinghe.gov.cn", search.Place{Site: "qinghe", URL: "/a/"}, "/a/", "https://www.qinghe.gov.cn/a/"},
		{"www.qinghe.gov.cn", search.Place{Site: "linshui", URL: "/a/"}, "/a/", "/a/"},
		{"www.qinghe.gov.cn", search.Place{Site: "qinghe", URL: "https://else.gov.cn/x"}, "https://else.gov.cn/x",
			"https://else.gov.cn/x"},
		{"localhost:8080", search.Place{Site: "linshui", URL: "/a/"}, "http://linshui.localhost:8080/a/",
			"http://linshui.localhost:8080/a/"},
		{"qinghe.localhost", search.Place{Site: "qinghe", URL: "/a/"}, "/a/", "http://qinghe.localhost/a/"},
		{"notlocalhost", search.Place{Site: "qinghe", URL: "/a/"}, "/a/", "https://www.qinghe.gov.cn/a/"},
	} {
		r := httptest.NewRequest("GET", "/search", nil)
		r.Host = c.host
		at := addresses{names, "qinghe", r}
		if got := at.link(c.place); got != c.link {
			t.Errorf("%s %+v: link %q", c.host, c.place, got)
		}
		if got := at.absolute(c.place); got != c.absolute {
			t.Errorf("%s %+v: absolute %q", c.host, c.place, got)
		}
	}
}

func TestPager(t *testing.T) {
	for _, c := range []struct{ page, pages, first, last int }{{1, 1, 1, 1}, {1, 20, 1, 5}, {10, 20, 6, 14},
		{20, 20, 16, 20}, {1, 0, 0, 0}} {
		p := pager(params{q: "a"}, search.Page{Page: c.page, Pages: c.pages})
		if c.last == 0 {
			if len(p.Pages) != 0 || p.Next != "" {
				t.Errorf("%+v", p)
			}
			continue
		}
		if p.Pages[0].Number != c.first || p.Pages[len(p.Pages)-1].Number != c.last ||
			(p.Prev == "") != (c.page == 1) || (p.Next == "") != (c.page == c.pages) {
			t.Errorf("%+v: %+v", c, p)
		}
		for _, n := range p.Pages {
			if n.Current != (n.Number == c.page) {
				t.Errorf("%+v", n)
			}
		}
	}
}

func TestChoices(t *testing.T) {
	counts := []search.Count{{Value: "公告", N: 3}}
	got := choices(params{q: "a", page: 5}, counts, "全部", "解读", func(p *params, v string) { p.kind = v }, nil)
	want := []theme.Facet{{Text: "全部", URL: "/search?q=a", Count: -1},
		{Text: "公告", URL: "/search?q=a&type=%E5%85%AC%E5%91%8A", Count: 3},
		{Text: "解读", URL: "/search?q=a&type=%E8%A7%A3%E8%AF%BB", Count: 0, Current: true}}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("%+v", got)
		}
	}
	if len(counts) != 1 {
		t.Error("the caller's list was changed")
	}
}

func TestTrail(t *testing.T) {
	for path, want := range map[string]string{"": "", "a": "a", "a/b/c": "a a/b a/b/c"} {
		if got := strings.Join(trail(path), " "); got != want {
			t.Errorf("%q: %q", path, got)
		}
	}
}
