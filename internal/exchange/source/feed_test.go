package source

import (
	"fmt"
	"strings"
	"testing"

	"guiyi/internal/exchange/extract/notation"
)

// TestTimesOfEntries: a time without zone, and CST in a Chinese feed, is Beijing's; in an English feed CST is American.
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
