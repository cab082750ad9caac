package exchange

import (
	"context"
	"slices"

	"guiyi/internal/resource"
)

// version is the part of a record that decides the order of the versions of a text.
type version struct {
	id       string
	at       int64 // unix milliseconds; versions without a date come first
	dated    bool
	previous string // ID of the version that this one replaces
	replaced bool   // a newer version exists
}

// versions are the records of a source that are versions of the same text, by ID.
type versions map[string]*version

// findVersions reads the source once before the run, when the mapping says by which columns versions are recognized.
func (r *run) findVersions(ctx context.Context) (versions, error) {
	if len(r.mapping.Versions.By) == 0 {
		return nil, nil
	}
	ahead := &run{o: r.o, mapping: r.mapping, seen: seen{}} // gives records the same IDs as the run itself
	groups := map[string][]*version{}
	for in, err := range r.o.Source.Inputs(ctx) {
		if err != nil {
			return nil, err
		}
		if in.Leftover != "" {
			continue
		}
		ahead.name(&in)
		key := joinValues(in.Fields, r.mapping.Versions.By)
		if in.Problem != nil || key == "" {
			continue
		}
		v := &version{id: in.ID}
		if t, ok := parseTime(r.mapping.value(in.Fields, "time")); ok {
			v.at, v.dated = t.UnixMilli(), true
		}
		groups[key] = append(groups[key], v)
	}
	all := versions{}
	for _, g := range groups {
		if len(g) > 1 {
			all.order(g)
		}
	}
	return all, nil
}

func (all versions) order(g []*version) {
	slices.SortStableFunc(g, func(a, b *version) int {
		switch {
		case a.dated != b.dated && a.dated:
			return 1
		case a.dated != b.dated:
			return -1
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	for i, v := range g {
		all[v.id] = v
		if i > 0 {
			v.previous = g[i-1].id
		}
		v.replaced = i < len(g)-1
	}
}

// apply links a draft to the version that it replaces. When a newer version replaces it, apply sets its validity.
func (all versions) apply(id string, d *draft, validity string) {
	v := all[id]
	if v == nil {
		return
	}
	if v.previous != "" {
		d.links = append(d.links, resource.ExternalLink{Kind: resource.Amends, ExternalID: v.previous})
	}
	if v.replaced && validity != "" {
		if d.edition.Document == nil {
			d.edition.Document = &resource.DocumentInfo{}
		}
		d.edition.Document.Validity = validity
	}
}
