package render

import (
	"cmp"
	"context"

	"guiyi/internal/address"
	"guiyi/internal/publish/page"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
	"guiyi/internal/theme"
)

func (f *Frame) homeView(ctx context.Context, r *reads) (theme.View, error) {
	chrome, err := f.chrome(atHome)
	if err != nil {
		return nil, err
	}
	p := theme.Page{
		Title:     f.Site.Title,
		Canonical: f.Site.URL(address.Home),
		Chrome:    chrome,
		JSONLD:    theme.OrganizationLD(f.organization()),
		OG:        theme.OG{Title: f.Site.Title, Type: "website"},
		Meta: theme.Meta{Site: theme.SiteMeta{Name: f.Site.Name, Domain: f.domain(),
			IDCode: f.Site.Dossier.SiteIDCode}, Column: f.homeMeta(), Description: cmp.Or(f.Site.Title, f.Site.Name)},
	}
	for _, feed := range page.Feeds(nil) {
		p.Feeds = append(p.Feeds, feedLink(f.Site.Name, feed))
	}
	v := theme.Home{Page: p, Title: f.Site.Title}
	if d := f.Site.Dossier; d.EmblemHash != "" {
		r.usesMedia(f.emblem())
	}
	for _, b := range f.homeBlocks() {
		block, ok, err := f.homeBlock(ctx, r, b)
		if err != nil {
			return nil, err
		}
		if ok {
			v.Blocks = append(v.Blocks, block)
		}
	}
	return v, nil
}

// homeBlocks returns the declared blocks; a site that declares none shows its columns.
func (f *Frame) homeBlocks() []site.Block {
	if len(f.Site.Home) > 0 {
		return f.Site.Home
	}
	var blocks []site.Block
	for _, c := range f.Tree.Children(0) {
		if c.Kind.Traits().Block {
			blocks = append(blocks, site.Block{Block: "list", Column: c.Path})
		}
		for _, child := range f.Tree.Children(c.ID) {
			if child.Kind.Traits().Block {
				blocks = append(blocks, site.Block{Block: "list", Column: child.Path})
			}
		}
	}
	return append(blocks, site.Block{Block: "disclosure"})
}

// homeBlock builds one block; it returns false when the block would be empty.
func (f *Frame) homeBlock(ctx context.Context, r *reads, b site.Block) (out theme.Block, ok bool, err error) {
	switch b.Block {
	case "tiles":
		out.Tiles = &theme.TilesBlock{Title: b.Title, Items: links(b.Items)}
		return out, len(b.Items) > 0, nil
	case "disclosure":
		out.Disclosure = f.disclosureBlock(b)
		return out, out.Disclosure != nil, nil
	case "figures":
		out.Figures = &theme.FiguresBlock{Title: b.Title}
		for _, l := range b.Items {
			out.Figures.Items = append(out.Figures.Items, theme.Figure{Name: l.Name, Value: l.URL, Unit: l.Note})
		}
		return out, len(b.Items) > 0, nil
	}
	c := f.Tree.Path(b.Column)
	if c == nil {
		return out, false, nil
	}
	title, more := cmp.Or(b.Title, c.Name), columnURL(c)
	if b.Block == "topics" {
		out.Topics, err = f.topicsBlock(ctx, r, c, title, cmp.Or(b.Count, 4))
		return out, err == nil && len(out.Topics.Items) > 0, err
	}
	entries, err := r.top(ctx, c.ID, cmp.Or(b.Count, 6))
	if err != nil || len(entries) == 0 && b.Block != "list" {
		return out, false, err
	}
	switch b.Block {
	case "headline":
		out.Headline = &theme.HeadlineBlock{Title: entries[0].Title, URL: f.href(entries[0])}
		for _, e := range entries[1:min(len(entries), 4)] {
			out.Headline.Links = append(out.Headline.Links, theme.Link{Text: e.Title, URL: f.href(e)})
		}
	case "notice":
		out.Notice = &theme.NoticeBlock{Label: cmp.Or(b.Title, "提示"), Text: entries[0].Title,
			Link: theme.Link{Text: "查看详情", URL: f.href(entries[0])}}
	case "focus":
		out.Focus = &theme.FocusBlock{Title: title, Items: f.pictureItems(r, entries)}
	case "gallery":
		out.Gallery = &theme.GalleryBlock{Title: title, MoreURL: more, Items: f.pictureItems(r, entries)}
	case "documents":
		out.Documents, err = f.documentsBlock(ctx, r, b, title, more, entries)
	default:
		out.List = &theme.ListBlock{Title: title, MoreURL: more, Items: f.listItems(entries)}
	}
	return out, true, err
}

func links(items []site.Link) []theme.Link {
	out := make([]theme.Link, len(items))
	for i, l := range items {
		out[i] = theme.Link{Text: l.Name, URL: l.URL, Note: l.Note}
	}
	return out
}

func (f *Frame) disclosureBlock(b site.Block) *theme.DisclosureBlock {
	root := f.Tree.Path(site.DisclosureRoot)
	if root == nil {
		return nil
	}
	out := &theme.DisclosureBlock{Title: cmp.Or(b.Title, root.Name)}
	for _, n := range f.Tree.Children(root.ID) {
		out.Links = append(out.Links, theme.Link{Text: n.Name, URL: columnURL(n)})
	}
	return out
}

func (f *Frame) documentsBlock(ctx context.Context, r *reads, b site.Block, title, more string,
	entries []published.Entry) (*theme.DocumentsBlock, error) {
	out := &theme.DocumentsBlock{Title: title, MoreURL: more}
	var err error
	if out.Items, err = f.documentRows(ctx, r, entries); err != nil {
		return nil, err
	}
	if c := f.Tree.Path(b.Interpretations); b.Interpretations != "" && c != nil {
		readings, err := r.top(ctx, c.ID, cmp.Or(b.Count, 6))
		if err != nil {
			return nil, err
		}
		out.InterpretTitle, out.InterpretMoreURL, out.Interpretations = c.Name, columnURL(c), f.listItems(readings)
	}
	return out, nil
}

// topicsBlock shows the topic columns below a column, or the column's items when it has none.
func (f *Frame) topicsBlock(ctx context.Context, r *reads, c *site.Column, title string, n int) (*theme.TopicsBlock,
	error) {
	out := &theme.TopicsBlock{Title: title, MoreURL: columnURL(c)}
	for _, child := range f.Tree.Children(c.ID) {
		if len(out.Items) < n {
			out.Items = append(out.Items, theme.TopicItem{Title: child.Name, Note: child.Description,
				URL: columnURL(child)})
		}
	}
	if len(out.Items) > 0 {
		return out, nil
	}
	entries, err := r.top(ctx, c.ID, n)
	for _, e := range entries {
		item := theme.TopicItem{Title: e.Title, Note: e.Summary, URL: f.href(e)}
		if e.Cover != nil {
			item.Picture = theme.Image{URL: r.usesMedia(*e.Cover), Alt: e.Cover.Alt}
		}
		out.Items = append(out.Items, item)
	}
	return out, err
}
