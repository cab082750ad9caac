package studio

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"guiyi/internal/exchange"
	"guiyi/internal/exchange/exchangeapi"
	"guiyi/internal/exchange/order"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/token"
	"guiyi/internal/kernel/web"
	"guiyi/internal/publish/control"
	"guiyi/internal/publish/publishapi"
	"guiyi/internal/resource"
	"guiyi/internal/resource/resourceapi"
	"guiyi/internal/site"
	"guiyi/internal/site/siteapi"
)

// Options are what the studio works on.
type Options struct {
	Version  string
	DB       *store.DB
	Tokens   *token.Desk
	Sites    *site.Register
	SiteDesk *site.Desk
	Items    *resource.Desk
	Library  *resource.Library
	Publish  *control.Desk
	Imports  *order.Desk
	Board    *jobs.Board
	Ops      http.Handler // health and metrics
	Proxies  web.Proxies
	Rate     api.Rate // of each token
	Now      func() time.Time
	Log      *slog.Logger
}

// Permissions are all that a token may be given, in order.
func Permissions() []string {
	return slices.Sorted(slices.Values(slices.Concat(siteapi.Permissions(), resourceapi.Permissions(),
		publishapi.Permissions(),
		exchangeapi.Permissions(), tokenPermissions(), jobPermissions())))
}

const about = "一座城市全部政府网站的统一接口：站点、栏目、信息、引用、发布、账本和导入任务。\n\n" +
	"每个请求在 Authorization 请求头里带令牌；令牌只能触及它的站点，别的站点如同不存在（404）。编号是字符串，时间带时区。" +
	"修改类请求可带 Idempotency-Key，断线后以同一键重发不会重复执行。每个令牌有请求速率上限（默认每秒 50 次，可连发 200 次），超过时应答 429，Retry-After 是应等的秒数。出错时应答为 application/problem+json，detail 说明应当怎么做。"

// NewAPI makes the API with all its operations.
func NewAPI(o Options) *api.API {
	a := api.New(api.Options{
		Title:       "归一平台接口",
		Version:     o.Version,
		Description: about,
		DB:          o.DB,
		Tokens:      o.Tokens,
		Rate:        o.Rate,
		Now:         o.Now,
		Log:         o.Log,
	})
	siteapi.Mount(a, siteapi.Options{Sites: o.Sites, Desk: o.SiteDesk})
	resourceapi.Mount(a, resourceapi.Options{
		Desk:    o.Items,
		Library: o.Library,
		Sites:   o.Sites,
		Clean:   exchange.CleanBody,
	})
	publishapi.Mount(a, publishapi.Options{Desk: o.Publish, Sites: o.Sites})
	exchangeapi.Mount(a, exchangeapi.Options{Desk: o.Imports, Sites: o.Sites})
	mountTokens(a, o)
	mountJobs(a, o)
	return a
}

// New returns what answers on the inner listener.
func New(o Options) (http.Handler, error) {
	a := NewAPI(o)
	open, err := newReference(a.Document())
	if err != nil {
		return nil, err
	}
	resp := &web.Responder{Log: o.Log}
	mux := http.NewServeMux()
	mux.Handle(api.Base+"/", a)
	open.mount(mux)
	mux.Handle("/", o.Ops)
	log := web.AccessLog{Log: o.Log, Proxies: o.Proxies, ShowQuery: []string{"limit", "dry_run", "state"}}
	return web.Chain(mux, web.RequestID, log.Middleware, resp.Recover, web.SecurityHeaders(o.Proxies), resp.CheckPath),
		nil
}
