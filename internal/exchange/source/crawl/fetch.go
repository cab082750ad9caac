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

// Limits towards other sites.
const (
	maxRedirects = 5
	maxDelay     = time.Minute // a robots.txt that asks for more is answered by this
	maxRobots    = 512 << 10
)

// fetcher fetches from allowed hosts. It obeys robots.txt, keeps its pace, and never
// follows a redirect or a name out of the allowed hosts or into the own network. A
// redirect is followed as a request of its own, through the same gate (request).
type fetcher struct {
	o      Options
	client *http.Client

	mu     sync.Mutex
	robots map[string]verdict // by scheme and host
	next   time.Time          // when the next request may go out
}

// verdict is what robots.txt of a host says.
type verdict struct {
	group *robotstxt.Group // nil allows everything
	err   error            // the file could not be had: nothing is allowed (RFC 9309)
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

// bareHost is a host in lower case without the port that its scheme has anyway.
func bareHost(host string) string {
	host = strings.ToLower(strings.TrimSpace(host))
	return strings.TrimSuffix(strings.TrimSuffix(host, ":80"), ":443")
}

func (f *fetcher) allowed(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && slices.Contains(f.o.Hosts, bareHost(u.Host))
}

// answer is what an address gave.
type answer struct {
	url      string // where redirects led
	body     []byte
	encoding string // Content-Type header, when it names a charset
	modified time.Time
}

// get fetches one address within the limits: allowed host, robots.txt, pace, size.
func (f *fetcher) get(ctx context.Context, address string, limit int64) (*answer, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fault.Wrap(fault.Forbidden, err, "地址有误：%s", address)
	}
	return f.fetch(ctx, u, limit, true)
}

// fetch requests an address and follows redirects. Only robots.txt itself
// is asked for without its own leave.
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
		_, _ = io.CopyN(io.Discard, resp.Body, 2<<10) // lets the connection be used again
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

// request is the gate that every request passes: allowed host, robots.txt, pace.
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

// read takes the body of a good answer.
func read(resp *http.Response, limit int64) (*answer, error) {
	u := resp.Request.URL
	switch {
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests:
		return nil, fault.New(fault.Unavailable, "%s 回答 %d", u, resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return nil, fault.New(fault.NotFound, "%s 回答 %d", u, resp.StatusCode)
	// gzip, which was asked for, is unpacked by now
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

// pause keeps the pace towards the other side, also when several goroutines fetch.
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

// rules returns what robots.txt of a host says. A host without one allows everything.
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

// Fetch implements Assets.
func (f *fetcher) Fetch(ctx context.Context, address string) ([]byte, error) {
	a, err := f.get(ctx, address, source.MaxAsset)
	if err != nil {
		return nil, err
	}
	return a.body, nil
}
