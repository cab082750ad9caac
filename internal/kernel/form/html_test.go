package form

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// document is a parsed HTML page.
type document struct {
	t     *testing.T
	nodes []*html.Node
}

func parse(t *testing.T, f Form, state State) document {
	t.Helper()
	if err := f.Valid(); err != nil {
		t.Fatal(err)
	}
	text, err := f.HTML(state)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "ZgotmplZ") {
		t.Errorf("html/template refuses a value:\n%s", text)
	}
	root, err := html.Parse(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	d := document{t: t}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			d.nodes = append(d.nodes, n)
		}
	}
	return d
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// isControl reports whether a reader can fill the element in.
func isControl(n *html.Node) bool {
	return slices.Contains([]string{"input", "select", "textarea"}, n.Data)
}

func (d document) id(id string) *html.Node {
	d.t.Helper()
	var found *html.Node
	for _, n := range d.nodes {
		if attr(n, "id") == id {
			if found != nil {
				d.t.Errorf("the id %s stands twice", id)
			}
			found = n
		}
	}
	if found == nil {
		d.t.Fatalf("nothing has the id %s", id)
	}
	return found
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// TestHTMLIsAccessible: every field has a label, and hint and fault are bound to it; ids are there and stand once.
func TestHTMLIsAccessible(t *testing.T) {
	f := ticket()
	for name, in := range map[string]Input{"empty": {}, "filled in": read(t, f, good())} {
		d := parse(t, f, State{Input: in, Faults: f.Check(in), Token: "token"})
		labels := map[string]bool{}
		for _, n := range d.nodes {
			if n.Data == "label" {
				id := attr(n, "for")
				if !has(n, "for") && n.FirstChild != nil { // the label is around its box
					id = attr(n.FirstChild, "id")
				}
				labels[id] = true
				d.id(id)
			}
			for id := range strings.FieldsSeq(attr(n, "aria-describedby")) {
				if text(d.id(id)) == "" {
					t.Errorf("%s: %s says nothing", name, id)
				}
			}
			if href := attr(n, "href"); href != "" {
				if target := d.id(strings.TrimPrefix(href, "#")); !isControl(target) {
					t.Errorf("%s: %s leads to a %s", name, href, target.Data)
				}
			}
			if n.Data == "script" || has(n, "style") || has(n, "onclick") {
				t.Errorf("%s: script or style in %s", name, n.Data)
			}
		}
		for _, n := range d.nodes {
			if isControl(n) && attr(n, "type") != "hidden" && !labels[attr(n, "id")] {
				t.Errorf("%s: %s has no label", name, attr(n, "name"))
			}
			if n.Data == "fieldset" && n.FirstChild.NextSibling.Data != "legend" {
				t.Errorf("%s: a group without a legend", name)
			}
		}
	}
}

func TestHTML(t *testing.T) {
	f := ticket()
	v := url.Values{"back": {"/x"}, "title": {`"><script>alert(1)</script>`}, "body": {"\n</textarea><b>"},
		"code": {"secret"}, "reply": {"t", "m"}, "public": {"1"}, "tel": {"x"}}
	in := read(t, f, v)
	faults := f.Check(in)
	d := parse(t, f, State{Input: in, Faults: faults, Token: "t0ken"})
	form := d.id("ticket")
	if attr(form, "method") != "post" || attr(form, "action") != "/tickets/write" || !has(form, "novalidate") ||
		attr(form, "enctype") != "multipart/form-data" {
		t.Errorf("%+v", form.Attr)
	}
	title := d.id("ticket-title")
	if attr(title, "value") != v.Get("title") || !has(title, "required") || attr(title, "aria-invalid") != "true" ||
		attr(title, "aria-describedby") != "ticket-title-hint ticket-title-error" {
		t.Errorf("%+v", title.Attr)
	}
	if got := text(d.id("ticket-title-error")); !strings.HasPrefix(got, "错误：标题最多 10 个字") {
		t.Errorf("%q", got)
	}
	if got := text(d.id("ticket-body")); got != "</textarea><b>" {
		t.Errorf("the text came back as %q", got)
	}
	if tel := d.id("ticket-tel"); attr(tel, "value") != "x" || attr(tel, "type") != "tel" ||
		attr(tel, "autocomplete") != "tel" || has(tel, "required") {
		t.Errorf("%+v", tel.Attr)
	}
	if has(d.id("ticket-code"), "value") && attr(d.id("ticket-code"), "value") != "" {
		t.Error("a password is written into a page")
	}
	if attr(d.id("ticket-mail"), "aria-invalid") != "" {
		t.Error("a field without a fault is wrong")
	}
	for id, want := range map[string]bool{"ticket-reply-1": false, "ticket-reply-2": true, "ticket-reply-3": true,
		"ticket-public-1": true, "ticket-public-2": false, "ticket-true": false} {
		if has(d.id(id), "checked") != want {
			t.Errorf("%s checked: %v", id, !want)
		}
	}
	var summary, trap *html.Node
	for _, n := range d.nodes {
		switch attr(n, "class") {
		case "errors":
			summary = n
		case "trap":
			trap = n
		}
		if attr(n, "name") == "form-token" && attr(n, "value") != "t0ken" {
			t.Error("the token is not there")
		}
		if n.Data == "script" || n.Data == "b" {
			t.Error("what the reader wrote is markup")
		}
	}
	if summary == nil || attr(summary, "role") != "alert" || attr(summary, "tabindex") != "-1" ||
		!has(summary, "autofocus") || !strings.Contains(text(summary), "请更正以下 4 处内容") {
		t.Errorf("summary %+v, faults %+v", summary, faults)
	}
	if trap == nil || attr(trap, "aria-hidden") != "true" || attr(d.id("ticket-website"), "tabindex") != "-1" ||
		attr(d.id("ticket-website"), "autocomplete") != "off" {
		t.Error("people fall into the trap")
	}
	if Title("写信", faults) != "填写有误：写信" || Title("写信", nil) != "写信" {
		t.Error("the title does not tell of faults")
	}
}

// An empty form has no faults, no trap without a token, and its defaults.
func TestEmptyHTML(t *testing.T) {
	d := parse(t, ticket(), State{})
	for _, n := range d.nodes {
		if class := attr(n, "class"); class == "errors" || class == "trap" || strings.Contains(class, "bad") ||
			attr(n, "aria-invalid") != "" || attr(n, "name") == "form-token" {
			t.Errorf("%s %+v", n.Data, n.Attr)
		}
	}
	if !has(d.id("ticket-public-2"), "checked") || has(d.id("ticket-public-1"), "checked") {
		t.Error("the default is not chosen")
	}
	if first := d.id("ticket-unit").FirstChild.NextSibling; attr(first, "value") != "" || text(first) != "请选择" {
		t.Error("the first unit is chosen by nobody")
	}
	if form := parse(t, searchForm(), State{}).id("find"); attr(form, "method") != "get" || has(form, "enctype") {
		t.Errorf("%+v", form.Attr)
	}
}

func FuzzHTML(f *testing.F) {
	f.Add("标题", "正文", "a")
	f.Add(`"><script>`, "</textarea>", "\x00")
	f.Fuzz(func(t *testing.T, title, body, unit string) {
		form := ticket()
		in := read(t, form, url.Values{"title": {title}, "body": {body}, "unit": {unit}})
		d := parse(t, form, State{Input: in, Faults: form.Check(in)})
		if got := attr(d.id("ticket-title"), "value"); got != in.Get("title") {
			t.Fatalf("%q came back as %q", in.Get("title"), got)
		}
		for _, n := range d.nodes {
			if n.Data == "script" {
				t.Fatal("markup")
			}
		}
	})
}
