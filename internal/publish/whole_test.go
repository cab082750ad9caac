package publish

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/uptrace/bun"

	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// The first publication of a site renders each page once, whatever events are waiting.
func TestFirstPublicationRendersOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.apply(nil, portal(home))
		c.many("qinghe:xwdt/szyw", 60)
		seen := &statements{}
		c.hook(seen)
		pages := c.rendered()["qinghe"]
		if n := seen.count(markSQL); n != 1 {
			t.Errorf("the site was marked %d times", n)
		}
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

// Another process may build what one has just marked: with the same theme nothing is left to do, with an older one
// the site is rendered whole again.
func TestWholeTakenByAnother(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		id := c.site("qinghe").ID
		other := c.otherPublisher()
		older := c.themes.set
		other.Themes = func(*site.Site) (*theme.Set, error) { return older, nil }

		whole := func() Result {
			seq, err := c.pub.markAll(c.ctx, id)
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

// What stands in every statement that marks pages, and in every one that looks for pages by what they show.
const (
	markSQL    = `INSERT INTO "publish_dirty"`
	showingSQL = `JOIN publish_dep AS d`
)

// statements keeps what is asked of a database.
type statements struct {
	mu  sync.Mutex
	all []string
	on  func(query string) // may be nil
}

func (s *statements) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (s *statements) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, e.Query)
	if s.on != nil {
		s.on(e.Query)
	}
}

func (s *statements) count(part string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.all {
		if strings.Contains(q, part) {
			n++
		}
	}
	return n
}

// Of a site that is marked whole, no change is looked up page by page.
func TestWholeSparesTheChanges(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		c.apply(nil, strings.Replace(portal(home), "name: 清河市人民政府\n", "name: 清河新市人民政府\n", 1))
		c.many("qinghe:tzgg", 3)
		seen := &statements{}
		c.hook(seen)
		c.drain()
		if n := seen.count(showingSQL); n != 0 {
			t.Errorf("%d lookups of what shows an item", n)
		}
		c.clean()
	})
}
