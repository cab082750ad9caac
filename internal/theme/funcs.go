package theme

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// shanghai is fixed: China has one time zone without summer time, and the theme must not depend on a zone file.
func shanghai() *time.Location { return time.FixedZone("Asia/Shanghai", 8*3600) }

// funcs is all a template may call: pure functions of their arguments.
func funcs(assets map[string]string) template.FuncMap {
	zone := shanghai()
	format := func(layout string) func(time.Time) string {
		return func(t time.Time) string {
			if t.IsZero() {
				return ""
			}
			return t.In(zone).Format(layout)
		}
	}
	return template.FuncMap{
		"date":     format("2006-01-02"),
		"datetime": format("2006-01-02 15:04"),
		"monthday": format("01-02"),
		"longdate": format("2006年1月2日"),
		"isotime":  format("2006-01-02T15:04:05-07:00"),
		"year":     format("2006"),
		"size":     size,
		"join":     strings.Join,
		"initial":  initial,
		"rows":     rowsOf,
		"count":    count,
		"tel":      tel,
		"tone":     tone,
		"phrases":  phrases,
		"asset": func(name string) (string, error) {
			if a := assets[name]; a != "" {
				return a, nil
			}
			return "", fmt.Errorf("theme has no asset %q", name)
		},
	}
}

// size prints bytes for people: 86 KB, 1.2 MB.
func size(n int64) string {
	switch {
	case n <= 0:
		return ""
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1000_000:
		return strconv.FormatInt((n+500)/1000, 10) + " KB"
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
}

// count prints a whole number with separators: 12,860.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// initial is the first letter of a name, the character on a tile's seal. Leading numbers stay together: “12345热线” →
// “12345”.
func initial(s string) string {
	digits := 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	if digits > 0 {
		return s[:min(digits, 2)]
	}
	for _, r := range s {
		if unicode.IsLetter(r) {
			return string(r)
		}
	}
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

// tel keeps the digits of a phone number, for a tel: link; empty when there are none.
func tel(s string) string {
	s, _, _ = strings.Cut(s, "（")
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, s)
}

// tone is the colour class of a validity word. The word itself is always shown too.
func tone(validity string) string {
	switch validity {
	case "有效":
		return "ok"
	case "修改":
		return "warn"
	case "失效", "废止":
		return "red"
	}
	return ""
}

// phrases cuts the title of an official document where a line may best break: before a book title, else after “关于”.
func phrases(title string) []string {
	at := strings.Index(title, "《")
	if at <= 0 {
		if at = strings.Index(title, "关于"); at > 0 {
			at += len("关于")
		}
	}
	if at <= 0 || at == len(title) {
		return []string{title}
	}
	return []string{title[:at], title[at:]}
}
