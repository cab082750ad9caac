package portal

import (
	"bytes"
	"cmp"
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"time"

	"guiyi/internal/kernel/a11y"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/web"
	"guiyi/internal/search"
	"guiyi/internal/theme"
)

// Searcher is the search index as the portal needs it.
type Searcher interface {
	Query(ctx context.Context, q search.Query) (search.Page, error)
}

// Theme renders pages.
type Theme interface {
	Render(w io.Writer, v theme.View) error
}

// Site is what dynamic pages need of a site.
type Site struct {
	Code  string
	Name  string
	Base  string // scheme and main domain, e.g. "https://www.qinghe.gov.cn"; empty: none yet
	Phone string // help line of the dossier
	Hot   []string
	Theme Theme
	Page  theme.Page // head and frame of a page outside the column tree
	// Columns are names by path.
	Columns map[string]string
}

// Sites finds sites.
type Sites interface {
	// Site returns one public site; NotFound when there is none.
	Site(ctx context.Context, code string) (*Site, error)
	// Names returns the name and Base of every public site by code.
	Names(ctx context.Context) (map[string]Name, error)
}

// Name is how a site is named in a list and where it is.
type Name struct{ Name, Base string }

// Options of New.
type Options struct {
	Search Searcher
	Sites  Sites
	Log    *slog.Logger     // nil: silent
	Now    func() time.Time // nil: time.Now
	// Parallel bounds the queries that run at once; the others wait a moment, then are
	// told to come back. 0: 8.
	Parallel int
	Wait     time.Duration // how long that moment is; 0: 2 s
	// PerMinute bounds the API calls of one address. 0: 300.
	PerMinute int
}

type portal struct {
	search  Searcher
	sites   Sites
	now     func() time.Time
	respond *web.Responder
	turns   chan struct{}
	wait    time.Duration
	calls   *limiter
}

const (
	siteHeader = "X-Guiyi-Site" // set by the edge
	maxBody    = 16 << 10
	maxTime    = 10 * time.Second
)

// New makes the handler of all dynamic pages.
func New(o Options) http.Handler {
	p := &portal{search: o.Search, sites: o.Sites, now: o.Now, respond: &web.Responder{Log: o.Log}}
	if o.Log == nil {
		p.respond.Log = slog.New(slog.DiscardHandler)
	}
	if p.now == nil {
		p.now = time.Now
	}
	p.turns = make(chan struct{}, cmp.Or(max(o.Parallel, 0), 8))
	p.wait = cmp.Or(o.Wait, 2*time.Second)
	p.calls = newLimiter(cmp.Or(max(o.PerMinute, 0), 300), time.Minute)
	p.respond.Page = p.errorPage

	mux := http.NewServeMux()
	handle := func(pattern string, h web.Handler) { mux.Handle(pattern, p.respond.Adapt(h)) }
	handle("GET /search", p.searchPage)
	handle("GET /api/v1/search", p.searchAPI)
	handle("GET /_access", p.accessPage)
	handle("POST /_access", p.setMode)
	handle("GET /_qr", p.qrCode)
	handle("GET /_mode", p.setMode)
	handle("POST /_mode", p.setMode)
	handle("/", func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.NotFound, "您访问的页面不存在，请检查网址。")
	})
	return web.Chain(mux, p.respond.Recover, p.respond.CheckPath, p.respond.LimitBody(maxBody), web.Timeout(maxTime))
}

// site returns the site the edge has chosen.
func (p *portal) site(r *http.Request) (*Site, error) {
	code := r.Header.Get(siteHeader)
	if code == "" {
		return nil, fault.New(fault.NotFound, "没有对应的网站，请检查网址。")
	}
	return p.sites.Site(r.Context(), code)
}

// render answers with a page, the reader's settings in its html tag.
func (p *portal) render(w http.ResponseWriter, r *http.Request, status int, t Theme, v theme.View) error {
	var b bytes.Buffer
	if err := t.Render(&b, v); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Cookie")
	w.WriteHeader(status)
	_, err := w.Write(a11y.Splice(b.Bytes(), a11y.Attributes(stateOf(r))))
	return err
}

// errorPage writes the body of an error; status and headers are out already.
func (p *portal) errorPage(w http.ResponseWriter, r *http.Request, problem web.Problem) error {
	s, err := p.site(r)
	if err != nil {
		_,
			err := io.WriteString(w,
			"<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>无法显示</title></head><body><h1>无法显示</h1><p>"+
				html.EscapeString(problem.Detail)+"</p></body></html>\n")
		return err
	}
	page := s.page(problem.Title)
	var v theme.View = theme.Search{Page: page, Action: "/search", Problem: problem.Detail, Phone: s.Phone}
	if problem.Status == http.StatusNotFound {
		v = theme.NotFound{Page: page, Phone: s.Phone,
			Links: []theme.Link{{Text: "网站首页", URL: "/"}, {Text: "站内搜索", URL: "/search"},
				{Text: "网站地图", URL: "/wzdt/"}}}
	}
	var b bytes.Buffer
	if err := s.Theme.Render(&b, v); err != nil {
		return err
	}
	_, err = w.Write(a11y.Splice(b.Bytes(), a11y.Attributes(stateOf(r))))
	return err
}

// page returns the head of a dynamic page: never indexed, without an address of its own.
func (s *Site) page(title string) theme.Page {
	page := s.Page
	page.Title = title + "_" + s.Name
	page.Canonical, page.JSONLD, page.NoIndex = "", "", true
	return page
}

// query runs q when it is its turn.
func (p *portal) query(ctx context.Context, q search.Query) (search.Page, error) {
	wait := time.NewTimer(p.wait)
	defer wait.Stop()
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
		return p.search.Query(ctx, q)
	case <-wait.C:
		return search.Page{}, fault.New(fault.Unavailable, "当前搜索的人较多，请稍后再试。")
	case <-ctx.Done():
		return search.Page{}, ctx.Err()
	}
}
