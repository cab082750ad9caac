package render

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/page"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// BasePage returns the head and frame of the page at a path. col is the column it belongs to, nil for pages outside the
// column tree.
func (f *Frame) BasePage(path, title string, col *site.Column) (theme.Page, error) {
	p := theme.Page{Title: title, Canonical: f.Site.URL(path), Meta: theme.Meta{Site: theme.SiteMeta{
		Name: f.Site.Name, Domain: f.domain(), IDCode: f.Site.Dossier.SiteIDCode}}}
	top := int64(0)
	name, _, _ := strings.Cut(title, "_")
	p.Meta.Description = f.Site.Name + "：" + name
	if col != nil {
		p.Meta.Column = columnMeta(col)
		p.Meta.Description = oneLine(cmp.Or(col.Description, f.Site.Name+"“"+col.Name+"”栏目"))
		top = f.Tree.Trail(col.ID)[0].ID
	}
	p.OG = theme.OG{Title: title, Type: "website"}
	var err error
	p.Chrome, err = f.chrome(top)
	return p, err
}

// domain returns the main domain. A site without one is served at CODE.localhost.
func (f *Frame) domain() string { return cmp.Or(f.Site.MainDomain(), f.Site.Code+".localhost") }

// columnMeta fills the four column tags (网页标签规范). A value missing in the dossier is replaced by the column's name, so
// that no required tag is empty.
func columnMeta(c *site.Column) *theme.ColumnMeta {
	m := &theme.ColumnMeta{Name: c.Name, Description: c.Description, Keywords: c.Keywords, Types: c.Types}
	if m.Description == "" {
		m.Description = c.Name
	}
	if len(m.Keywords) == 0 {
		m.Keywords = []string{c.Name}
	}
	if len(m.Types) == 0 {
		m.Types = []string{"工作动态"}
	}
	return m
}

func (f *Frame) homeMeta() *theme.ColumnMeta {
	return &theme.ColumnMeta{Name: "首页", Description: f.Site.Title,
		Keywords: append([]string{f.Site.Name}, f.Site.Hot...), Types: []string{"首页"}}
}

func (f *Frame) organization() theme.Organization {
	d := f.Site.Dossier
	return theme.Organization{
		Name:    cmp.Or(d.Sponsor, f.Site.Name),
		URL:     f.Site.URL(address.Home),
		Phone:   d.Phone,
		Email:   d.Email,
		Address: d.Address,
	}
}

// columnTitle returns "栏目_上级栏目_网站".
func (f *Frame) columnTitle(c *site.Column) string {
	names := []string{f.Site.Name}
	for _, t := range f.Tree.Trail(c.ID) {
		names = append(names, t.Name)
	}
	slices.Reverse(names)
	return strings.Join(names, "_")
}

func (f *Frame) crumbs(c *site.Column) []theme.Link {
	out := []theme.Link{{Text: "首页", URL: address.Home}}
	for _, t := range f.Tree.Trail(c.ID) {
		out = append(out, theme.Link{Text: t.Name, URL: columnURL(t)})
	}
	return out
}

// side returns the column tree shown next to a list or page.
func (f *Frame) side(c *site.Column) theme.Side {
	trail := f.Tree.Trail(c.ID)
	top := trail[0]
	if len(f.Tree.Children(top.ID)) == 0 {
		return theme.Side{}
	}
	return theme.Side{Title: top.Name, URL: columnURL(top), Nodes: f.nodes(top.ID, c, trail)}
}

func (f *Frame) nodes(parent int64, current *site.Column, trail []*site.Column) []theme.TreeNode {
	var out []theme.TreeNode
	for _, c := range f.Tree.Children(parent) {
		n := theme.TreeNode{Text: c.Name, URL: columnURL(c), Current: current != nil && c.ID == current.ID,
			Open: slices.Contains(trail, c)}
		if n.Open || current == nil {
			n.Children = f.nodes(c.ID, current, trail)
		}
		out = append(out, n)
	}
	return out
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return store.FromMilli(ms)
}

func day(s string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, s, store.FromMilli(0).Location())
	if err != nil {
		return time.Time{}
	}
	return t
}

// href returns the link to an entry from a page of this site; "" when it has no address.
func (f *Frame) href(e published.Entry) string {
	if e.Site == f.Site.ID {
		if e.Path != "" {
			return e.Path
		}
		if c := f.Tree.ID(e.Column); c != nil {
			return page.ColumnPath(c)
		}
		return ""
	}
	s := f.others.get(e.Site)
	if s == nil || s.MainDomain() == "" { // a path alone would link to a page of this site
		return ""
	}
	return s.URL(cmp.Or(e.Path, address.Home))
}

func (f *Frame) listItem(e published.Entry) theme.ListItem {
	it := theme.ListItem{Title: e.Title, URL: f.href(e), Source: e.Source, At: at(e.At)}
	switch {
	case e.Interpretation != nil:
		it.Tag = e.Interpretation.Form
	case e.Document != nil && (e.Document.Validity == "废止" || e.Document.Validity == "失效"):
		it.Tag, it.Tone = e.Document.Validity, "red"
	}
	return it
}

func (f *Frame) listItems(entries []published.Entry) []theme.ListItem {
	out := make([]theme.ListItem, len(entries))
	for i, e := range entries {
		out[i] = f.listItem(e)
	}
	return out
}

func (f *Frame) pictureItems(r *reads, entries []published.Entry) []theme.PictureItem {
	var out []theme.PictureItem
	for _, e := range entries {
		if e.Cover != nil {
			out = append(out, theme.PictureItem{Title: e.Title, URL: f.href(e), At: at(e.At),
				Picture: theme.Image{URL: r.usesMedia(*e.Cover), Alt: e.Cover.Alt}})
		}
	}
	return out
}

// safeHTML marks a body as HTML. The body was sanitised on import (kernel/htmlclean). This is the only place where
// stored text becomes markup.
func safeHTML(body string) template.HTML { return template.HTML(body) }
