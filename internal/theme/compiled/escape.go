package compiled

import (
	"fmt"
	"html/template"
	"reflect"
	"strconv"
	"strings"
	"text/template/parse"
)

// Names of the escapers that html/template inserts into the trees.
const (
	escapeHTML   = "_html_template_htmlescaper"
	escapeAttr   = "_html_template_attrescaper"
	escapeRCDATA = "_html_template_rcdataescaper"
	filterURL    = "_html_template_urlfilter"
	normalizeURL = "_html_template_urlnormalizer"
	escapeURL    = "_html_template_urlescaper"
	escapeJS     = "_html_template_jsvalescaper"
)

// escaperName returns the name of the escaper that a command calls; "" when it calls none.
func escaperName(cmd *parse.CommandNode) string {
	id, ok := cmd.Args[0].(*parse.IdentifierNode)
	if ok && len(cmd.Args) == 1 && strings.HasPrefix(id.Ident, "_html_template_") {
		return id.Ident
	}
	return ""
}

// printer compiles the end of an action: the value is escaped and written.
func printer(e expr, escapers []string) (op, error) {
	if e.get == nil || len(escapers) == 0 {
		return nil, fmt.Errorf("value is not known")
	}
	var text func(r *run) string
	switch e.typ {
	case reflect.TypeFor[string]():
		text = e.str()
	case reflect.TypeFor[int](), reflect.TypeFor[int64]():
		text = func(r *run) string { return strconv.FormatInt(e.get(r).Int(), 10) }
	case reflect.TypeFor[template.HTML]():
		return raw(e, escapers, escapeHTML)
	case reflect.TypeFor[template.JS]():
		return raw(e, escapers, escapeJS)
	default:
		return nil, fmt.Errorf("printing %v is not known", e.typ)
	}
	last := len(escapers) - 1
	for _, name := range escapers[:last] {
		step, before := textSteps[name], text
		if step == nil {
			return nil, fmt.Errorf("%s is not known here", name)
		}
		text = func(r *run) string { return step(before(r)) }
	}
	switch escapers[last] {
	case escapeHTML, escapeAttr, escapeRCDATA:
		return func(r *run) { r.out = appendHTML(r.out, text(r)) }, nil
	}
	step := textSteps[escapers[last]]
	if step == nil {
		return nil, fmt.Errorf("%s is not known here", escapers[last])
	}
	return func(r *run) { r.out = append(r.out, step(text(r))...) }, nil
}

// raw writes a typed value (such as template.HTML) unescaped in the context of its type.
func raw(e expr, escapers []string, belongs string) (op, error) {
	if len(escapers) != 1 || escapers[0] != belongs {
		return nil, fmt.Errorf("%v in this context is not known", e.typ)
	}
	text := e.str()
	return func(r *run) { r.out = append(r.out, text(r)...) }, nil
}

// textSteps are the escapers that may precede another one.
var textSteps = map[string]func(string) string{
	filterURL:    safeURL,
	normalizeURL: func(s string) string { return processURL(s, true) },
	escapeURL:    func(s string) string { return processURL(s, false) },
}

// appendHTML escapes like html/template does for plain strings in text and attribute values.
func appendHTML(dst []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		var to string
		switch s[i] {
		case 0:
			to = "\uFFFD"
		case '"':
			to = "&#34;"
		case '&':
			to = "&amp;"
		case '\'':
			to = "&#39;"
		case '+':
			to = "&#43;"
		case '<':
			to = "&lt;"
		case '>':
			to = "&gt;"
		default:
			continue
		}
		dst = append(append(dst, s[from:i]...), to...)
		from = i + 1
	}
	return append(dst, s[from:]...)
}

// safeURL accepts relative addresses and those with a harmless scheme.
func safeURL(s string) string {
	scheme, _, ok := strings.Cut(s, ":")
	if ok && !strings.Contains(scheme, "/") && !strings.EqualFold(scheme, "http") &&
		!strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "mailto") {
		return "#ZgotmplZ"
	}
	return s
}

const hexDigits = "0123456789abcdef"

// processURL percent-encodes characters that are not allowed in a URL. With norm, s is a whole URL, whose delimiters
// and escapes are kept; without, s is one component of a URL.
func processURL(s string, norm bool) string {
	var b []byte
	from := 0
	for i := 0; i < len(s); i++ {
		if plainURL(s, i, norm) {
			continue
		}
		b = append(append(b, s[from:i]...), '%', hexDigits[s[i]>>4], hexDigits[s[i]&15])
		from = i + 1
	}
	if from == 0 {
		return s
	}
	return string(append(b, s[from:]...))
}

func plainURL(s string, i int, norm bool) bool {
	switch c := s[i]; {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~", c) >= 0:
		return true
	case strings.IndexByte("!#$&*+,/:;=?@[]", c) >= 0:
		return norm
	case c == '%':
		return norm && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
	}
	return false
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
