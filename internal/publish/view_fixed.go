package publish

import (
	"cmp"
	"context"
	"strings"

	"guiyi/internal/publish/theme"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

func (f *frame) mapView() (theme.View, error) {
	base, err := f.basePage(pathMap, "网站地图_"+f.site.Name, nil)
	if err != nil {
		return nil, err
	}
	v := theme.SiteMap{Page: base, Crumbs: []theme.Link{{Text: "首页", URL: pathHome}, {Text: "网站地图", URL: pathMap}},
		Columns: f.nodes(0, nil, nil), Sites: f.linkGroups()}
	for _, p := range feedPages(nil) {
		v.Feeds = append(v.Feeds, feedLink(f.site.Name, p))
	}
	return v, nil
}

// waysOn are the links that a dead end offers.
func (f *frame) waysOn() []theme.Link {
	out := []theme.Link{{Text: "首页", URL: pathHome}, {Text: "网站地图", URL: pathMap}}
	for _, c := range f.tree.Children(0) {
		if c.Nav {
			out = append(out, theme.Link{Text: c.Name, URL: columnURL(c)})
		}
	}
	return out
}

func (f *frame) notFoundView() (theme.View, error) {
	base, err := f.basePage(pathNotFound, "页面不存在_"+f.site.Name, nil)
	base.NoIndex, base.Canonical = true, ""
	return theme.NotFound{Page: base, Links: f.waysOn(), Phone: f.site.Dossier.Phone}, err
}

// goneView answers for items withdrawn in error. It is the same for all of them: the
// reason is in the record, not on the page, and nothing of the item is repeated.
func (f *frame) goneView() (theme.View, error) {
	base, err := f.basePage(pathNotFound, "页面已撤下_"+f.site.Name, nil)
	base.NoIndex, base.Canonical = true, ""
	return theme.Gone{Page: base, Links: f.waysOn(), Phone: f.site.Dossier.Phone}, err
}

func (f *frame) closedView() theme.View {
	v := theme.Closed{SiteName: f.site.Name, IDCode: f.site.Dossier.SiteIDCode, Sponsor: f.site.Dossier.Sponsor, Phone: f.site.Dossier.Phone,
		Heading: "网站暂停服务", Reason: "网站正在维护，暂时无法访问。给您带来不便，敬请谅解。"}
	switch f.site.State {
	case site.Closed, site.Archived:
		v.Heading, v.Reason = "网站已关停", "本网站已永久下线。"
	case site.Offline:
		v.Heading, v.Reason = "网站临时下线公告", "本网站临时下线，恢复后可继续访问。"
	}
	if up := f.others[f.site.ParentID]; up != nil && up.MainDomain() != "" {
		v.Elsewhere = theme.Link{Text: up.Name, URL: up.URL(pathHome)}
	}
	return v
}

func (f *frame) robots() string {
	var b strings.Builder
	b.WriteString("User-agent: *\nDisallow: /search\nDisallow: /api/\nDisallow: /_mode\nDisallow: /_access\n")
	if f.site.MainDomain() != "" {
		b.WriteString("\nSitemap: " + f.site.URL(pathSitemap) + "\n")
	}
	return b.String()
}

// feedItems is how many entries a feed carries.
const feedItems = 20

func (f *frame) feedEntries(ctx context.Context, r *reads, column int64) (name, path string, entries []resource.Entry, err error) {
	if column == 0 {
		entries, err = r.siteTop(ctx, feedItems)
		return f.site.Name, pathHome, entries, err
	}
	c := f.tree.ID(column)
	entries, err = r.top(ctx, column, feedItems)
	return c.Name + "_" + f.site.Name, columnPath(c), entries, err
}

// absolute is the address of an entry for readers outside the site.
func (f *frame) absolute(e resource.Entry) string {
	href := f.href(e)
	if strings.HasPrefix(href, "/") {
		return f.site.URL(href)
	}
	return cmp.Or(href, f.site.URL(pathHome))
}
