package studio_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/store/storetest"
)

// city adds sites until there are n, each with an item, an upload and an import of its own.
func (w *world) city(n int) {
	w.t.Helper()
	for i := range n - 2 {
		w.tenancy(fmt.Sprintf("s%03d", i))
	}
}

// TestListsCostTheSameInEveryCity: a list costs the same statements at 10 and at 200 sites, for the token of one site
// and for that of all.
func TestListsCostTheSameInEveryCity(t *testing.T) {
	counts := map[string][]int{} // engine, operation and caller → statements at 10, at 200
	for _, n := range []int{10, 200} {
		eachWorld(t, func(t *testing.T, w *world) {
			w.city(n)
			seen := storetest.Watch(t, w.p.DB)
			engine := map[bool]string{false: "sqlite", true: "postgres"}[w.p.DB.Postgres()]
			w.each(w.a, func(r request) {
				if !strings.HasPrefix(r.op.OperationID, "list-") {
					return
				}
				callers := map[string]string{"all": w.all, "one": w.a.secret}
				for who, secret := range callers {
					if who == "one" && slices.Contains(platform, r.op.OperationID) {
						continue // of the platform
					}
					w.send(secret, r) // the first call notes that the token was used
					seen.Take()
					rec := w.send(secret, r)
					if rec.Code != 200 {
						t.Errorf("%s: %d %s", r.op.OperationID, rec.Code, rec.Body)
					}
					key := engine + " " + r.op.OperationID + " " + who
					counts[key] = append(counts[key], len(seen.Take()))
				}
			})
			// A page that is full of rows of many sites costs what a page of few does.
			for _, limit := range []int{5, 200} {
				for _, path := range []string{"/sites", "/items", "/imports", "/jobs", "/audit"} {
					r := request{method: "GET", path: api.Base + fmt.Sprintf("%s?limit=%d", path, limit)}
					seen.Take()
					rec := w.send(w.all, r)
					if rec.Code != 200 {
						t.Errorf("%s: %d %s", r.path, rec.Code, rec.Body)
					}
					if path == "/audit" && !strings.Contains(rec.Body.String(), `"action"`) {
						t.Errorf("%s lists no row: %s", r.path, rec.Body)
					}
					key := engine + " " + path + " by page size"
					counts[key] = append(counts[key], len(seen.Take()))
				}
			}
		})
	}
	for _, op := range []string{"list-items", "list-sites", "list-columns", "list-jobs", "list-revisions", "list-audit",
		"list-quarantine"} {
		if len(counts["sqlite "+op+" all"]) != 2 {
			t.Errorf("%s was not counted", op)
		}
	}
	for what, n := range counts {
		t.Logf("%s: %v statements", what, n)
		for _, each := range n {
			if len(n) < 2 || each != n[0] || each == 0 {
				t.Errorf("%s: %v statements at 10 and at 200 sites", what, n)
				break
			}
		}
	}
}
