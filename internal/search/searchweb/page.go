package searchweb

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/search"
	"guiyi/internal/theme"
)

func (p *pages) page(w http.ResponseWriter, r *dynamic.Request) error {
	s, err := r.Site()
	if err != nil {
		return err
	}
	values, gb, _ := parseQuery(r.URL.RawQuery)
	in, problems := readParams(values)
	v := theme.Search{
		Page:   s.Page("搜索"),
		Action: address.Search,
		Query:  in.q,
		Phone:  s.Phone,
		Hot:    hot(s, in),
	}
	for _, f := range in.fields() {
		v.Hidden = append(v.Hidden, theme.Field{Name: f[0], Value: f[1]})
	}
	if in.q == "" {
		v.Notes, v.Elsewhere = notes(in, problems, gb, search.Page{}), elsewhere(s, r)
		return r.Render(w, http.StatusOK, v)
	}
	v.Page = s.Page(in.q + "_搜索")
	found, err := p.query(r.Context(), in.query(r.Now(), s.Code))
	if err != nil {
		if !fault.Is(err, fault.Unavailable) {
			return err
		}
		v.Problem = fault.Text(err)
		return r.Render(w, http.StatusServiceUnavailable, v)
	}
	names, err := r.Sites().Names(r.Context(), siteCodes(in, found)...)
	if err != nil {
		return err
	}
	at := addresses{names, s.Code, r.Request}
	fill(&v, in, found, at)
	v.Notes = notes(in, problems, gb, found)
	switch {
	case len(found.Hits) == 0:
		v.Ways, v.Elsewhere = p.ways(r, in, at), elsewhere(s, r)
	case found.Relaxed:
		if other := p.suggestions(r, in); len(other) > 0 {
			to := in.with(func(q *params) { q.q = other[0].Text })
			v.Corrected = theme.Link{Text: other[0].Text, URL: to}
		}
	}
	if in.site != "" {
		v.Groups = append(v.Groups, columns(r, in, found)...)
	}
	return r.Render(w, http.StatusOK, v)
}

// siteCodes returns the codes of the sites whose names the results show.
func siteCodes(in params, found search.Page) (codes []string) {
	if in.site != "" {
		codes = append(codes, in.site)
	}
	for _, h := range found.Hits {
		codes = append(codes, h.Place.Site)
	}
	for _, c := range found.Facets.Sites {
		codes = append(codes, c.Value)
	}
	return codes
}

func hot(s *dynamic.Site, in params) []theme.Link {
	var out []theme.Link
	for _, word := range s.Hot {
		out = append(out, theme.Link{Text: word, URL: params{q: word, site: in.site}.address(address.Search)})
	}
	return out
}

func fill(v *theme.Search, in params, found search.Page, at addresses) {
	v.Total, v.Capped = int(found.Total), found.Capped
	for _, h := range found.Hits {
		v.Results = append(v.Results, theme.Result{
			Title:   marked(h.TitleHit),
			URL:     at.link(h.Place),
			Address: withoutScheme(at.absolute(h.Place)),
			Snippet: marked(h.Snippet),
			Type:    h.Type,
			Site:    at.names[h.Place.Site].Name,
			Column:  h.Place.ColumnName,
			Number:  h.DocNo,
			Source:  h.Source,
			At:      time.UnixMilli(h.PublishedAt).In(store.Shanghai()),
		})
	}
	v.Types = choices(in, found.Facets.Types, "全部", in.kind, func(p *params, value string) { p.kind = value }, nil)
	v.Sorts = []theme.Facet{
		{Text: "按相关度", URL: in.with(func(p *params) { p.byTime = false }), Count: -1, Current: !in.byTime},
		{Text: "按时间", URL: in.with(func(p *params) { p.byTime = true }), Count: -1, Current: in.byTime},
	}
	sites := choices(in, found.Facets.Sites, "全部站点", in.site,
		func(p *params, value string) { p.site, p.column = value, "" },
		func(code string) string { return at.names[code].Name })
	v.Groups = []theme.FacetGroup{{Title: "站点", Items: sites}, {Title: "时间", Items: times(in, found.Facets.Years)}}
	v.Pager = pager(in, found)
}

func marked(spans []search.Span) []theme.Span {
	out := make([]theme.Span, len(spans))
	for i, s := range spans {
		out[i] = theme.Span(s)
	}
	return out
}

func withoutScheme(address string) string {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	return rest
}

// choices returns the values of a facet as links. It includes the current value even when no result has it.
func choices(in params, counts []search.Count, all, current string, set func(*params, string),
	name func(string) string) []theme.Facet {
	if name == nil {
		name = func(v string) string { return v }
	}
	out := []theme.Facet{{Text: all, URL: in.with(func(p *params) { set(p, "") }), Count: -1, Current: current == ""}}
	if current != "" && !slices.ContainsFunc(counts, func(c search.Count) bool { return c.Value == current }) {
		counts = append(slices.Clone(counts), search.Count{Value: current})
	}
	for _, c := range counts {
		out = append(out, theme.Facet{Text: cmp.Or(name(c.Value), c.Value),
			URL:   in.with(func(p *params) { set(p, c.Value) }),
			Count: int(c.N), Current: c.Value == current})
	}
	return out
}

// times returns the choices of the time filter: periods until today, years, and the current range of days.
func times(in params, years []search.Count) []theme.Facet {
	set := func(period string, year int) string {
		return in.with(func(p *params) { p.period, p.year, p.from, p.to = period, year, "", "" })
	}
	any := in.period == "" && in.year == 0 && in.from == "" && in.to == ""
	out := []theme.Facet{{Text: "时间不限", URL: set("", 0), Count: -1, Current: any}}
	for _, c := range [][2]string{{"w", "一周内"}, {"m", "一月内"}, {"y", "一年内"}} {
		out = append(out, theme.Facet{Text: c[1], URL: set(c[0], 0), Count: -1, Current: in.period == c[0]})
	}
	if in.from != "" || in.to != "" {
		text := cmp.Or(in.from, "最早") + " 至 " + cmp.Or(in.to, "今天")
		out = append(out, theme.Facet{Text: text, URL: in.with(func(*params) {}), Count: -1, Current: true})
	}
	years = slices.Clone(years)
	asked := strconv.Itoa(in.year)
	if in.year != 0 && !slices.ContainsFunc(years, func(c search.Count) bool { return c.Value == asked }) {
		years = append(years, search.Count{Value: asked})
	}
	slices.SortFunc(years, func(a, b search.Count) int { return strings.Compare(b.Value, a.Value) })
	for _, c := range years {
		if n, err := strconv.Atoi(c.Value); err == nil && n >= 1949 {
			out = append(out, theme.Facet{Text: c.Value + "年", URL: set("", n), Count: int(c.N), Current: in.year == n})
		}
	}
	return out
}

// columns returns the columns that can be chosen: those above the current one, itself, and those one level below it.
func columns(r *dynamic.Request, in params, found search.Page) []theme.FacetGroup {
	s, err := r.Sites().Site(r.Context(), in.site)
	if err != nil {
		return nil // the site is not public any more, so it has no results
	}
	set := func(path string) string { return in.with(func(p *params) { p.column = path }) }
	items := []theme.Facet{{Text: "全部栏目", URL: set(""), Count: -1, Current: in.column == ""}}
	for _, path := range trail(in.column) {
		items = append(items, theme.Facet{Text: cmp.Or(s.Columns[path], path), URL: set(path), Count: -1,
			Current: path == in.column})
	}
	for _, c := range found.Facets.Columns {
		path := columnOf(c.Value)
		up, _, nested := cutLast(path)
		if !nested {
			up = ""
		}
		if up == in.column && s.Columns[path] != "" {
			items = append(items, theme.Facet{Text: s.Columns[path], URL: set(path), Count: int(c.N)})
		}
	}
	if len(items) == 1 {
		return nil
	}
	return []theme.FacetGroup{{Title: "栏目", Items: items}}
}

// trail returns the paths from the top column to path.
func trail(path string) []string {
	var out []string
	for i, r := range path {
		if r == '/' {
			out = append(out, path[:i])
		}
	}
	if path != "" {
		out = append(out, path)
	}
	return out
}

func cutLast(path string) (before, after string, found bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return path, "", false
	}
	return path[:i], path[i+1:], true
}

// shownPages is the number of page links on each side of the current page.
const shownPages = 4

func pager(in params, found search.Page) theme.SearchPager {
	to := func(n int) string {
		p := in
		p.page = n
		return p.address(address.Search)
	}
	var out theme.SearchPager
	if found.Page > 1 {
		out.Prev = to(found.Page - 1)
	}
	if found.Page < found.Pages {
		out.Next = to(found.Page + 1)
	}
	for n := max(1, found.Page-shownPages); n <= min(found.Pages, found.Page+shownPages); n++ {
		out.Pages = append(out.Pages, theme.PagerPage{Number: n, URL: to(n), Current: n == found.Page})
	}
	return out
}
