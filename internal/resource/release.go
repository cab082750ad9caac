package resource

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource/metadata"
)

// Release makes the draft editions of items live, all at the same time: immediately if at is 0, else at the time at
// (unix ms). If one item has no draft, the whole call is refused. A withdrawn item can be released without a draft,
// but only immediately, because a person must check it.
func (d *Desk) Release(ctx context.Context, at int64, seen ...Seen) (_ []*Item, err error) {
	defer fault.Annotate(&err, "resource.Release(%d items)", len(seen))
	if at != 0 && at <= d.now().UnixMilli() {
		return nil, inThePast("定时发布")
	}
	var out []*Item
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := takeSeen(ctx, tx, ReleaseItems, seen)
		if err != nil {
			return err
		}
		if err := checkReady(ctx, tx, rows); err != nil {
			return err
		}
		what := "发布"
		if at != 0 {
			what, err = "定时发布："+store.FromMilli(at).Format("2006-01-02 15:04"), d.planRelease(ctx, tx, rows, at)
		} else {
			err = d.releaseAndTell(ctx, tx, rows)
		}
		if err != nil {
			return err
		}
		out = itemsOf(rows)
		return d.log(ctx, tx, ReleaseItems, rows, "%s", what)
	})
	return out, err
}

func inThePast(what string) error {
	return fault.InvalidFields(map[string]string{"at": "应在将来"}, "%s的时间已经过去，请改为将来的时间，或立即执行", what)
}

func (d *Desk) releaseAndTell(ctx context.Context, tx bun.Tx, rows []*itemRow) error {
	if err := d.release(ctx, tx, rows); err != nil {
		return err
	}
	return d.emitItems(ctx, tx, rows) // a release does not change placements
}

// release makes the drafts live. A withdrawn item without a draft becomes live with its last live edition. A planned
// withdrawal stays, unless its time passed while the item was not public. Every release calls this method, so it checks
// the approvals.
func (d *Desk) release(ctx context.Context, tx bun.Tx, rows []*itemRow) error {
	for part := range slices.Chunk(rows, queryItems) {
		if err := checkApproved(ctx, tx, part); err != nil {
			return err
		}
		var live, old, ids, lapsed []int64
		for _, r := range part {
			if r.State == Discarded { // reached by an approval, which does not call takeSeen
				return fault.New(fault.Conflict, "信息 %d 在回收站里，请先恢复", r.ID)
			}
			if r.lapsed(d.now().UnixMilli()) {
				r.OfflineAt = 0
				lapsed = append(lapsed, r.ID)
			}
			ids = append(ids, r.ID)
			if r.DraftEdition != 0 {
				if r.LiveEdition != 0 {
					old = append(old, r.LiveEdition)
				}
				r.LiveEdition, r.DraftEdition = r.DraftEdition, 0
			}
			live = append(live, r.LiveEdition)
			r.State, r.ReleaseAt, r.Withdrawal = Live, 0, &Withdrawal{}
			r.Version++
			r.UpdatedAt, r.UpdatedBy = d.now().UnixMilli(), actorName(ctx)
		}
		// The rows were read in this serializable transaction, so no version check is needed.
		_, err := tx.NewUpdate().Model((*itemRow)(nil)).
			Set("live_edition = CASE WHEN draft_edition <> 0 THEN draft_edition ELSE live_edition END").
			Set("draft_edition = 0, state = ?, release_at = 0, withdrawal = ?, version = version + 1",
				Live, `{"kind":"","reason":"","at":0}`).
			Set("updated_at = ?, updated_by = ?", d.now().UnixMilli(), actorName(ctx)).
			Where("id IN (?)", bun.List(ids)).Exec(ctx)
		if err != nil {
			return err
		}
		if err := forgetOffline(ctx, tx, lapsed); err != nil {
			return err
		}
		if err := setEditionState(ctx, tx, "superseded", old...); err != nil {
			return err
		}
		if err := setEditionState(ctx, tx, "live", live...); err != nil {
			return err
		}
		if err := setListed(ctx, tx, true, ids); err != nil {
			return err
		}
	}
	return nil
}

// lapsed reports whether the planned withdrawal of an item is to be dropped at its release: its time passed while the
// item was not public. It returns false if the item is live. It also returns false if the release was planned for an
// earlier time than the withdrawal and only runs late; the withdrawal then follows.
func (r *itemRow) lapsed(now int64) bool {
	return r.OfflineAt != 0 && r.OfflineAt <= now && r.State != Live && !r.releaseBy(r.OfflineAt)
}

// releaseBy reports whether a release is planned for this time (unix ms) or an earlier one.
func (r *itemRow) releaseBy(limit int64) bool { return r.ReleaseAt != 0 && r.ReleaseAt <= limit }

func setEditionState(ctx context.Context, tx bun.Tx, state string, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.NewUpdate().Model((*editionRow)(nil)).Set("state = ?", state).Where("id IN (?)",
		bun.List(ids)).Exec(ctx)
	return err
}

func forgetOffline(ctx context.Context, tx bun.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.NewUpdate().Model((*itemRow)(nil)).Set("offline_at = 0").Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}

func setListed(ctx context.Context, tx bun.Tx, live bool, ids []int64) error {
	_, err := tx.NewUpdate().Model((*placementRow)(nil)).Set("live = ?", live).Where("item_id IN (?)",
		bun.List(ids)).Exec(ctx)
	return err
}

// checkReady returns a fault if an item has nothing to release, or if the metadata standard found an error in its
// draft.
func checkReady(ctx context.Context, tx bun.Tx, rows []*itemRow) error {
	var drafts []int64
	for _, r := range rows {
		if r.DraftEdition == 0 && r.State != Withdrawn {
			return fault.New(fault.Conflict, "信息 %d 没有待发布的稿件", r.ID)
		}
		if r.DraftEdition != 0 {
			drafts = append(drafts, r.ID)
		}
	}
	for ids := range slices.Chunk(drafts, queryItems) {
		var bad []findingRow
		err := tx.NewSelect().Model(&bad).Where("item_id IN (?) AND level = ? AND code LIKE ?", bun.List(ids),
			string(rule.Error), metadata.Prefix+"%").Limit(1).Scan(ctx)
		if err != nil {
			return err
		}
		if len(bad) > 0 {
			return fault.New(fault.Invalid, "信息 %d 不能发布：%s", bad[0].ItemID, bad[0].Text)
		}
	}
	return nil
}

// releaseDue is the handler of planned releases. It ignores items whose plan was changed or canceled and items that
// were withdrawn.
func (d *Desk) releaseDue(ctx context.Context, batch []jobs.Job) error {
	return eachPlan(batch, func(o planned) error {
		return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			var due []*itemRow
			err := tx.NewSelect().Model(&due).
				Where("id IN (?) AND release_at = ? AND state <> ?", bun.List(o.Items), o.At, Withdrawn).Scan(ctx)
			if err != nil || len(due) == 0 {
				return err
			}
			if err := checkReady(ctx, tx, due); err != nil {
				return err
			}
			if err := d.releaseAndTell(ctx, tx, due); err != nil {
				return err
			}
			return d.log(ctx, tx, ReleaseItems, due, "按计划发布")
		})
	})
}
