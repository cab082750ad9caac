package searchweb

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"guiyi/internal/address"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/search"
)

// params are the parameters of a search, in the form of the address.
type params struct {
	q, site, column, kind, validity string
	period                          string // w, m, y: the last week, month, year
	from, to                        string // days in Asia/Shanghai, both inclusive
	year                            int
	byTime                          bool
	page, size                      int
}

const dayLayout = "2006-01-02"

// readParams reads the parameters of an address. It omits invalid ones; problems has a message for each of them.
func readParams(v url.Values) (p params, problems map[string]string) {
	problems = map[string]string{}
	p.q = strings.TrimSpace(strings.ToValidUTF8(v.Get("q"), ""))
	if utf8.RuneCountInString(p.q) > search.MaxText {
		problems["q"] = "搜索词请不要超过 200 个字。"
		p.q = string([]rune(p.q)[:search.MaxText])
	}
	name := func(key string, limit int) string {
		s := v.Get(key)
		if len(s) > limit || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) {
			problems[key] = "参数无效。"
			return ""
		}
		return s
	}
	p.site, p.column = name("site", 64), strings.Trim(name("column", 256), "/")
	p.kind, p.validity = name("type", 64), name("validity", 64)
	if p.site == "all" {
		p.site = ""
	}
	number := func(key string, low, high int) int {
		s := v.Get(key)
		if s == "" {
			return 0
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < low || n > high {
			problems[key] = "应为 " + strconv.Itoa(low) + " 到 " + strconv.Itoa(high) + " 之间的整数。"
			return 0
		}
		return n
	}
	p.page, p.size, p.year = number("page", 1, search.MaxDepth), number("size", 1, search.MaxSize),
		number("year", 1949, 2999)
	p.readTime(v, problems)
	switch v.Get("sort") {
	case "", "relevance":
	case "time":
		p.byTime = true
	default:
		problems["sort"] = "应为 relevance 或 time。"
	}
	return p, problems
}

func (p *params) readTime(v url.Values, problems map[string]string) {
	switch s := v.Get("period"); s {
	case "", "w", "m", "y":
		p.period = s
	default:
		problems["period"] = "应为 w、m 或 y。"
	}
	for key, to := range map[string]*string{"from": &p.from, "to": &p.to} {
		s := v.Get(key)
		if s == "" {
			continue
		}
		if _, err := time.ParseInLocation(dayLayout, s, store.Shanghai()); err != nil {
			problems[key] = "日期应写作 2026-11-20。"
			continue
		}
		*to = s
	}
	if p.from != "" && p.to != "" && p.from > p.to {
		problems["from"] = "开始日期晚于结束日期。"
		p.from, p.to = "", ""
	}
}

// invalid returns the error for invalid parameters, nil when there are none.
func invalid(problems map[string]string) error {
	if len(problems) == 0 {
		return nil
	}
	return fault.InvalidFields(problems, "请求参数有误，请按提示修改后重试。")
}

// query returns the search query for the parameters at the time now.
func (p params) query(now time.Time, home string) search.Query {
	q := search.Query{
		Text:     p.q,
		Site:     p.site,
		Column:   p.column,
		Type:     p.kind,
		Validity: p.validity,
		Year:     p.year,
		ByTime:   p.byTime,
		Page:     p.page,
		Size:     p.size,
		Home:     home,
		Facets:   true,
	}
	y, m, d := now.In(store.Shanghai()).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, store.Shanghai())
	switch p.period {
	case "w":
		q.Since = today.AddDate(0, 0, -6).UnixMilli()
	case "m":
		q.Since = today.AddDate(0, 0, -30).UnixMilli()
	case "y":
		q.Since = today.AddDate(-1, 0, 1).UnixMilli()
	}
	if t, err := time.ParseInLocation(dayLayout, p.from, store.Shanghai()); err == nil {
		q.Since = max(q.Since, t.UnixMilli())
	}
	if t, err := time.ParseInLocation(dayLayout, p.to, store.Shanghai()); err == nil {
		q.Until = t.AddDate(0, 0, 1).UnixMilli()
	}
	return q
}

// with returns the address of the search page after change, on the first page of results.
func (p params) with(change func(*params)) string {
	p.page = 0
	change(&p)
	return p.address(address.Search)
}

func (p params) address(path string) string {
	v := url.Values{}
	set := func(k, s string) {
		if s != "" {
			v.Set(k, s)
		}
	}
	for _, f := range p.fields() {
		set(f[0], f[1])
	}
	set("q", p.q)
	if p.page > 1 {
		v.Set("page", strconv.Itoa(p.page))
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// fields returns the names and values of all parameters except the text and the page. A new query keeps them.
func (p params) fields() [][2]string {
	var out [][2]string
	add := func(k, v string) {
		if v != "" {
			out = append(out, [2]string{k, v})
		}
	}
	add("site", p.site)
	add("column", p.column)
	add("type", p.kind)
	add("validity", p.validity)
	add("period", p.period)
	add("from", p.from)
	add("to", p.to)
	if p.year != 0 {
		add("year", strconv.Itoa(p.year))
	}
	if p.byTime {
		add("sort", "time")
	}
	if p.size != 0 {
		add("size", strconv.Itoa(p.size))
	}
	return out
}
