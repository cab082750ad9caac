package resource_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

// steward is an actor with the rights of the slice that keeps the reviews, on the given sites.
func (w *world) steward(owners ...int64) context.Context {
	return actor.With(w.t.Context(), actor.Actor{Kind: actor.Officer, ID: "9",
		Permissions: []actor.Permission{resource.ApproveItems, resource.ReleaseItems},
		Scope:       actor.Scope{Owners: owners}})
}

func (w *world) review(on bool) {
	w.t.Helper()
	if err := w.RequireReview(w.steward(w.city), w.city, on); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) draft(title string) int64 {
	w.t.Helper()
	in := w.Incoming(title)
	in.Edition.Title = title
	it, _, err := w.Draft(w.all, in)
	if err != nil {
		w.t.Fatal(err)
	}
	return it.ID
}

func (w *world) pending(id int64) *resource.Pending {
	w.t.Helper()
	p, err := w.Pending(w.steward(w.city), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// refusedByDatabase sends a statement around the desk, as a defect or a person with a database client would.
func (w *world) refusedByDatabase(what, query string, a ...any) {
	w.t.Helper()
	before := w.dump()
	err := w.db.InTx(w.all, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, query, a...)
		return err
	})
	if err == nil || w.dump() != before {
		w.t.Errorf("%s: the database let it pass", what)
	}
}

func TestReviewedSitesReleaseNothingUnapproved(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		old := w.One("old") // public before the review began
		gone := w.One("gone")
		fresh := w.draft("新稿")
		w.review(true)
		w.Rewrite(old, "改过")
		w.news()
		for what, try := range map[string]func() error{
			"a new item":        func() error { return w.doRelease(w.all, 0, fresh) },
			"a plan":            func() error { return w.doRelease(w.all, w.Now().Add(time.Hour).UnixMilli(), fresh) },
			"a revision":        func() error { return w.doRelease(w.all, 0, old) },
			"one of a batch":    func() error { return w.doRelease(w.all, 0, fresh, old) },
			"with item.approve": func() error { return w.doRelease(w.steward(w.city), 0, fresh) },
		} {
			before := w.dump()
			err := try()
			if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "送审") || w.dump() != before {
				t.Errorf("%s: %v", what, err)
			}
		}
		w.wantNews()
		w.refusedByDatabase("a new item",
			"UPDATE resource_item SET live_edition = draft_edition, draft_edition = 0, state = 'live' WHERE id = ?", fresh)
		w.refusedByDatabase("a revision", "UPDATE resource_item SET live_edition = draft_edition WHERE id = ?", old)
		w.refusedByDatabase("an item that is public when it comes",
			`INSERT INTO resource_item (id, owner, class, version, state, live_edition, draft_edition, release_at, offline_at,
			withdrawal, merge_key, created_at, updated_at) SELECT 7, owner, class, version, state, live_edition, 0, 0, 0,
			withdrawal, '', created_at, updated_at FROM resource_item WHERE id = ?`, old)
		// A withdrawal needs no approval, what comes back does.
		w.Gone(resource.InError, gone)
		w.news()
		if err := w.doRelease(w.all, 0, gone); !fault.Is(err, fault.Conflict) {
			t.Errorf("what was withdrawn comes back: %v", err)
		}
		w.refusedByDatabase("what was withdrawn", "UPDATE resource_item SET state = 'live' WHERE id = ?", gone)
		w.wantNews()
		// Another site is as it was.
		in := w.Incoming("county", "county/xwdt")
		in.Owner = w.county
		w.Take(in)
		w.review(false)
		if err := w.doRelease(w.all, 0, fresh, old); err != nil {
			t.Errorf("without review: %v", err)
		}
	})
}

func TestAnApprovalOpensOneEdition(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("新稿")
		w.review(true)
		seen := w.pending(id)
		if seen.Column != w.columns["city/xwdt"] || seen.Public != nil || len(seen.Hash) != 64 {
			t.Errorf("pending %+v", seen)
		}
		w.Rewrite(id, "送审之后又改")
		if _, err := w.ReleaseApproved(w.steward(w.city), seen, 1, 0); !fault.Is(err, fault.Conflict) {
			t.Errorf("an edition that was replaced: %v", err)
		}
		other := *w.pending(id)
		other.Hash = seen.Hash
		if _, err := w.ReleaseApproved(w.steward(w.city), &other, 1, 0); !fault.Is(err, fault.Conflict) {
			t.Errorf("another content: %v", err)
		}
		if _, err := w.ReleaseApproved(w.steward(w.county), w.pending(id), 1, 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("by another site: %v", err)
		}
		if _, err := w.ReleaseApproved(w.as(w.county), w.pending(id), 1, 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("by an officer of another site: %v", err)
		}
		now := w.pending(id)
		if _, err := w.ReleaseApproved(w.steward(w.city), now, 77, 0); err != nil {
			t.Fatal(err)
		}
		it, _ := w.item(id)
		got, err := w.lib.Approvals(w.all, id)
		if err != nil || it.State != resource.Live || it.LiveEdition != now.Edition.ID || len(got) != 1 ||
			got[0].EditionID != now.Edition.ID || got[0].Hash != now.Hash || got[0].Task != 77 ||
			got[0].ApprovedBy != "officer:9" {
			t.Errorf("item %+v, approvals %+v, %v", it, got, err)
		}
		if got, _ := w.lib.Approvals(w.as(w.county), id); len(got) != 0 {
			t.Errorf("another site sees %+v", got)
		}
		// It was for this edition: neither for the next one nor after a withdrawal.
		w.Rewrite(id, "第三稿")
		if err := w.doRelease(w.all, 0, id); !fault.Is(err, fault.Conflict) {
			t.Errorf("the next edition: %v", err)
		}
		w.Pass(time.Minute)
		back := w.draft("撤了再发")
		if _, err := w.ReleaseApproved(w.steward(w.city), w.pending(back), 1, 0); err != nil {
			t.Fatal(err)
		}
		w.Pass(time.Minute)
		w.Gone(resource.InError, back)
		if err := w.doRelease(w.all, 0, back); !fault.Is(err, fault.Conflict) {
			t.Errorf("an approval from before the withdrawal: %v", err)
		}
		w.refusedByDatabase("an approval from before the withdrawal",
			"UPDATE resource_item SET state = 'live' WHERE id = ?", back)
		w.Pass(time.Minute)
		if _, err := w.ReleaseApproved(w.steward(w.city), w.pending(back), 2, 0); err != nil {
			t.Errorf("approved again: %v", err)
		}
	})
}

func TestAPlanIsApprovedBefore(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("定时")
		w.review(true)
		at := w.Now().Add(time.Hour).UnixMilli()
		if _, err := w.ReleaseApproved(w.steward(w.city), w.pending(id), 1, at); err != nil {
			t.Fatal(err)
		}
		if it, _ := w.item(id); it.State != resource.Scheduled {
			t.Errorf("state %s", it.State)
		}
		w.Pass(2 * time.Hour)
		w.drain(resource.JobRelease)
		if it, _ := w.item(id); it.State != resource.Live {
			t.Errorf("after its time: %s", it.State)
		}
		// A plan from before the review began is not carried out after it.
		early := w.draft("早定的")
		w.review(false)
		if err := w.doRelease(w.all, w.Now().Add(time.Hour).UnixMilli(), early); err != nil {
			t.Fatal(err)
		}
		w.review(true)
		w.Pass(2 * time.Hour)
		_ = w.board.Drain(w.all, resource.JobRelease) // tells of the refusal
		if it, _ := w.item(early); it.State == resource.Live {
			t.Error("a plan without approval was carried out")
		}
	})
}

func TestApprovalsAndEditionsAreFixed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("定稿")
		w.review(true)
		if _, err := w.ReleaseApproved(w.steward(w.city), w.pending(id), 1, 0); err != nil {
			t.Fatal(err)
		}
		w.refusedByDatabase("change of an approval", "UPDATE resource_approval SET approved_by = 'officer:1'")
		w.refusedByDatabase("removal of an approval", "DELETE FROM resource_approval")
		for _, column := range []string{"title", "body", "text", "files", "hash", "created_by", "official"} {
			w.refusedByDatabase("change of an edition's "+column, "UPDATE resource_edition SET "+column+" = 'x'")
		}
		if !w.db.Postgres() {
			w.refusedByDatabase("replacement of an approval",
				"INSERT OR REPLACE INTO resource_approval SELECT id, item_id, edition_id, owner, task, hash, 'x', at FROM resource_approval")
		}
	})
}

func TestImportsOfAReviewedSiteWait(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		known := w.One("known")
		w.review(true)
		w.news()
		in := w.Incoming("known")
		in.Edition.Title, in.Edition.Body, in.Edition.Text = "新题", "<p>新文</p>", "新文"
		out := w.Take(in, w.Incoming("new"))
		w.wantNews(known) // its pages are rendered again, and show what they showed
		for _, o := range out {
			found := false
			for _, f := range o.Findings {
				found = found || f.Code == "import.review"
			}
			if !found {
				t.Errorf("nothing says that it waits: %+v", o)
			}
		}
		it, e := w.item(known)
		if it.State != resource.Live || it.LiveEdition == e.ID || e.Title != "新题" || e.State != "draft" {
			t.Errorf("known item %+v, %s", it, e.State)
		}
		if it, e := w.item(out[1].ItemID); it.State != resource.Draft || e.State != "draft" {
			t.Errorf("new item %+v, %s", it, e.State)
		}
		if got := w.titles("city/xwdt"); len(got) != 1 || got[0] != "标题known" {
			t.Errorf("public: %v", got)
		}
		if again := w.Take(in, w.Incoming("new")); again[0].Status != resource.Unchanged ||
			again[1].Status != resource.Unchanged {
			t.Errorf("the same again: %+v", again)
		}
	})
}
