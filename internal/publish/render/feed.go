package render

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"strconv"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/publish/page"
	"guiyi/internal/resource/published"
)

type rssFeed struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Atom    string     `xml:"xmlns:atom,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language"`
	Self        rssSelf   `xml:"atom:link"`
	Items       []rssItem `xml:"item"`
}

// rssSelf is the address of the feed itself, which the RSS Advisory Board recommends to include.
type rssSelf struct {
	Href string `xml:"href,attr"`
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
}

type rssItem struct {
	Title       string  `xml:"title"`
	Link        string  `xml:"link"`
	Description string  `xml:"description,omitempty"`
	GUID        rssGUID `xml:"guid"`
	PubDate     string  `xml:"pubDate"`
}

type rssGUID struct {
	IsPermaLink bool   `xml:"isPermaLink,attr"`
	Value       string `xml:",chardata"`
}

// rss writes RSS 2.0. All times come from the items, none from the build, so the same content gives the same bytes.
func (f *Frame) rss(ctx context.Context, r *reads, p page.Page) ([]byte, error) {
	name, path, entries, err := f.feedEntries(ctx, r, p.Ref)
	if err != nil {
		return nil, err
	}
	feed := rssFeed{Version: "2.0", Atom: "http://www.w3.org/2005/Atom", Channel: rssChannel{
		Title:       name,
		Link:        f.Site.URL(path),
		Description: name,
		Language:    "zh-cn",
		Self:        rssSelf{f.Site.URL(p.Path), "self", "application/rss+xml"},
	}}
	for _, e := range entries {
		feed.Channel.Items = append(feed.Channel.Items, rssItem{
			Title:       e.Title,
			Link:        f.absolute(e),
			Description: e.Summary,
			GUID:        rssGUID{Value: f.Site.Code + "-" + strconv.FormatInt(e.Item, 10)},
			PubDate:     at(e.At).Format(time.RFC1123Z),
		})
	}
	return marshalXML(feed)
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Author  atomAuthor  `xml:"author"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary,omitempty"`
}

// atom writes Atom (RFC 4287).
func (f *Frame) atom(ctx context.Context, r *reads, p page.Page) ([]byte, error) {
	name, path, entries, err := f.feedEntries(ctx, r, p.Ref)
	if err != nil {
		return nil, err
	}
	feed := atomFeed{
		Lang:   "zh-CN",
		ID:     f.Site.URL(path),
		Title:  name,
		Author: atomAuthor{f.Site.Name},
		Links:  []atomLink{{"alternate", f.Site.URL(path)}, {"self", f.Site.URL(p.Path)}},
	}
	feed.Updated = time.Unix(0, 0).UTC().Format(time.RFC3339)
	if len(entries) > 0 {
		feed.Updated = at(entries[0].At).Format(time.RFC3339)
	}
	for _, e := range entries {
		feed.Entries = append(feed.Entries, atomEntry{
			ID:      f.tag(e),
			Title:   e.Title,
			Updated: at(e.At).Format(time.RFC3339),
			Link:    atomLink{"alternate", f.absolute(e)},
			Summary: e.Summary,
		})
	}
	return marshalXML(feed)
}

// tag is the permanent id of an entry (RFC 4151). The address cannot be the id: items of a page column share one.
func (f *Frame) tag(e published.Entry) string {
	return fmt.Sprintf("tag:%s,2026:%d", f.domain(), e.Item)
}

type UrlSet struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod,omitempty"`
}

type SitemapIndex struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Maps    []sitemapURL `xml:"sitemap"`
}

// sitemap writes one part of the site map, or the index for part 0. The index lists only the parts, so it changes only
// when a part is added. Part 1 also lists the columns.
func (f *Frame) sitemap(ctx context.Context, _ *reads, p page.Page) ([]byte, error) {
	no := p.No
	last, err := f.Lists.Last(ctx, page.SiteWide)
	if err != nil {
		return nil, err
	}
	if no == 0 {
		var index SitemapIndex
		for n := int64(1); n <= last.No; n++ {
			index.Maps = append(index.Maps, sitemapURL{Loc: f.Site.URL(page.SitemapPath(n))})
		}
		return marshalXML(index)
	}
	row, err := f.Lists.Page(ctx, page.SiteWide, no)
	if err != nil || row == nil {
		return nil, err
	}
	high, err := f.Lists.High(ctx, row)
	if err != nil {
		return nil, err
	}
	entries, err := f.Pub.SiteBetween(ctx, f.Site.ID, row.Low, high, 3*page.PerSitemap)
	if err != nil {
		return nil, err
	}
	if entries, err = f.visible(ctx, entries); err != nil {
		return nil, err
	}
	return marshalXML(f.urlSet(no, entries))
}

func (f *Frame) urlSet(no int64, entries []published.Entry) UrlSet {
	var set UrlSet
	if no == 1 {
		set.URLs = append(set.URLs, sitemapURL{Loc: f.Site.URL(address.Home)})
		for _, c := range f.Tree.All() {
			if page.HasPage(c) {
				set.URLs = append(set.URLs, sitemapURL{Loc: f.Site.URL(page.ColumnPath(c))})
			}
		}
	}
	for _, e := range entries {
		if e.Path != "" {
			set.URLs = append(set.URLs, sitemapURL{Loc: f.Site.URL(e.Path), LastMod: at(e.At).Format(time.DateOnly)})
		}
	}
	return set
}

func marshalXML(v any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", " ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
