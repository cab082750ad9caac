package resourceapi

import (
	"context"
	"guiyi/internal/resource"
	"net/http"
	"time"

	"guiyi/internal/kernel/api"
)

func mountHistory(a *api.API, h handlers) {
	api.Register(a, api.Operation{
		ID:          "list-editions",
		Method:      http.MethodGet,
		Path:        "/items/{item}/editions",
		Tag:         tag,
		Permission:  resource.Read,
		Summary:     "稿件版本",
		Description: "全部版本，新的在前。",
	}, h.editions)
	api.Register(a, api.Operation{
		ID:         "list-findings",
		Method:     http.MethodGet,
		Path:       "/items/{item}/findings",
		Tag:        tag,
		Permission: resource.Read,
		Summary:    "检查结果",
	}, h.findings)
	api.Register(a, api.Operation{
		ID:         "list-provenance",
		Method:     http.MethodGet,
		Path:       "/items/{item}/provenance",
		Tag:        tag,
		Permission: resource.Read,
		Summary:    "来源记录",
	}, h.provenance)
	api.Register(a, api.Operation{
		ID:          "list-addresses",
		Method:      http.MethodGet,
		Path:        "/items/{item}/addresses",
		Tag:         tag,
		Permission:  resource.Read,
		Summary:     "公开地址",
		Description: "信息在各站点的地址，和仍然有效的旧地址。",
	}, h.addresses)
}

func (h handlers) editions(ctx context.Context, in *struct {
	ItemPath
	api.PageInput
}) (*api.PageOutput[Edition], error) {
	before, err := in.One("editions")
	if err != nil {
		return nil, err
	}
	if _, _, err := h.Library.Item(ctx, in.Item.Int()); err != nil {
		return nil, err
	}
	all, err := h.Library.Editions(ctx, in.Item.Int())
	if err != nil {
		return nil, err
	}
	var out []Edition
	for _, e := range all {
		if (before == 0 || int64(e.No) < before) && len(out) <= in.Limit {
			out = append(out, editionOf(e))
		}
	}
	return api.NewPage(ctx, in.PageInput, "editions", out, func(e Edition) []int64 { return []int64{int64(e.No)} }), nil
}

// whole returns a list in one page. It is for lists that are always short.
func whole[T any](items []T) *api.PageOutput[T] {
	if items == nil {
		items = []T{}
	}
	return &api.PageOutput[T]{Body: api.Page[T]{Items: items}}
}

func (h handlers) findings(ctx context.Context, in *ItemPath) (*api.PageOutput[Finding], error) {
	if _, _, err := h.Library.Item(ctx, in.Item.Int()); err != nil {
		return nil, err
	}
	fs, err := h.Library.Findings(ctx, in.Item.Int())
	if err != nil {
		return nil, err
	}
	return whole(findingsOf(fs)), nil
}

// Provenance describes where an item comes from.
type Provenance struct {
	Source     string     `json:"source" doc:"来源名称；studio 为直接起草"`
	ExternalID string     `json:"external_id" doc:"在来源中的编号"`
	OriginURL  string     `json:"origin_url,omitempty" doc:"原地址"`
	FetchedAt  *time.Time `json:"fetched_at,omitempty"`
	RawHash    string     `json:"raw_hash,omitempty" doc:"存档原文的 SHA-256"`
	Extractor  string     `json:"extractor,omitempty" doc:"抽取程序的版本"`
}

func (h handlers) provenance(ctx context.Context, in *ItemPath) (*api.PageOutput[Provenance], error) {
	if _, _, err := h.Library.Item(ctx, in.Item.Int()); err != nil {
		return nil, err
	}
	all, err := h.Library.Provenance(ctx, in.Item.Int())
	if err != nil {
		return nil, err
	}
	var out []Provenance
	for _, p := range all {
		out = append(out, Provenance{
			Source:     p.Source,
			ExternalID: p.ExternalID,
			OriginURL:  p.OriginURL,
			FetchedAt:  api.Time(p.FetchedAt),
			RawHash:    p.RawHash,
			Extractor:  p.Extractor,
		})
	}
	return whole(out), nil
}

// Address is a public address of an item.
type Address struct {
	Site string `json:"site"`
	Path string `json:"path"`
	URL  string `json:"url" doc:"完整网址；站点没有域名时同 path"`
	Old  bool   `json:"old" doc:"旧地址，转向现在的"`
}

func (h handlers) addresses(ctx context.Context, in *ItemPath) (*api.PageOutput[Address], error) {
	all, err := h.Library.Addresses(ctx, in.Item.Int())
	if err != nil {
		return nil, err
	}
	var out []Address
	for _, at := range all {
		s, err := h.Sites.ByID(ctx, at.SiteID)
		if err != nil {
			return nil, err
		}
		out = append(out, Address{Site: s.Code, Path: at.Path, URL: s.URL(at.Path), Old: at.Old})
	}
	return whole(out), nil
}
