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

// shanghai is a fixed zone: China has one time zone without summer time, and the theme must not depend on a zone file.
func shanghai() *time.Location { return time.FixedZone("Asia/Shanghai", 8*3600) }

// funcs returns the functions that templates may call. They are pure.
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

// size formats bytes for readers: 86 KB, 1.2 MB.
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

// count formats an integer with separators: 12,860.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// initial returns the first character of a name, shown on a tile. A leading number is kept whole: “12345热线” → “12345”.
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

// tel returns the digits of a phone number for a tel: link; empty when there are none.
func tel(s string) string {
	s, _, _ = strings.Cut(s, "（")
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, s)
}

// tone returns the colour class of a validity word. The word itself is always shown too.
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

// phrases splits the title of an official document where a line break reads best: before a book title, else after “关于”.
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
