package render

import (
	"context"
	"fmt"
	"slices"

	"guiyi/internal/publish/page"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// sectionItems is the number of entries a channel shows of each column below it.
const sectionItems = 6

// listView shows the items of a column, and those of the columns below a channel.
func (f *Frame) listView(ctx context.Context, r *reads, c *site.Column, no int64) (theme.View, error) {
	title := f.columnTitle(c)
	path := page.ColumnPath(c)
	if no != 0 {
		title, path = fmt.Sprintf("%s_第%d页", title, no), page.OlderPath(c, no)
	}
	base, err := f.BasePage(path, title, c)
	if err != nil {
		return nil, err
	}
	v := theme.List{
		Page:        base,
		Crumbs:      f.crumbs(c),
		Name:        c.Name,
		Description: c.Description,
		Side:        f.side(c),
		Filter:      &theme.Filter{Action: "/search", Site: f.Site.Code, Column: c.Path},
	}
	if page.IsList(c) {
		for _, p := range page.Feeds(c) {
			v.Feeds = append(v.Feeds, feedLink(c.Name, p))
		}
		v.Page.Feeds = v.Feeds
	}
	if no == 0 {
		if v.Sections, v.Children, err = f.sections(ctx, r, c); err != nil {
			return nil, err
		}
	}
	entries, pager, err := f.listPart(ctx, r, c, no)
	if err != nil {
		return nil, err
	}
	v.Pager = pager
	err = f.fillList(ctx, r, &v, entries)
	return v, err
}

func feedLink(name string, p page.Page) theme.Feed {
	if p.Kind == page.Atom {
		return theme.Feed{Title: name + "（Atom）", URL: p.Path, Type: "application/atom+xml"}
	}
	return theme.Feed{Title: name, URL: p.Path, Type: "application/rss+xml"}
}

// fillList shows the entries as documents, pictures or lines, depending on what most of them are.
func (f *Frame) fillList(ctx context.Context, r *reads, v *theme.List, entries []published.Entry) (err error) {
	if len(entries) > 0 {
		v.UpdatedAt = at(entries[0].At)
	}
	documents, pictures := 0, 0
	for _, e := range entries {
		if e.Class == resource.Document {
			documents++
		}
		if e.Class == resource.Picture && e.Cover != nil {
			pictures++
		}
	}
	switch {
	case documents*2 > len(entries):
		v.Documents, err = f.documentRows(ctx, r, entries)
	case pictures == len(entries) && pictures > 0:
		v.Pictures = f.pictureItems(r, entries)
	default:
		v.Items = f.listItems(entries)
	}
	return err
}

// sections returns the newest entries of each column below a channel. A column without entries of its own becomes a
// plain link.
func (f *Frame) sections(ctx context.Context, r *reads, c *site.Column) ([]theme.ListBlock, []theme.Link, error) {
	if c.Kind != site.KindChannel {
		return nil, nil, nil
	}
	var blocks []theme.ListBlock
	var links []theme.Link
	for _, child := range f.Tree.Children(c.ID) {
		if !child.Kind.Traits().Block {
			links = append(links, theme.Link{Text: child.Name, URL: columnURL(child), Note: child.Description})
			continue
		}
		entries, err := r.top(ctx, child.ID, sectionItems)
		if err != nil {
			return nil, nil, err
		}
		blocks = append(blocks, theme.ListBlock{Title: child.Name, MoreURL: page.ColumnPath(child),
			Items: f.listItems(entries)})
	}
	return blocks, links, nil
}

// listPart returns the entries of one page of a list and its pager.
func (f *Frame) listPart(ctx context.Context, r *reads, c *site.Column, no int64) ([]published.Entry, theme.Pager,
	error) {
	last, err := f.lastPage(ctx, c)
	if err != nil {
		return nil, theme.Pager{}, err
	}
	row, high := last, published.Newest
	if no != 0 {
		if row, err = f.Lists.Page(ctx, c.ID, no); err != nil || row == nil {
			return nil, theme.Pager{}, err
		}
		if high, err = f.Lists.High(ctx, row); err != nil {
			return nil, theme.Pager{}, err
		}
	}
	pager := pagerOf(c, row.No, last.No)
	for _, p := range pager.Pages {
		if n := int64(p.Number); n != last.No {
			r.pager = append(r.pager, page.OfOlder(c, n))
		}
	}
	entries, err := r.between(ctx, c.ID, row.Low, high)
	return entries, pager, err
}

// PagerReach is the largest distance, in pages, at which a pager shows the number of a new page.
const PagerReach = 2

// pagerOf never shows a total, because an older page must not change when the list grows. The number of the newest page
// is shown only on pages within PagerReach of it.
func pagerOf(c *site.Column, no, last int64) theme.Pager {
	if last == 1 {
		return theme.Pager{}
	}
	address := func(n int64) string {
		if n == last {
			return page.ColumnPath(c)
		}
		return page.OlderPath(c, n)
	}
	p := theme.Pager{Number: int(no)}
	if no == last {
		p.Number = 0
	}
	for n := min(no+PagerReach, last); n >= max(1, no-PagerReach); n-- {
		p.Pages = append(p.Pages, theme.PagerPage{Number: int(n), URL: address(n), Current: n == no})
	}
	if no < last {
		p.Newest, p.Newer = page.ColumnPath(c), address(no+1)
	}
	if no > 1 {
		p.Older, p.Oldest = address(no-1), address(1)
	}
	return p
}

func (f *Frame) documentRows(ctx context.Context, r *reads, entries []published.Entry) ([]theme.DocumentRow, error) {
	ids := make([]int64, len(entries))
	for i, e := range entries {
		ids[i] = e.Item
	}
	relations, err := r.relations(ctx, ids...)
	if err != nil {
		return nil, err
	}
	rows := make([]theme.DocumentRow, len(entries))
	for i, e := range entries {
		row := theme.DocumentRow{Title: e.Title, URL: f.href(e), At: at(e.At)}
		if e.Document != nil {
			row.Number, row.Validity = e.Document.DocNo, e.Document.Validity
		}
		for _, rel := range relations[e.Item] {
			if rel.Kind == resource.Interprets && !rel.Forward {
				row.Interpretations = append(row.Interpretations,
					theme.Link{Text: formOf(rel.Other), URL: f.href(rel.Other), Note: rel.Other.Title})
			}
		}
		rows[i] = row
	}
	return rows, nil
}

func formOf(e published.Entry) string {
	if e.Interpretation != nil && e.Interpretation.Form != "" {
		return e.Interpretation.Form
	}
	return "解读"
}

// singleView shows the newest item of a page column as the column itself.
func (f *Frame) singleView(ctx context.Context, r *reads, c *site.Column, _ int64) (theme.View, error) {
	shown, err := f.newest(ctx, r, c)
	if err != nil {
		return nil, err
	}
	return f.single(r, c, shown)
}

// single shows an item, or nothing yet if shown is nil, as the page of a column.
func (f *Frame) single(r *reads, c *site.Column, shown *published.Shown) (theme.View, error) {
	base, err := f.BasePage(page.ColumnPath(c), f.columnTitle(c), c)
	if err != nil {
		return nil, err
	}
	v := theme.PageView{Page: base, Crumbs: f.crumbs(c), Side: f.side(c), Content: theme.Content{Title: c.Name}}
	if shown == nil {
		return v, nil
	}
	v.Content = f.content(r, shown)
	f.contentHead(&v.Page, shown, page.ColumnPath(c))
	return v, nil
}

func (f *Frame) newest(ctx context.Context, r *reads, c *site.Column) (*published.Shown, error) {
	entries, err := r.top(ctx, c.ID, 1)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	items, err := f.Pub.OnSite(ctx, f.Site.ID, []int64{entries[0].Item})
	if err != nil {
		return nil, err
	}
	return items[entries[0].Item], nil
}

// disclosureView returns the 政府信息公开 page (国办公开办函〔2019〕61号) with the same four nodes for every organ. A node with one
// item shows the item; a node with several lists them.
func (f *Frame) disclosureView(ctx context.Context, r *reads, c *site.Column, no int64) (theme.View, error) {
	path := page.ColumnPath(c)
	if no != 0 {
		path = page.OlderPath(c, no)
	}
	base, err := f.BasePage(path, f.columnTitle(c), c)
	if err != nil {
		return nil, err
	}
	d := f.Site.Dossier
	v := theme.Disclosure{
		Page:   base,
		Crumbs: f.crumbs(c),
		Organ:  d.Sponsor,
		Title:  c.Name,
		Intro:  c.Description,
		Unit:   theme.UnitInfo{Name: d.Organizer, Address: d.Address, Phone: d.Phone, Email: d.Email},
	}
	if v.Organ == "" {
		v.Organ = f.Site.Name
	}
	f.disclosureNodes(&v, c)
	if c.Path == site.DisclosureRoot {
		err := f.disclosureRoot(ctx, r, &v, c)
		return v, err
	}
	entries, pager, err := f.listPart(ctx, r, c, no)
	if err != nil {
		return nil, err
	}
	v.Pager = pager
	if len(entries) == 1 && no == 0 && pager.Oldest == "" {
		items, err := f.Pub.OnSite(ctx, f.Site.ID, []int64{entries[0].Item})
		if err != nil {
			return nil, err
		}
		if shown := items[entries[0].Item]; shown != nil {
			content := f.content(r, shown)
			v.Content = &content
			f.contentHead(&v.Page, shown, path)
			return v, nil
		}
	}
	v.Items = f.listItems(entries)
	return v, nil
}

func (f *Frame) disclosureNodes(v *theme.Disclosure, c *site.Column) {
	root := f.Tree.Path(site.DisclosureRoot)
	if root == nil {
		return
	}
	trail := f.Tree.Trail(c.ID)
	for _, n := range f.Tree.Children(root.ID) {
		if n.Slug == site.DisclosureRequest {
			v.Apply = theme.Link{Text: n.Name, URL: columnURL(n), Current: n.ID == c.ID}
			continue
		}
		node := theme.DisclosureNode{Text: n.Name, URL: columnURL(n), Current: n.ID == c.ID,
			Open: slices.Contains(trail, n)}
		node.Children = f.nodes(n.ID, c, trail)
		v.Nodes = append(v.Nodes, node)
	}
}

// disclosureRoot shows the newest entries of every node.
func (f *Frame) disclosureRoot(ctx context.Context, r *reads, v *theme.Disclosure, root *site.Column) error {
	for _, n := range f.Tree.Children(root.ID) {
		if n.Kind.Traits().Link {
			continue
		}
		entries, err := r.top(ctx, n.ID, sectionItems)
		if err != nil {
			return err
		}
		if len(entries) > 0 {
			v.Sections = append(v.Sections, theme.ListBlock{Title: n.Name, MoreURL: page.ColumnPath(n),
				Items: f.listItems(entries)})
		}
	}
	return nil
}
