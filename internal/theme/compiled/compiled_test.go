package compiled

import (
	"errors"
	"html/template"
	"reflect"
	"strings"
	"testing"
	"time"
)

type inner struct {
	Name string
	List []string
}

type embedded struct{ Deep string }

type view struct {
	Text   string
	Other  string
	URL    string
	Body   template.HTML
	Data   template.JS
	N      int
	On     bool
	At     time.Time
	In     inner
	Ptr    *inner
	Nil    *inner
	Empty  []string
	Items  []inner
	Any    any
	Table  map[string]string
	Kinded kinded
	embedded
	*far
}

type (
	kinded string
	far    struct{ Far string }
)

func sample() view {
	return view{Text: `<a> & "b" 'c' +`, URL: "/x y?a=1&b='2'", Body: "<b>粗</b>", Data: `{"a":"<"}`, N: -7, On: true,
		At: time.Unix(1e9, 0),
		In: inner{"内", []string{"x", "<y>"}}, Ptr: &inner{Name: "指"},
		Items: []inner{{Name: "一"}, {Name: "二", List: []string{"z"}}}, embedded: embedded{"深"},
		Table:  map[string]string{"a": "b"},
		Kinded: "种", Any: "任"}
}

func funcs() template.FuncMap {
	return template.FuncMap{
		"date":  func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
		"twice": func(s string) string { return s + s },
		"join":  strings.Join,
		"must": func(s string) (string, error) {
			if s == "" {
				return "", errors.New("nothing")
			}
			return s, nil
		},
		"many": func(s ...string) string { return strings.Join(s, "") },
		"pair": func() (int, int, error) { return 1, 2, nil },
	}
}

// both runs a template by html/template and, if it compiles, by a program.
func both(t testing.TB, text string, v any) (want string, failed error, got string, refused error) {
	t.Helper()
	fm := funcs()
	delete(fm, "pair") // html/template does not take it
	set, err := template.New("").Funcs(fm).Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var b strings.Builder
	failed = set.ExecuteTemplate(&b, "main", v)
	p, err := Compile(set, fm, "main", reflect.TypeOf(v))
	if err != nil {
		return b.String(), failed, "", err
	}
	out, err := p.Append([]byte("vorher|"), reflect.ValueOf(v))
	if (err != nil) != (failed != nil) {
		t.Errorf("%s: program %v, html/template %v", text, err, failed)
	}
	return b.String(), failed, strings.TrimPrefix(string(out), "vorher|"), nil
}

// main makes a template of a body; templates it defines come behind it.
func main(body string) string {
	own, rest, more := strings.Cut(body, `{{define`)
	if more {
		rest = `{{define` + rest
	}
	return `{{define "main"}}` + own + `{{end}}` + rest
}

// TestSame: what compiles gives what html/template gives, in every context.
func TestSame(t *testing.T) {
	for _, body := range []string{
		``, `plain`, `{{.Text}}`, `<p title="{{.Text}}">`, `<title>{{.Text}}</title>`, `<textarea>{{.Text}}</textarea>`,
		`<a href="{{.URL}}">`, `<a href="{{.Text}}">`,
		`<a href="/s?q={{.Text}}&r={{.URL}}">`, `<a href="tel:{{.Text}}">`, `<img src="{{.URL}}" width="{{.N}}">`,
		`{{.N}}`, `{{.Body}}`, `<script type="application/ld+json">{{.Data}}</script>`,
		`{{if .On}}ja{{else}}nein{{end}}`, `{{if .Empty}}a{{else if .N}}b{{else}}c{{end}}`,
		`{{if .Nil}}a{{else}}b{{end}}`, `{{if .In}}a{{end}}`, `{{with .Ptr}}{{.Name}}{{end}}`,
		`{{with .Nil}}{{.Name}}{{else}}{{.Text}}{{end}}`, `{{with $x := .Ptr}}{{$x.Name}}{{.Name}}{{end}}`,
		`{{if $x := .Text}}{{$x}}{{end}}`, `{{range .Items}}{{.Name}}{{range .List}}[{{.}}]{{else}}-{{end}}{{end}}`,
		`{{range $i, $e := .Items}}{{$i}}{{$e.Name}}{{$.Text}}{{end}}`, `{{range $e := .In.List}}{{$e}}{{end}}`,
		`{{range .Empty}}x{{else}}leer{{end}}`, `{{$x := .Text}}{{$x}}{{$x}}`, `{{.Deep}}`,
		`{{twice .Text}}`, `{{.Text | twice | twice}}`, `{{with twice .Text}}{{.}}{{.}}{{end}}`, `{{date .At}}`,
		`{{join .In.List "<"}}`, `{{must .Text}}`, `{{must "fest"}}`, `{{twice "&"}}`,
		`{{or .Other .Text}}`, `{{and .Text .URL}}`, `{{if or .Nil .N}}x{{end}}`,
		`{{if and .On .Nil}}x{{else}}y{{end}}`, `{{if not .On}}x{{else}}y{{end}}`,
		`{{if not (or .Nil .Empty)}}x{{end}}`,
		`{{if eq .Text "x"}}a{{else}}b{{end}}`,
		`{{if ne .N 3}}a{{end}}{{if lt .N 0}}b{{end}}{{if ge .N -7}}c{{end}}{{if le .N 1}}d{{end}}{{if gt .N 1}}e{{end}}`, `{{if eq .On true}}x{{end}}`,
		`{{len .Items}}{{len .Text}}`, `{{if eq (len .Items) 2}}x{{end}}`, `{{slice .Text 1}}{{slice .Text 1 3}}`,
		`{{if true}}x{{end}}`, `{{"<fest>"}}`, `{{5}}`,
		`{{if .Kinded}}x{{end}}`, `{{if eq .Kinded "种"}}x{{end}}`,
		`{{template "t" .In}}{{define "t"}}{{.Name}}{{range .List}}{{template "u" .}}{{end}}{{end}}{{define "u"}}<{{end}}`,
		`{{template "later" .Any}}{{define "later"}}x{{end}}`, `{{/* a remark */}}x`, `{{- .Text -}} y`,
		`{{with .At}}{{date .}}{{end}}`, `{{block "k" .In}}{{.Name}}{{end}}`, `{{with (twice .Text)}}{{.}}{{end}}`,
	} {
		want, failed, got, refused := both(t, main(body), sample())
		if failed != nil || refused != nil {
			t.Errorf("%s: %v, %v", body, failed, refused)
		}
		if got != want {
			t.Errorf("%s\n got %q\nwant %q", body, got, want)
		}
	}
}

// TestRefused: what is not known is refused, never guessed.
func TestRefused(t *testing.T) {
	for _, body := range []string{
		`<p title="{{.Body}}">`, `<script>var x = {{.Text}}</script>`, `<p style="color:{{.Text}}">`,
		`<p onclick="f({{.Text}})">`, `<p {{.Text}}>`, `<p title={{.Text}}>`, `<img srcset="{{.URL}}">`,
		`{{.Text | html}}`, `{{printf "%s" .Text}}`, `{{print .N}}`, `{{.Any}}`, `{{.Table.a}}`,
		`{{range .Table}}{{.}}{{end}}`, `{{range 3}}x{{end}}`, `{{many .Text}}`, `{{index .Items 0}}`, `{{.Items}}`,
		`{{or .Text .N}}`, `{{range .Items}}{{break}}{{end}}`, `{{$x := .Text}}{{$x = .URL}}{{$x}}`,
		`{{if eq .N "x"}}{{end}}`, `{{eq .Text .URL "z"}}`, `{{.Far}}`, `{{slice .Text .N}}`, `{{slice .Items 1}}`,
		`{{.Kinded}}`, `{{1.5}}`, `{{not .Any}}`, `{{len .Table}}`, `{{template "in" .}}{{define "in"}}{{.Any}}{{end}}`,
		`{{with or .Text .N}}x{{end}}`,
		`{{join .In.List .N}}`, `{{.On}}`,
	} {
		if _, _, got, refused := both(t, main(body), sample()); refused == nil {
			t.Errorf("%s is not refused, gives %q", body, got)
		}
	}
	set := template.Must(template.New("").Parse(main("x")))
	if _, err := Compile(set, nil, "other", reflect.TypeFor[view]()); err == nil ||
		!strings.Contains(err.Error(), `"other"`) {
		t.Errorf("missing template: %v", err)
	}
}

// TestFails: a program fails where html/template fails, and says so.
func TestFails(t *testing.T) {
	for body, want := range map[string]error{
		`a{{.Nil.Name}}b`: errNil, `{{slice .Other 1}}`: errRange, `{{must .Other}}`: nil,
		`{{range .Items}}{{$.Nil.Name}}{{end}}`: errNil, `{{join .Nil.List ","}}`: errNil,
		`{{template "self" .}}{{define "self"}}{{template "self" .}}{{end}}`: errDepth,
	} {
		set := template.Must(template.New("").Funcs(template.FuncMap{"must": funcs()["must"],
			"join": strings.Join}).Parse(main(body)))
		if want != errDepth { // html/template would go a hundred times as deep
			if err := set.ExecuteTemplate(&strings.Builder{}, "main", sample()); err == nil {
				t.Errorf("%s: html/template does not fail", body)
			}
		}
		p, err := Compile(set, funcs(), "main", reflect.TypeFor[view]())
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if _, err := p.Append(nil, reflect.ValueOf(sample())); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", body, err, want)
		}
	}
}

// TestManyAtOnce: a program keeps nothing between runs.
func TestManyAtOnce(t *testing.T) {
	set := template.Must(template.New("").Funcs(template.FuncMap{"twice": funcs()["twice"]}).Parse(
		main(`{{$x := twice .Text}}{{range .Items}}{{.Name}}{{$x}}{{end}}`)))
	var b strings.Builder
	if err := set.ExecuteTemplate(&b, "main", sample()); err != nil {
		t.Fatal(err)
	}
	p, err := Compile(set, funcs(), "main", reflect.TypeFor[view]())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	for i := range 4 {
		go func() {
			defer func() { done <- true }()
			v := sample()
			v.Text = strings.Repeat("x", i)
			for range 200 {
				out, err := p.Append(nil, reflect.ValueOf(v))
				if want := "一" + v.Text + v.Text + "二" + v.Text + v.Text; err != nil || string(out) != want {
					t.Errorf("%q, %v", out, err)
					return
				}
			}
		}()
	}
	for range 4 {
		<-done
	}
}

// FuzzText: any text in any context that compiles.
func FuzzText(f *testing.F) {
	f.Add("<&>", "javascript:x")
	f.Add("\x00\xff%", "a:b/c%2")
	const body = `<title>{{.Text}}</title><p title="{{.Text}}">{{.Text}}<a href="{{.URL}}">{{twice .URL}}</a><a href="/x?y={{.URL}}#{{.Text}}">{{slice .Text 0}}</a>{{if eq .Text .URL}}x{{end}}`
	f.Fuzz(func(t *testing.T, text, url string) {
		v := sample()
		v.Text, v.URL = text, url
		want, failed, got, refused := both(t, main(body), v)
		if failed != nil || refused != nil || got != want {
			t.Errorf("got %q, %v\nwant %q, %v", got, refused, want, failed)
		}
	})
}
