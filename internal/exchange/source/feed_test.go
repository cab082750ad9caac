package source

import (
	"strings"
	"testing"

	"guiyi/internal/kernel/fault"
)

const (
	rss = `<?xml version="1.0" encoding="gb2312"?><rss version="2.0"><channel><title>清河要闻</title><item><guid>1</guid><title>甲</title><link>http://a.cn/1</link>` +
		`<pubDate>Mon, 02 Mar 2026 10:30:00 +0800</pubDate><category>要闻</category><description>&lt;p&gt;正文&lt;/p&gt;</description></item><item><title>乙</title></item></channel></rss>`
	atom = `<feed xmlns="http://www.w3.org/2005/Atom"><title>清河</title><entry><id>urn:1</id><title type="html">甲</title><link href="http://a.cn/1"/><updated>2026-03-02T10:30:00Z</updated>` +
		`<author><name>办公室</name></author><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>正文</p></div></content></entry></feed>`
	rdf = `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>清河</title></channel><item><title>甲</title><link>http://a.cn/1</link></item></rdf:RDF>`
)

func entries(raw string) []Input {
	var all []Input
	for in := range FeedEntries(Input{ID: "f", Name: "f.xml", Raw: []byte(raw)}) {
		all = append(all, in)
	}
	return all
}

func TestFeedEntries(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string // "id title"
	}{
		"RSS":  {rss, []string{"f#1 甲", "f#2 乙"}},
		"Atom": {atom, []string{"f#urn:1 甲"}},
		"RDF":  {rdf, []string{"f#http://a.cn/1 甲"}},
	} {
		var got []string
		for _, in := range entries(c.text) {
			got = append(got, in.ID+" "+in.Fields["title"])
			if in.Problem != nil {
				t.Errorf("%s: %v", name, in.Problem)
			}
		}
		if strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: %q", name, got)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "cut": rss[:len(rss)/2], "no items": `<rss><channel><title>甲</title></channel></rss>`,
		"crowd": "<rss><channel>" + strings.Repeat("<item/>", maxEntries+1) + "</channel></rss>",
		"deep":  "<rss><channel>" + strings.Repeat("<item>", 5000),
	} {
		if got := entries(text); len(got) != 1 || got[0].Problem == nil || fault.Text(got[0].Problem) == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// FuzzFeed: a feed is either one input with a problem, or entries with an id each; what
// comes out is not out of proportion to what went in.
func FuzzFeed(f *testing.F) {
	for _, s := range []string{rss, atom, rdf, "<rss><channel><item/></channel></rss>", "<rss><channel><item>",
		`<!DOCTYPE rss [<!ENTITY a "b">]><rss><channel><title>&a;</title><item/></channel></rss>`,
		`<feed version="0.3"><entry/></feed>`, `{"version":"https://jsonfeed.org/version/1","items":[{"id":"1"}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		all, size := entries(string(raw)), 0
		for _, in := range all {
			if (in.Problem == nil) != (in.Fields != nil) || in.Problem != nil &&
				(len(all) > 1 || fault.Text(in.Problem) == "") {
				t.Fatalf("neither a problem nor an entry: %+v", in)
			}
			if in.Fields != nil && !strings.HasPrefix(in.ID, "f#") {
				t.Errorf("id %q", in.ID)
			}
			for k, v := range in.Fields {
				if k != "source" { // the title of the feed, in each entry
					size += len(v)
				}
			}
		}
		if len(all) > maxEntries || size > 1000+100*len(raw) {
			t.Errorf("%d entries of %d bytes out of %d", len(all), size, len(raw))
		}
	})
}
