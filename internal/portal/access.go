package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"guiyi/internal/address"
	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/a11y"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/web"
	"guiyi/internal/theme"
)

// Access answers the accessibility settings.
func Access() dynamic.Mount {
	return dynamic.Mount{Name: address.MountAccess, Routes: []dynamic.Route{
		{Pattern: address.Access, Get: accessPage, Post: setMode},
		{Pattern: address.AccessMode, Get: setMode, Post: setMode},
	}}
}

func accessPage(w http.ResponseWriter, r *dynamic.Request) error {
	s, err := r.Site()
	if err != nil {
		return err
	}
	state := r.Settings()
	zoom, _ := strconv.Atoi(cmp.Or(state["zoom"], "100")) // listed values only
	back, ok := samePath(r.URL.Query().Get("back"))
	if !ok {
		back = referer(r.Request)
	}
	return r.Render(w, http.StatusOK, theme.Access{
		Page:   s.Page("无障碍与长者设置"),
		Crumbs: []theme.Link{{Text: "首页", URL: address.Home}, {Text: "无障碍与长者设置"}},
		Action: address.AccessMode,
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
func setMode(w http.ResponseWriter, r *dynamic.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.Wrap(fault.Invalid, err, "提交的设置无法识别，请返回重试。")
	}
	state := r.Settings()
	if r.Form.Get("all") == "1" || r.Form.Get("reset") == "1" {
		clear(state)
	}
	for name := range a11y.Values() {
		if !r.Form.Has(name) || r.Form.Get("reset") == "1" {
			continue
		}
		state[name] = r.Form.Get(name) // what is not listed is left out by Set and thereby reset
	}
	dynamic.SettingsCookie().Set(w, state, r.HTTPS())
	back, ok := samePath(r.Form.Get("back"))
	if !ok {
		back = cmp.Or(referer(r.Request), address.Access+"?saved=1")
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
	if u.Path == address.AccessMode || u.Path == address.Access {
		return "", false
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String(), true
}
