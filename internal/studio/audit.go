package studio

import (
	"context"
	"net/http"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/store"
	"guiyi/internal/site"
)

// Audit returns the mount of the operation that lists audit rows.
func Audit(db *store.DB, sites *site.Register, names api.NameSource) api.Mount {
	return auditHandlers{db, sites, names}.mount
}

type auditHandlers struct {
	db    *store.DB
	sites *site.Register
	names api.NameSource
}

// AuditRow is an audit row as the API shows it.
type AuditRow struct {
	ID      api.ID     `json:"id"`
	At      *time.Time `json:"at"`
	Actor   string     `json:"actor" doc:"操作者的类型和编号，如 token:7、officer:12、system:publish.plan"`
	Name    string     `json:"name,omitempty" doc:"操作者的姓名；只有人员有"`
	Action  string     `json:"action" doc:"用到的权限"`
	Object  string     `json:"object" doc:"改了什么：site、item、token、import 等"`
	Number  api.ID     `json:"number" doc:"它的编号"`
	Detail  string     `json:"detail"`
	Request string     `json:"request,omitempty" doc:"请求编号"`
}

func (h auditHandlers) mount(a *api.API) {
	api.Register(a, api.Operation{
		ID:          "list-audit",
		Method:      http.MethodGet,
		Path:        "/audit",
		Tag:         "审计记录",
		Permission:  audit.Read,
		Summary:     "列出审计记录，最新的在前",
		Description: "只列令牌能触及的站点的记录；记录只增不改，核对用命令。",
	}, h.list)
}

func (h auditHandlers) list(ctx context.Context, in *struct {
	Site   string `query:"site" pattern:"^[a-z0-9-]{1,40}$" doc:"站点"`
	Object string `query:"object" maxLength:"20" doc:"改了什么"`
	Number api.ID `query:"number" doc:"它的编号"`
	api.PageInput
}) (*api.PageOutput[AuditRow], error) {
	before, err := in.One("audit")
	if err != nil {
		return nil, err
	}
	f := audit.Filter{Object: in.Object, Before: before, Limit: int64(in.Limit + 1)}
	if in.Number != "" {
		f.ID = in.Number.Int()
	}
	if in.Site != "" {
		s, err := h.sites.ByCodeInScope(ctx, in.Site)
		if err != nil {
			return nil, err
		}
		f.Owner = s.ID
	}
	rows, err := audit.List(ctx, h.db.Read(), f)
	if err != nil {
		return nil, err
	}
	who := make([]string, len(rows))
	for i, r := range rows {
		who[i] = string(r.Kind) + ":" + r.Actor
	}
	names, err := h.names.Of(ctx, who...)
	if err != nil {
		return nil, err
	}
	out := make([]AuditRow, len(rows))
	for i, r := range rows {
		out[i] = AuditRow{
			ID:      api.NewID(r.ID),
			At:      api.Time(r.At),
			Actor:   who[i],
			Name:    names[who[i]],
			Action:  r.Action,
			Object:  r.Object,
			Number:  api.NewID(r.Number),
			Detail:  r.Detail,
			Request: r.Request,
		}
	}
	return api.NewPage(ctx, in.PageInput, "audit", out, func(r AuditRow) []int64 { return []int64{r.ID.Int()} }), nil
}
