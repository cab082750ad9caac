package resourceapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

const linkTag = "关联"

func mountLinks(a *api.API, h handlers) {
	const one = "/items/{item}/links/{kind}/{to}"
	api.Register(a, api.Operation{
		ID:          "list-links",
		Method:      http.MethodGet,
		Path:        "/items/{item}/links",
		Tag:         linkTag,
		Permission:  resource.Read,
		Summary:     "信息的关联",
		Description: "从这条信息出发的和指向它的，不论状态；别的站点未公开的信息发出的不列出。",
	}, h.links)
	api.Register(a, api.Operation{
		ID:         "create-link",
		Method:     http.MethodPost,
		Path:       "/items/{item}/links",
		Tag:        linkTag,
		Permission: resource.Write,
		Summary:    "建立关联",
		Status:     http.StatusCreated,
		Description: "另一条信息要么在您的范围内，要么已公开。指向别的站点的信息时，要对方同意（state 由 proposed 变为 accepted）后才在两边的页面上显示。" +
			"interprets 只能由政策解读指向公文；amends、repeals 指向公文，别的站点的公文只有其发文机关或上级机关可以修改、废止。再建一次没有变化。",
	}, h.link)
	api.Register(a, api.Operation{
		ID:          "delete-link",
		Method:      http.MethodDelete,
		Path:        one,
		Tag:         linkTag,
		Permission:  resource.Write,
		Summary:     "解除关联",
		Description: "item 是关联的起点。两端的站点都可以解除。",
	}, h.unlink)
	api.Register(a, api.Operation{
		ID:          "accept-link",
		Method:      http.MethodPost,
		Path:        one + "/accept",
		Tag:         linkTag,
		Permission:  resource.Write,
		Summary:     "同意关联",
		Description: "由关联所指的信息（to）的站点决定；同意后在两边的页面上显示。",
	}, h.acceptLink)
	api.Register(a, api.Operation{
		ID:          "refuse-link",
		Method:      http.MethodPost,
		Path:        one + "/refuse",
		Tag:         linkTag,
		Permission:  resource.Write,
		Summary:     "不同意关联",
		Description: "由关联所指的信息（to）的站点决定；也可以收回先前的同意。两边的页面都不再显示。",
	}, h.refuseLink)
	api.Register(a, api.Operation{
		ID:          "list-link-proposals",
		Method:      http.MethodGet,
		Path:        "/link-proposals",
		Tag:         linkTag,
		Permission:  resource.Read,
		Summary:     "待同意的关联",
		Description: "别的站点提出、等令牌范围内的站点决定的关联。",
	}, h.proposals)
}

// ItemLink is a link between two items.
type ItemLink struct {
	From      api.ID     `json:"from"`
	Kind      string     `json:"kind" doc:"interprets 解读、amends 修改、repeals 废止、source 取自、related 相关"`
	To        api.ID     `json:"to"`
	State     string     `json:"state" doc:"proposed 待对方同意、accepted 已同意（在页面上显示）、refused 对方不同意"`
	FromSite  string     `json:"from_site,omitempty" doc:"起点的站点"`
	FromTitle string     `json:"from_title,omitempty"`
	ToSite    string     `json:"to_site,omitempty" doc:"所指的站点"`
	ToTitle   string     `json:"to_title,omitempty"`
	At        *time.Time `json:"at,omitempty" doc:"什么时候提出"`
}

func linkOf(v resource.LinkView, codes map[int64]string) ItemLink {
	return ItemLink{
		From:      api.NewID(v.From.Item),
		Kind:      string(v.Kind),
		To:        api.NewID(v.To.Item),
		State:     string(v.State),
		FromSite:  codes[v.From.Owner],
		FromTitle: v.From.Title,
		ToSite:    codes[v.To.Owner],
		ToTitle:   v.To.Title,
		At:        api.Time(v.At),
	}
}

func (h handlers) linksOf(ctx context.Context, views []resource.LinkView) ([]ItemLink, error) {
	if len(views) == 0 {
		return nil, nil
	}
	var owners []int64
	for _, v := range views {
		owners = append(owners, v.From.Owner, v.To.Owner)
	}
	codes, err := h.Sites.Codes(ctx, owners...)
	if err != nil {
		return nil, err
	}
	var out []ItemLink
	for _, v := range views {
		out = append(out, linkOf(v, codes))
	}
	return out, nil
}

func (h handlers) links(ctx context.Context, in *ItemPath) (*api.PageOutput[ItemLink], error) {
	all, err := h.Library.Links(ctx, in.Item.Int())
	if err != nil {
		return nil, err
	}
	out, err := h.linksOf(ctx, all)
	if err != nil {
		return nil, err
	}
	return whole(out), nil
}

// NewLink is a link that is to be added.
type NewLink struct {
	Kind string `json:"kind" enum:"interprets,amends,repeals,source,related" doc:"关联类型"`
	To   api.ID `json:"to" doc:"关联到哪条信息"`
}

func (h handlers) link(ctx context.Context, in *struct {
	ItemPath
	Body NewLink
}) (*struct{ Body ItemLink }, error) {
	state, err := h.Desk.Link(ctx, resource.Link{From: in.Item.Int(), To: in.Body.To.Int(),
		Kind: resource.LinkKind(in.Body.Kind)})
	if err != nil {
		return nil, err
	}
	return &struct{ Body ItemLink }{ItemLink{From: in.Item, Kind: in.Body.Kind, To: in.Body.To,
		State: string(state)}}, nil
}

// LinkPath has the path parameters of a link.
type LinkPath struct {
	ItemPath
	Kind string `path:"kind" enum:"interprets,amends,repeals,source,related" doc:"关联类型"`
	To   api.ID `path:"to" doc:"关联所指的信息"`
}

func (p LinkPath) link() resource.Link {
	return resource.Link{From: p.Item.Int(), To: p.To.Int(), Kind: resource.LinkKind(p.Kind)}
}

func (h handlers) unlink(ctx context.Context, in *LinkPath) (*struct{}, error) {
	return nil, h.Desk.Unlink(ctx, in.link())
}

func (h handlers) acceptLink(ctx context.Context, in *LinkPath) (*struct{}, error) {
	return nil, h.Desk.AcceptLink(ctx, in.link())
}

func (h handlers) refuseLink(ctx context.Context, in *LinkPath) (*struct{}, error) {
	return nil, h.Desk.RefuseLink(ctx, in.link())
}

func (h handlers) proposals(ctx context.Context, in *struct {
	Site string `query:"site" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"站点代码" doc:"只看等哪个站点决定的"`
	api.PageInput
}) (*api.PageOutput[ItemLink], error) {
	key, err := in.Key("link-proposals")
	if err != nil {
		return nil, err
	}
	var after resource.Link
	if key != "" {
		if _, err := fmt.Sscanf(key, "%d %d %s", &after.From, &after.To, &after.Kind); err != nil {
			return nil, fault.InvalidFields(map[string]string{"cursor": "应原样传回上一页应答里的 next"}, "续读位置不对，请从第一页读起")
		}
	}
	var owner int64
	if in.Site != "" {
		s, err := h.Sites.ByCodeInScope(ctx, in.Site)
		if err != nil {
			return nil, err
		}
		owner = s.ID
	}
	views, err := h.Library.Proposals(ctx, owner, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out, err := h.linksOf(ctx, views)
	if err != nil {
		return nil, err
	}
	return api.NewKeyPage(ctx, in.PageInput, "link-proposals", out, func(l ItemLink) string {
		return fmt.Sprintf("%d %d %s", l.From.Int(), l.To.Int(), l.Kind)
	}), nil
}
