package source

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Format is the format of a file.
type Format int

const (
	Unknown Format = iota
	Page
	Feed
	Sitemap
	Lines
	Separated
	Workbook
	Gzip
	Documents
	Spreadsheet2003 // a workbook as one XML document
)

// rootElement matches the first element of a document, after XML declaration, document type and comments.
var rootElement = regexp.MustCompile(`^(?:\s|<\?[^>]*>|<!--(?s:.)*?-->|<!doctype[^>]*>)*<([a-z0-9]+(?::[a-z]+)?)[\s>/]`)

// tableHead matches a first line of column names without markup. The cells below it may contain whole pages.
var tableHead = regexp.MustCompile(`^[^<>\r\n]*[^<>\r\n:,;|\t][,;|\t][^<>\r\n]*\r?\n.*[,;|\t]`)

// Sniff recognizes the format of a file by its first 8 KiB.
func Sniff(b []byte) Format {
	head := b[:min(len(b), 8192)]
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return Gzip
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return Workbook
	}
	text := strings.ToLower(sniffText(head))
	trimmed := strings.TrimLeftFunc(text, func(r rune) bool { // blanks and byte order marks
		return strings.ContainsRune(" \t\r\n\ufeff", r) || r == utf8.RuneError
	})
	if m := rootElement.FindStringSubmatch(trimmed); m != nil {
		switch m[1] {
		case "rss", "feed", "rdf:rdf":
			return Feed
		case "urlset", "sitemapindex":
			return Sitemap
		case "workbook", "ss:workbook":
			if strings.Contains(text, "urn:schemas-microsoft-com:office:spreadsheet") {
				return Spreadsheet2003
			}
		}
	}
	has := func(marks ...string) bool {
		for _, m := range marks {
			if strings.Contains(text, m) {
				return true
			}
		}
		return false
	}
	switch {
	case strings.HasPrefix(trimmed, "{"):
		return Lines
	case tableHead.MatchString(trimmed):
		return Separated
	case has("<!doctype html", "<html", "<head>", "<head ", "<body"):
		return Page
	case has("<urlset", "<sitemapindex"):
		return Sitemap
	case has("<rss", "<feed", "<rdf:rdf"):
		return Feed
	case has("<div", "<p>", "<table", "<meta", "<title"):
		return Page
	case strings.HasPrefix(trimmed, "<"):
		return Unknown
	case strings.HasPrefix(trimmed, "---\n"), strings.HasPrefix(trimmed, "---\r\n"), strings.HasPrefix(trimmed, "id:"),
		strings.HasPrefix(trimmed, "#"):
		return Documents
	case strings.ContainsAny(trimmed, ",\t;|") && strings.Contains(trimmed, "\n"):
		return Separated
	}
	return Unknown
}

// sniffText removes the zero bytes of UTF-16, so that the text can be searched.
func sniffText(b []byte) string {
	if bytes.Count(b, []byte{0}) > len(b)/8 || bytes.HasPrefix(b, []byte{0xff, 0xfe}) ||
		bytes.HasPrefix(b, []byte{0xfe, 0xff}) {
		return string(bytes.ReplaceAll(b, []byte{0}, nil))
	}
	return string(b)
}
