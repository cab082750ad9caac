package crawl

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/temoto/robotstxt"

	"guiyi/internal/exchange/extract"
	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/egress"
	"guiyi/internal/kernel/fault"
)

// Limits of requests to other sites.
const (
	maxRedirects = 5
	maxDelay     = time.Minute // used when a robots.txt requires more
	maxRobots    = 512 << 10
)

// fetcher fetches from allowed hosts. It obeys robots.txt and limits the rate of requests. Each redirect is a request
// of its own with the same checks (request), so it cannot lead to a host that is not allowed.
type fetcher struct {
	o      Options
	client *http.Client

	mu     sync.Mutex
	robots map[string]verdict // by scheme and host, e.g. "https://www.example.cn"
	next   time.Time          // earliest time of the next request
}

// verdict is the result of reading the robots.txt of a host.
type verdict struct {
	group *robotstxt.Group // nil allows everything
	err   error            // the file could not be read: nothing is allowed (RFC 9309)
}

func newFetcher(o Options) *fetcher {
	if o.Delay == 0 {
		o.Delay = 500 * time.Millisecond
	}
	if o.Agent == "" {
		o.Agent = "GuiyiBot/1.0"
	}
	hosts := make([]string, len(o.Hosts))
	for i, h := range o.Hosts {
		hosts[i] = bareHost(h)
	}
	o.Hosts = hosts
	f := &fetcher{o: o, robots: map[string]verdict{}}
	byHand := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	f.client = &http.Client{
		Timeout:       time.Minute,
		CheckRedirect: byHand,
		Transport:     egress.Guard{Private: o.Private}.Transport(),
	}
	return f
}

// bareHost returns a host in lower case without the default ports 80 and 443.
func bareHost(host string) string {
	host = strings.ToLower(strings.TrimSpace(host))
	return strings.TrimSuffix(strings.TrimSuffix(host, ":80"), ":443")
}

func (f *fetcher) allowed(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && slices.Contains(f.o.Hosts, bareHost(u.Host))
}

// answer is a successful response.
type answer struct {
	url      string // address after redirects
	body     []byte
	encoding string // Content-Type header, when it has a charset
	modified time.Time
}

// get fetches one address of at most limit bytes, with all checks.
func (f *fetcher) get(ctx context.Context, address string, limit int64) (*answer, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fault.Wrap(fault.Forbidden, err, "地址有误：%s", address)
	}
	return f.fetch(ctx, u, limit, true)
}

// fetch requests an address and follows redirects. obey is false only for robots.txt itself, which needs no permission.
func (f *fetcher) fetch(ctx context.Context, u *url.URL, limit int64, obey bool) (*answer, error) {
	for range maxRedirects + 1 {
		resp, err := f.request(ctx, u, obey)
		if err != nil {
			return nil, err
		}
		if !redirects(resp) {
			defer resp.Body.Close()
			return read(resp, limit)
		}
		to, err := resp.Location()
		_, _ = io.CopyN(io.Discard, resp.Body, 2<<10) // so that the connection can be reused
		resp.Body.Close()
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "%s 跳转的地址有误", u)
		}
		u = to
	}
	return nil, fault.New(fault.Invalid, "跳转超过 %d 次", maxRedirects)
}

func redirects(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect,
		http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	}
	return false
}

// request sends one request. It checks the allowed hosts and robots.txt, and waits for the rate limit.
func (f *fetcher) request(ctx context.Context, u *url.URL, obey bool) (*http.Response, error) {
	if !f.allowed(u) {
		return nil, fault.New(fault.Forbidden, "不在允许采集的主机上：%s", u.Redacted())
	}
	var group *robotstxt.Group
	if obey {
		var err error
		if group, err = f.rules(ctx, u); err != nil {
			return nil, err
		}
		if group != nil && !group.Test(u.RequestURI()) {
			return nil, fault.New(fault.Forbidden, "对方 robots.txt 不允许采集：%s", u)
		}
	}
	if err := f.pause(ctx, group); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "地址有误：%s", u)
	}
	req.Header.Set("User-Agent", f.o.Agent)
	resp, err := f.client.Do(req)
	if err != nil && !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.Invalid) {
		err = fault.Wrap(fault.Unavailable, err, "取不到 %s", u)
	}
	return resp, err
}

// read reads the body of a response and refuses responses other than 200.
func read(resp *http.Response, limit int64) (*answer, error) {
	u := resp.Request.URL
	switch {
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests:
		return nil, fault.New(fault.Unavailable, "%s 回答 %d", u, resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return nil, fault.New(fault.NotFound, "%s 回答 %d", u, resp.StatusCode)
	// the client has already decompressed gzip, which it requested
	case !slices.Contains([]string{"", "identity"}, strings.ToLower(resp.Header.Get("Content-Encoding"))):
		return nil, fault.New(fault.Invalid, "%s 以没有要求的压缩方式 %.20q 回答", u, resp.Header.Get("Content-Encoding"))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "下载中断：%s", u)
	}
	if int64(len(body)) > limit {
		return nil, fault.New(fault.TooLarge, "超过 %d MiB：%s", limit>>20, u)
	}
	a := &answer{url: u.String(), body: body}
	if ct := resp.Header.Get("Content-Type"); strings.Contains(strings.ToLower(ct), "charset") {
		a.encoding = ct
	}
	if t, _, ok := extract.ParseTime(resp.Header.Get("Last-Modified")); ok {
		a.modified = t
	}
	return a, nil
}

// pause waits until the next request may be sent. The rate limit applies to all goroutines together.
func (f *fetcher) pause(ctx context.Context, group *robotstxt.Group) error {
	delay := f.o.Delay
	if group != nil {
		delay = max(delay, min(group.CrawlDelay, maxDelay))
	}
	f.mu.Lock()
	now := time.Now()
	wait := max(f.next.Sub(now), 0)
	f.next = now.Add(wait + delay)
	f.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rules returns the rules of robots.txt for a host. A host without that file allows everything.
func (f *fetcher) rules(ctx context.Context, u *url.URL) (*robotstxt.Group, error) {
	host := u.Scheme + "://" + strings.ToLower(u.Host)
	f.mu.Lock()
	v, ok := f.robots[host]
	f.mu.Unlock()
	if ok {
		return v.group, v.err
	}
	at := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	a, err := f.fetch(ctx, at, maxRobots, false)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case fault.Is(err, fault.NotFound):
	case err != nil:
		v.err = err
	default:
		data, err := robotstxt.FromBytes(a.body)
		if err != nil {
			v.err = fault.Wrap(fault.Unavailable, err, "读不懂 %s 的 robots.txt", u.Host)
		} else {
			v.group = data.FindGroup(f.o.Agent)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.robots[host] = v
	return v.group, v.err
}

// Fetch implements source.Assets.
func (f *fetcher) Fetch(ctx context.Context, address string) ([]byte, error) {
	a, err := f.get(ctx, address, source.MaxAsset)
	if err != nil {
		return nil, err
	}
	return a.body, nil
}
