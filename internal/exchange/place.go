package exchange

import (
	"context"
	"guiyi/internal/kernel/actor"
	"strings"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// places returns the columns of a draft. The first one is that of its content or mapping, or else that of the request,
// or else the column named on the page, or else the default column. Its content can name further columns.
func (r *run) places(ctx context.Context, d *draft) ([]resource.Place, error) {
	path := d.column
	if path == "" {
		path = r.o.Column
	}
	var c *site.Column
	if path != "" {
		if c = r.tree.Path(path); c == nil {
			return nil, source.Refuse(source.ReasonMalformed, "站点 %s 没有栏目 %s", r.site.Code, path)
		}
	} else {
		c = r.columnNamed(d.colName)
	}
	if c == nil {
		c = defaultColumn(r.tree)
	}
	places := []resource.Place{resource.PlaceIn(r.site.ID, c)}
	for _, more := range d.otherPlaces {
		p, err := r.resolvePlace(ctx, string(more))
		if err != nil {
			return nil, err
		}
		places = append(places, p)
	}
	return places, nil
}

func (r *run) columnNamed(name string) *site.Column {
	if name == "" {
		return nil
	}
	for _, c := range r.tree.All() {
		if c.Name == name && !c.Retired && c.Kind.Traits().ByName {
			return c
		}
	}
	return nil
}

// defaultColumn returns the first list column of the site, or else 法定主动公开内容, which every site has.
func defaultColumn(t *site.Tree) *site.Column {
	var first func(parent int64) *site.Column
	first = func(parent int64) *site.Column {
		for _, c := range t.Children(parent) {
			if c.Kind.Traits().Block {
				return c
			}
			if below := first(c.ID); below != nil && c.Kind != site.KindDisclosure {
				return below
			}
		}
		return nil
	}
	if c := first(0); c != nil {
		return c
	}
	return t.Path(site.DisclosureRoot + "/" + site.DisclosureContent)
}

// siteOf returns the site with this code, nil when there is none. A run reads each site once.
func (r *run) siteOf(ctx context.Context, code string) (*site.Site, error) {
	if s, read := r.others[code]; read {
		return s, nil
	}
	s, err := r.Sites.ByCode(ctx, code)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	r.others[code] = s
	return s, nil
}

// resolvePlace returns the place of a column, written "path" or "site:path".
func (r *run) resolvePlace(ctx context.Context, column string) (resource.Place, error) {
	code, path, other := strings.Cut(column, ":")
	if !other {
		code, path = r.site.Code, column
	}
	s, err := r.siteOf(ctx, code)
	if err != nil {
		return resource.Place{}, err
	}
	if s == nil {
		return resource.Place{}, source.Refuse(source.ReasonMalformed, "没有站点 %s", code)
	}
	if err := r.by.Check(Write, actor.At(s.ID)); err != nil {
		return resource.Place{}, err
	}
	tree := r.trees[code]
	if tree == nil {
		var err error
		if tree, err = r.Sites.Columns(ctx, s.ID); err != nil {
			return resource.Place{}, err
		}
		r.trees[code] = tree
	}
	c := tree.Path(path)
	if c == nil {
		return resource.Place{}, source.Refuse(source.ReasonMalformed, "站点 %s 没有栏目 %s", code, path)
	}
	return resource.PlaceIn(s.ID, c), nil
}
