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

// Request is a reader's request with the data added by the edge and the platform.
type Request struct {
	*http.Request
	server  *server
	w       http.ResponseWriter
	shared  bool // the answer may be cached for others
	site    *Site
	session *session.Session // set on first use
}

// SiteCode returns the code of the requested site, "" when the edge sent none.
func (r *Request) SiteCode() string { return r.forwarded().Site }

// forwarded returns the values set by the edge. Client headers are not used: without the edge these values are unknown.
func (r *Request) forwarded() web.Forwarded {
	f, _ := web.ForwardedFrom(r.Context())
	return f
}

// Site returns the requested site.
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

// Sites returns the other sites.
func (r *Request) Sites() Sites { return r.server.sites }

// Now returns the time of the platform's clock.
func (r *Request) Now() time.Time { return r.server.now() }

// HTTPS reports whether the reader's connection is encrypted.
func (r *Request) HTTPS() bool { return r.forwarded().HTTPS }

// Client identifies the reader for rate limits: the address sent by the edge; for IPv6 its network, because a household
// has a whole one. All readers with an unknown address count as one.
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

// Settings returns the reader's display settings.
func (r *Request) Settings() map[string]string { return settings(r.Request) }

func settings(r *http.Request) map[string]string { return SettingsCookie().Read(r) }

// SettingsCookie returns the cookie that stores display settings.
func SettingsCookie() web.StateCookie {
	return web.StateCookie{Name: a11y.Cookie, Values: a11y.Values()}
}

// Render answers with a page in the site's theme, with the reader's settings in its html tag.
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
	_, err = w.Write(a11y.WithAttributes(b.Bytes(), a11y.Attributes(r.Settings())))
	return err
}
