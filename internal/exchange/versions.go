package exchange

import (
	"context"
	"slices"

	"guiyi/internal/resource"
)

// version is what a first look at a record gives: enough to order the versions
// of one law or rule.
type version struct {
	id       string
	at       int64 // unix milliseconds, undated ones are the oldest
	dated    bool
	previous string // id of the version that this one replaced
	replaced bool   // a newer version exists
}

// versions are the records of a source that are versions of one another, by id.
type versions map[string]*version

// findVersions reads the source once ahead when the mapping says which columns versions
// of one text share.
func (r *run) findVersions(ctx context.Context) (versions, error) {
	if len(r.mapping.Versions.By) == 0 {
		return nil, nil
	}
	ahead := &run{o: r.o, mapping: r.mapping, seen: seen{}} // names records as the run itself will
	groups := map[string][]*version{}
	for in, err := range r.o.Source.Inputs(ctx) {
		if err != nil {
			return nil, err
		}
		if in.Leftover != "" {
			continue
		}
		ahead.name(&in)
		key := joined(in.Fields, r.mapping.Versions.By)
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

// apply ties a draft to the version it replaced, and marks it when it was replaced itself.
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
