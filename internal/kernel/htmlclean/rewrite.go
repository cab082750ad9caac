package htmlclean

import (
	"strings"

	"golang.org/x/net/html"
)

// Rewrite replaces addresses in cleaned HTML: every href, src and poster that is a key of addresses gets its value.
// For a value "" the attribute is removed. Everything else stays unchanged, byte for byte.
func Rewrite(cleaned string, addresses map[string]string) string {
	if len(addresses) == 0 {
		return cleaned
	}
	var out strings.Builder
	z := html.NewTokenizer(strings.NewReader(cleaned))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return out.String()
		}
		raw := string(z.Raw())
		if kind != html.StartTagToken {
			out.WriteString(raw)
			continue
		}
		t := z.Token()
		changed := false
		var attrs []html.Attribute
		for _, a := range t.Attr {
			if to, ok := addresses[a.Val]; ok && (a.Key == "href" || a.Key == "src" || a.Key == "poster") {
				changed = true
				if to == "" {
					continue
				}
				a.Val = to
			}
			attrs = append(attrs, a)
		}
		if !changed {
			out.WriteString(raw)
			continue
		}
		out.WriteString("<" + t.Data)
		for _, a := range attrs {
			out.WriteString(" " + a.Key)
			if a.Key != "controls" && a.Key != "reversed" {
				out.WriteString(`="` + escapeAttr.Replace(a.Val) + `"`)
			}
		}
		out.WriteByte('>')
	}
}
