package form

import (
	"bytes"
	"cmp"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// State is the state in which a form is shown.
type State struct {
	Input  Input  // values of the fields
	Faults Faults // faults of the fields
	Token  string // of the guard, "" for none
}

// HTML returns the form, with the faults above it. It contains no script and no style; the classes are form, errors,
// field, bad, hint, error, need, trap and row.
func (f Form) HTML(state State) (template.HTML, error) {
	var b bytes.Buffer
	if err := page().Execute(&b, f.view(state)); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil
}

// Title prefixes the title of a page with a note about its faults, which screen readers read first.
func Title(title string, faults Faults) string {
	if len(faults) == 0 {
		return title
	}
	return "填写有误：" + title
}

type formView struct {
	ID, Action, Method, Encoding, Submit string
	Token, TokenName, TrapName           string
	Faults                               []faultView
	Hidden                               []fieldView
	Fields                               []fieldView
}

type faultView struct{ Href, Text string }

type fieldView struct {
	ID, Name, Label, Hint, Error, Value string
	Kind, Type, Mode                    string
	Autocomplete, Described, Accept     string
	Required, Optional, Multiple        bool
	Group                               bool // several boxes under one legend
	Choices                             []choiceView
	Kept                                []choiceView // files
}

type choiceView struct {
	ID, Value, Label string
	Chosen           bool
}

func (f Form) view(state State) formView {
	v := formView{
		ID:        f.Name,
		Action:    f.Action,
		Method:    "post",
		Submit:    f.Submit,
		Token:     state.Token,
		TokenName: tokenName,
		TrapName:  trapName,
	}
	if f.Get {
		v.Method = "get"
	}
	for _, d := range f.Fields {
		one := f.fieldView(d, state)
		if d.Kind == Hidden {
			v.Hidden = append(v.Hidden, one)
			continue
		}
		if d.Kind == Files {
			v.Encoding = "multipart/form-data"
		}
		v.Fields = append(v.Fields, one)
	}
	for _, one := range state.Faults {
		v.Faults = append(v.Faults, faultView{f.href(one.Field), one.Text})
	}
	return v
}

// href returns the link to the field of a fault: to the first box of a group.
func (f Form) href(name string) string {
	d, ok := f.field(name)
	switch {
	case !ok || d.Kind == Hidden:
		return ""
	case d.Kind == Radio || d.Kind == Checks:
		return "#" + f.Name + "-" + name + "-1"
	}
	return "#" + f.Name + "-" + name
}

func (f Form) fieldView(d Field, state State) fieldView {
	v := fieldView{
		ID:           f.Name + "-" + d.Name,
		Name:         d.Name,
		Label:        d.Label,
		Hint:         d.Hint,
		Error:        state.Faults.text(d.Name),
		Kind:         string(d.Kind),
		Type:         "text",
		Autocomplete: d.Autocomplete,
		Required:     d.Required,
		Group:        d.Kind == Radio || d.Kind == Checks,
		Multiple:     d.Kind == Files && d.max() > 1,
		Accept:       strings.Join(d.Accept, ","),
	}
	switch d.Kind {
	case Radio:
		v.Type = "radio"
	case Checks:
		v.Type = "checkbox"
	case Email:
		v.Type = "email"
	case Phone:
		v.Type = "tel"
	case Date:
		v.Mode = "numeric" // a text field: date pickers differ between old browsers and do not work with screen readers
	case Password:
		v.Type, v.Autocomplete = "password", cmp.Or(d.Autocomplete, "current-password")
	}
	for i, file := range state.Input.Files[d.Name] {
		if file.id != "" {
			v.Kept = append(v.Kept, choiceView{
				ID:    v.ID + "-kept-" + strconv.Itoa(i+1),
				Value: file.id,
				Label: file.Name + "（" + size(file.Size) + "）",
			})
		}
	}
	if d.Kind != Password && d.Kind != Files {
		v.Value = cmp.Or(state.Input.Get(d.Name), d.Default)
	}
	v.Optional = !d.Required && !slices.Contains([]Kind{Radio, Check, Checks, Hidden}, d.Kind)
	if d.Hint != "" {
		v.Described = v.ID + "-hint"
	}
	if v.Error != "" {
		v.Described = strings.TrimSpace(v.Described + " " + v.ID + "-error")
	}
	chosen := state.Input.All(d.Name)
	if len(chosen) == 0 && d.Kind != Checks {
		chosen = []string{d.Default}
	}
	choices := d.Choices
	if d.Kind == Select && d.Default == "" && choices[0].Value != "" {
		choices = append([]Choice{{"", "请选择"}}, choices...) // otherwise the browser would preselect the first
	}
	for i, c := range choices {
		v.Choices = append(v.Choices, choiceView{
			ID:     v.ID + "-" + strconv.Itoa(i+1),
			Value:  c.Value,
			Label:  c.Label,
			Chosen: slices.Contains(chosen, c.Value),
		})
	}
	return v
}

var page = sync.OnceValue(func() *template.Template { return template.Must(template.New("form").Parse(source)) })

// source is the template of a form. Each fault is shown as text, marked on its field, and linked from the list above.
const source = `{{with .Faults}}<div class="errors" role="alert" tabindex="-1" autofocus>
<h2>请更正以下 {{len .}} 处内容</h2>
<ul>
{{range .}}<li>{{if .Href}}<a href="{{.Href}}">{{.Text}}</a>{{else}}{{.Text}}{{end}}</li>
{{end}}</ul>
</div>
{{end}}<form class="form" id="{{.ID}}" action="{{.Action}}" method="{{.Method}}"
{{- with .Encoding}} enctype="{{.}}"{{end}} novalidate>
{{with .Token}}<input type="hidden" name="{{$.TokenName}}" value="{{.}}">
<div class="trap" aria-hidden="true"><label for="{{$.ID}}-{{$.TrapName}}">请勿填写</label>
<input id="{{$.ID}}-{{$.TrapName}}" name="{{$.TrapName}}" type="text" value="" tabindex="-1" autocomplete="off"></div>
{{end}}{{range .Hidden}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">
{{end}}{{range .Fields}}{{template "field" .}}{{end -}}
<p class="row"><button class="btn" type="submit">{{.Submit}}</button></p>
</form>
{{define "field"}}
{{- if .Group}}<fieldset class="field{{if .Error}} bad{{end}}"{{template "described" .}}>
<legend>{{.Label}}{{template "need" .}}</legend>
{{template "notes" .}}
{{- $f := .}}{{range .Choices}}<label><input id="{{.ID}}" type="{{$f.Type}}" name="{{$f.Name}}" value="{{.Value}}"
{{- if .Chosen}} checked{{end}}> {{.Label}}</label>
{{end}}</fieldset>
{{else if eq .Kind "check"}}<div class="field{{if .Error}} bad{{end}}">
{{template "notes" .}}<label><input id="{{.ID}}" type="checkbox" name="{{.Name}}" value="1"
{{- if eq .Value "1"}} checked{{end}}{{template "state" .}}> {{.Label}}{{template "need" .}}</label>
</div>
{{else}}<div class="field{{if .Error}} bad{{end}}">
<label for="{{.ID}}">{{.Label}}{{template "need" .}}</label>
{{template "notes" .}}
{{- if eq .Kind "area"}}<textarea id="{{.ID}}" name="{{.Name}}" rows="8"{{template "state" .}}>
{{.Value}}</textarea>
{{else if eq .Kind "select"}}<select id="{{.ID}}" name="{{.Name}}"{{template "state" .}}>
{{range .Choices}}<option value="{{.Value}}"{{if .Chosen}} selected{{end}}>{{.Label}}</option>
{{end}}</select>
{{else if eq .Kind "files"}}{{if .Kept}}{{$f := .}}<fieldset class="kept"><legend>已经上传，不用再选；不要的请取消勾选</legend>
{{range .Kept}}<label><input id="{{.ID}}" type="checkbox" name="{{$f.Name}}-kept" value="{{.Value}}" checked> {{.Label}}</label>
{{end}}</fieldset>
{{end}}<input id="{{.ID}}" name="{{.Name}}" type="file" accept="{{.Accept}}"
{{- if .Multiple}} multiple{{end}}{{template "state" .}}>
{{else}}<input id="{{.ID}}" name="{{.Name}}" type="{{.Type}}"{{with .Mode}} inputmode="{{.}}"{{end}} value="{{.Value}}"
{{- template "state" .}}>
{{end}}</div>
{{end}}{{end}}
{{define "need"}}{{if .Required}} <span class="need">（必填）</span>{{else if .Optional}} <span class="need">（选填）</span>{{end}}{{end}}
{{define "notes"}}{{if .Hint}}<p class="hint" id="{{.ID}}-hint">{{.Hint}}</p>
{{end}}{{if .Error}}<p class="error" id="{{.ID}}-error"><span class="vh">错误：</span>{{.Error}}</p>
{{end}}{{end}}
{{define "described"}}{{with .Described}} aria-describedby="{{.}}"{{end}}{{end}}
{{define "state"}}{{with .Autocomplete}} autocomplete="{{.}}"{{end}}{{if .Required}} required{{end}}
{{- template "described" .}}{{if .Error}} aria-invalid="true"{{end}}{{end}}
`
