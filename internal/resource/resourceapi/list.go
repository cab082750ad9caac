package resourceapi

import (
	"context"
	"net/http"

	"guiyi/internal/kernel/api"
	"guiyi/internal/resource"
)

func mountLists(a *api.API, h handlers) {
	api.Register(a, api.Operation{
		ID:         "list-items",
		Method:     http.MethodGet,
		Path:       "/items",
		Tag:        tag,
		Permission: resource.Read,
		Summary:    "列出信息",
		Description: "范围内的信息，新的在前。一次最多比较一万条：按标题或几个条件筛选时，一页可能不满（甚至为空）而 next 仍在，" +
			"接着取就继续往前找。",
	}, h.list)
	api.Register(a, api.Operation{
		ID:          "count-items",
		Method:      http.MethodGet,
		Path:        "/items/counts",
		Tag:         tag,
		Permission:  resource.Read,
		Summary:     "各状态的信息数",
		Description: "一个站点的；最多数到 1000，等于 1000 表示不少于。",
	}, h.counts)
}

// Filter selects items of a list.
type Filter struct {
	Site      string `query:"site" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"站点代码" doc:"只看所属站点"`
	Class     string `query:"class" enum:"article,notice,picture,document,interpretation,page" doc:"类别"`
	State     string `query:"state" enum:"draft,scheduled,live,withdrawn,discarded" doc:"状态"`
	Column    api.ID `query:"column" doc:"在哪个栏目里"`
	DocNo     string `query:"doc_no" maxLength:"300" doc:"发文字号，完全一致"`
	Title     string `query:"q" maxLength:"100" doc:"标题里有"`
	UpdatedBy string `query:"updated_by" maxLength:"60" pattern:"^[a-z]+:[^ ]+$" patternDescription:"类型和编号，如 officer:12" doc:"最后修改者，类型和编号"`
}

// ItemColumn is the column of an item on the site that it belongs to.
type ItemColumn struct {
	ID   api.ID `json:"id"`
	Name string `json:"name"`
	Path string `json:"path"`
}

func (h handlers) list(ctx context.Context, in *struct {
	Filter
	api.PageInput
}) (*api.PageOutput[Summary], error) {
	after, err := in.One("items")
	if err != nil {
		return nil, err
	}
	f := resource.Filter{
		Class:     resource.Class(in.Class),
		State:     resource.State(in.State),
		DocNo:     in.DocNo,
		Title:     in.Title,
		UpdatedBy: in.UpdatedBy,
		After:     after,
		Limit:     in.Limit,
	}
	if in.Column != "" {
		f.Column = in.Column.Int()
	}
	if in.Site != "" {
		s, err := h.Sites.ByCodeInScope(ctx, in.Site)
		if err != nil {
			return nil, err
		}
		f.Owner = s.ID
	}
	found, err := h.Library.List(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := h.summaries(ctx, found.Items)
	if err != nil {
		return nil, err
	}
	if found.Next == 0 {
		return api.NewPart(ctx, in.PageInput, "items", out), nil
	}
	return api.NewPart(ctx, in.PageInput, "items", out, found.Next), nil
}

func (h handlers) summaries(ctx context.Context, all []resource.Summary) (out []Summary, err error) {
	var owners, columns []int64
	var who []string
	for _, s := range all {
		owners, columns, who = append(owners, s.Item.Owner), append(columns, s.Column), append(who, s.Item.UpdatedBy)
	}
	codes, err := h.Sites.Codes(ctx, owners...)
	if err != nil {
		return nil, err
	}
	named, err := h.Sites.ColumnsByID(ctx, columns...)
	if err != nil {
		return nil, err
	}
	names, err := h.Names.Of(ctx, who...)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		v := Summary{
			Head:        headOf(&s.Item),
			Site:        codes[s.Item.Owner],
			Class:       string(s.Item.Class),
			Title:       s.Title,
			PublishedAt: api.Time(s.At),
			UpdatedAt:   api.Time(s.Item.UpdatedAt),
			UpdatedBy:   names.Person(s.Item.UpdatedBy),
		}
		if c := named[s.Column]; c != nil {
			v.Column = &ItemColumn{ID: api.NewID(c.ID), Name: c.Name, Path: c.Path}
		}
		out = append(out, v)
	}
	return out, nil
}

// Counts are numbers of items by state, each at most 1000.
type Counts struct {
	Draft     int64 `json:"draft"`
	Scheduled int64 `json:"scheduled"`
	Live      int64 `json:"live"`
	Withdrawn int64 `json:"withdrawn"`
	Discarded int64 `json:"discarded"`
}

func (h handlers) counts(ctx context.Context, in *struct {
	Site string `query:"site" required:"true" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"站点代码" doc:"站点代码"`
}) (*struct{ Body Counts }, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	n, err := h.Library.Counts(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Counts }{Counts{
		Draft:     n[resource.Draft],
		Scheduled: n[resource.Scheduled],
		Live:      n[resource.Live],
		Withdrawn: n[resource.Withdrawn],
		Discarded: n[resource.Discarded],
	}}, nil
}
