package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"guiyi/internal/address"
	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/a11y"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/form"
	"guiyi/internal/kernel/web"
	"guiyi/internal/theme"
)

// Access returns the routes of the accessibility settings.
func Access() dynamic.Mount {
	return dynamic.Mount{Name: address.MountAccess, Routes: []dynamic.Route{
		{Pattern: address.Access, Get: showAccess, Post: saveAccess},
		{Pattern: address.AccessMode, Get: setMode, Post: setMode},
	}}
}

// modes are the settings that are on or off, shown as boxes under one legend.
func modes() []form.Choice {
	return []form.Choice{
		{Value: "elder", Label: "长者版（大字、单列、大按钮）"},
		{Value: "text", Label: "纯文本（不显示图片）"},
		{Value: "cursor", Label: "大鼠标指针"},
	}
}

// accessForm has a field for every setting that works without script.
func accessForm() form.Form {
	return form.Form{
		Name:   "access",
		Action: address.Access,
		Submit: "保存设置",
		Fields: []form.Field{
			{Name: "back", Kind: form.Hidden, Max: maxBack},
			{Name: "zoom", Label: "显示大小", Kind: form.Radio, Default: "100", Choices: []form.Choice{
				{Value: "100", Label: "标准"},
				{Value: "125", Label: "125%"},
				{Value: "150", Label: "150%"},
				{Value: "175", Label: "175%"},
				{Value: "200", Label: "200%"},
			}},
			{Name: "art", Label: "正文字号", Kind: form.Radio, Default: "1", Choices: []form.Choice{
				{Value: "0.9", Label: "小"},
				{Value: "1", Label: "中"},
				{Value: "1.25", Label: "大"},
			}},
			{Name: "theme", Label: "配色", Kind: form.Radio, Choices: []form.Choice{
				{Value: "", Label: "标准配色"},
				{Value: "yb", Label: "黑底黄字"},
				{Value: "by", Label: "黄底黑字"},
				{Value: "wb", Label: "蓝底白字"},
			}},
			{Name: "mode", Label: "阅读方式", Kind: form.Checks, Choices: modes()},
		},
	}
}

// showAccess shows the form with the current settings.
func showAccess(w http.ResponseWriter, r *dynamic.Request) error {
	values := map[string][]string{}
	for name, value := range r.Settings() {
		values[name] = []string{value}
	}
	for _, m := range modes() {
		if r.Settings()[m.Value] == "1" {
			values["mode"] = append(values["mode"], m.Value)
		}
	}
	back, ok := samePath(r.URL.Query().Get("back"))
	if !ok {
		back = referer(r.Request)
	}
	values["back"] = []string{back}
	done := ""
	if r.URL.Query().Get("saved") == "1" {
		done = "设置已保存"
	}
	return accessPage(w, r, form.State{Input: form.NewInput(values)}, done)
}

// saveAccess stores all settings of the form.
func saveAccess(w http.ResponseWriter, r *dynamic.Request) error {
	f := accessForm()
	in, err := f.Read(r.Request)
	if err != nil {
		return err
	}
	if faults := f.Check(in); len(faults) > 0 {
		return accessPage(w, r, form.State{Input: in, Faults: faults}, "")
	}
	settings := map[string]string{}
	for _, name := range []string{"zoom", "art", "theme"} {
		settings[name] = in.Get(name)
	}
	for _, name := range in.All("mode") {
		settings[name] = "1"
	}
	remember(w, r, settings, in.Get("back"))
	return nil
}

func accessPage(w http.ResponseWriter, r *dynamic.Request, state form.State, done string) error {
	s, err := r.Site()
	if err != nil {
		return err
	}
	html, err := accessForm().HTML(state)
	if err != nil {
		return err
	}
	const title = "无障碍与长者设置"
	status, reset := http.StatusOK, url.Values{"reset": {"1"}}
	if len(state.Faults) > 0 {
		status = http.StatusBadRequest
	}
	if back, ok := samePath(state.Input.Get("back")); ok {
		reset.Set("back", back)
	}
	return r.Render(w, status, theme.FormPage{
		Page:   s.Page(form.Title(title, state.Faults)),
		Crumbs: []theme.Link{{Text: "首页", URL: address.Home}, {Text: title}},
		Title:  title,
		Lead:   "选好后按“保存设置”。设置记在本机浏览器中，本站每一页都会照此显示；不需要运行脚本。",
		Done:   done,
		Form:   html,
		Links:  []theme.Link{{Text: "恢复默认", URL: address.AccessMode + "?" + reset.Encode()}},
		Notes: []theme.Note{{
			Title: "无障碍工具条与快捷键",
			Text: "浏览器允许运行脚本时，页首“无障碍”会打开工具条，另有指读、连读、大字幕、辅助线等功能。快捷键为 Alt + Shift + 数字：" +
				"1 放大，2 缩小，3 配色，4 大鼠标，5 辅助线，6 纯文本，7 大字幕，8 指读，9 连读，0 重置。",
		}},
	})
}

// setMode changes the settings given in the query, as the links on published pages do. With all=1 it removes settings
// missing from the query; with reset=1 it removes them.
func setMode(w http.ResponseWriter, r *dynamic.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.Wrap(fault.Invalid, err, "提交的设置无法识别，请返回重试。")
	}
	settings := r.Settings()
	if r.Form.Get("all") == "1" || r.Form.Get("reset") == "1" {
		clear(settings)
	}
	for name := range a11y.Values() {
		if !r.Form.Has(name) || r.Form.Get("reset") == "1" {
			continue
		}
		settings[name] = r.Form.Get(name) // Set removes settings that are not in the map
	}
	remember(w, r, settings, r.Form.Get("back"))
	return nil
}

// remember stores the settings and redirects to the page the reader came from.
func remember(w http.ResponseWriter, r *dynamic.Request, settings map[string]string, back string) {
	dynamic.SettingsCookie().Set(w, settings, r.HTTPS())
	back, ok := samePath(back)
	if !ok {
		back = cmp.Or(referer(r.Request), address.Access+"?saved=1")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", back)
	w.WriteHeader(http.StatusSeeOther)
}

// referer returns the path of the page of this site that linked here. It is empty when the page is unknown, on another
// site, or one of the settings pages.
func referer(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host == "" || u.Host != r.Host {
		return ""
	}
	back, _ := samePath(u.RequestURI())
	return back
}

const maxBack = 2048

// samePath returns s when it is a path with an optional query on this site. It rejects what a browser could take for
// another host, and the settings pages themselves.
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
