package source

import (
	"fmt"
	"strings"
	"testing"

	"guiyi/internal/exchange/extract/notation"
)

// TestTimesOfEntries: a time without zone, or with CST in a Chinese feed, is Beijing time. In an English feed CST is
// American.
func TestTimesOfEntries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ language, written, want string }{
		{"", "2024-09-10 20:24:00", "2024-09-10 20:24"},
		{"zh-cn", "Tue, 10 Sep 2024 20:24:00 CST", "2024-09-10 20:24"},
		{"", "2024年9月10日 20:24", "2024-09-10 20:24"},
		{"", "Tue, 10 Sep 2024 20:24:00 GMT+8", "2024-09-10 20:24"},
		{"", "Tue, 10 Sep 2024 12:24:00 GMT", "2024-09-10 20:24"},
		{"", "Tue, 10 Sep 2024 20:24:00", "2024-09-10 20:24"},
		{"", "1725971040", "2024-09-10 20:24"},
		{"", "2024-09-10", "2024-09-10 00:00"},
		{"en-us", "Tue, 10 Sep 2024 20:24:00 CST", "2024-09-11 10:24"},
		{"en-us", "Tue, 10 Sep 2024 20:24:00 +0800", "2024-09-10 20:24"},
		{"", "sometime", ""},
		{"", "", ""},
	} {
		feed := fmt.Sprintf(`<rss version="2.0"><channel><title>t</title><language>%s</language><item><title>a</title>`+
			`<pubDate>%s</pubDate><description>b</description></item></channel></rss>`, c.language, c.written)
		for in := range FeedEntries(Input{ID: "f", Name: "f", Raw: []byte(feed)}) {
			got := ""
			if at, _, ok := notation.Time(in.Fields["time"]); ok {
				got = at.Format("2006-01-02 15:04")
			}
			if in.Problem != nil || got != c.want {
				t.Errorf("%s in a feed in %q: %q, want %q (%v)", strings.TrimSpace(c.written), c.language, got, c.want,
					in.Problem)
			}
		}
	}
}

// TestEnclosures: enclosures of entries become attachments, in RSS and in Atom.
func TestEnclosures(t *testing.T) {
	t.Parallel()
	for _, feed := range []string{
		`<rss version="2.0"><channel><title>t</title><item><title>a</title><description>b</description>` +
			`<enclosure url="http://x.gov.cn/a.pdf" type="application/pdf" length="9"/></item></channel></rss>`,
		`<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title>a</title><id>1</id><summary>b</summary>` +
			`<link href="http://x.gov.cn/1.html"/><link rel="enclosure" href="http://x.gov.cn/a.pdf"/></entry></feed>`,
	} {
		for in := range FeedEntries(Input{ID: "f", Name: "f", Raw: []byte(feed)}) {
			if in.Problem != nil || strings.TrimSpace(in.Fields["files"]) != "http://x.gov.cn/a.pdf" {
				t.Errorf("files %q, %v", in.Fields["files"], in.Problem)
			}
		}
	}
}
