package crawl

import (
	"net/url"
	"testing"

	"github.com/temoto/robotstxt"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
)

// FuzzSitemap: any site map or page may only queue addresses of allowed hosts, each once, and no more than the limit.
func FuzzSitemap(f *testing.F) {
	const head = `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`
	for _, s := range []string{
		head +
			`<url><loc>http://a.example/1</loc></url><url><loc> /2 </loc></url><url><loc>http://b.example/</loc></url></urlset>`,
		`<sitemapindex><sitemap><loc>http://a.example/map.xml.gz</loc></sitemap></sitemapindex>`,
		`<?xml version="1.0" encoding="gb2312"?>` + head + `<url><loc>%zz</loc></url>`,
		`<a href="/x"><base href="//b.example/"><a href="y"><area href="http://a.example/z#1">`,
	} {
		f.Add([]byte(s))
	}
	const limit = 3
	f.Fuzz(func(t *testing.T, raw []byte) {
		start, _ := url.Parse("http://a.example/sitemap.xml")
		c := &crawl{start: start, max: limit, f: newFetcher(Options{Hosts: []string{"a.example"}})}
		w := &walk{crawl: c, seen: map[string]bool{}, dropped: map[uint64]bool{}}
		told := 0
		w.sitemap(start.String(), raw, func(in source.Input, err error) bool {
			if told++; err != nil || in.Problem == nil || fault.Text(in.Problem) == "" {
				t.Errorf("told %+v %v", in, err)
			}
			return true
		})
		w.follow(source.Input{URL: start.String(), Raw: raw})
		if told > 1 || len(w.queue) != len(w.seen) || len(w.seen) > maxSeen*limit {
			t.Errorf("%d told, %d queued, %d seen", told, len(w.queue), len(w.seen))
		}
		for _, address := range w.queue {
			u, err := url.Parse(address)
			if err != nil || u.Hostname() != "a.example" || canonical(u) != address {
				t.Errorf("queued %q %v", address, err)
			}
		}
	})
}

// FuzzRobots: the library reads any text, and no pause is longer than our limit.
func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /a*b$\nCrawl-delay: 1e9\nSitemap: x\n"), "/axb")
	f.Add([]byte("user-agent: GuiyiBot\nallow: /\n\xff\x00"), "/%zz?x")
	f.Fuzz(func(t *testing.T, text []byte, path string) {
		data, err := robotstxt.FromBytes(text)
		if err != nil {
			return
		}
		group := data.FindGroup("GuiyiBot/1.0")
		if first := group.Test(path); first != group.Test(path) || group.CrawlDelay < 0 {
			t.Errorf("%q: delay %v", text, group.CrawlDelay)
		}
	})
}
