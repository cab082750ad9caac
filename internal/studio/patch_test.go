package studio_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/store/storetest"
)

// reads counts the SELECTs on each table of the library.
type reads struct {
	mu sync.Mutex
	n  map[string]int
}

func (r *reads) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (r *reads) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	if !strings.HasPrefix(e.Query, "SELECT") {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, table := range []string{"item", "edition", "media", "finding", "placement"} {
		if strings.Contains(e.Query, `"resource_`+table+`"`) {
			r.n[table]++
		}
	}
}

// One PATCH of an article with a picture, a cover and an attachment reads the item once,
// its newest edition once and the uploaded files once.
func TestPatchReadsOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		a := w.a
		var png, pdf struct{ Hash, Path string }
		w.must(jsonOf(w.call(a.secret, "POST", api.Base+"/sites/"+a.site.Code+"/media?name=a.png",
			"\x89PNG\r\n\x1a\n"+strings.Repeat("x", 100), "Content-Type", "application/octet-stream"), &png))
		w.must(jsonOf(w.call(a.secret, "POST", api.Base+"/sites/"+a.site.Code+"/media?name=b.pdf",
			"%PDF-1.7\n1 0 obj", "Content-Type", "application/octet-stream"), &pdf))
		id := w.item(a, "一")
		r := &reads{n: map[string]int{}}
		storetest.Hook(t, w.p.DB, r)
		w.ask(a.secret, "PATCH", "/items/"+id, map[string]any{"version": 2, "title": "改",
			"html":  `<p>图</p><p><img src="` + png.Path + `"></p>`,
			"cover": map[string]any{"hash": png.Hash}, "files": []any{map[string]any{"hash": pdf.Hash}}}, 200, nil)
		t.Logf("reads of one PATCH: %v", r.n)
		for table, n := range r.n {
			if n > 1 {
				t.Errorf("%s is read %d times", table, n)
			}
		}
		if r.n["item"] != 1 || r.n["media"] != 1 {
			t.Errorf("%v: the test does not see the reads", r.n)
		}
	})
}
