package crawl

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"hash/maphash"
	"io"
	"iter"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/charset"
	"guiyi/internal/kernel/fault"
)

// Options configure a crawl. Zero values mean the defaults.
type Options struct {
	Hosts    []string      // allowed hosts; default: the host of the start address
	MaxPages int           // default 5,000
	Delay    time.Duration // between two requests; default 500 ms; robots.txt can require more
	Private  bool          // allow private and loopback addresses; only for a crawl of the own network
	Agent    string        // default "GuiyiBot/1.0"
}

// crawl collects pages of the allowed hosts: the pages that a site map lists, the entries of a feed, or, from any other
// start, the pages that links lead to.
type crawl struct {
	start *url.URL
	max   int // maximum number of pages
	f     *fetcher
}

// Open returns the source that crawls from an http or https address.
func Open(start string, o Options) (source.Source, error) {
	u, err := url.Parse(strings.TrimSpace(start))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fault.New(fault.Invalid, "采集地址应以 http:// 或 https:// 开头：%s", start)
	}
	if u.User != nil {
		return nil, fault.New(fault.Invalid, "采集地址里不能带用户名和密码")
	}
	if len(o.Hosts) == 0 {
		o.Hosts = []string{u.Host}
	}
	if o.MaxPages <= 0 {
		o.MaxPages = 5000
	}
	return &crawl{start: u, max: o.MaxPages, f: newFetcher(o)}, nil
}

// Label implements source.Source.
func (c *crawl) Label() string { return c.start.Host }

// Inputs implements source.Source.
func (c *crawl) Inputs(ctx context.Context) iter.Seq2[source.Input, error] {
	return func(yield func(source.Input, error) bool) {
		first := canonical(c.start)
		w := &walk{
			crawl:   c,
			queue:   []string{first},
			seen:    map[string]bool{first: true},
			links:   true,
			dropped: map[uint64]bool{},
			hash:    maphash.MakeSeed(),
		}
		for n := 0; len(w.queue) > 0; n++ {
			if n == c.max {
				yield(problem(c.start.String()+"#rest", w.rest()), nil)
				return
			}
			address := w.queue[0]
			w.queue = w.queue[1:]
			if !w.visit(ctx, address, yield) {
				return
			}
			if ctx.Err() != nil {
				yield(source.Input{}, ctx.Err())
				return
			}
		}
	}
}

func problem(address string, err error) source.Input {
	return source.Input{ID: address, Name: address, URL: address, Problem: err}
}

// canonical returns the same text for addresses of the same page: it lower-cases the host, drops the fragment, and
// writes "/" for an empty path.
func canonical(u *url.URL) string {
	v := *u
	v.Fragment, v.RawFragment = "", ""
	v.Host = strings.ToLower(v.Host)
	if v.Path == "" {
		v.Path = "/"
	}
	return v.String()
}

// walk is the state of one crawl.
type walk struct {
	*crawl
	queue []string
	seen  map[string]bool
	links bool // follow links; false when the start is a site map

	dropped map[uint64]bool // hashes of addresses beyond the limit of the queue
	hash    maphash.Seed
}

// Limits of the memory of a walk. seen has at most maxSeen addresses for each page that may be fetched. Addresses
// beyond are only counted, by at most maxDropped hashes.
const (
	maxSeen    = 20
	maxDropped = 1 << 20
)

// rest returns the error that says how many addresses remain at the limit.
func (w *walk) rest() error {
	least := ""
	if len(w.dropped) == maxDropped {
		least = "至少 "
	}
	return source.Refuse(source.ReasonSize, "已到采集上限 %d 页，还有 %s%d 个地址没有采集，请提高上限后再导入一次", w.max, least,
		len(w.queue)+len(w.dropped))
}

// visit fetches an address and yields its inputs. It returns false to end the walk.
func (w *walk) visit(ctx context.Context, address string, yield func(source.Input, error) bool) bool {
	page, err := w.f.get(ctx, address, source.MaxPage)
	if err != nil {
		if ctx.Err() != nil {
			yield(source.Input{}, ctx.Err())
			return false
		}
		if !fault.Is(err, fault.TooLarge) {
			err = source.Because(source.ReasonFetch, err)
		}
		return yield(problem(address, err), nil)
	}
	in := source.Input{
		ID:       address,
		Name:     address,
		URL:      page.url,
		Raw:      page.body,
		Encoding: page.encoding,
		Modified: page.modified,
		Assets:   w.f,
	}
	kind := source.Sniff(in.Raw)
	if kind == source.Gzip {
		plain, err := gunzip(in.Raw)
		if err != nil {
			in.Problem = err
			return yield(in, nil)
		}
		in.Raw, kind = plain, source.Sniff(plain)
	}
	switch kind {
	case source.Sitemap:
		w.links = w.links && len(w.seen) > 1 // when the start is a site map, crawl only the pages that it lists
		return w.sitemap(address, in.Raw, yield)
	case source.Feed:
		for entry := range source.FeedEntries(in) {
			if !yield(entry, nil) {
				return false
			}
		}
		return true
	case source.Page:
		if w.links {
			w.follow(in)
		}
		return yield(in, nil)
	}
	in.Problem = source.Refuse(source.ReasonType, "不是网页")
	return yield(in, nil)
}

// enqueue adds an address that is new. It returns false when the address is not on an allowed host.
func (w *walk) enqueue(u *url.URL) (allowed bool) {
	if !w.f.allowed(u) {
		return false
	}
	address := canonical(u)
	switch {
	case w.seen[address]:
	case len(w.seen) < maxSeen*w.max:
		w.seen[address] = true
		w.queue = append(w.queue, address)
	case len(w.dropped) < maxDropped:
		w.dropped[maphash.String(w.hash, address)] = true
	}
	return true
}

func gunzip(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "压缩内容已损坏")
	}
	out, err := io.ReadAll(io.LimitReader(z, source.MaxPage+1))
	switch {
	case err != nil:
		return nil, fault.Wrap(fault.Invalid, err, "压缩内容已损坏")
	case len(out) > source.MaxPage:
		return nil, fault.New(fault.TooLarge, "解压后超过 %d MiB", source.MaxPage>>20)
	}
	return out, nil
}

// sitemap enqueues the addresses of a site map. For those that are not allowed it yields an input with a problem.
func (w *walk) sitemap(address string, raw []byte, yield func(source.Input, error) bool) bool {
	type entry struct {
		Loc string `xml:"loc"`
	}
	var doc struct {
		URLs []entry `xml:"url"`
		Maps []entry `xml:"sitemap"`
	}
	text, _, err := charset.Decode(raw, "")
	if err == nil {
		err = xml.Unmarshal([]byte(source.WithoutDeclaration(text)), &doc)
	}
	if err != nil {
		return yield(problem(address, source.Because(source.ReasonMalformed,
			fault.Wrap(fault.Invalid, err, "站点地图的格式有误"))), nil)
	}
	outside := 0
	for _, e := range append(doc.Maps, doc.URLs...) {
		if u, err := w.start.Parse(strings.TrimSpace(e.Loc)); err != nil || !w.enqueue(u) {
			outside++
		}
	}
	if outside > 0 {
		return yield(problem(address, source.Refuse(source.ReasonFetch, "站点地图里有 %d 个地址不在允许采集的主机上，没有采集",
			outside)), nil)
	}
	return true
}

// follow enqueues the pages that a page links to.
func (w *walk) follow(in source.Input) {
	base, err := url.Parse(in.URL)
	if err != nil {
		return
	}
	z := html.NewTokenizer(bytes.NewReader(in.Raw))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		name, more := z.TagName()
		tag := string(name)
		for more && (tag == "a" || tag == "base" || tag == "area") {
			var key, val []byte
			key, val, more = z.TagAttr()
			if string(key) != "href" {
				continue
			}
			u, err := base.Parse(strings.TrimSpace(string(val)))
			if err != nil {
				continue
			}
			if tag == "base" {
				base = u
			} else if !source.IsAsset(u.Path) {
				w.enqueue(u)
			}
		}
	}
}
