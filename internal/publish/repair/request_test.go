package repair

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"guiyi/internal/kernel/bus"
)

// wire is a bus that keeps what is put on it.
type wire chan request

func (w wire) Put(_ context.Context, bucket, key string, v []byte) (uint64, error) {
	var q request
	if err := json.Unmarshal(v, &q); err != nil || bucket != Bucket || key != "qinghe" {
		return 0, fmt.Errorf("%s %s %w", bucket, key, err)
	}
	w <- q
	return 1, nil
}

func (wire) Watch(context.Context, string) (<-chan bus.Entry, error) { return nil, nil }

// TestAsker: pages found together are asked for together and not again so soon; very many ask for the whole site; what
// names no page asks for nothing.
func TestAsker(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	now := time.Unix(1_800_000_000, 0)
	a, out := NewRequester(func() time.Time { return now }), make(wire, 8)
	a.Request("", "/a")
	a.Request("qinghe", "")
	for range 5 {
		a.Request("qinghe", "/a")
		a.Request("qinghe", "/b")
	}
	go a.Run(ctx, out, slog.New(slog.DiscardHandler))
	if q := <-out; len(q.Paths) != 2 || q.Whole || q.At != now.UnixMilli() {
		t.Errorf("%+v", q)
	}
	a.mu.Lock()
	now = now.Add(repeatAfter)
	a.mu.Unlock()
	for i := range 10 * maxPaths {
		a.Request("qinghe", fmt.Sprintf("/%d", i))
	}
	paths, whole := 0, false
	for !whole { // what was asked while the asker gathers may come in two requests
		q := <-out
		paths += len(q.Paths)
		whole = whole || q.Whole
	}
	if paths > 4*maxPaths {
		t.Errorf("%d pages are named", paths)
	}
}

// TestRateLimit: a page is repaired three times an hour, a site once; other pages and sites are not affected.
func TestRateLimit(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	try := rateLimit{
		now:   func() time.Time { return now },
		pages: map[string][]time.Time{},
		whole: map[string]time.Time{},
	}
	for i := range 6 {
		want := 0
		if i < triesPerHour {
			want = 1
		}
		if got := try.allowPages("qinghe", []string{"/a"}); len(got) != want {
			t.Errorf("try %d: %v", i, got)
		}
	}
	if got := try.allowPages("qinghe", []string{"/a", "/b"}); len(got) != 1 || got[0] != "/b" {
		t.Errorf("another page: %v", got)
	}
	if got := try.allowPages("rsj", []string{"/a"}); len(got) != 1 {
		t.Errorf("another site: %v", got)
	}
	if !try.allowSite("qinghe") || try.allowSite("qinghe") || !try.allowSite("rsj") {
		t.Error("a whole site is tried once")
	}
	now = now.Add(time.Hour)
	if got := try.allowPages("qinghe", []string{"/a"}); len(got) != 1 || !try.allowSite("qinghe") {
		t.Errorf("an hour later: %v", got)
	}
}
