package htmlclean

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// maxNumber bounds the numbers of lists, either way.
const maxNumber = 100_000

func number(s string) (int, bool) {
	v, err := strconv.Atoi(strings.TrimSpace(s))
	return v, err == nil && v > -maxNumber && v < maxNumber
}

// listStyles maps CSS list styles to the type attribute.
var listStyles = map[string]string{"lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A",
	"lower-roman": "i", "upper-roman": "I"}

var styleList = regexp.MustCompile(`list-style(?:-type)?\s*:[^;]*?\b((?:lower|upper)-(?:alpha|latin|roman))\b`)

// unnumbered lists show no numbers, often because their items bring their own.
var unnumbered = regexp.MustCompile(`(?i)list-style(?:-type)?\s*:[^;]*\bnone\b`)

// numbersOf reads how an ordered list counts.
func numbersOf(n *html.Node) numbers {
	var out numbers
	if k := attr(n, "type"); k == "A" || k == "a" || k == "I" || k == "i" {
		out.kind = k
	}
	if m := styleList.FindStringSubmatch(strings.ToLower(attr(n, "style"))); m != nil {
		out.kind = listStyles[m[1]]
	}
	for _, a := range n.Attr {
		out.reversed = out.reversed || a.Key == "reversed"
	}
	if v, ok := number(attr(n, "start")); ok && (v != 1 || out.reversed) {
		out.start = &v
	}
	return out
}

// attributes writes how a list counts.
func (n numbers) attributes() string {
	s := ""
	if n.kind != "" {
		s += ` type="` + n.kind + `"`
	}
	if n.reversed {
		s += ` reversed`
	}
	if n.start != nil {
		s += ` start="` + strconv.Itoa(*n.start) + `"`
	}
	return s
}
