package htmlclean

import "strings"

// Script is an inline script, which [Parse] leaves out of the tree.
type Script struct {
	Attrs string // of its tag, lower case
	Text  string
}

// Scripts returns the inline scripts of a page, at most 200.
func Scripts(page string) []Script {
	var out []Script
	rest := page
	for len(out) < 200 {
		i := indexFold(rest, "<script")
		if i < 0 {
			break
		}
		rest = rest[i+len("<script"):]
		open := strings.IndexByte(rest, '>')
		if open < 0 {
			break
		}
		end := indexFold(rest[open:], "</script")
		if end < 0 {
			break
		}
		if text := rest[open+1 : open+end]; strings.TrimSpace(text) != "" {
			out = append(out, Script{Attrs: strings.ToLower(rest[:open]), Text: text})
		}
		rest = rest[open+end:]
	}
	return out
}

// indexFold is strings.Index for an ASCII needle in any case.
func indexFold(s, needle string) int {
	for off := 0; ; {
		i := strings.IndexByte(s[off:], needle[0])
		if i < 0 || off+i+len(needle) > len(s) {
			return -1
		}
		if strings.EqualFold(s[off+i:off+i+len(needle)], needle) {
			return off + i
		}
		off += i + 1
	}
}
