package orgapi

import (
	"context"
	"slices"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/org/people"
)

// Role is a set of permissions with a name.
type Role struct {
	Code        string   `json:"code"`
	Name        string   `json:"name"`
	Admin       bool     `json:"admin" doc:"三员之一"`
	Permissions []string `json:"permissions" nullable:"false"`
}

// Grant is a role of an officer, with the places where it is valid.
type Grant struct {
	ID        api.ID     `json:"id"`
	Role      string     `json:"role" doc:"角色代码"`
	RoleName  string     `json:"role_name"`
	AllSites  bool       `json:"all_sites" doc:"全部站点，包括以后建立的"`
	Sites     []string   `json:"sites" nullable:"false" doc:"站点代码"`
	Columns   []api.ID   `json:"columns" nullable:"false" doc:"限定在这些栏目和下级；空为不限"`
	Units     []string   `json:"units" nullable:"false" doc:"限定在这些部门；空为不限"`
	GrantedBy string     `json:"granted_by"`
	GrantedAt *time.Time `json:"granted_at"`
}

// NewGrant is a grant to be made.
type NewGrant struct {
	Role     string   `json:"role" maxLength:"40" doc:"角色代码"`
	AllSites bool     `json:"all_sites,omitempty" doc:"全部站点；管理员角色必须如此"`
	Sites    []string `json:"sites,omitempty" maxItems:"1000" doc:"站点代码"`
	Columns  []api.ID `json:"columns,omitempty" maxItems:"1000" doc:"栏目编号，属于所列站点"`
	Units    []string `json:"units,omitempty" maxItems:"1000" doc:"部门代码"`
}

func (h handlers) grantOf(g people.Granted, codes map[int64]string) Grant {
	role, _ := h.People.Role(g.Role)
	out := Grant{
		ID:        api.NewID(g.ID),
		Role:      g.Role,
		RoleName:  role.Name,
		AllSites:  g.AllSites,
		Sites:     []string{},
		Columns:   []api.ID{},
		Units:     append([]string{}, g.Units...),
		GrantedBy: g.By,
		GrantedAt: api.Time(g.At),
	}
	for _, id := range g.Sites {
		out.Sites = append(out.Sites, codes[id])
	}
	for _, id := range g.Branches {
		out.Columns = append(out.Columns, api.NewID(id))
	}
	return out
}

func (h handlers) roles(ctx context.Context, in *struct{ api.PageInput }) (*api.PageOutput[Role], error) {
	after, err := in.Key("roles")
	if err != nil {
		return nil, err
	}
	all := h.People.Roles()
	from := slices.IndexFunc(all, func(r people.Role) bool { return r.Code == after }) + 1
	var out []Role
	for _, r := range all[from:] {
		view := Role{Code: r.Code, Name: r.Name, Admin: r.Admin, Permissions: []string{}}
		for _, p := range r.Permissions {
			view.Permissions = append(view.Permissions, string(p))
		}
		out = append(out, view)
	}
	return api.NewKeyPage(ctx, in.PageInput, "roles", out, func(r Role) string { return r.Code }), nil
}

func (h handlers) give(ctx context.Context, in *struct {
	OfficerPath
	Body NewGrant
}) (*struct{ Body Grant }, error) {
	g := people.GrantRequest{Officer: in.Officer.Int(), Role: in.Body.Role, AllSites: in.Body.AllSites,
		Units: in.Body.Units}
	codes := map[int64]string{}
	for _, code := range in.Body.Sites {
		s, err := h.Sites.ByCodeInScope(ctx, code)
		if err != nil {
			return nil, err
		}
		g.Sites = append(g.Sites, s.ID)
		codes[s.ID] = code
	}
	for _, id := range in.Body.Columns {
		g.Branches = append(g.Branches, id.Int())
	}
	columns, err := h.Sites.ColumnsByID(ctx, g.Branches...)
	if err != nil {
		return nil, err
	}
	for _, id := range g.Branches {
		if c := columns[id]; c == nil || codes[c.SiteID] == "" {
			return nil, fault.InvalidFields(map[string]string{"columns": "所列站点没有这个栏目"},
				"所列站点没有编号为 %d 的栏目", id)
		}
	}
	made, err := h.People.Give(ctx, g)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Grant }{h.grantOf(*made, codes)}, nil
}

// Appointment names the administrator role that an officer is to have.
type Appointment struct {
	Role string `json:"role" enum:"system-admin,security-admin,auditor" doc:"角色代码"`
}

func (h handlers) appoint(ctx context.Context, in *struct {
	OfficerPath
	Body Appointment
}) (*struct{ Body Grant }, error) {
	made, err := h.People.Give(ctx, people.GrantRequest{Officer: in.Officer.Int(), Role: in.Body.Role, AllSites: true})
	if err != nil {
		return nil, err
	}
	return &struct{ Body Grant }{h.grantOf(*made, nil)}, nil
}

func (h handlers) take(ctx context.Context, in *struct {
	Grant api.ID `path:"grant" doc:"授权编号"`
}) (*struct{}, error) {
	return nil, h.People.Take(ctx, in.Grant.Int())
}

// Session is a session that has not ended.
type Session struct {
	ID      api.ID     `json:"id"`
	Officer api.ID     `json:"officer" doc:"人员编号"`
	Account string     `json:"account"`
	BeganAt *time.Time `json:"began_at"`
	SeenAt  *time.Time `json:"seen_at" doc:"最近一次操作，精确到分"`
	Address string     `json:"address" doc:"从哪个地址登录"`
	Agent   string     `json:"agent" doc:"浏览器"`
}

func (h handlers) sessions(ctx context.Context, in *struct {
	Officer api.ID `query:"officer" doc:"人员编号"`
	api.PageInput
}) (*api.PageOutput[Session], error) {
	before, err := in.One("sessions")
	if err != nil {
		return nil, err
	}
	officer := int64(0)
	if in.Officer != "" {
		officer = in.Officer.Int()
	}
	all, err := h.People.Sessions(ctx, officer, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := make([]Session, len(all))
	for i, s := range all {
		out[i] = Session{
			ID:      api.NewID(s.ID),
			Officer: api.NewID(s.Officer),
			Account: s.Account,
			BeganAt: api.Time(s.BeganAt),
			SeenAt:  api.Time(s.SeenAt),
			Address: s.Address,
			Agent:   s.Agent,
		}
	}
	return api.NewPage(ctx, in.PageInput, "sessions", out, func(s Session) []int64 { return []int64{s.ID.Int()} }), nil
}

func (h handlers) endSession(ctx context.Context, in *struct {
	Session api.ID `path:"session" doc:"会话编号"`
}) (*struct{}, error) {
	return nil, h.People.EndSession(ctx, in.Session.Int())
}
