package render

import (
	"context"
	"html/template"
	"mime"
	"slices"
	"sync"

	"guiyi/internal/address"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/page"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// Themes returns the loaded theme of a site, with its overlays. It is called once per build.
type Themes func(s *site.Site) (*theme.Set, error)

// Frame is what all pages of one site share during a build: dossier, columns, theme and the rendered fragments around
// every page.
type Frame struct {
	Site      *site.Site
	Tree      *site.Tree
	Set       *theme.Set
	Pub       *published.Reader
	Lists     page.Pagination
	Relatives *site.Relatives // the sites above, below and next to it in the network
	Base      *OlderTree      // set while an older revision is shown

	others  *others // sites whose items are shown here
	makers  map[page.Kind]maker
	columns map[site.Kind]columnView

	mu      sync.Mutex
	chromes map[int64]theme.Chrome // by id of the top column; 0 for pages without one
}

// NewFrame reads the data that the pages of a site share.
func NewFrame(ctx context.Context, lists page.Pagination, reg *site.Register, pub *published.Reader, themes Themes,
	id int64) (_ *Frame, err error) {
	defer fault.Annotate(&err, "publish: frame of site %d", id)
	s, err := reg.ByID(ctx, id)
	if err != nil {
		return nil, err
	}
	f := &Frame{
		Site:    s,
		Pub:     pub,
		Lists:   lists,
		others:  newOthers(reg),
		makers:  makers(),
		columns: columnViews(),
		chromes: map[int64]theme.Chrome{},
	}
	if f.Tree, err = reg.Columns(ctx, id); err != nil {
		return nil, err
	}
	if f.Relatives, err = reg.Relatives(ctx, s); err != nil {
		return nil, err
	}
	f.Set, err = themes(s)
	return f, err
}

// WithOlderTree returns a frame that renders pages into an older tree: they link only to pages of that tree.
func (f *Frame) WithOlderTree(tree *OlderTree) *Frame {
	return &Frame{
		Site:      f.Site,
		Tree:      f.Tree,
		Pub:       f.Pub,
		Lists:     f.Lists,
		Relatives: f.Relatives,
		others:    f.others,
		Base:      tree,
	}
}

// chrome returns the frame around pages below a top column. top is the id of the column, 0 for pages without one.
func (f *Frame) chrome(top int64) (theme.Chrome, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c, ok := f.chromes[top]; ok {
		return c, nil
	}
	c, err := f.Set.Chrome(f.chromeView(top))
	if err == nil {
		f.chromes[top] = c
	}
	return c, err
}

// atHome is the id of a pseudo column; it marks the home entry of the navigation.
const atHome = -1

func (f *Frame) chromeView(top int64) theme.ChromeView {
	s, d := f.Site, f.Site.Dossier
	v := theme.ChromeView{
		Site:   theme.SiteCard{Name: s.Name, Domain: s.MainDomain(), HomeURL: address.Home},
		Search: theme.SearchBox{Action: "/search", Site: s.Code, Placeholder: "搜政策、找服务、问问题"},
		Nav:    []theme.Link{{Text: "首页", URL: address.Home, Current: top == atHome}},
		MapURL: address.SiteMap,
		Dossier: theme.Dossier{
			Sponsor:   d.Sponsor,
			Organizer: d.Organizer,
			IDCode:    d.SiteIDCode,
			ICP:       d.ICP,
			Police:    d.Police,
			Contact:   d.Contact,
			Phone:     d.Phone,
			Email:     d.Email,
			Address:   d.Address,
			Postcode:  d.Postcode,
			CONAC:     d.CONAC,
			ErrorURL:  d.FindErrorURL,
			IPv6:      d.IPv6,
		},
	}
	if d.EmblemHash != "" {
		v.Emblem = theme.Image{URL: f.emblem().Path()}
	}
	for _, w := range s.Hot {
		v.Hot = append(v.Hot, theme.Link{Text: w, URL: searchURL(s.Code, w)})
	}
	for _, up := range f.Relatives.Above {
		v.Parents = append(v.Parents, theme.Link{Text: up.Name, URL: up.URL(address.Home)})
	}
	for _, c := range f.Tree.Children(0) {
		if c.Nav {
			v.Nav = append(v.Nav, theme.Link{Text: c.Name, URL: columnURL(c), Current: c.ID == top})
		} else if c.Kind.Traits().Single {
			v.Info = append(v.Info, theme.Link{Text: c.Name, URL: columnURL(c)})
		}
	}
	v.Groups = f.linkGroups()
	v.Tabs = f.tabs(top)
	return v
}

// emblem returns the masthead picture as a medium to publish.
func (f *Frame) emblem() resource.Media {
	d := f.Site.Dossier
	return resource.Media{Hash: d.EmblemHash, Type: d.EmblemType, Ext: extensionOf(d.EmblemType)}
}

func extensionOf(mediaType string) string {
	known := map[string]string{"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}
	if ext, ok := known[mediaType]; ok {
		return ext
	}
	if exts, _ := mime.ExtensionsByType(mediaType); len(exts) > 0 {
		return exts[0][1:]
	}
	return "bin"
}

func columnURL(c *site.Column) string {
	if c.Kind.Traits().Link {
		return c.URL
	}
	return page.ColumnPath(c)
}

// linkGroups returns the declared links, and the sites of the network below this one or on its level.
func (f *Frame) linkGroups() []theme.LinkGroup {
	var groups []theme.LinkGroup
	for _, g := range f.Site.Links {
		group := theme.LinkGroup{Title: g.Group}
		for _, l := range g.Items {
			group.Items = append(group.Items, theme.Link{Text: l.Name, URL: l.URL})
		}
		groups = append(groups, group)
	}
	network := theme.LinkGroup{Title: "县区与部门网站"}
	for _, o := range f.Relatives.Near {
		if o.State.Public() {
			network.Items = append(network.Items, theme.Link{Text: o.Name, URL: o.URL(address.Home)})
		}
	}
	if len(network.Items) > 0 {
		groups = append(groups, network)
	}
	return groups
}

// tabs returns the bar at the bottom of small screens: home, and the first columns of the types that citizens use most.
func (f *Frame) tabs(top int64) []theme.Tab {
	tabs := []theme.Tab{{Text: "首页", URL: address.Home, Icon: "home", Current: top == atHome}}
	add := func(text, icon, path string) {
		known := slices.ContainsFunc(tabs, func(t theme.Tab) bool { return t.Icon == icon })
		if c := f.Tree.Path(path); c != nil && page.HasPage(c) && !known {
			tabs = append(tabs, theme.Tab{Text: text, URL: page.ColumnPath(c), Icon: icon, Current: c.ID == top})
		}
	}
	add("公开", "doc", site.DisclosureRoot)
	for _, c := range f.Tree.Children(0) {
		for _, typ := range c.Types {
			switch typ {
			case "办事服务":
				add("办事", "service", c.Path)
			case "咨询投诉", "征集调查", "在线访谈":
				add("互动", "talk", c.Path)
			}
		}
	}
	return tabs
}

func searchURL(code, query string) string {
	return "/search?site=" + code + "&q=" + template.URLQueryEscaper(query)
}
