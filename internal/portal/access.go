package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"guiyi/internal/kernel/a11y"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/web"
	"guiyi/internal/theme"
)

func accessCookie() web.StateCookie {
	return web.StateCookie{Name: a11y.Cookie, Values: a11y.Values()}
}

func stateOf(r *http.Request) map[string]string { return accessCookie().Read(r) }

func (p *portal) accessPage(w http.ResponseWriter, r *http.Request) error {
	s, err := p.site(r)
	if err != nil {
		return err
	}
	state := stateOf(r)
	zoom, _ := strconv.Atoi(cmp.Or(state["zoom"], "100")) // listed values only
	back, ok := samePath(r.URL.Query().Get("back"))
	if !ok {
		back = referer(r)
	}
	return p.render(w, r, http.StatusOK, s.Theme, theme.Access{
		Page:   s.page("无障碍与长者设置"),
		Crumbs: []theme.Link{{Text: "首页", URL: "/"}, {Text: "无障碍与长者设置"}},
		Action: "/_mode",
		Back:   back,
		Saved:  r.URL.Query().Get("saved") == "1",
		State: theme.AccessState{
			Zoom:    zoom,
			Theme:   state["theme"],
			Article: cmp.Or(state["art"], "1"),
			Elder:   state["elder"] == "1",
			Text:    state["text"] == "1",
			Cursor:  state["cursor"] == "1",
		},
	})
}

// setMode changes the settings that are given, all of them with all=1, none left with
// reset=1, and sends the reader back to where the request came from.
func (p *portal) setMode(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.Wrap(fault.Invalid, err, "提交的设置无法识别，请返回重试。")
	}
	state := stateOf(r)
	if r.Form.Get("all") == "1" || r.Form.Get("reset") == "1" {
		clear(state)
	}
	for name := range a11y.Values() {
		if !r.Form.Has(name) || r.Form.Get("reset") == "1" {
			continue
		}
		state[name] = r.Form.Get(name) // what is not listed is left out by Set and thereby reset
	}
	accessCookie().Set(w, state, r.Header.Get("X-Forwarded-Proto") == "https")
	back, ok := samePath(r.Form.Get("back"))
	if !ok {
		back = cmp.Or(referer(r), "/_access?saved=1")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", back)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// referer returns the path of the page of this site that led here, empty when another site
// did, none is known, or it was one of the settings pages.
func referer(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host == "" || u.Host != r.Host {
		return ""
	}
	back, _ := samePath(u.RequestURI())
	return back
}

const maxBack = 2048

// samePath accepts an address within this site only: a path with a query, nothing that a
// browser could take for another host, and not the settings themselves.
func samePath(s string) (string, bool) {
	if s == "" || len(s) > maxBack || s[0] != '/' || strings.HasPrefix(s, "//") ||
		strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }) {
		return "", false
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !web.GoodPath(u) {
		return "", false
	}
	if u.Path == "/_mode" || u.Path == "/_access" {
		return "", false
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String(), true
}
