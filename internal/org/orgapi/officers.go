package orgapi

import (
	"context"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/org/people"
)

// Officer is a person who works on the platform.
type Officer struct {
	ID         api.ID                  `json:"id"`
	Version    int64                   `json:"version" doc:"版本号，修改时要带上"`
	Account    string                  `json:"account"`
	Name       string                  `json:"name"`
	Department api.ID                  `json:"department,omitempty" doc:"部门编号"`
	Phone      string                  `json:"phone,omitempty" doc:"电话；列表里没有"`
	State      api.OneOf[people.State] `json:"state"`
	Grants     []Grant                 `json:"grants" nullable:"false"`
	CreatedAt  *time.Time              `json:"created_at,omitempty"`
}

// NewOfficer is an officer to be made.
type NewOfficer struct {
	Account    string `json:"account" minLength:"2" maxLength:"32" doc:"账户名：小写字母开头，可用小写字母、数字、点、减号和下划线"`
	Name       string `json:"name" minLength:"1" maxLength:"50" doc:"姓名"`
	Department api.ID `json:"department,omitempty" doc:"部门编号"`
}

// OfficerPatch says what becomes of an officer; what is left out stays.
type OfficerPatch struct {
	Version    int64                    `json:"version" minimum:"1" doc:"您读到的版本号"`
	Name       *string                  `json:"name,omitempty" minLength:"1" maxLength:"50" doc:"姓名"`
	Department *api.ID                  `json:"department,omitempty" doc:"部门编号"`
	Phone      *string                  `json:"phone,omitempty" maxLength:"30" doc:"电话，加密保存；空为没有"`
	State      *api.OneOf[people.State] `json:"state,omitempty"`
}

// OfficerPath names an officer in the address.
type OfficerPath struct {
	Officer api.ID `path:"officer" doc:"人员编号"`
}

type officerBody struct{ Body Officer }

func (h handlers) officers(ctx context.Context, in *struct {
	Q          string `query:"q" maxLength:"50" doc:"账户名或姓名的一部分"`
	Department api.ID `query:"department" doc:"部门编号"`
	State      string `query:"state" enum:"active,disabled" doc:"状态"`
	api.PageInput
}) (*api.PageOutput[Officer], error) {
	before, err := in.One("officers")
	if err != nil {
		return nil, err
	}
	f := people.OfficerFilter{Text: in.Q, State: people.State(in.State), Before: before, Limit: in.Limit + 1}
	if in.Department != "" {
		f.Department = in.Department.Int()
	}
	all, err := h.People.Officers(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := h.views(ctx, all...)
	if err != nil {
		return nil, err
	}
	return api.NewPage(ctx, in.PageInput, "officers", out, func(o Officer) []int64 { return []int64{o.ID.Int()} }), nil
}

// views converts officers; the codes of all their sites are read at once.
func (h handlers) views(ctx context.Context, all ...*people.Officer) ([]Officer, error) {
	var ids []int64
	for _, o := range all {
		for _, g := range o.Grants {
			ids = append(ids, g.Sites...)
		}
	}
	codes, err := h.Sites.Codes(ctx, ids...)
	if err != nil {
		return nil, err
	}
	out := make([]Officer, len(all))
	for i, o := range all {
		out[i] = Officer{
			ID:         api.NewID(o.ID),
			Version:    o.Version,
			Account:    o.Account,
			Name:       o.Name,
			Department: api.NewID(o.Department),
			Phone:      o.Phone,
			State:      api.OneOf[people.State](o.State),
			Grants:     []Grant{},
			CreatedAt:  api.Time(o.CreatedAt),
		}
		for _, g := range o.Grants {
			out[i].Grants = append(out[i].Grants, h.grantOf(g, codes))
		}
	}
	return out, nil
}

// one answers with an officer.
func (h handlers) one(ctx context.Context, o *people.Officer, err error) (*officerBody, error) {
	if err != nil {
		return nil, err
	}
	views, err := h.views(ctx, o)
	if err != nil {
		return nil, err
	}
	return &officerBody{views[0]}, nil
}

func (h handlers) officer(ctx context.Context, in *OfficerPath) (*officerBody, error) {
	o, err := h.People.Officer(ctx, in.Officer.Int())
	return h.one(ctx, o, err)
}

func (h handlers) addOfficer(ctx context.Context, in *struct{ Body NewOfficer }) (*officerBody, error) {
	n := people.NewOfficer{Account: in.Body.Account, Name: in.Body.Name}
	if in.Body.Department != "" {
		n.Department = in.Body.Department.Int()
	}
	o, err := h.People.AddOfficer(ctx, n)
	return h.one(ctx, o, err)
}

func (h handlers) changeOfficer(ctx context.Context, in *struct {
	OfficerPath
	Body OfficerPatch
}) (*officerBody, error) {
	c := people.OfficerChange{Name: in.Body.Name, Phone: in.Body.Phone}
	if in.Body.Department != nil {
		id := in.Body.Department.Int()
		c.Department = &id
	}
	if in.Body.State != nil {
		state := people.State(*in.Body.State)
		c.State = &state
	}
	o, err := h.People.ChangeOfficer(ctx, in.Officer.Int(), in.Body.Version, c)
	return h.one(ctx, o, err)
}

// OfficerLink is a one-time link.
type OfficerLink struct {
	Link      string     `json:"link" doc:"接在管理端的地址之后，如 https://管理端/#/enter/…"`
	ExpiresAt *time.Time `json:"expires_at"`
}

func (h handlers) officerLink(ctx context.Context, in *OfficerPath) (*struct{ Body OfficerLink }, error) {
	secret, expires, err := h.People.PasswordLink(ctx, in.Officer.Int())
	if err != nil {
		return nil, err
	}
	return &struct{ Body OfficerLink }{OfficerLink{Link: "/" + people.LinkFragment + secret,
		ExpiresAt: api.Time(expires)}}, nil
}

func (h handlers) unlock(ctx context.Context, in *OfficerPath) (*struct{}, error) {
	return nil, h.People.Unlock(ctx, in.Officer.Int())
}

func (h handlers) resetTOTP(ctx context.Context, in *OfficerPath) (*struct{}, error) {
	return nil, h.People.ResetTOTP(ctx, in.Officer.Int())
}

// Department is a unit of the authority.
type Department struct {
	ID     api.ID `json:"id"`
	Code   string `json:"code" doc:"代码，授权的 units 用它"`
	Name   string `json:"name"`
	Parent api.ID `json:"parent,omitempty" doc:"上级部门的编号"`
}

// NewDepartment is a department to be made.
type NewDepartment struct {
	Code   string `json:"code" minLength:"1" maxLength:"40" doc:"代码：小写字母、数字和减号"`
	Name   string `json:"name" minLength:"1" maxLength:"100" doc:"名称"`
	Parent api.ID `json:"parent,omitempty" doc:"上级部门的编号，不写为顶层"`
}

func departmentOf(d *people.Department) Department {
	return Department{ID: api.NewID(d.ID), Code: d.Code, Name: d.Name, Parent: api.NewID(d.Parent)}
}

func (h handlers) departments(ctx context.Context, in *struct{ api.PageInput }) (*api.PageOutput[Department], error) {
	after, err := in.Key("departments")
	if err != nil {
		return nil, err
	}
	all, err := h.People.Departments(ctx)
	if err != nil {
		return nil, err
	}
	var out []Department
	for _, d := range all {
		if d.Code > after && len(out) <= in.Limit {
			out = append(out, departmentOf(d))
		}
	}
	return api.NewKeyPage(ctx, in.PageInput, "departments", out, func(d Department) string { return d.Code }), nil
}

func (h handlers) addDepartment(ctx context.Context, in *struct{ Body NewDepartment }) (*struct{ Body Department },
	error) {
	parent := int64(0)
	if in.Body.Parent != "" {
		parent = in.Body.Parent.Int()
	}
	d, err := h.People.AddDepartment(ctx, in.Body.Code, in.Body.Name, parent)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Department }{departmentOf(d)}, nil
}
