package studio_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
)

// inBranch are the operations that change what stands in a column, so that an officer who is limited to a branch may
// carry them out there. All others that write are refused to him: a new one has to be decided on here.
var inBranch = []string{"create-column", "create-item", "create-link", "accept-link", "refuse-link", "delete-link",
	"upload-media", "revise-item", "release-item", "cancel-plan", "move-placement", "put-placement",
	"delete-placement", "withdraw-item", "change-column", "retire-column"} // in an order in which each still can

// TestABranchChangesNothingElse: an officer who is limited to one column and what is below it changes nothing in
// another column of the site, on another site, or of a site as a whole, and not one row of any table is another
// afterwards; in his own column he does his work.
func TestABranchChangesNothingElse(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		tree, err := w.p.Sites.Columns(w.root, w.a.site.ID)
		w.must(err)
		other, err := w.p.Sites.Columns(w.root, w.b.site.ID)
		w.must(err)
		var by *actor.Actor
		who := func(*http.Request) (*actor.Actor, error) { return by, nil }
		handler := api.New(api.Options{DB: w.p.DB, Callers: []api.Authenticator{who}, Log: w.p.Tel.Log, Now: time.Now,
			Rate: api.Rate{PerSecond: 100_000, Burst: 100_000}}, w.p.Operations()...)
		limited := func(owner, column int64) *actor.Actor {
			a := actor.Unlimited("李红").In(owner)
			a.Kind, a.Scope.Branches = actor.Officer, []int64{column}
			return &a
		}
		ask := func(r request) *httptest.ResponseRecorder {
			switch r.op.OperationID {
			case "move-placement":
				r.body = `{"column":"` + string(api.NewID(tree.Path("xwdt/szyw").ID)) + `"}`
			case "create-item":
				r.body = strings.Replace(r.body, "{", `{"columns":[{"column":"`+w.a.params["column"]+`"}],`, 1)
			}
			req := httptest.NewRequest(r.method, r.path, strings.NewReader(r.body))
			if r.kind != "" {
				req.Header.Set("Content-Type", r.kind)
			}
			rec := httptest.NewRecorder()
			handler.ServeHTTP(rec, req)
			return rec
		}
		refused := func(what string, r request) {
			t.Helper()
			r.body = w.current(r)
			before := w.state()
			rec := ask(r)
			if rec.Code != 403 && rec.Code != 404 {
				t.Errorf("%s %s: %d %s", r.op.OperationID, what, rec.Code, rec.Body)
			}
			if !maps.Equal(before, w.state()) {
				t.Errorf("%s %s was refused (%d) and changed something", r.op.OperationID, what, rec.Code)
			}
		}
		for _, r := range w.writes(w.a) {
			if by = limited(w.a.site.ID, tree.Path("xwdt/szyw").ID); r.op.OperationID != "upload-media" {
				refused("in another column", r)
			}
			by = limited(w.b.site.ID, other.Path("xwdt").ID)
			refused("on another site", r)
			by = limited(w.a.site.ID, tree.Path("xwdt").ID)
			if !slices.Contains(inBranch, r.op.OperationID) {
				refused("of a site", r)
			}
		}
		mine := map[string]request{}
		for _, r := range w.writes(w.a) {
			mine[r.op.OperationID] = r
		}
		for _, id := range inBranch {
			r := mine[id]
			r.body = w.current(r)
			// Nothing is planned, and the column was changed since.
			conflict := id == "cancel-plan" || id == "retire-column"
			if rec := ask(r); rec.Code >= 300 && (rec.Code != 409 || !conflict) {
				t.Errorf("%s in the own column: %d %s", id, rec.Code, rec.Body)
			}
		}
	})
}
