package htmlclean

import (
	"io"
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"guiyi/internal/kernel/fault"
)

// Limits of one page. The parser itself stops at 512 open elements. maxDepth is far below that: elements nested deeper
// are flattened. It counts only elements whose end tag is required; each of them can imply up to three more elements.
const (
	MaxPage  = 16 << 20 // bytes of text
	maxTags  = 300_000
	maxDepth = 100

	// of a tag; a tag with more attributes loses all of them, because each costs memory
	maxAttributes = 1000
)

// markNames are formatting tags, each with the tag that is written for it. The parser repeats an unclosed formatting
// tag in every later block, so each is passed on only once at a time and without attributes.
var markNames = map[string]string{"b": "strong", "strong": "strong", "i": "em", "em": "em", "u": "u", "ins": "u",
	"s": "s", "strike": "s", "del": "s"}

// dropped tags are removed; their content stays.
var dropped = set(
	"svg math template frameset frame plaintext xmp nobr big tt code font form applet marquee select " +
		"optgroup fieldset noscript noembed noframes html5 layer")

// mute tags are removed together with the text up to the next tag.
var mute = set("script style option textarea noscript noembed noframes xmp iframe")

// optional are the elements whose end tag may be omitted. They are not counted for maxDepth: the start of one ends an
// open one of the same name, so they nest only within elements that are counted.
var optional = set("p li td th tr tbody thead tfoot dt dd colgroup html head body caption rt rp")

var void = set("area base br col embed hr img input link meta param source track wbr bgsound command keygen basefont")

// Parse returns the tree of a page or fragment. Comments, scripts, styles, forms, foreign content and too deep nesting
// are removed before the tree is built, so hostile or broken markup costs linear time. A page over the limits is
// refused as fault.TooLarge.
func Parse(page string) (*html.Node, error) {
	if len(page) > MaxPage {
		return nil, fault.New(fault.TooLarge, "网页超过 %d MB，请拆分", MaxPage>>20)
	}
	filtered, err := filter(page)
	if err != nil {
		return nil, err
	}
	root, err := html.Parse(strings.NewReader(filtered))
	if err != nil {
		return nil, fault.Wrap(fault.Unsupported, err, "网页结构损坏，无法解析")
	}
	return root, nil
}

type sieve struct {
	out   strings.Builder
	stack []string
	open  map[string]int // nesting of mark tags
	tags  int
	quiet bool   // the next text belongs to a mute tag
	as    string // what the next text of a mute tag is read as: "noscript", "textarea" or ""
	body  bool   // after the head
}

func filter(page string) (string, error) {
	s := &sieve{open: map[string]int{}}
	s.out.Grow(len(page))
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() == io.EOF {
				return s.out.String(), nil
			}
			return "", fault.Wrap(fault.Unsupported, z.Err(), "网页结构损坏，无法解析")
		case html.TextToken:
			s.text(z.Raw())
		case html.StartTagToken, html.SelfClosingTagToken:
			if s.tags++; s.tags > maxTags {
				return "", fault.New(fault.TooLarge, "网页标签超过 %d 个，请拆分", maxTags)
			}
			s.start(z)
		case html.EndTagToken:
			name, _ := z.TagName()
			s.end(string(name))
		case html.DoctypeToken:
			s.out.Write(z.Raw())
		}
	}
}

func (s *sieve) text(raw []byte) {
	if s.quiet {
		as := s.as
		s.quiet, s.as = false, ""
		switch as {
		case "noscript":
			s.unscripted(raw)
		case "textarea":
			s.out.WriteString("<pre>\n" + strings.ReplaceAll(strings.ReplaceAll(string(raw), "\x00", ""), "<",
				"&lt;") + "</pre>")
		}
		return
	}
	for _, b := range raw {
		if b != 0 {
			s.out.WriteByte(b)
		}
	}
}

func (s *sieve) start(z *html.Tokenizer) {
	raw := string(z.Raw())
	b, _ := z.TagName()
	if strings.Count(raw, "=") > maxAttributes && crowded(z) {
		raw = "<" + string(b) + ">"
	}
	name := string(b)
	s.quiet, s.as = mute[name], ""
	s.body = s.body || !headNames[name]
	switch {
	case name == "noscript" && s.body:
		s.as = name
	case name == "textarea" && fixedText(raw):
		s.as = name
	case name == "math", name == "svg" && wide(raw):
		s.out.WriteString("<span " + drawnMark + `="` + name + `"></span>`)
	}
	if mark, ok := markNames[name]; ok {
		if s.open[mark]++; s.open[mark] == 1 {
			s.out.WriteString("<" + mark + ">")
		}
		return
	}
	switch {
	case name == "script" || name == "style" || name == "option" || name == "textarea":
		return
	case name == "font" || name == "small":
		name, raw = "span", "<span"+raw[1+len(name):]
	case dropped[name] || strings.ContainsAny(name, "<\"'"):
		return
	}
	if void[name] || optional[name] {
		s.out.WriteString(raw)
		return
	}
	if len(s.stack) >= maxDepth {
		return
	}
	s.stack = append(s.stack, name)
	s.out.WriteString(raw)
	if name == "iframe" {
		s.out.WriteString("</iframe>")
		s.stack = s.stack[:len(s.stack)-1]
	}
}

// headNames are the elements of a head: any other element ends it.
var headNames = set("html head meta link title script style base noscript")

// fixedText reports whether a text box is read-only: old systems show articles in such boxes.
func fixedText(raw string) bool {
	t := strings.ToLower(raw)
	return strings.Contains(t, "readonly") || strings.Contains(t, "disabled")
}

// unscriptedMark marks a picture of a noscript element next to its placeholder.
const unscriptedMark = "data-unscripted"

// unscripted passes on the pictures in a noscript element; the builder uses those whose placeholder has no address.
func (s *sieve) unscripted(raw []byte) {
	z := html.NewTokenizer(strings.NewReader(string(raw)))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		t := z.Token()
		if t.Data != "img" {
			continue
		}
		if s.tags++; s.tags > maxTags {
			return
		}
		s.out.WriteString("<img " + unscriptedMark + `=""`)
		for i, a := range t.Attr {
			if i < maxAttributes && plainName.MatchString(a.Key) && a.Key != unscriptedMark {
				s.out.WriteString(" " + a.Key + `="` + escapeAttr.Replace(strings.ReplaceAll(a.Val, "\x00", "")) + `"`)
			}
		}
		s.out.WriteString(">")
	}
}

var plainName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,40}$`)

// crowded reports whether a tag has too many attributes.
func crowded(z *html.Tokenizer) bool {
	n := 0
	for more := true; more && n <= maxAttributes; n++ {
		_, _, more = z.TagAttr()
	}
	return n > maxAttributes
}

func (s *sieve) end(name string) {
	s.quiet = false
	if mark, ok := markNames[name]; ok {
		if s.open[mark] > 0 {
			if s.open[mark]--; s.open[mark] == 0 {
				s.out.WriteString("</" + mark + ">")
			}
		}
		return
	}
	if name == "font" || name == "small" {
		name = "span"
	}
	if dropped[name] || name == "iframe" || name == "script" || name == "style" || name == "option" ||
		name == "textarea" {
		return
	}
	if optional[name] || name == "br" {
		s.out.WriteString("</" + name + ">")
		return
	}
	for i := len(s.stack) - 1; i >= 0; i-- {
		if s.stack[i] == name {
			s.stack = s.stack[:i]
			s.out.WriteString("</" + name + ">")
			return
		}
	}
}

func set(names string) map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(names) {
		m[n] = true
	}
	return m
}
