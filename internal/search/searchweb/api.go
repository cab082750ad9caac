package searchweb

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/web"
	"guiyi/internal/search"
	"guiyi/internal/theme"
)

// apiPage is the answer of GET /api/v1/search.
type apiPage struct {
	Query   string    `json:"query"`
	Total   int64     `json:"total"`
	Capped  bool      `json:"capped"`  // more documents may match than total counts
	Relaxed bool      `json:"relaxed"` // few or no documents contain all terms
	Page    int       `json:"page"`
	Size    int       `json:"size"`
	Pages   int       `json:"pages"`
	Items   []apiItem `json:"items"`
	Facets  apiFacets `json:"facets"`
	// Notes tell how the query was read, when that differs from the typed text.
	Notes []string `json:"notes,omitempty"`
	// Ways are other queries that may find something, when this one found nothing or only partial matches.
	Ways []apiWay `json:"ways,omitempty"`
}

// apiWay is another query.
type apiWay struct {
	Text  string `json:"text"`
	URL   string `json:"url"`
	Count int    `json:"count"` // number of results; -1: unknown
}

type apiItem struct {
	ID             string    `json:"id"`
	Title          string    `json:"title"`
	TitleHTML      string    `json:"titleHtml"` // escaped; matches in <mark>
	SnippetHTML    string    `json:"snippetHtml"`
	URL            string    `json:"url"`
	Site           string    `json:"site"`
	SiteName       string    `json:"siteName"`
	Column         string    `json:"column"`
	ColumnName     string    `json:"columnName"`
	Type           string    `json:"type"`
	DocumentNumber string    `json:"documentNumber,omitempty"`
	IndexNumber    string    `json:"indexNumber,omitempty"`
	Source         string    `json:"source,omitempty"`
	Validity       string    `json:"validity,omitempty"`
	PublishedAt    time.Time `json:"publishedAt"`
	Score          float64   `json:"score"`
}

type apiFacets struct {
	Types   []apiCount `json:"types"`
	Sites   []apiCount `json:"sites"`
	Columns []apiCount `json:"columns"`
	Years   []apiCount `json:"years"`
}

type apiCount struct {
	Value string `json:"value"`
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

func (p *pages) api(w http.ResponseWriter, r *dynamic.Request) error {
	home := r.SiteCode()
	values, gb, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "参数的写法有误：特殊字符须用 %% 转义，参数之间用 & 分开。")
	}
	in, problems := readParams(values)
	for name := range values {
		switch { // an empty filter may be an error of the caller: do not search everything
		case slices.ContainsFunc(values[name], blank):
			problems[name] = "不能为空，不需要时请省略这个参数。"
		case len(values[name]) > 1:
			problems[name] = "只能给出一次。"
		}
	}
	if in.q == "" {
		problems["q"] = "请输入搜索词。"
	}
	if in.page > 1 && (in.page-1)*cmp.Or(in.size, search.DefaultSize) >= search.MaxDepth {
		problems["page"] = fmt.Sprintf("最多查看前 %d 条结果，请增加搜索词或筛选条件。", search.MaxDepth)
	}
	if in.site != "" {
		names, err := r.Sites().Names(r.Context(), in.site)
		if err != nil {
			return err
		}
		if _, ok := names[in.site]; !ok {
			problems["site"] = "没有这个站点。"
		}
	}
	if err := invalid(problems); err != nil {
		return err
	}
	found, err := p.query(r.Context(), in.query(r.Now(), home))
	if err != nil {
		return err
	}
	names, err := r.Sites().Names(r.Context(), siteCodes(in, found)...)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	at := addresses{names, home, r.Request}
	out := apiAnswer(in, found, names, at)
	out.Notes = notes(in, nil, gb, found)
	var ways []theme.Facet
	switch {
	case len(found.Hits) == 0:
		ways = p.ways(r, in, at)
	case found.Relaxed:
		ways = p.otherSpellings(r, in)
	}
	for _, way := range ways {
		_, query, _ := strings.Cut(way.URL, "?")
		out.Ways = append(out.Ways, apiWay{way.Text, address.SearchAPI + "?" + query, way.Count})
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

func blank(value string) bool { return strings.TrimSpace(value) == "" }

func apiAnswer(in params, found search.Page, names map[string]dynamic.Name, at addresses) apiPage {
	out := apiPage{
		Query:   in.q,
		Total:   found.Total,
		Capped:  found.Capped,
		Relaxed: found.Relaxed,
		Page:    found.Page,
		Size:    found.Size,
		Pages:   found.Pages,
		Items:   []apiItem{},
	}
	for _, h := range found.Hits {
		out.Items = append(out.Items, apiItem{
			ID:             h.ID,
			Title:          h.Title,
			TitleHTML:      search.HTML(h.TitleHit),
			SnippetHTML:    search.HTML(h.Snippet),
			URL:            at.absolute(h.Place),
			Site:           h.Place.Site,
			SiteName:       names[h.Place.Site].Name,
			Column:         h.Place.Column,
			ColumnName:     h.Place.ColumnName,
			Type:           h.Type,
			DocumentNumber: h.DocNo,
			IndexNumber:    h.IndexNo,
			Source:         h.Source,
			Validity:       h.Validity,
			PublishedAt:    time.UnixMilli(h.PublishedAt).In(store.Shanghai()),
			Score:          h.Score,
		})
	}
	plain := func(v string) string { return v }
	out.Facets = apiFacets{
		Types: apiCounts(found.Facets.Types, plain, plain), Years: apiCounts(found.Facets.Years, plain, plain),
		Sites:   apiCounts(found.Facets.Sites, plain, func(v string) string { return cmp.Or(names[v].Name, v) }),
		Columns: apiCounts(found.Facets.Columns, columnOf, columnOf),
	}
	return out
}

// columnOf returns the column path of a column facet, without the site.
func columnOf(v string) string { _, path, _ := strings.Cut(v, ":"); return path }

func apiCounts(in []search.Count, value, name func(string) string) []apiCount {
	out := make([]apiCount, 0, len(in))
	for _, c := range in {
		out = append(out, apiCount{value(c.Value), name(c.Value), c.N})
	}
	return out
}
