package dynamic

import (
	"bytes"
	"net/http"
	"time"

	"guiyi/internal/kernel/a11y"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/session"
	"guiyi/internal/kernel/web"
	"guiyi/internal/theme"
)

// Request is one request of a reader, with what the edge and the platform know about it.
type Request struct {
	*http.Request
	server  *server
	w       http.ResponseWriter
	shared  bool // the answer may be kept for others
	site    *Site
	session *session.Session // once it was looked at
}

// SiteCode is the code of the site that was asked for, "" when the edge named none.
func (r *Request) SiteCode() string { return r.forwarded().Site }

// forwarded is what the edge tells. Headers are not asked: without the edge nothing is known.
func (r *Request) forwarded() web.Forwarded {
	f, _ := web.ForwardedFrom(r.Context())
	return f
}

// Site returns the site that was asked for.
func (r *Request) Site() (*Site, error) {
	if r.site != nil {
		return r.site, nil
	}
	code := r.SiteCode()
	if code == "" {
		return nil, fault.New(fault.NotFound, "没有对应的网站，请检查网址。")
	}
	s, err := r.server.sites.Site(r.Context(), code)
	if err != nil {
		return nil, err
	}
	r.site = s
	return s, nil
}

// Sites finds the other sites.
func (r *Request) Sites() Sites { return r.server.sites }

// Now is the time of the platform's clock.
func (r *Request) Now() time.Time { return r.server.now() }

// HTTPS reports whether the reader's connection is encrypted.
func (r *Request) HTTPS() bool { return r.forwarded().HTTPS }

// Client is who asks, for counting: the address that the edge tells, of IPv6 the network, since a household has a whole
// one. Readers whose address is not known are one.
func (r *Request) Client() string {
	a := r.forwarded().Client
	if !a.IsValid() {
		return ""
	}
	if a.Is6() && !a.Is4In6() {
		if network, err := a.Prefix(64); err == nil {
			return network.String()
		}
	}
	return a.String()
}

// Settings are what the reader has set for the display.
func (r *Request) Settings() map[string]string { return settings(r.Request) }

func settings(r *http.Request) map[string]string { return SettingsCookie().Read(r) }

// SettingsCookie keeps what a reader has set for the display.
func SettingsCookie() web.StateCookie {
	return web.StateCookie{Name: a11y.Cookie, Values: a11y.Values()}
}

// Render answers with a page in the site's theme, the reader's settings in its html tag.
func (r *Request) Render(w http.ResponseWriter, status int, v theme.View) error {
	s, err := r.Site()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.Theme.Render(&b, v); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Cookie")
	w.WriteHeader(status)
	_, err = w.Write(a11y.Splice(b.Bytes(), a11y.Attributes(r.Settings())))
	return err
}
