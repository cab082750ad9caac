package searchweb

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"guiyi/internal/dynamic"
	"guiyi/internal/search"
	"guiyi/internal/theme"
)

// notes returns sentences on how the query was read, when that differs from the typed text.
func notes(in params, problems map[string]string, gb bool, found search.Page) (out []string) {
	u := search.Understand(in.q)
	switch {
	case in.q != "" && u.Empty:
		return []string{"输入的内容里没有可以查找的文字，请输入词语、文件标题或者发文字号。"}
	case gb:
		out = append(out, "网址中的搜索词是 GBK 编码，已识别为“"+in.q+"”。")
	}
	if u.Changed {
		out = append(out, "已按“"+u.Text+"”查找。")
	}
	if found.Relaxed && len(found.Hits) > 0 {
		out = append(out, "没有同时包含全部搜索词的内容，以下结果包含其中的大部分。")
	}
	for _, key := range slices.Sorted(maps.Keys(problems)) {
		if key == "q" {
			out = append(out, fmt.Sprintf("搜索词超过 %d 个字，只查找了前 %[1]d 个字。", search.MaxText))
			continue
		}
		out = append(out, "筛选条件“"+cmp.Or(labels()[key], key)+"”没有起作用："+problems[key])
	}
	return out
}

// labels returns the names of the parameters that readers see.
func labels() map[string]string {
	return map[string]string{"site": "站点", "column": "栏目", "type": "类型", "validity": "有效性", "period": "时间",
		"from": "开始日期", "to": "结束日期", "year": "年份", "sort": "排序", "page": "页码", "size": "每页条数"}
}

// filter is an active filter, and the parameters without it.
type filter struct {
	name, value string
	without     params
}

// filters lists the active filters, with the names that readers see.
func (p params) filters(at addresses, columns map[string]string) (out []filter) {
	add := func(set bool, name, value string, remove func(*params)) {
		if set {
			other := p
			other.page = 0
			remove(&other)
			out = append(out, filter{name, value, other})
		}
	}
	add(p.site != "", "站点", cmp.Or(at.names[p.site].Name, p.site), func(q *params) { q.site, q.column = "", "" })
	add(p.column != "", "栏目", cmp.Or(columns[p.column], p.column), func(q *params) { q.column = "" })
	add(p.kind != "", "类型", p.kind, func(q *params) { q.kind = "" })
	add(p.validity != "", "有效性", p.validity, func(q *params) { q.validity = "" })
	add(p.period+p.from+p.to != "" || p.year != 0, "时间", p.when(), func(q *params) {
		q.period, q.from, q.to, q.year = "", "", "", 0
	})
	return out
}

// when returns the text of the time filter.
func (p params) when() string {
	var out []string
	if p.from != "" || p.to != "" {
		out = append(out, cmp.Or(p.from, "最早")+" 至 "+cmp.Or(p.to, "今天"))
	}
	if text := map[string]string{"w": "一周内", "m": "一月内", "y": "一年内"}[p.period]; text != "" {
		out = append(out, text)
	}
	if p.year != 0 {
		out = append(out, fmt.Sprint(p.year, "年"))
	}
	return strings.Join(out, "，")
}

// ways returns other queries that may find something: without each filter, without all filters, in another spelling.
func (p *pages) ways(r *dynamic.Request, in params, at addresses) (out []theme.Facet) {
	s, err := r.Site()
	if err != nil {
		return nil
	}
	columns := s.Columns
	if other, err := r.Sites().Site(r.Context(), in.site); err == nil {
		columns = other.Columns
	}
	active := in.filters(at, columns)
	for _, f := range active {
		text := "不限" + f.name + "（现在只在“" + f.value + "”里找）"
		if f.name == "站点" {
			text = "在全部网站中查找（现在只在“" + f.value + "”里找）"
		}
		out = append(out, theme.Facet{Text: text, URL: f.without.with(func(*params) {}), Count: p.count(r, f.without)})
	}
	if len(active) > 1 {
		bare := params{q: in.q}
		out = append(out, theme.Facet{Text: "去掉全部筛选条件", URL: bare.with(func(*params) {}), Count: p.count(r, bare)})
	}
	out = append(out, p.otherSpellings(r, in)...)
	slices.SortStableFunc(out, func(a, b theme.Facet) int { // those with results first
		return cmp.Compare(min(1, max(0, b.Count)), min(1, max(0, a.Count)))
	})
	return out
}

// otherSpellings returns links to other spellings of the query.
func (p *pages) otherSpellings(r *dynamic.Request, in params) (out []theme.Facet) {
	for _, c := range p.suggestions(r, in) {
		out = append(out, theme.Facet{Text: "换成“" + c.Text + "”", URL: in.with(func(q *params) { q.q = c.Text }),
			Count: int(c.Total)})
	}
	return out
}

// count returns the number of documents that a query finds, -1 when the query fails.
func (p *pages) count(r *dynamic.Request, in params) int {
	q := in.query(r.Now(), r.SiteCode())
	q.Size, q.Facets = 1, false
	found, err := p.query(r.Context(), q)
	if err != nil {
		return -1
	}
	return int(found.Total)
}

// suggestions returns other spellings, none when the query for them fails.
func (p *pages) suggestions(r *dynamic.Request, in params) (out []search.Suggestion) {
	_ = p.withSlot(r.Context(), func() (err error) { // on an error the page has no suggestions
		out, err = p.search.Suggest(r.Context(), in.query(r.Now(), r.SiteCode()))
		return err
	})
	return out
}

const (
	maxSections = 12 // maximum number of columns in the list
	maxSites    = 8  // maximum number of other sites in the list
)

// elsewhere returns other places to look: columns of the site, and related sites.
func elsewhere(s *dynamic.Site, r *dynamic.Request) (out []theme.LinkGroup) {
	if len(s.Sections) > 0 {
		out = append(out, theme.LinkGroup{Title: "本站栏目", Items: s.Sections[:min(maxSections, len(s.Sections))]})
	}
	var sites []theme.Link
	at := addresses{s.Near, s.Code, r.Request}
	for code, name := range s.Near {
		if to := at.absolute(search.Place{Site: code, URL: "/"}); code != s.Code && strings.Contains(to, "://") {
			sites = append(sites, theme.Link{Text: name.Name, URL: to})
		}
	}
	slices.SortFunc(sites, func(a, b theme.Link) int {
		return cmp.Or(strings.Compare(a.Text, b.Text), strings.Compare(a.URL, b.URL))
	})
	if len(sites) > 0 {
		out = append(out, theme.LinkGroup{Title: "其他网站", Items: sites[:min(maxSites, len(sites))]})
	}
	return out
}
