package resourceapi

import (
	"context"
	"net/http"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

const placeTag = "引用"

func mountPlacements(a *api.API, h handlers) {
	const at = "/sites/{site}/columns/{column}/placements"
	api.Register(a, api.Operation{
		ID:          "list-placements",
		Method:      http.MethodGet,
		Path:        at,
		Tag:         placeTag,
		Permission:  resource.Read,
		Summary:     "栏目里的信息",
		Description: "按日期，新的在前，包括未公开的。",
	}, h.placements)
	api.Register(a, api.Operation{
		ID:         "list-item-placements",
		Method:     http.MethodGet,
		Path:       "/items/{item}/placements",
		Tag:        placeTag,
		Permission: resource.Read,
		Summary:    "信息在哪些栏目里",
	}, h.itemPlacements)
	api.Register(a, api.Operation{
		ID:          "put-placement",
		Method:      http.MethodPut,
		Path:        at + "/{item}",
		Tag:         placeTag,
		Permission:  resource.PlacementWrite,
		Summary:     "把信息放进栏目",
		Description: "按引用：信息只有一份。自己的信息，或任何站点已公开的信息。已在栏目里的，改它的标题和日期。",
	}, h.put)
	api.Register(a, api.Operation{
		ID:          "move-placement",
		Method:      http.MethodPost,
		Path:        at + "/{item}/move",
		Tag:         placeTag,
		Permission:  resource.PlacementWrite,
		Summary:     "移到另一个栏目",
		Description: "标题和日期随之移动，地址不变。",
	}, h.move)
	api.Register(a, api.Operation{
		ID:          "delete-placement",
		Method:      http.MethodDelete,
		Path:        at + "/{item}",
		Tag:         placeTag,
		Permission:  resource.PlacementWrite,
		Summary:     "移出栏目",
		Description: "信息本身不变；这是它在站点的最后一个栏目时，它在该站点的页面答 410。",
	}, h.remove)
}

// ColumnPath has the path parameters of a column.
type ColumnPath struct {
	Site   string `path:"site" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"站点代码" doc:"站点代码"`
	Column api.ID `path:"column" doc:"栏目编号"`
}

// SpotPath has the path parameters of an item in a column.
type SpotPath struct {
	ColumnPath
	ItemPath
}

// Placement is an item in a column.
type Placement struct {
	Item     api.ID     `json:"item"`
	Site     string     `json:"site"`
	Column   api.ID     `json:"column"`
	Title    string     `json:"title,omitempty" doc:"信息的标题"`
	Headline string     `json:"headline,omitempty" doc:"在这个栏目里的标题"`
	At       *time.Time `json:"at,omitempty" doc:"在这个栏目里的日期"`
	Primary  bool       `json:"primary" doc:"信息在本站的页面属于这个栏目"`
	Listed   bool       `json:"listed" doc:"公众看得到"`
}

func placementOf(p resource.Placement, site, title string) Placement {
	return Placement{
		Item:     api.NewID(p.ItemID),
		Site:     site,
		Column:   api.NewID(p.ColumnID),
		Title:    title,
		Headline: p.Headline,
		At:       api.Time(p.At),
		Primary:  p.Primary,
		Listed:   p.Live,
	}
}

func (h handlers) placements(ctx context.Context, in *struct {
	ColumnPath
	api.PageInput
}) (*api.PageOutput[Placement], error) {
	at, err := in.At("placements", 2)
	if err != nil {
		return nil, err
	}
	if at == nil {
		at = []int64{0, 0}
	}
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	tree, err := h.Sites.Columns(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	if tree.ID(in.Column.Int()) == nil {
		return nil, fault.New(fault.NotFound, "站点 %s 没有编号为 %s 的栏目", in.Site, in.Column)
	}
	rows, err := h.Library.Column(ctx, s.ID, in.Column.Int(), at[0], at[1], in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := api.NewPage(ctx, in.PageInput, "placements", rows,
		func(p resource.Placed) []int64 { return []int64{p.At, p.ItemID} })
	out := &api.PageOutput[Placement]{Link: page.Link,
		Body: api.Page[Placement]{Items: []Placement{}, Next: page.Body.Next}}
	for _, p := range page.Body.Items {
		out.Body.Items = append(out.Body.Items, placementOf(p.Placement, s.Code, p.Title))
	}
	return out, nil
}

func (h handlers) itemPlacements(ctx context.Context, in *ItemPath) (*api.PageOutput[Placement], error) {
	all, err := h.Library.Placements(ctx, in.Item.Int())
	if err != nil {
		return nil, err
	}
	var shown []int64
	for _, p := range all {
		shown = append(shown, p.SiteID)
	}
	codes, err := h.Sites.Codes(ctx, shown...)
	if err != nil {
		return nil, err
	}
	var out []Placement
	for _, p := range all {
		out = append(out, placementOf(p, codes[p.SiteID], ""))
	}
	return whole(out), nil
}

// Shown says how a column shows an item.
type Shown struct {
	Headline string     `json:"headline,omitempty" maxLength:"500" doc:"在这个栏目里的标题，不写用信息的标题"`
	At       *time.Time `json:"at,omitempty" doc:"在这个栏目里的日期，不写用发布时间"`
}

func (h handlers) put(ctx context.Context, in *struct {
	SpotPath
	Body Shown
}) (*struct{}, error) {
	s, c, err := h.column(ctx, in.Site, in.Column)
	if err != nil {
		return nil, err
	}
	return nil, h.Desk.Place(ctx, in.Item.Int(), placeOf(s.ID, c, in.Body.Headline, in.Body.At))
}

func (h handlers) move(ctx context.Context, in *struct {
	SpotPath
	Body struct {
		Column api.ID `json:"column" doc:"移到哪个栏目"`
	}
}) (*struct{}, error) {
	if _, err := h.Sites.ByCodeInScope(ctx, in.Site); err != nil {
		return nil, err
	}
	s, c, err := h.column(ctx, in.Site, in.Body.Column)
	if err != nil {
		return nil, err
	}
	return nil, h.Desk.Move(ctx, in.Item.Int(), in.Column.Int(), placeOf(s.ID, c, "", nil))
}

func (h handlers) remove(ctx context.Context, in *SpotPath) (*struct{}, error) {
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	tree, err := h.Sites.Columns(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	if tree.ID(in.Column.Int()) == nil { // the column may belong to another site
		return nil, fault.New(fault.NotFound, "站点 %s 没有编号为 %s 的栏目", in.Site, in.Column)
	}
	return nil, h.Desk.Unplace(ctx, in.Item.Int(), in.Column.Int())
}
