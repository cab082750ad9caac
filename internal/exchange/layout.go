package exchange

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"guiyi/internal/resource"
)

var (
	paragraph  = regexp.MustCompile(`<p>([^<]*)</p>`)
	signedDate = regexp.MustCompile(
		`^[0-9〇零一二三四五六七八九十]{2,4}\s?年\s?[0-9一二三四五六七八九十]{1,3}\s?月\s?[0-9一二三四五六七八九十]{1,3}\s?日$`)
)

// maxSigner is the greatest length in characters of a line above a date that can be the name of an organ.
const maxSigner = 30

// formatDocument aligns the signature of an official document to the right, as GB/T 9704 requires: the date of signing
// and the names of organs above it. It does not change other classes or bodies that already align a paragraph right.
func formatDocument(class resource.Class, body string) string {
	if class != resource.Document || strings.Contains(body, "align-right") {
		return body
	}
	spans := paragraph.FindAllStringSubmatchIndex(body, -1)
	right := map[int]bool{}
	for i, s := range spans {
		if !signedDate.MatchString(text(body, s)) {
			continue
		}
		right[i] = true
		for j := i - 1; j >= 0 && spans[j][1] >= spans[j+1][0]-2 && isSigner(text(body, spans[j])); j-- {
			right[j] = true
		}
	}
	if len(right) == 0 {
		return body
	}
	var b strings.Builder
	last := 0
	for i, s := range spans {
		if right[i] {
			b.WriteString(body[last:s[0]] + `<p class="align-right">`)
			last = s[2]
		}
	}
	return b.String() + body[last:]
}

func text(body string, span []int) string {
	return strings.TrimSpace(html.UnescapeString(body[span[2]:span[3]]))
}

func isSigner(s string) bool {
	n := utf8.RuneCountInString(s)
	return n >= 2 && n <= maxSigner && !strings.ContainsAny(s, "，。；：、！？,.;:!?（）()《》")
}
