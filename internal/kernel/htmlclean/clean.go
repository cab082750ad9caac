package htmlclean

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"guiyi/internal/kernel/fault"
)

// Options of one call.
type Options struct {
	// Pages are further addresses of the page itself, such as that of the original or of the saved file. A link to one
	// of them with a fragment is a link within the page.
	Pages []string

	Base string // address that relative ones are resolved against; empty = they stay as they are
}

// Result is a cleaned body. Addresses in the lists are exactly those in HTML, without duplicates, in document order.
type Result struct {
	HTML    string
	Text    string         // one line per paragraph, item or cell
	Images  []Ref          // pictures and posters; Name is the alt text
	Files   []Ref          // links to documents: the attachments of the text; Name is the link text
	Media   []Ref          // video and audio
	Links   []Ref          // all other links
	Dropped map[string]int // elements left out on purpose, by name: iframe, object, video without address …
}

// Clean turns HTML of any origin, a fragment or a page, into the canonical form. Clean(Clean(x)) equals Clean(x).
func Clean(source string, o Options) (Result, error) {
	root, err := Parse(source)
	if err != nil {
		return Result{}, err
	}
	return FromNode(root, o)
}

// FromNode is Clean for a tree made by [Parse] or a part of one.
func FromNode(n *html.Node, o Options) (Result, error) {
	base, err := baseURL(o.Base)
	if err != nil {
		return Result{}, err
	}
	first := pass(n, base, o.Pages)
	current := first
	for range 4 {
		root, err := Parse(current.HTML)
		if err != nil {
			return Result{}, err
		}
		next := pass(root, base, nil)
		if next.HTML == current.HTML {
			next.Dropped = first.Dropped
			keepNames(&next, first)
			return next, nil
		}
		current = next
	}
	return flat(first), nil
}

func baseURL(s string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fault.New(fault.Invalid, "网页地址 %q 不是完整的 http(s) 地址", s)
	}
	return u, nil
}

func pass(n *html.Node, base *url.URL, pages []string) Result {
	var out []block
	b := builder{base: base, out: &out, refs: &refs{
		names:   map[string]string{},
		dropped: map[string]int{},
		anchors: findAnchors(n, base, pages),
		shown:   map[string]bool{},
	}}
	b.node(n, scope{})
	b.flush()
	level(out)
	res := Result{Dropped: b.refs.dropped}
	w := writer{result: &res, names: b.refs.names, seen: map[string]bool{}}
	w.blocks(out)
	res.HTML, res.Text = w.html.String(), strings.TrimRight(w.text.String(), "\n")
	return res
}

// keepNames restores the names that only the source has: the titles of links.
func keepNames(r *Result, first Result) {
	names := map[string]string{}
	for _, f := range first.Files {
		names[f.URL] = f.Name
	}
	known := map[string]bool{}
	for i, f := range r.Files {
		known[f.URL] = true
		if n := names[f.URL]; n != "" {
			r.Files[i].Name = n
		}
	}
	for _, f := range first.Files {
		if known[f.URL] {
			continue
		}
		for i, l := range r.Links {
			if l.URL == f.URL {
				r.Links = append(r.Links[:i], r.Links[i+1:]...)
				r.Files = append(r.Files, f)
				break
			}
		}
	}
	for i, m := range first.Media {
		if i < len(r.Media) && r.Media[i].URL == m.URL {
			r.Media[i].Name = m.Name
		}
	}
}

// flat returns only the text, as paragraphs. It is used when cleaning the result again would change it.
func flat(r Result) Result {
	var out []string
	for _, line := range strings.Split(r.Text, "\n") {
		if line = plain(squeeze([]run{{text: line}})); line != "" {
			out = append(out, "<p>"+escapeText.Replace(line)+"</p>")
		}
	}
	return Result{HTML: strings.Join(out, "\n"), Text: r.Text, Dropped: r.Dropped}
}

// level maps heading levels onto h2 to h4 without jumps.
func level(bs []block) {
	var open []int
	var walk func([]block)
	walk = func(bs []block) {
		for i := range bs {
			if bs[i].kind == quote {
				walk(bs[i].blocks)
			}
			if bs[i].kind != heading {
				continue
			}
			for len(open) > 0 && open[len(open)-1] >= bs[i].level {
				open = open[:len(open)-1]
			}
			open = append(open, bs[i].level)
			bs[i].level = min(1+len(open), 4)
		}
	}
	walk(bs)
}
