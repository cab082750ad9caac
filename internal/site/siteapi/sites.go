package siteapi

import (
	"context"
	"net/http"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/site"
)

const tag = "站点与栏目"

// Options has the register and the desk that the operations use.
type Options struct {
	Sites *site.Register
	Desk  *site.Desk
}

// Mount returns the operations on sites and columns.
func Mount(o Options) api.Mount { return handlers(o).mount }

func (h handlers) mount(a *api.API) {
	api.Register(a, api.Operation{
		ID:          "list-sites",
		Method:      http.MethodGet,
		Path:        "/sites",
		Tag:         tag,
		Permission:  site.Read,
		Summary:     "列出站点",
		Description: "列出令牌范围内的站点，按建立的先后。",
	}, h.list)
	api.Register(a, api.Operation{
		ID:           "create-site",
		Method:       http.MethodPost,
		Path:         "/sites",
		Tag:          tag,
		Permission:   site.Write,
		Summary:      "建立站点",
		Status:       http.StatusCreated,
		DryRunStatus: http.StatusOK,
		Description:  "建立站点和它的栏目。政府信息公开专栏（xxgk）自动加入。dry_run=true 只检查，说明会做什么。需要平台级令牌。",
	}, h.create)
	api.Register(a, api.Operation{
		ID:         "get-site",
		Method:     http.MethodGet,
		Path:       "/sites/{site}",
		Tag:        tag,
		Permission: site.Read,
		Summary:    "查看站点",
	}, h.get)
	api.Register(a, api.Operation{
		ID:          "get-declaration",
		Method:      http.MethodGet,
		Path:        "/sites/{site}/declaration",
		Tag:         tag,
		Permission:  site.Read,
		Summary:     "取得站点声明",
		Description: "应答可以修改后原样用 PUT 交回。",
	}, h.declaration)
	api.Register(a, api.Operation{
		ID:          "put-declaration",
		Method:      http.MethodPut,
		Path:        "/sites/{site}/declaration",
		Tag:         tag,
		Permission:  site.Write,
		Summary:     "更新站点声明",
		Description: "以声明代替站点现有的档案、首页和栏目；没有写的栏目被撤销，地址仍然有效。version 是您读到的版本号，别人改过则 409。dry_run=true 只说明会做什么。需要平台级令牌。",
	}, h.replace)
	api.Register(a, api.Operation{
		ID:          "change-site-state",
		Method:      http.MethodPost,
		Path:        "/sites/{site}/state",
		Tag:         tag,
		Permission:  site.StateWrite,
		Summary:     "变更网站状态",
		Description: "依次为申请、审批、备案、试运行、开通；开通后可临时下线、公告永久下线、关停、归档。",
	}, h.state)
	api.Register(a, api.Operation{
		ID:         "list-site-states",
		Method:     http.MethodGet,
		Path:       "/sites/{site}/states",
		Tag:        tag,
		Permission: site.Read,
		Summary:    "网站状态变更记录",
	}, h.states)
	mountColumns(a, h)
}

type handlers Options

// SitePath is the site in the path of a request.
type SitePath struct {
	Site string `path:"site" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"小写字母、数字和连字符，以字母或数字开头" doc:"站点代码"`
}

// DryRun is the query parameter that asks for the plan without any change.
type DryRun struct {
	Only bool `query:"dry_run" doc:"只检查，不改动"`
}

// Base has all declared fields of a site, including its name and columns.
type Base struct {
	Name    string        `json:"name" minLength:"1" maxLength:"100" doc:"网站名称"`
	Kind    string        `json:"kind,omitempty" enum:"portal,department,special" doc:"portal 门户、department 部门、special 专题；默认 department"`
	Parent  string        `json:"parent,omitempty" maxLength:"40" doc:"上级站点的代码"`
	Domains []string      `json:"domains,omitempty" maxItems:"20" doc:"域名，第一个为主域名"`
	Columns []ColumnInput `json:"columns,omitempty" maxItems:"100" doc:"栏目树"`
	Declared
}

// NewSite is the request that creates a site.
type NewSite struct {
	Code  string `json:"code" minLength:"1" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"小写字母、数字和连字符，以字母或数字开头" doc:"站点代码：小写字母、数字、连字符，不能再改"`
	State string `json:"state,omitempty" enum:"applying,approved,registered,trial,running" doc:"当前状态，默认 applying"`
	Base
}

// Declaration is the full declaration of a stored site.
type Declaration struct {
	Version int64 `json:"version" minimum:"1" doc:"您读到的版本号"`
	Base
}

// Outcome is the result of a declaration.
type Outcome struct {
	Applied bool `json:"applied" doc:"false：只检查，或没有变化"`
	Site    Site `json:"site"`
	Plan    Plan `json:"plan"`
}

type outcome struct {
	Status int
	Body   Outcome
}

func (d *Base) decl(code string) site.Declaration {
	out := site.Declaration{
		Site:    code,
		Parent:  d.Parent,
		Name:    d.Name,
		Kind:    d.Kind,
		Domains: d.Domains,
	}
	d.Declared.declare(&out)
	for _, c := range d.Columns {
		out.Columns = append(out.Columns, c.decl())
	}
	return out
}

func (h handlers) list(ctx context.Context, in *struct{ api.PageInput }) (*api.PageOutput[Site], error) {
	after, err := in.One("sites")
	if err != nil {
		return nil, err
	}
	some, err := h.Sites.ListInScope(ctx, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var parents []int64
	for _, s := range some {
		parents = append(parents, s.ParentID)
	}
	codes, err := h.Sites.Codes(ctx, parents...)
	if err != nil {
		return nil, err
	}
	var out []Site
	for _, s := range some {
		out = append(out, siteOf(s, codes[s.ParentID]))
	}
	return api.NewPage(ctx, in.PageInput, "sites", out, func(s Site) []int64 { return []int64{s.ID.Int()} }), nil
}

type detail struct{ Body Detail }

func (h handlers) get(ctx context.Context, in *SitePath) (*detail, error) {
	decl, s, err := h.Sites.DeclarationOf(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	return &detail{detailOf(s, decl.Parent)}, nil
}

func (h handlers) declaration(ctx context.Context, in *SitePath) (*struct{ Body Declaration }, error) {
	decl, s, err := h.Sites.DeclarationOf(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	d := Declaration{Version: s.Revision, Base: Base{
		Name:     decl.Name,
		Kind:     decl.Kind,
		Parent:   decl.Parent,
		Domains:  decl.Domains,
		Columns:  columnInputs(decl.Columns),
		Declared: detailOf(s, decl.Parent).Declared,
	}}
	return &struct{ Body Declaration }{d}, nil
}

func (h handlers) create(ctx context.Context, in *struct {
	DryRun
	Body NewSite
}) (*outcome, error) {
	decl := in.Body.decl(in.Body.Code)
	decl.State = site.State(in.Body.State)
	s, plan, err := h.Desk.Declare(ctx, decl, 0, in.DryRun.Only)
	if err != nil {
		return nil, err
	}
	out := &outcome{Status: http.StatusCreated, Body: Outcome{Applied: !in.DryRun.Only, Site: siteOf(s, decl.Parent),
		Plan: planOf(plan, s.Code)}}
	if in.DryRun.Only {
		out.Status = http.StatusOK
	}
	return out, nil
}

func (h handlers) replace(ctx context.Context, in *struct {
	SitePath
	DryRun
	Body Declaration
}) (*outcome, error) {
	s, plan, err := h.Desk.Declare(ctx, in.Body.decl(in.Site), in.Body.Version, in.DryRun.Only)
	if err != nil {
		return nil, err
	}
	return &outcome{Status: http.StatusOK, Body: Outcome{Applied: !in.DryRun.Only && !plan.Empty(),
		Site: siteOf(s, in.Body.Parent), Plan: planOf(plan, s.Code)}}, nil
}

// StateInput is the request that changes the state of a site.
type StateInput struct {
	To               string     `json:"to" enum:"applying,approved,registered,trial,running,offline,closing,closed,archived" doc:"变为什么状态"`
	Reason           string     `json:"reason" minLength:"1" maxLength:"500" doc:"原因"`
	Approval         string     `json:"approval,omitempty" maxLength:"100" doc:"批准文号"`
	NoticeURL        string     `json:"notice_url,omitempty" maxLength:"1000" doc:"公告地址（closing 必填）"`
	PlannedRestoreAt *time.Time `json:"planned_restore_at,omitempty" doc:"计划恢复时间（offline）"`
}

func (h handlers) state(ctx context.Context, in *struct {
	SitePath
	Body StateInput
}) (*struct{}, error) {
	if _, err := h.Sites.ByCodeInScope(ctx, in.Site); err != nil {
		return nil, err
	}
	b := in.Body
	return nil, h.Desk.ChangeState(ctx, in.Site, site.StateChange{
		To:               site.State(b.To),
		Reason:           b.Reason,
		Approval:         b.Approval,
		NoticeURL:        b.NoticeURL,
		PlannedRestoreAt: api.Milli(b.PlannedRestoreAt),
	})
}

func (h handlers) states(ctx context.Context, in *SitePath) (*api.PageOutput[StateChange], error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	log, err := h.Sites.Log(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	out := &api.PageOutput[StateChange]{Body: api.Page[StateChange]{Items: []StateChange{}}}
	for _, c := range log {
		out.Body.Items = append(out.Body.Items, StateChange{
			From:             string(c.From),
			To:               string(c.To),
			Reason:           c.Reason,
			By:               c.AppliedBy,
			Approval:         c.Approval,
			NoticeURL:        c.NoticeURL,
			At:               api.Time(c.EffectiveAt),
			PlannedRestoreAt: api.Time(c.PlannedRestoreAt),
		})
	}
	return out, nil
}
