package siteapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"guiyi/internal/kernel/api"
	"guiyi/internal/site"
)

func mountColumns(a *api.API, h handlers) {
	api.Register(a, api.Operation{
		ID:          "list-columns",
		Method:      http.MethodGet,
		Path:        "/sites/{site}/columns",
		Tag:         tag,
		Permission:  site.Read,
		Summary:     "栏目树",
		Description: "按路径排列全部栏目，包括已撤销的；parent 指出上级。",
	}, h.columns)
	api.Register(a, api.Operation{
		ID:          "create-column",
		Method:      http.MethodPost,
		Path:        "/sites/{site}/columns",
		Tag:         tag,
		Permission:  site.ColumnWrite,
		Summary:     "建立栏目",
		Status:      http.StatusCreated,
		Description: "在 parent 之下、同级最后建立栏目。同一路径上撤销过的栏目由此恢复。",
	}, h.addColumn)
	api.Register(a, api.Operation{
		ID:          "change-column",
		Method:      http.MethodPatch,
		Path:        "/sites/{site}/columns/{column}",
		Tag:         tag,
		Permission:  site.ColumnWrite,
		Summary:     "修改栏目",
		Description: "只改写了的字段。标识（slug）不能改，因为地址不变。version 是您读到的栏目版本号，别人改过这个栏目则 409；同一站点的不同栏目可以同时修改。",
	}, h.changeColumn)
	api.Register(a, api.Operation{
		ID:          "retire-column",
		Method:      http.MethodDelete,
		Path:        "/sites/{site}/columns/{column}",
		Tag:         tag,
		Permission:  site.ColumnWrite,
		Summary:     "撤销栏目",
		Description: "栏目和下级不再显示，其中的信息和地址仍然有效。",
	}, h.retireColumn)
}

// ColumnPath is the column in the path of a request.
type ColumnPath struct {
	SitePath
	Column api.ID `path:"column" doc:"栏目编号"`
}

// NewColumn is the request that creates a column.
type NewColumn struct {
	Parent string `json:"parent,omitempty" maxLength:"400" doc:"上级栏目的路径，不写为顶层"`
	ColumnInput
}

// ColumnPatch is the request that changes a column. Fields that are left out do not change.
type ColumnPatch struct {
	Version     int64                 `json:"version" minimum:"1" doc:"您读到的栏目版本号"`
	Name        *string               `json:"name,omitempty" minLength:"1" maxLength:"100" doc:"名称"`
	Kind        *api.OneOf[site.Kind] `json:"kind,omitempty" doc:"形式"`
	Description *string               `json:"description,omitempty" maxLength:"500" doc:"栏目描述"`
	Keywords    []string              `json:"keywords,omitempty" maxItems:"30" doc:"栏目关键词"`
	Types       []string              `json:"types,omitempty" maxItems:"10" doc:"栏目类别"`
	Update      *string               `json:"update,omitempty" maxLength:"20" doc:"更新类"`
	URL         *string               `json:"url,omitempty" maxLength:"1000" doc:"链接栏目的地址"`
	Nav         *bool                 `json:"nav,omitempty" doc:"是否在主导航显示"`
	Rank        *int                  `json:"rank,omitempty" minimum:"1" maximum:"1000" doc:"同级中的次序，从 1 开始"`
}

type columnBody struct{ Body Column }

func (h handlers) columns(ctx context.Context, in *struct {
	SitePath
	api.PageInput
}) (*api.PageOutput[Column], error) {
	after, err := in.One("columns")
	if err != nil {
		return nil, err
	}
	s, err := h.Sites.ByCodeInScope(ctx, in.Site)
	if err != nil {
		return nil, err
	}
	tree, err := h.Sites.Columns(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	all := slices.SortedFunc(slices.Values(tree.All()),
		func(a, b *site.Column) int { return cmp.Compare(a.Path, b.Path) })
	from := ""
	if last := tree.ID(after); last != nil {
		from = last.Path
	}
	var out []Column
	for _, c := range all {
		if c.Path > from && len(out) <= in.Limit {
			out = append(out, columnOf(c))
		}
	}
	return api.NewPage(ctx, in.PageInput, "columns", out, func(c Column) []int64 { return []int64{c.ID.Int()} }), nil
}

func (h handlers) addColumn(ctx context.Context, in *struct {
	SitePath
	Body NewColumn
}) (*columnBody, error) {
	c, err := h.Desk.AddColumn(ctx, in.Site, in.Body.Parent, in.Body.decl())
	if err != nil {
		return nil, err
	}
	return &columnBody{columnOf(c)}, nil
}

func (h handlers) changeColumn(ctx context.Context, in *struct {
	ColumnPath
	Body ColumnPatch
}) (*columnBody, error) {
	b := in.Body
	change := site.ColumnChange{
		Name:        b.Name,
		Description: b.Description,
		Update:      b.Update,
		URL:         b.URL,
		Keywords:    b.Keywords,
		Types:       b.Types,
		Nav:         b.Nav,
		Rank:        b.Rank,
	}
	if b.Kind != nil {
		kind := site.Kind(*b.Kind)
		change.Kind = &kind
	}
	c, err := h.Desk.ChangeColumn(ctx, in.Site, b.Version, in.Column.Int(), change)
	if err != nil {
		return nil, err
	}
	return &columnBody{columnOf(c)}, nil
}

func (h handlers) retireColumn(ctx context.Context, in *struct {
	ColumnPath
	Version int64 `query:"version" required:"true" minimum:"1" doc:"您读到的栏目版本号"`
}) (*columnBody, error) {
	c, err := h.Desk.RetireColumn(ctx, in.Site, in.Version, in.Column.Int())
	if err != nil {
		return nil, err
	}
	return &columnBody{columnOf(c)}, nil
}
