package studio_test

import (
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
)

// inBranch are the operations that change what stands in a column, so that an officer who is limited to a branch may
// carry them out there. All others that write are refused to him: a new one has to be decided on here.
var inBranch = []string{"create-column", "create-item", "create-link", "accept-link", "refuse-link", "delete-link",
	"upload-media", "convert-document", "revise-item", "release-item",
	"reinstate-edition", "release-items", "discard-item", "undiscard-item",
	"cancel-plan", "move-placement", "put-placement",
	"delete-placement", "withdraw-item", "change-column", "retire-column", "submit-item", "claim-task", "unclaim-task",
	"urge-task", "approve-task", "return-task", "transfer-task", "recall-task"} // in an order in which each still can

// onlyAsks are operations with a body that change nothing: reading goes by the site.
var onlyAsks = []string{"check-text"}

// ofNoColumn are operations on what belongs to a site and to no column.
var ofNoColumn = []string{"upload-media", "convert-document"}

// TestABranchChangesNothingElse: an officer who is limited to one column and what is below it changes nothing in
// another column of the site, on another site, or of a site as a whole, and not one row of any table is another
// afterwards; in his own column he does his work.
func TestABranchChangesNothingElse(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		tree, err := w.p.Sites.Columns(w.root, w.a.site.ID)
		w.must(err)
		other, err := w.p.Sites.Columns(w.root, w.b.site.ID)
		w.must(err)
		limited := func(owner, column int64) func(request) *httptest.ResponseRecorder {
			a := actor.Unlimited("李红").In(owner)
			a.Kind, a.Scope.Branches = actor.Officer, []int64{column}
			return w.sender(&a)
		}
		// in gives a request a column, where its sample has none.
		in := func(r request) request {
			switch r.op.OperationID {
			case "move-placement":
				r.body = `{"column":"` + string(api.NewID(tree.Path("xwdt/szyw").ID)) + `"}`
			case "create-item":
				r.body = strings.Replace(r.body, "{", `{"columns":[{"column":"`+w.a.params["column"]+`"}],`, 1)
			}
			return r
		}
		refused := func(what string, send func(request) *httptest.ResponseRecorder, r request) {
			t.Helper()
			r.body = w.current(r)
			before := w.state()
			rec := send(in(r))
			if rec.Code != 403 && rec.Code != 404 {
				t.Errorf("%s %s: %d %s", r.op.OperationID, what, rec.Code, rec.Body)
			}
			if !maps.Equal(before, w.state()) {
				t.Errorf("%s %s was refused (%d) and changed something", r.op.OperationID, what, rec.Code)
			}
		}
		elsewhere := limited(w.a.site.ID, tree.Path("xwdt/szyw").ID)
		foreign := limited(w.b.site.ID, other.Path("xwdt").ID)
		own := limited(w.a.site.ID, tree.Path("xwdt").ID)
		for _, r := range w.writes(w.a) {
			asks := slices.Contains(onlyAsks, r.op.OperationID)
			if !slices.Contains(ofNoColumn, r.op.OperationID) && !asks {
				refused("in another column", elsewhere, r)
			}
			refused("on another site", foreign, r)
			if !slices.Contains(inBranch, r.op.OperationID) && !asks {
				refused("of a site", own, r)
			}
		}
		mine := map[string]request{}
		for _, r := range w.writes(w.a) {
			mine[r.op.OperationID] = r
		}
		for _, id := range inBranch {
			r := mine[id]
			r.body = w.current(r)
			// Nothing is planned, the column was changed since, and a task that is approved is over.
			conflict := slices.Contains([]string{"cancel-plan", "release-items", "discard-item", "undiscard-item",
				"retire-column", "submit-item", "return-task",
				"transfer-task", "recall-task"}, id)
			if rec := own(in(r)); rec.Code >= 300 && (rec.Code != 409 || !conflict) {
				t.Errorf("%s in the own column: %d %s", id, rec.Code, rec.Body)
			}
		}
	})
}
