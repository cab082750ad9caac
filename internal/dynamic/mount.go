package dynamic

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/form"
	"guiyi/internal/kernel/session"
	"guiyi/internal/kernel/web"
)

// Handler answers a request or returns an error. A handler that returns an error must not have written a response.
type Handler func(w http.ResponseWriter, r *Request) error

// Mount is the set of routes of a slice.
type Mount struct {
	Name   string // as in the table of addresses
	Routes []Route
}

// Route handles the requests for one row of the table of addresses, with the methods of the row.
type Route struct {
	Pattern   string  // of the row
	Get       Handler // also for HEAD
	Post      Handler
	PerMinute int   // limit per client address, and per session; 0: no limit
	MaxBody   int64 // maximum bytes of a request's body; 0: 64 KiB, enough for any form without attachments
}

// Options for New.
type Options struct {
	Sites    Sites
	Sessions *session.Sessions // nil: no sessions
	Guard    *form.Guard       // makes and checks the tokens of forms; nil: no tokens
	Kept     *form.Kept        // keeps attachments of forms with faults; nil: readers choose them again
	Log      *slog.Logger      // nil: no log
	Now      func() time.Time  // nil: time.Now
}

const (
	maxBody = 64 << 10
	maxTime = 10 * time.Second
)

// server serves the routes of all mounts.
type server struct {
	sites    Sites
	sessions *session.Sessions
	guard    *form.Guard
	kept     *form.Kept
	once     *form.Once
	now      func() time.Time
	respond  *web.Responder
	routes   map[string]*route // by pattern
	origin   *http.CrossOriginProtection
}

type route struct {
	Route
	allow []string // methods
	// shared: the answer may be cached for other readers, so it must not depend on a session.
	shared bool
	rate   *limiter // nil: none
}

// submissionTTL is how long a repeated submission is redirected to the result of the first one.
const submissionTTL = 24 * time.Hour

// New returns the handler of the mounts. It rejects a mount whose routes are not exactly the rows with its name.
func New(o Options, mounts ...Mount) (http.Handler, error) {
	s := &server{
		sites:    o.Sites,
		sessions: o.Sessions,
		guard:    o.Guard,
		kept:     o.Kept,
		now:      o.Now,
		respond:  &web.Responder{Log: o.Log},
		routes:   map[string]*route{},
		origin:   http.NewCrossOriginProtection(),
	}
	if o.Log == nil {
		s.respond.Log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.once = form.NewOnce(submissionTTL, s.now)
	s.respond.Page = s.errorPage
	for _, m := range mounts {
		if err := s.add(m); err != nil {
			return nil, err
		}
	}
	packed, err := compress()
	if err != nil {
		return nil, err
	}
	return web.Chain(s.respond.Adapt(s.answer), packed, web.RequestID, s.respond.Recover, s.respond.CheckPath,
		web.Timeout(maxTime)), nil
}

// Unanswered returns the rows of the table that name a mount missing from mounts.
func Unanswered(mounts ...Mount) []address.Row {
	return slices.DeleteFunc(address.Rows(), func(row address.Row) bool {
		return row.By != address.Portal || row.Mount == "" ||
			slices.ContainsFunc(mounts, func(m Mount) bool { return m.Name == row.Mount })
	})
}

// add checks the routes of a mount against the table and adds them.
func (s *server) add(m Mount) error {
	wrong := func(format string, a ...any) error {
		return fault.New(fault.Internal, "动态页面 %s 与网址表不符：%s", m.Name, fmt.Sprintf(format, a...))
	}
	rows := map[string]address.Row{}
	for _, row := range address.Rows() {
		if row.By == address.Portal && row.Mount == m.Name && m.Name != "" {
			rows[row.Pattern] = row
		}
	}
	for _, r := range m.Routes {
		row, ok := rows[r.Pattern]
		if !ok || s.routes[r.Pattern] != nil {
			return wrong("%s 不在表中，或登记了两次", r.Pattern)
		}
		if methods := methodsOf(r); !slices.Equal(methods, row.Methods) {
			return wrong("%s 应答 %v，表中是 %v", r.Pattern, methods, row.Methods)
		}
		one := &route{
			Route:  r,
			allow:  append(slices.Clone(row.Methods), http.MethodOptions),
			shared: row.Cache != address.NoStore,
		}
		if r.PerMinute > 0 {
			one.rate = newLimiter(r.PerMinute, time.Minute)
		}
		s.routes[r.Pattern] = one
		delete(rows, r.Pattern)
	}
	for pattern := range rows {
		return wrong("没有应答 %s", pattern)
	}
	return nil
}

func methodsOf(r Route) (out []string) {
	if r.Get != nil {
		out = append(out, http.MethodGet, http.MethodHead)
	}
	if r.Post != nil {
		out = append(out, http.MethodPost)
	}
	return out
}

// answer finds the route of a request in the table that the edge uses too.
func (s *server) answer(w http.ResponseWriter, r *http.Request) error {
	row, _ := address.Dynamic(r.URL.Path)
	found := s.routes[row.Pattern]
	if found == nil {
		return fault.New(fault.NotFound, "您访问的页面不存在，请检查网址。")
	}
	for name, value := range row.Values(r.URL.Path) {
		r.SetPathValue(name, value)
	}
	if !slices.Contains(found.allow, r.Method) {
		w.Header().Set("Allow", strings.Join(found.allow, ", "))
		s.respond.Refuse(w, r, http.StatusMethodNotAllowed, "这个地址不接受此种请求方式。")
		return nil
	}
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", strings.Join(found.allow, ", "))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err := s.origin.Check(r); err != nil { // by Sec-Fetch-Site, else by Origin
		return fault.Wrap(fault.Forbidden, err, "这个表单只能从本网站的页面提交，请返回本站页面重新填写。")
	}
	limit := s.respond.LimitBody(cmp.Or(found.MaxBody, maxBody))
	limit(s.respond.Adapt(func(w http.ResponseWriter, r *http.Request) error {
		return s.run(found, w, &Request{Request: r, server: s, w: w, shared: found.shared})
	})).ServeHTTP(w, r)
	return nil
}

// run calls the handler of a route unless the reader exceeded its rate.
func (s *server) run(found *route, w http.ResponseWriter, r *Request) error {
	if found.rate != nil {
		who := []string{r.Client()}
		if one := r.Session(); one.Exists() {
			who = append(who, "session "+one.ID)
		}
		for _, key := range who {
			if wait, ok := found.rate.allow(key, s.now()); !ok {
				s.tooMany(w, r.Request, wait)
				return nil
			}
		}
	}
	if r.Method == http.MethodPost {
		return found.Post(w, r)
	}
	return found.Get(w, r)
}

// tooMany answers with the time to wait.
func (s *server) tooMany(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	seconds := int(wait.Seconds()) + 1
	w.Header().Set("Retry-After", fmt.Sprint(seconds))
	s.respond.Refuse(w, r, http.StatusTooManyRequests, fmt.Sprintf("请求过于频繁，请在 %d 秒后重试。", seconds))
}
