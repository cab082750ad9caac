package studio

import (
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/web"
	"guiyi/internal/studio/live"
)

// Options of New and NewAPI.
type Options struct {
	Version string
	DB      *store.DB
	Callers []api.Authenticator // beside that of sessions
	SignIn  *SignIn             // nil: nobody signs in, tokens only
	Ops     http.Handler        // health and metrics
	Preview *Preview            // nil: no previews
	Console fs.FS               // files of the console; without index.html a page says how to build it
	Proxies web.Proxies
	Rate    api.Rate // limit for each actor
	Now     func() time.Time
	Log     *slog.Logger
}

const about = "一座城市全部政府网站的统一接口：站点、栏目、信息、引用、发布、账本和导入任务。\n\n" +
	"每个请求在 Authorization 请求头里带令牌；令牌只能触及它的站点，别的站点如同不存在（404）。编号是字符串，时间带时区。" +
	"修改类请求可带 Idempotency-Key，断线后以同一键重发不会重复执行。每个令牌有请求速率上限（默认每秒 50 次，可连发 200 次），超过时应答 429，Retry-After 是应等的秒数。出错时应答为 application/problem+json，detail 说明应当怎么做。"

// NewAPI returns the API with the operations of the mounts.
func NewAPI(o Options, mounts ...api.Mount) *api.API {
	var holders func(actor.Permission) []string
	if o.SignIn != nil {
		holders = o.SignIn.People.Holders
	}
	return api.New(api.Options{
		Title:       "归一平台接口",
		Version:     o.Version,
		Description: about,
		DB:          o.DB,
		Callers:     o.Callers,
		Holders:     holders,
		Rate:        o.Rate,
		Now:         o.Now,
		Log:         o.Log,
	}, mounts...)
}

// New returns the handler of the inner listener.
func New(o Options, mounts ...api.Mount) (http.Handler, error) {
	mux := http.NewServeMux()
	signedIn := func(next http.Handler) http.Handler { return next }
	if o.SignIn != nil {
		o.Callers = append(slices.Clone(o.Callers), o.SignIn.Caller)
		o.SignIn.mount(mux)
		signedIn = o.SignIn.Middleware
	}
	a := NewAPI(o, mounts...)
	open, err := newReference(a.Document())
	if err != nil {
		return nil, err
	}
	resp := &web.Responder{Log: o.Log}
	mux.Handle(api.Base+"/", a)
	open.mount(mux)
	(&console{files: o.Console, resp: resp, packed: map[string][]byte{}}).mount(mux)
	mux.Handle("GET /events", resp.Adapt(events(live.NewHub(o.DB, o.Log), o.Callers)))
	if o.Preview != nil {
		o.Preview.mount(mux, &web.Responder{Log: o.Log, Page: previewProblem}, o.Callers)
	}
	mux.Handle("/", o.Ops)
	log := web.AccessLog{Log: o.Log, Proxies: o.Proxies, ShowQuery: []string{"limit", "dry_run", "state"}}
	return web.Chain(mux, web.RequestID, log.Middleware, resp.Recover, web.SecurityHeaders(o.Proxies), resp.CheckPath,
		signedIn), nil
}

// events sends what changes to whoever is signed in. The caller is identified again while the stream is open, so that
// it ends with the session or the token.
func events(hub *live.Hub, callers []api.Authenticator) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		by, err := api.Caller(r, callers)
		if err != nil {
			return err
		}
		with := actor.With(r.Context(), *by)
		full, err := actor.From(with) // its scope is that of all grants
		if err != nil {
			return err
		}
		return hub.Serve(w, r, full, func() error { _, err := api.Caller(r, callers); return err })
	}
}
