package resource

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/tenant"
)

// Revise writes a new draft edition of an item. version is the item's version the
// caller has seen; when somebody changed the item since, the answer is Conflict and
// nothing is lost. A draft that was never released is replaced by the new one.
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
		if err := d.addDraft(ctx, tx, it, e, base.No+1); err != nil {
			return err
		}
		out = it.item()
		return d.saveItem(ctx, tx, it)
	})
	if out != nil {
		out.Version++
	}
	return out, err
}

func latestEdition(ctx context.Context, tx bun.Tx, item int64) (*editionRow, error) {
	row := new(editionRow)
	return row, tx.NewSelect().Model(row).Where("item_id = ?", item).Order("no DESC").Limit(1).Scan(ctx)
}

func (d *Desk) addDraft(ctx context.Context, tx bun.Tx, it *itemRow, e *Edition, no int) error {
	if it.DraftEdition != 0 {
		if err := setEditionState(ctx, tx, "superseded", it.DraftEdition); err != nil {
			return err
		}
	}
	e.ID, e.ItemID, e.Owner, e.No, e.State, e.CreatedAt = store.NewID(), it.ID, it.Owner, no, "draft", d.now().UnixMilli()
	e.Hash = contentHash(it.Class, e)
	it.DraftEdition = e.ID
	_, err := tx.NewInsert().Model(rowOfEdition(e)).Exec(ctx)
	return err
}

func setEditionState(ctx context.Context, tx bun.Tx, state string, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.NewUpdate().Model((*editionRow)(nil)).Set("state = ?", state).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}

// Release makes the draft editions of items live, all at the same instant: now, or at
// the given future time (unix milliseconds). Items without a draft are refused, and so
// is the whole call.
func (d *Desk) Release(ctx context.Context, at int64, ids ...int64) (err error) {
	defer fault.Annotate(&err, "resource.Release(%d items)", len(ids))
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := take(ctx, tx, ids)
		if err != nil {
			return err
		}
		if at > d.now().UnixMilli() {
			return d.plan(ctx, tx, rows, JobRelease, at)
		}
		c := newChanges()
		if err := c.addSpots(ctx, tx, ids); err != nil { // where old headlines and dates stood
			return err
		}
		if err := d.release(ctx, tx, rows); err != nil {
			return err
		}
		if err := c.addSpots(ctx, tx, ids); err != nil {
			return err
		}
		return d.emit(ctx, tx, c)
	})
}

func (d *Desk) release(ctx context.Context, tx bun.Tx, rows []*itemRow) error {
	var drafts, old, ids []int64
	for _, r := range rows {
		if r.DraftEdition == 0 && r.State != Withdrawn {
			return fault.New(fault.Conflict, "信息 %d 没有待发布的稿件", r.ID)
		}
		ids = append(ids, r.ID)
		if r.DraftEdition != 0 {
			drafts = append(drafts, r.DraftEdition)
			if r.LiveEdition != 0 {
				old = append(old, r.LiveEdition)
			}
			r.LiveEdition, r.DraftEdition = r.DraftEdition, 0
		} else {
			drafts = append(drafts, r.LiveEdition) // withdrawn, comes back as it was
		}
		r.State, r.ReleaseAt, r.Withdrawal = Live, 0, nil
		if err := d.saveItem(ctx, tx, r); err != nil {
			return err
		}
	}
	if err := setEditionState(ctx, tx, "superseded", old...); err != nil {
		return err
	}
	if err := setEditionState(ctx, tx, "live", drafts...); err != nil {
		return err
	}
	_, err := tx.NewUpdate().Model((*placementRow)(nil)).Set("live = ?", true).Where("item_id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}

// order is the argument of a planned release or withdrawal.
type order struct {
	Items  []int64      `json:"items"`
	At     int64        `json:"at"`
	Kind   WithdrawKind `json:"kind,omitempty"`
	Reason string       `json:"reason,omitempty"`
	To     int64        `json:"to,omitempty"`
}

func (d *Desk) plan(ctx context.Context, tx bun.Tx, rows []*itemRow, kind string, at int64) error {
	o := order{At: at}
	for _, r := range rows {
		o.Items = append(o.Items, r.ID)
		r.ReleaseAt = at
		if r.State == Draft {
			r.State = Scheduled
		}
		if err := d.saveItem(ctx, tx, r); err != nil {
			return err
		}
	}
	return d.enqueue(ctx, tx, kind, o)
}

func (d *Desk) enqueue(ctx context.Context, tx bun.Tx, kind string, o order) error {
	args, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return d.board.Enqueue(ctx, tx, jobs.Job{Queue: "resource", Kind: kind, Args: args, RunAt: o.At})
}

// releaseDue carries out planned releases. An item whose plan was changed or taken
// back meanwhile is left alone.
func (d *Desk) releaseDue(ctx context.Context, batch []jobs.Job) error {
	ctx = tenant.With(ctx, tenant.System("schedule"))
	return eachOrder(batch, func(o order) error {
		return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			var due []int64
			err := tx.NewSelect().Model((*itemRow)(nil)).Column("id").Where("id IN (?) AND release_at = ?", bun.List(o.Items), o.At).Scan(ctx, &due)
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
		it.ReleaseAt = 0
		if it.State == Scheduled {
			it.State = Draft
		}
		return d.saveItem(ctx, tx, it)
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
		if o.At > d.now().UnixMilli() {
			for _, r := range rows {
				r.OfflineAt = o.At
				if err := d.saveItem(ctx, tx, r); err != nil {
					return err
				}
			}
			return d.enqueue(ctx, tx, JobWithdraw, order{Items: o.Items, At: o.At, Kind: o.Kind, Reason: o.Reason, To: o.To})
		}
		return d.withdraw(ctx, tx, rows, o)
	})
}

func (d *Desk) withdraw(ctx context.Context, tx bun.Tx, rows []*itemRow, o WithdrawOrder) error {
	if o.To != 0 {
		if err := checkSuccessor(ctx, tx, o); err != nil {
			return err
		}
	}
	c := newChanges()
	if err := c.addSpots(ctx, tx, o.Items); err != nil {
		return err
	}
	for _, r := range rows {
		if r.State != Live {
			return fault.New(fault.Conflict, "信息 %d 现在没有公开，不需要撤稿", r.ID)
		}
		c.item(r.ID)
		r.State, r.OfflineAt = Withdrawn, 0
		r.Withdrawal = &Withdrawal{Kind: o.Kind, Reason: o.Reason, Successor: o.To, At: d.now().UnixMilli()}
		if err := setEditionState(ctx, tx, "withdrawn", r.LiveEdition); err != nil {
			return err
		}
		if err := d.saveItem(ctx, tx, r); err != nil {
			return err
		}
	}
	_, err := tx.NewUpdate().Model((*placementRow)(nil)).Set("live = ?", false).Where("item_id IN (?)", bun.List(o.Items)).Exec(ctx)
	if err != nil {
		return err
	}
	return d.emit(ctx, tx, c)
}

func checkSuccessor(ctx context.Context, tx bun.Tx, o WithdrawOrder) error {
	for _, id := range o.Items {
		if id == o.To {
			return fault.New(fault.Invalid, "信息不能并入它自己")
		}
	}
	n, err := tx.NewSelect().Model((*itemRow)(nil)).Where("id = ? AND state = ?", o.To, Live).Count(ctx)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "要并入的信息 %d 不存在或没有公开", o.To)
	}
	return err
}

// withdrawDue carries out planned withdrawals whose plan still stands.
func (d *Desk) withdrawDue(ctx context.Context, batch []jobs.Job) error {
	ctx = tenant.With(ctx, tenant.System("schedule"))
	return eachOrder(batch, func(o order) error {
		return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			var due []int64
			err := tx.NewSelect().Model((*itemRow)(nil)).Column("id").
				Where("id IN (?) AND offline_at = ? AND state = ?", bun.List(o.Items), o.At, Live).Scan(ctx, &due)
			if err != nil || len(due) == 0 {
				return err
			}
			return d.Withdraw(ctx, WithdrawOrder{Items: due, Kind: o.Kind, Reason: o.Reason, To: o.To})
		})
	})
}
