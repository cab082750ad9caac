package exchange

import (
	"context"
	"encoding/xml"
	"io"
	"iter"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/temoto/robotstxt"
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"guiyi/internal/exchange/extract"
	"guiyi/internal/kernel/fault"
)

// CrawlOptions bound a crawl. Zero values are replaced by the defaults named.
type CrawlOptions struct {
	Hosts    []string      // hosts that may be fetched; default: the start address's
	MaxPages int           // default 5,000
	Delay    time.Duration // between two requests to a host; default 500 ms, robots.txt may ask for more
	Private  bool          // allow private and loopback addresses: only for a crawl inside the own network
	Agent    string        // default "GuiyiBot/1.0"
}

// crawl fetches pages of allowed hosts, from a start page, a site map or a feed. It obeys
// robots.txt and never follows a redirect or a name out of the allowed hosts or into
// addresses of the own network.
type crawl struct {
	start  *url.URL
	o      CrawlOptions
	client *http.Client
	robots map[string]*robotstxt.Group
	next   time.Time // when the next request may go out
	now    func() time.Time
}

// OpenCrawl returns a source that fetches from an http or https address.
func OpenCrawl(start string, o CrawlOptions) (Source, error) {
	u, err := url.Parse(start)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fault.New(fault.Invalid, "采集地址应以 http:// 或 https:// 开头：%s", start)
	}
	if len(o.Hosts) == 0 {
		o.Hosts = []string{u.Host}
	}
	if o.MaxPages == 0 {
		o.MaxPages = 5000
	}
	if o.Delay == 0 {
		o.Delay = 500 * time.Millisecond
	}
	if o.Agent == "" {
		o.Agent = "GuiyiBot/1.0"
	}
	c := &crawl{start: u, o: o, robots: map[string]*robotstxt.Group{}, now: time.Now}
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: c.checkDial}
	c.client = &http.Client{Timeout: 60 * time.Second, CheckRedirect: c.checkRedirect, Transport: &http.Transport{
		DialContext: dialer.DialContext, ResponseHeaderTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10, Proxy: nil}}
	return c, nil
}

func (c *crawl) Label() string { return c.start.Host }

// checkDial looks at the address that a name led to, so that no name and no redirect can
// reach the own network.
func (c *crawl) checkDial(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := ap.Addr().Unmap()
	if !c.o.Private && (!ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast()) {
		return fault.New(fault.Forbidden, "采集地址指向内部网络（%s），已拒绝", ip)
	}
	return nil
}

func (c *crawl) checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > 5 {
		return fault.New(fault.Invalid, "跳转超过 5 次")
	}
	if !c.allowed(req.URL) {
		return fault.New(fault.Forbidden, "跳转到不允许采集的地址：%s", req.URL.Redacted())
	}
	return nil
}

func (c *crawl) allowed(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && slices.Contains(c.o.Hosts, u.Host) && u.User == nil
}

func (c *crawl) Inputs(ctx context.Context) iter.Seq2[Input, error] {
	return func(yield func(Input, error) bool) {
		queue := []string{c.start.String()}
		seen := map[string]bool{queue[0]: true}
		for fetched := 0; len(queue) > 0 && fetched < c.o.MaxPages; fetched++ {
			if ctx.Err() != nil {
				yield(Input{}, ctx.Err())
				return
			}
			address := queue[0]
			queue = queue[1:]
			in := Input{ID: address, Name: address, URL: address, Assets: c}
			page, err := c.get(ctx, address, maxPageBytes)
			if err != nil {
				in.Problem = &refusal{ReasonFetch, err}
				if !yield(in, nil) {
					return
				}
				continue
			}
			in.Raw, in.Encoding, in.Modified = page.body, page.encoding, page.modified
			more, go_on := c.page(in, yield)
			if !go_on {
				return
			}
			for _, m := range more {
				if !seen[m] && len(seen) < 20*c.o.MaxPages {
					seen[m] = true
					queue = append(queue, m)
				}
			}
		}
	}
}

// page yields what a fetched document is and returns the addresses it leads to.
func (c *crawl) page(in Input, yield func(Input, error) bool) ([]string, bool) {
	switch sniff(in.Raw) {
	case formatSitemap:
		return c.sitemap(in.Raw), true
	case formatFeed:
		for entry := range feedInputs(in) {
			if !yield(entry, nil) {
				return nil, false
			}
		}
		return nil, true
	case formatPage:
		return c.links(in), yield(in, nil)
	}
	in.Problem = refuse(ReasonType, "不是网页")
	return nil, yield(in, nil)
}

func (c *crawl) sitemap(raw []byte) []string {
	var doc struct {
		URLs []struct {
			Loc string `xml:"loc"`
		} `xml:"url"`
		Maps []struct {
			Loc string `xml:"loc"`
		} `xml:"sitemap"`
	}
	if err := xml.Unmarshal(raw, &doc); err != nil {
		return nil
	}
	var out []string
	for _, e := range append(doc.Maps, doc.URLs...) {
		if u, err := c.start.Parse(strings.TrimSpace(e.Loc)); err == nil && c.allowed(u) {
			out = append(out, u.String())
		}
	}
	return out
}

// links returns the pages a page leads to, within the allowed hosts.
func (c *crawl) links(in Input) []string {
	base, err := url.Parse(in.URL)
	if err != nil {
		return nil
	}
	var out []string
	z := html.NewTokenizer(strings.NewReader(string(in.Raw)))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return out
		}
		if kind != html.StartTagToken {
			continue
		}
		name, more := z.TagName()
		if string(name) != "a" {
			continue
		}
		for more {
			var key, val []byte
			key, val, more = z.TagAttr()
			if string(key) != "href" {
				continue
			}
			if u, err := base.Parse(strings.TrimSpace(string(val))); err == nil && c.allowed(u) && !isAsset(u.Path) {
				u.Fragment = ""
				out = append(out, u.String())
			}
		}
	}
}

// fetched is an answer.
type fetched struct {
	body      []byte
	mediaType string
	encoding  string
	modified  time.Time
}

// get fetches one address within the limits: allowed host, robots.txt, pace, size.
func (c *crawl) get(ctx context.Context, address string, limit int64) (*fetched, error) {
	u, err := url.Parse(address)
	if err != nil || !c.allowed(u) {
		return nil, fault.New(fault.Forbidden, "不在允许采集的站点之内：%s", address)
	}
	group, err := c.rules(ctx, u)
	if err != nil {
		return nil, err
	}
	if group != nil && !group.Test(u.Path) {
		return nil, fault.New(fault.Forbidden, "对方 robots.txt 不允许采集：%s", address)
	}
	return c.fetch(ctx, u, limit, group)
}

func (c *crawl) fetch(ctx context.Context, u *url.URL, limit int64, group *robotstxt.Group) (*fetched, error) {
	delay := c.o.Delay
	if group != nil {
		delay = max(delay, group.CrawlDelay)
	}
	if err := c.pause(ctx, delay); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "地址有误：%s", u)
	}
	req.Header.Set("User-Agent", c.o.Agent)
	resp, err := c.client.Do(req)
	if err != nil {
		if fault.Is(err, fault.Forbidden) {
			return nil, err
		}
		return nil, fault.Wrap(fault.Unavailable, err, "取不到 %s：%v", u, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fault.New(fault.NotFound, "%s 回答 %d", u, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "下载中断：%s", u)
	}
	if int64(len(body)) > limit {
		return nil, fault.New(fault.TooLarge, "超过 %d MiB：%s", limit>>20, u)
	}
	f := &fetched{body: body, mediaType: mediaTypeOf(u.Path, body)}
	_, f.encoding, _ = charset.DetermineEncoding(nil, resp.Header.Get("Content-Type"))
	if !strings.Contains(strings.ToLower(resp.Header.Get("Content-Type")), "charset") {
		f.encoding = ""
	}
	if t, _, ok := extract.ParseTime(resp.Header.Get("Last-Modified")); ok {
		f.modified = t
	} else if t, err := http.ParseTime(resp.Header.Get("Last-Modified")); err == nil {
		f.modified = t
	}
	return f, nil
}

// pause keeps the pace towards the other side.
func (c *crawl) pause(ctx context.Context, delay time.Duration) error {
	wait := c.next.Sub(c.now())
	c.next = c.now().Add(max(wait, 0) + delay)
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rules returns what robots.txt of a host says. A host without one allows everything; one
// that fails to answer allows nothing (RFC 9309).
func (c *crawl) rules(ctx context.Context, u *url.URL) (*robotstxt.Group, error) {
	if g, ok := c.robots[u.Host]; ok {
		return g, nil
	}
	at := *u
	at.Path, at.RawQuery, at.RawPath = "/robots.txt", "", ""
	f, err := c.fetch(ctx, &at, 512<<10, nil)
	switch {
	case fault.Is(err, fault.NotFound):
		c.robots[u.Host] = nil
		return nil, nil
	case err != nil:
		return nil, err
	}
	data, err := robotstxt.FromBytes(f.body)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "读不懂 %s 的 robots.txt", u.Host)
	}
	c.robots[u.Host] = data.FindGroup(c.o.Agent)
	return c.robots[u.Host], nil
}

// Fetch implements Assets.
func (c *crawl) Fetch(ctx context.Context, address string) ([]byte, string, error) {
	f, err := c.get(ctx, address, maxAsset)
	if err != nil {
		return nil, "", err
	}
	return f.body, f.mediaType, nil
}
