package render

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"guiyi/internal/address"
	"guiyi/internal/publish/page"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// fixed lists the pages that every site has once. A new one needs a row here, a view below and a row in
// internal/address/table.go; the planner needs no change.
func fixed() map[page.Kind]maker {
	return map[page.Kind]maker{
		address.PageHome:     themed(http.StatusOK, (*Frame).homeView),
		address.PageMap:      themed(http.StatusOK, noReads((*Frame).mapView)),
		address.PageNotFound: themed(http.StatusNotFound, noReads((*Frame).notFoundView)),
		address.PageClosed:   themed(http.StatusServiceUnavailable, noReads((*Frame).closedView)),
		address.PageRobots:   data("text/plain; charset=utf-8", (*Frame).robotsFile),
	}
}

func (f *Frame) mapView() (theme.View, error) {
	base, err := f.BasePage(address.SiteMap, "网站地图_"+f.Site.Name, nil)
	if err != nil {
		return nil, err
	}
	v := theme.SiteMap{
		Page:    base,
		Crumbs:  []theme.Link{{Text: "首页", URL: address.Home}, {Text: "网站地图", URL: address.SiteMap}},
		Columns: f.nodes(0, nil, nil),
		Sites:   f.linkGroups(),
	}
	for _, p := range page.Feeds(nil) {
		v.Feeds = append(v.Feeds, feedLink(f.Site.Name, p))
	}
	return v, nil
}

// errorPageLinks returns the links shown on error pages.
func (f *Frame) errorPageLinks() []theme.Link {
	out := []theme.Link{{Text: "首页", URL: address.Home}, {Text: "网站地图", URL: address.SiteMap}}
	for _, c := range f.Tree.Children(0) {
		if c.Nav {
			out = append(out, theme.Link{Text: c.Name, URL: columnURL(c)})
		}
	}
	return out
}

func (f *Frame) notFoundView() (theme.View, error) {
	base, err := f.BasePage(address.NotFound, "页面不存在_"+f.Site.Name, nil)
	base.NoIndex, base.Canonical = true, ""
	return theme.NotFound{Page: base, Links: f.errorPageLinks(), Phone: f.Site.Dossier.Phone}, err
}

// goneView is the page for items withdrawn in error. It is the same for all of them: it repeats nothing of the item,
// and the reason stays in the record.
func (f *Frame) goneView() (theme.View, error) {
	base, err := f.BasePage(address.NotFound, "页面已撤下_"+f.Site.Name, nil)
	base.NoIndex, base.Canonical = true, ""
	return theme.Gone{Page: base, Links: f.errorPageLinks(), Phone: f.Site.Dossier.Phone}, err
}

func (f *Frame) closedView() (theme.View, error) {
	v := theme.Closed{
		SiteName: f.Site.Name,
		IDCode:   f.Site.Dossier.SiteIDCode,
		Sponsor:  f.Site.Dossier.Sponsor,
		Phone:    f.Site.Dossier.Phone,
		Heading:  "网站暂停服务",
		Reason:   "网站正在维护，暂时无法访问。给您带来不便，敬请谅解。",
	}
	switch f.Site.State {
	case site.Closed, site.Archived:
		v.Heading, v.Reason = "网站已关停", "本网站已永久下线。"
	case site.Offline:
		v.Heading, v.Reason = "网站临时下线公告", "本网站临时下线，恢复后可继续访问。"
	}
	if above := f.Relatives.Above; len(above) > 0 && above[0].MainDomain() != "" {
		up := above[0]
		v.Elsewhere = theme.Link{Text: up.Name, URL: up.URL(address.Home)}
	}
	return v, nil
}

func (f *Frame) robotsFile(context.Context, *reads, page.Page) ([]byte, error) {
	return []byte(f.robots()), nil
}

func (f *Frame) robots() string {
	var b strings.Builder
	b.WriteString("User-agent: *\nDisallow: /search\nDisallow: /api/\nDisallow: /_mode\nDisallow: /_access\n")
	if f.Site.MainDomain() != "" {
		b.WriteString("\nSitemap: " + f.Site.URL(address.Sitemap) + "\n")
	}
	return b.String()
}

// FeedItems is the number of entries of a feed.
const FeedItems = 20

func (f *Frame) feedEntries(ctx context.Context, r *reads, column int64) (name, path string, entries []published.Entry,
	err error) {
	if column == 0 {
		entries, err = r.siteTop(ctx, FeedItems)
		return f.Site.Name, address.Home, entries, err
	}
	c := f.Tree.ID(column)
	entries, err = r.top(ctx, column, FeedItems)
	return c.Name + "_" + f.Site.Name, page.ColumnPath(c), entries, err
}

// absolute returns the absolute address of an entry, for readers outside the site.
func (f *Frame) absolute(e published.Entry) string {
	href := f.href(e)
	if strings.HasPrefix(href, "/") {
		return f.Site.URL(href)
	}
	return cmp.Or(href, f.Site.URL(address.Home))
}
