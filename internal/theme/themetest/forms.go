package themetest

import (
	"html/template"

	"guiyi/internal/kernel/form"
	"guiyi/internal/theme"
)

func formSamples() []Sample {
	return []Sample{
		{"access", "/_access", "", access()},
		{"form", "/form.html", "", letter()},
	}
}

// accessForm is a form with the names of the settings.
func accessForm() form.Form {
	return form.Form{
		Name:   "access",
		Action: "/_access",
		Submit: "保存设置",
		Fields: []form.Field{
			{Name: "back", Kind: form.Hidden, Default: "/"},
			{Name: "zoom", Label: "显示大小", Kind: form.Radio, Default: "100", Choices: []form.Choice{
				{Value: "100", Label: "标准"}, {Value: "125", Label: "125%"}, {Value: "150", Label: "150%"},
				{Value: "175", Label: "175%"}, {Value: "200", Label: "200%"}}},
			{Name: "theme", Label: "配色", Kind: form.Radio, Choices: []form.Choice{
				{Value: "", Label: "标准配色"}, {Value: "yb", Label: "黑底黄字"}, {Value: "wb", Label: "蓝底白字"}}},
			{Name: "mode", Label: "阅读方式", Kind: form.Checks, Choices: []form.Choice{
				{Value: "elder", Label: "长者版（大字、单列、大按钮）"}, {Value: "text", Label: "纯文本（不显示图片）"}}},
		},
	}
}

// letterForm is a form with a field of every kind.
func letterForm() form.Form {
	unit := []form.Choice{{Value: "mayor", Label: "市长信箱"}, {Value: "rsj", Label: "市人力资源和社会保障局"}}
	return form.Form{
		Name:   "letter",
		Action: "/form.html",
		Submit: "提交",
		Fields: []form.Field{
			{Name: "unit", Label: "收信单位", Kind: form.Select, Required: true, Choices: unit},
			{Name: "title", Label: "标题", Kind: form.Text, Required: true, Max: 50, FreeText: true, Hint: "一句话说明事由，不超过 50 个字。"},
			{Name: "body", Label: "内容", Kind: form.Area, Required: true, FreeText: true,
				Hint: "写清时间、地点和您的要求。请不要写他人的身份证号码等信息。"},
			{Name: "day", Label: "发生日期", Kind: form.Date, Hint: "例如 2026-11-20。"},
			{Name: "name", Label: "姓名", Kind: form.Text, Required: true, Personal: true, Autocomplete: "name"},
			{Name: "tel", Label: "联系电话", Kind: form.Phone, Required: true, Personal: true, Autocomplete: "tel"},
			{Name: "mail", Label: "电子邮箱", Kind: form.Email, Personal: true, Autocomplete: "email"},
			{Name: "public", Label: "是否同意公开", Kind: form.Radio, Required: true, Choices: []form.Choice{
				{Value: "yes", Label: "同意公开，隐去个人信息"}, {Value: "no", Label: "不同意公开"}}},
			{Name: "reply", Label: "答复方式", Kind: form.Checks, Choices: []form.Choice{
				{Value: "site", Label: "网站查询"}, {Value: "tel", Label: "电话"}}},
			{Name: "files", Label: "附件", Kind: form.Files, Max: 3, MaxBytes: 10 << 20, Accept: []string{".pdf", ".jpg"},
				Hint: "最多 3 个，每个不超过 10 MB；接受 .pdf、.jpg。"},
			{Name: "true", Label: "我承诺所反映的情况属实", Kind: form.Check, Required: true},
		},
	}
}

func access() theme.FormPage {
	return theme.FormPage{
		Page:   plainPage("无障碍与长者设置"),
		Crumbs: crumbs(theme.Link{Text: "无障碍与长者设置"}),
		Title:  "无障碍与长者设置",
		Lead:   "选好后按“保存设置”。设置记在本机浏览器中，本站每一页都会照此显示；不需要运行脚本。",
		Form:   draw(accessForm(), form.State{}),
		Links:  []theme.Link{{Text: "恢复默认", URL: "/_mode?reset=1"}},
		Notes:  []theme.Note{{Title: "无障碍工具条与快捷键", Text: "浏览器允许运行脚本时，页首“无障碍”会打开工具条。"}},
	}
}

// letter is a form filled in with faults.
func letter() theme.FormPage {
	f := letterForm()
	in := form.NewInput(map[string][]string{
		"title": {"人行道地砖破损"}, "body": {"沿江路与建设街交叉口东侧，\n地砖破损已有两个月。"}, "day": {"昨天"},
		"tel": {"不方便"}, "reply": {"tel"},
	})
	faults := f.Check(in)
	return theme.FormPage{
		Page:   plainPage(form.Title("写信", faults)),
		Crumbs: crumbs(theme.Link{Text: "写信"}),
		Title:  "写信",
		Lead:   "五个工作日内答复是否受理。",
		Form:   draw(f, form.State{Input: in, Faults: faults, Token: "dG9rZW4"}),
	}
}

func draw(f form.Form, state form.State) template.HTML {
	html, err := f.HTML(state)
	if err != nil {
		return template.HTML(template.HTMLEscapeString(err.Error())) // the tests of the samples detect it
	}
	return html
}
