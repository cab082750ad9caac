package edge

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/edge/header"
	"guiyi/internal/edge/verified"
	"guiyi/internal/publish/manifest"
)

// Cache-Control by class.
const (
	cachePage  = "public, max-age=0, must-revalidate"
	cacheFeed  = "public, max-age=300"
	cacheFixed = "public, max-age=31536000, immutable"
	cacheOwn   = "private, max-age=0, must-revalidate"
	cacheNone  = "no-store"
)

// form is one encoding of an entry, with its header values as ready slices.
type form struct {
	code     header.Coding
	hash     manifest.Hash
	loc      manifest.Loc
	etag     []string
	encoding []string // nil for identity
}

// route is an entry prepared for serving. It is immutable.
type route struct {
	entry      manifest.Entry
	plain      form
	compressed []form // in order of preference
	html       bool
	large      bool
	modified   time.Time // whole seconds; zero: unknown
	ctype      []string
	cache      []string
	lastMod    []string
	vary       []string // nil if there is only one form
	size       []string // Content-Length of the identity form
	location   []string
}

func newRoute(e manifest.Entry) *route {
	r := &route{
		entry: e,
		plain: newForm(header.Plain, e.Hash, e.Loc, nil),
		large: e.Size > verified.MaxWhole,
		html:  e.Cache == manifest.CachePage && strings.HasPrefix(e.Type, "text/html"),
		ctype: headerValue(e.Type),
		cache: headerValue(cacheControl(e.Cache)),
		size:  headerValue(itoa(e.Size)),
	}
	if e.Modified > 0 {
		r.modified = time.UnixMilli(e.Modified).UTC().Truncate(time.Second)
		r.lastMod = headerValue(r.modified.Format(http.TimeFormat))
	}
	for _, code := range [...]header.Coding{header.Brotli, header.Zstd, header.Gzip} {
		for _, v := range e.Variants {
			if v.Encoding == code.Name() {
				r.compressed = append(r.compressed, newForm(code, v.Hash, v.Loc, headerValue(v.Encoding)))
			}
		}
	}
	if len(r.compressed) > 0 || r.html {
		r.vary = headerValue("Accept-Encoding")
	}
	if e.Location != "" {
		r.location = headerValue(asciiAddress(e.Location))
	}
	return r
}

func newForm(code header.Coding, hash manifest.Hash, loc manifest.Loc, encoding []string) form {
	return form{
		code:     code,
		hash:     hash,
		loc:      loc,
		etag:     headerValue(`"` + hash.String()[:32] + `"`),
		encoding: encoding,
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func headerValue(s string) []string { return []string{s} }

func cacheControl(class string) string {
	switch class {
	case manifest.CacheAsset, manifest.CacheMedia:
		return cacheFixed
	case manifest.CacheFeed:
		return cacheFeed
	}
	return cachePage
}

// asciiAddress percent-encodes the non-ASCII characters of a redirect target that manifest has validated.
func asciiAddress(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if s[i] < 0x80 {
			b.WriteByte(s[i])
			continue
		}
		b.Write([]byte{'%', hex[s[i]>>4], hex[s[i]&15]})
	}
	return b.String()
}

// route returns the route of a path, or nil if the manifest has none.
func (e *Edge) route(ctx context.Context, s *snapshot, path string) (*route, error) {
	if r := s.routes.get(path); r != nil {
		return r, nil
	}
	if len(path) > manifest.MaxPath {
		return nil, nil
	}
	entry, ok, err := manifest.Find(ctx, e.src.Loader(s.origin(path)), s.head.Root, path)
	if err != nil || !ok {
		return nil, err
	}
	r := newRoute(entry)
	s.routes.put(entry.Path, r)
	return r, nil
}

// resolve returns the route for a request, or the canonical address of the page to redirect to.
func (e *Edge) resolve(ctx context.Context, s *snapshot, host string, u *url.URL) (r *route, moved string,
	err error) {
	var old []string // keys of old addresses to look up
	if u.RawQuery != "" {
		old = append([]string{u.Path + "?" + u.RawQuery}, address.OldKeys(host, u.Path, u.RawQuery)...)
		if r, err = e.firstOf(ctx, s, old[:min(3, len(old))]); r != nil || err != nil {
			return r, "", err
		}
	}
	if r, err = e.route(ctx, s, u.Path); r != nil || err != nil {
		return r, "", err
	}
	if old == nil {
		old = address.OldKeys(host, u.Path, "")
	}
	if r, err = e.firstOf(ctx, s, old); err != nil || r != nil && r.entry.Status != http.StatusOK {
		return r, "", err
	}
	for _, other := range address.Spellings(u.Path) {
		if r, err = e.route(ctx, s, other); err != nil {
			return nil, "", err
		}
		if r != nil && r.entry.Status == http.StatusOK {
			to := url.URL{Path: other, RawQuery: u.RawQuery}
			return nil, to.EscapedPath() + query(to.RawQuery), nil
		}
	}
	return nil, "", nil
}

// firstOf returns the first route that the manifest has for one of the paths.
func (e *Edge) firstOf(ctx context.Context, s *snapshot, paths []string) (*route, error) {
	for _, path := range paths {
		if r, err := e.route(ctx, s, path); r != nil || err != nil {
			return r, err
		}
	}
	return nil, nil
}

func query(raw string) string {
	if raw == "" || strings.ContainsFunc(raw, func(r rune) bool { return r <= 0x20 || r >= 0x7f }) {
		return ""
	}
	return "?" + raw
}

// choose returns the form that the client prefers.
func (r *route) choose(w *header.Weights) *form {
	best := &r.plain
	for i := range r.compressed {
		if w.Better(r.compressed[i].code, best.code) {
			best = &r.compressed[i]
		}
	}
	return best
}
