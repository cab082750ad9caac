package resource

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/tenant"
	"guiyi/internal/resource/metadata"
)

// Revise writes a new draft edition of an item. version is the item's version the
// caller has seen; when somebody changed the item since, the answer is Conflict and
// nothing is lost. A draft that was never released is replaced by the new one. A planned
// release was given to the draft that it replaces: the plan is cancelled, and whoever
// answers for the new text plans again. A planned withdrawal stands.
func (d *Desk) Revise(ctx context.Context, id, version int64, change func(*Edition) error) (_ *Item, err error) {
	defer fault.Annotate(&err, "resource.Revise(%d)", id)
	var out *Item
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := take(ctx, tx, []int64{id})
		if err != nil {
			return err
		}
		it := rows[0]
		if it.Version != version {
			return conflict(id)
		}
		base, err := latestEdition(ctx, tx, id)
		if err != nil {
			return err
		}
		e := base.edition()
		if err := change(e); err != nil {
			return err
		}
		if err := d.addDraft(ctx, tx, it, e, base.No+1, contentHash(it.Class, e)); err != nil {
			return err
		}
		if err := checkDraft(ctx, tx, it, e); err != nil {
			return err
		}
		it.unplan()
		err = d.saveItem(ctx, tx, it)
		out = it.item()
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// checkDraft replaces what the metadata standard found on the item by what it finds on
// the new draft; what an import found stays.
func checkDraft(ctx context.Context, tx bun.Tx, it *itemRow, e *Edition) error {
	if _, err := tx.NewDelete().Model((*findingRow)(nil)).Where("item_id = ? AND code LIKE ?", it.ID,
		metadata.Prefix+"%").Exec(ctx); err != nil {
		return err
	}
	var rows []findingRow
	for _, f := range CheckMetadata(it.Class, e) {
		rows = append(rows, rowOfFinding(it, f))
	}
	return insertAll(ctx, tx, rows)
}

func latestEdition(ctx context.Context, tx bun.Tx, item int64) (*editionRow, error) {
	row := new(editionRow)
	return row, tx.NewSelect().Model(row).Where("item_id = ?", item).Order("no DESC").Limit(1).Scan(ctx)
}

func (d *Desk) addDraft(ctx context.Context, tx bun.Tx, it *itemRow, e *Edition, no int, hash string) error {
	if it.DraftEdition != 0 {
		if err := setEditionState(ctx, tx, "superseded", it.DraftEdition); err != nil {
			return err
		}
	}
	e.ID, e.ItemID, e.Owner, e.No, e.State, e.CreatedAt = store.NewID(), it.ID, it.Owner, no, "draft",
		d.now().UnixMilli()
	e.Hash = hash
	it.DraftEdition = e.ID
	_, err := tx.NewInsert().Model(rowOfEdition(e)).Exec(ctx)
	return err
}

func setEditionState(ctx context.Context, tx bun.Tx, state string, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.NewUpdate().Model((*editionRow)(nil)).Set("state = ?", state).Where("id IN (?)",
		bun.List(ids)).Exec(ctx)
	return err
}

// Release makes the draft editions of items live, all at the same instant: now, or at
// the given future time (unix milliseconds). Items without a draft are refused, and so
// is the whole call. What was withdrawn comes back by a release now, never by a plan:
// somebody must stand by it.
func (d *Desk) Release(ctx context.Context, at int64, ids ...int64) (err error) {
	defer fault.Annotate(&err, "resource.Release(%d items)", len(ids))
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := take(ctx, tx, ids)
		if err != nil {
			return err
		}
		if err := checkReady(ctx, tx, rows); err != nil {
			return err
		}
		if at > d.now().UnixMilli() {
			if i := slices.IndexFunc(rows, func(r *itemRow) bool { return r.State == Withdrawn }); i >= 0 {
				return fault.New(fault.Conflict, "信息 %d 已经撤稿，不能定时发布；请核对后直接发布", rows[i].ID)
			}
			return d.plan(ctx, tx, rows, JobRelease, at)
		}
		if err := d.release(ctx, tx, rows); err != nil {
			return err
		}
		return d.emitItems(ctx, tx, rows) // a release moves nothing: spots are as before
	})
}

// release makes the drafts live, and brings withdrawn items without a draft back as
// they were, in a fixed number of statements per 500 items. A planned withdrawal stands,
// unless its moment passed while the item was not public.
func (d *Desk) release(ctx context.Context, tx bun.Tx, rows []*itemRow) error {
	for part := range slices.Chunk(rows, queryItems) {
		var live, old, ids, lapsed []int64
		for _, r := range part {
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
			r.UpdatedAt = d.now().UnixMilli()
		}
		// The rows were read in this transaction, which is serializable: no other writer
		// can have come between.
		_,
			err := tx.NewUpdate().Model((*itemRow)(nil)).Set(
			"live_edition = CASE WHEN draft_edition <> 0 THEN draft_edition ELSE live_edition END").
			Set("draft_edition = 0, state = ?, release_at = 0, withdrawal = ?, version = version + 1, updated_at = ?",
				Live, `{"kind":"","reason":"","at":0}`, d.now().UnixMilli()).
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

// lapsed reports whether the planned withdrawal of an item that is to be released came
// due while the item was not public. Where the item is live, or its release was planned
// for before then and is only carried out late, the withdrawal is due and follows.
func (r *itemRow) lapsed(now int64) bool {
	return r.OfflineAt != 0 && r.OfflineAt <= now && r.State != Live && !r.inBefore(r.OfflineAt)
}

// inBefore reports whether a release is planned that should have come before a moment.
func (r *itemRow) inBefore(at int64) bool { return r.ReleaseAt != 0 && r.ReleaseAt <= at }

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

// checkReady refuses items that have nothing to release, and drafts that lack what the
// metadata standard demands without exception.
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

// releaseDue carries out planned releases. An item whose plan was changed or taken
// back meanwhile, or that was withdrawn, is left alone.
func (d *Desk) releaseDue(ctx context.Context, batch []jobs.Job) error {
	ctx = tenant.With(ctx, tenant.System("schedule"))
	return eachOrder(batch, func(o order) error {
		return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			var due []int64
			err := tx.NewSelect().Model((*itemRow)(nil)).Column("id").
				Where("id IN (?) AND release_at = ? AND state <> ?", bun.List(o.Items), o.At, Withdrawn).Scan(ctx, &due)
			if err != nil || len(due) == 0 {
				return err
			}
			return d.Release(ctx, 0, due...)
		})
	})
}

func eachOrder(batch []jobs.Job, do func(order) error) error {
	failed := map[int64]error{}
	for _, j := range batch {
		var o order
		err := json.Unmarshal(j.Args, &o)
		if err == nil {
			err = do(o)
		}
		if err != nil {
			failed[j.ID] = err
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return &jobs.Partial{Failed: failed}
}

// CancelRelease takes a planned release back.
func (d *Desk) CancelRelease(ctx context.Context, id int64) (err error) {
	defer fault.Annotate(&err, "resource.CancelRelease(%d)", id)
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := take(ctx, tx, []int64{id})
		if err != nil {
			return err
		}
		it := rows[0]
		if it.ReleaseAt == 0 {
			return fault.New(fault.Conflict, "信息 %d 没有定时发布", id)
		}
		it.unplan()
		return d.saveItem(ctx, tx, it)
	})
}

// unplan takes the planned release of an item back.
func (r *itemRow) unplan() {
	r.ReleaseAt = 0
	if r.State == Scheduled {
		r.State = Draft
	}
}

// CancelWithdraw takes a planned withdrawal back.
func (d *Desk) CancelWithdraw(ctx context.Context, id int64) (err error) {
	defer fault.Annotate(&err, "resource.CancelWithdraw(%d)", id)
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := take(ctx, tx, []int64{id})
		if err != nil {
			return err
		}
		if rows[0].OfflineAt == 0 {
			return fault.New(fault.Conflict, "信息 %d 没有定时撤稿", id)
		}
		rows[0].OfflineAt = 0
		return d.saveItem(ctx, tx, rows[0])
	})
}

// WithdrawOrder says which items leave public view, how and why.
type WithdrawOrder struct {
	Items  []int64
	Kind   WithdrawKind
	Reason string // asked for; kept in the record
	To     int64  // the item that replaces them, for Consolidated
	At     int64  // unix ms; 0 or past: now
}

// Withdraw takes items out of public view. Their addresses go on answering, as the
// kind says; lists, feeds, site map and search forget them.
func (d *Desk) Withdraw(ctx context.Context, o WithdrawOrder) (err error) {
	defer fault.Annotate(&err, "resource.Withdraw(%v)", o.Items)
	switch {
	case o.Reason == "":
		return fault.New(fault.Invalid, "请填写撤稿原因")
	case o.Kind != InError && o.Kind != Consolidated && o.Kind != WithBanner:
		return fault.New(fault.Invalid, "撤稿方式只能是 error、consolidated 或 banner")
	case (o.Kind == Consolidated) != (o.To != 0):
		return fault.New(fault.Invalid, "合并撤稿（consolidated）要指明并入哪条信息，其他方式不需要")
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := take(ctx, tx, o.Items)
		if err != nil {
			return err
		}
		if err := checkSuccessor(ctx, tx, o); err != nil {
			return err
		}
		if o.At > d.now().UnixMilli() {
			for _, r := range rows {
				if r.State == Withdrawn {
					return fault.New(fault.Conflict, "信息 %d 已经撤稿", r.ID)
				}
				r.OfflineAt = o.At
				if err := d.saveItem(ctx, tx, r); err != nil {
					return err
				}
			}
			return d.enqueue(ctx, tx, JobWithdraw, order{
				Items:  o.Items,
				At:     o.At,
				Kind:   o.Kind,
				Reason: o.Reason,
				To:     o.To,
			})
		}
		return d.withdraw(ctx, tx, rows, o)
	})
}

func (d *Desk) withdraw(ctx context.Context, tx bun.Tx, rows []*itemRow, o WithdrawOrder) error {
	var editions, ids []int64
	for _, r := range rows {
		if r.State != Live {
			return fault.New(fault.Conflict, "信息 %d 现在没有公开，不需要撤稿", r.ID)
		}
		editions, ids = append(editions, r.LiveEdition), append(ids, r.ID)
		r.State, r.OfflineAt, r.ReleaseAt = Withdrawn, 0, 0 // it must not come back by itself
		r.Withdrawal = &Withdrawal{Kind: o.Kind, Reason: o.Reason, Successor: o.To, At: d.now().UnixMilli()}
		if err := d.saveItem(ctx, tx, r); err != nil {
			return err
		}
	}
	if err := setEditionState(ctx, tx, "withdrawn", editions...); err != nil {
		return err
	}
	if err := setListed(ctx, tx, false, ids); err != nil {
		return err
	}
	return d.emitItems(ctx, tx, rows)
}

// checkSuccessor refuses an item that cannot stand in for the withdrawn ones. It may be
// of another owner: what is live is no secret.
func checkSuccessor(ctx context.Context, tx bun.Tx, o WithdrawOrder) error {
	if o.To == 0 {
		return nil
	}
	if slices.Contains(o.Items, o.To) {
		return fault.New(fault.Invalid, "信息不能并入它自己")
	}
	found, err := tx.NewSelect().Model((*itemRow)(nil)).Where("id = ? AND state = ?", o.To, Live).Exists(ctx)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "要并入的信息 %d 不存在或没有公开", o.To)
	}
	return err
}

// withdrawDue carries out planned withdrawals whose plan still stands. The successor was
// checked when the plan was made; if it is gone by now the items leave all the same, and
// their addresses answer 410 like those of any chain with a dead end.
//
// The plan of an item that is not live at the moment is dropped, and with it a release
// planned for before then that was not carried out in time (the worker was down): the
// item was to be in and out by now.
func (d *Desk) withdrawDue(ctx context.Context, batch []jobs.Job) error {
	return eachOrder(batch, func(o order) error {
		return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			var rows, due []*itemRow
			if err := tx.NewSelect().Model(&rows).Where("id IN (?) AND offline_at = ?", bun.List(o.Items),
				o.At).Scan(ctx); err != nil {
				return err
			}
			for _, r := range rows {
				if r.State == Live {
					due = append(due, r)
					continue
				}
				if r.OfflineAt = 0; r.inBefore(o.At) {
					r.unplan()
				}
				if err := d.saveItem(ctx, tx, r); err != nil {
					return err
				}
			}
			if len(due) == 0 {
				return nil
			}
			return d.withdraw(ctx, tx, due, WithdrawOrder{Kind: o.Kind, Reason: o.Reason, To: o.To})
		})
	})
}
