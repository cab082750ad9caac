package resourceapi

import (
	"context"
	"net/http"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/resource"
)

func mountDiscard(a *api.API, h handlers) {
	api.Register(a, api.Operation{
		ID:          "discard-item",
		Method:      http.MethodPost,
		Path:        "/items/{item}/discard",
		Tag:         tag,
		Permission:  resource.Write,
		Summary:     "移入回收站",
		Description: "只能移入从未公开的信息，公开过的请撤稿。回收站里的信息保留 90 天，其间可以恢复。",
	}, h.discard)
	api.Register(a, api.Operation{
		ID:         "undiscard-item",
		Method:     http.MethodPost,
		Path:       "/items/{item}/undiscard",
		Tag:        tag,
		Permission: resource.Write,
		Summary:    "从回收站恢复为草稿",
	}, h.undiscard)
	api.Register(a, api.Operation{
		ID:          "reinstate-edition",
		Method:      http.MethodPost,
		Path:        "/items/{item}/editions/{no}/reinstate",
		Tag:         tag,
		Permission:  resource.Write,
		Summary:     "恢复以前的稿件版本",
		Description: "以前的版本成为新的草稿；公开的版本在发布之前不变。",
	}, h.reinstate)
	api.Register(a, api.Operation{
		ID:          "release-items",
		Method:      http.MethodPost,
		Path:        "/releases",
		Tag:         tag,
		Permission:  resource.ReleaseItems,
		Summary:     "同时发布多条信息",
		Description: "同一时刻公开，立即或在 at 所写的时间；有一条不能发布，就一条都不发布。",
	}, h.releaseSet)
}

// SeenVersion is the version of an item that the client has read.
type SeenVersion struct {
	Version int64 `json:"version" minimum:"1" doc:"您读到的版本号"`
}

// SeenItem is an item with the version that the client has read.
type SeenItem struct {
	ID api.ID `json:"id"`
	SeenVersion
}

type seenInput struct {
	ItemPath
	Body SeenVersion
}

func (in *seenInput) seen() resource.Seen {
	return resource.Seen{Item: in.Item.Int(), Version: in.Body.Version}
}

func (h handlers) discard(ctx context.Context, in *seenInput) (*headBody, error) {
	return oneHeadBody(h.Desk.Discard(ctx, in.seen()))
}

func (h handlers) undiscard(ctx context.Context, in *seenInput) (*headBody, error) {
	return headBodyOf(h.Desk.Undiscard(ctx, in.seen()))
}

func (h handlers) reinstate(ctx context.Context, in *struct {
	ItemPath
	No   int `path:"no" minimum:"1" doc:"第几版"`
	Body SeenVersion
}) (*headBody, error) {
	return headBodyOf(h.Desk.Reinstate(ctx, resource.Seen{Item: in.Item.Int(), Version: in.Body.Version}, in.No))
}

// ReleaseSet is a set of items to be made public at one time.
type ReleaseSet struct {
	Items []SeenItem `json:"items" minItems:"1" maxItems:"1000" nullable:"false"`
	At    *time.Time `json:"at,omitempty" doc:"定时发布的时间，不写为立即"`
}

func (h handlers) releaseSet(ctx context.Context, in *struct{ Body ReleaseSet }) (*api.PageOutput[Head], error) {
	seen := make([]resource.Seen, len(in.Body.Items))
	for i, it := range in.Body.Items {
		seen[i] = resource.Seen{Item: it.ID.Int(), Version: it.Version}
	}
	items, err := h.Desk.Release(ctx, api.Milli(in.Body.At), seen...)
	if err != nil {
		return nil, err
	}
	out := make([]Head, len(items))
	for i, it := range items {
		out[i] = headOf(it)
	}
	return whole(out), nil
}
