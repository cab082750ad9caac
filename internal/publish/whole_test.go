package publish

import (
	"testing"
	"testing/fstest"

	"guiyi/internal/publish/theme"
	"guiyi/internal/site"
)

// The first publication of a site renders each page once, whatever events are waiting.
func TestFirstPublicationRendersOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.apply(nil, portal(home))
		c.many("qinghe:xwdt/szyw", 60)
		pages := c.rendered()["qinghe"]
		c.clean()
		for path, times := range count(pages) {
			if times != 1 {
				t.Errorf("%s was rendered %d times", path, times)
			}
		}
		if len(pages) < 60 || len(c.results) != 1 {
			t.Errorf("results %+v", c.results)
		}
	})
}

func count(paths []string) map[string]int {
	n := map[string]int{}
	for _, p := range paths {
		n[p]++
	}
	return n
}

// Another process may build what one has just marked: with the same theme nothing is left to do, with an older one the site is rendered whole again.
func TestWholeTakenByAnother(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		id := c.site("qinghe").ID
		other := c.otherPublisher()
		older := c.themes.set
		other.Themes = func(*site.Site) (*theme.Set, error) { return older, nil }

		whole := func() Result {
			seq, err := c.pub.markWhole(c.ctx, id)
			c.must(err)
			res, err := other.Build(c.ctx, id)
			c.must(err)
			if res.Rendered == 0 {
				t.Fatal("the other process found no marks")
			}
			res, err = c.pub.build(c.ctx, id, seq)
			c.must(err)
			return res
		}
		if res := whole(); res.Rendered != 0 {
			t.Errorf("rendered again: %+v", res)
		}
		c.themes.overlay, c.themes.set = fstest.MapFS{"assets/site.css": {Data: []byte("body{color:#123456}")}}, nil
		if res := whole(); res.Rendered < 20 || res.Changed == 0 {
			t.Errorf("the new theme is not laid on: %+v", res)
		}
		_, err := c.pub.Build(c.ctx, c.site("linjiang").ID)
		c.must(err)
		c.clean()
	})
}
