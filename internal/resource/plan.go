package resource

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
)

// planned are the arguments of a job for a planned release or withdrawal.
type planned struct {
	Items  []int64      `json:"items"`
	At     int64        `json:"at"`
	Kind   WithdrawKind `json:"kind,omitempty"`
	Reason string       `json:"reason,omitempty"`
	To     int64        `json:"to,omitempty"`
}

func (d *Desk) planRelease(ctx context.Context, tx bun.Tx, rows []*itemRow, at int64) error {
	if i := slices.IndexFunc(rows, func(r *itemRow) bool { return r.State == Withdrawn }); i >= 0 {
		return fault.New(fault.Conflict, "信息 %d 已经撤稿，不能定时发布；请核对后直接发布", rows[i].ID)
	}
	for part := range slices.Chunk(rows, queryItems) {
		if err := checkApproved(ctx, tx, part); err != nil {
			return err
		}
	}
	p := planned{At: at}
	for _, r := range rows {
		p.Items = append(p.Items, r.ID)
		r.ReleaseAt = at
		if r.State == Draft {
			r.State = Scheduled
		}
		if err := d.saveItem(ctx, tx, r); err != nil {
			return err
		}
	}
	return d.enqueue(ctx, tx, JobRelease, p)
}

func (d *Desk) planWithdrawal(ctx context.Context, tx bun.Tx, rows []*itemRow, o WithdrawRequest) error {
	for _, r := range rows {
		if r.State == Withdrawn {
			return fault.New(fault.Conflict, "信息 %d 已经撤稿", r.ID)
		}
		r.OfflineAt = o.At
		if err := d.saveItem(ctx, tx, r); err != nil {
			return err
		}
	}
	return d.enqueue(ctx, tx, JobWithdraw, planned{
		Items:  idsOf(o.Items),
		At:     o.At,
		Kind:   o.Kind,
		Reason: o.Reason,
		To:     o.To,
	})
}

func (d *Desk) enqueue(ctx context.Context, tx bun.Tx, kind string, p planned) error {
	args, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return d.board.Enqueue(ctx, tx, jobs.Job{Queue: "resource", Kind: kind, Args: args, RunAt: p.At})
}

// CancelPlan cancels the planned release and the planned withdrawal of an item.
func (d *Desk) CancelPlan(ctx context.Context, seen Seen) (_ *Item, err error) {
	defer fault.Annotate(&err, "resource.CancelPlan(%d)", seen.Item)
	var out *Item
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := takeSeen(ctx, tx, ReleaseItems, []Seen{seen})
		if err != nil {
			return err
		}
		it := rows[0]
		if it.ReleaseAt == 0 && it.OfflineAt == 0 {
			return fault.New(fault.Conflict, "信息 %d 没有定时发布，也没有定时撤稿", it.ID)
		}
		it.cancelRelease()
		it.OfflineAt = 0
		if err := d.saveItem(ctx, tx, it); err != nil {
			return err
		}
		out = it.item()
		return d.log(ctx, tx, ReleaseItems, rows, "取消计划")
	})
	return out, err
}

// cancelRelease cancels the planned release of an item.
func (r *itemRow) cancelRelease() {
	r.ReleaseAt = 0
	if r.State == Scheduled {
		r.State = Draft
	}
}

func eachPlan(batch []jobs.Job, do func(planned) error) error {
	failed := map[int64]error{}
	for _, j := range batch {
		var p planned
		err := json.Unmarshal(j.Args, &p)
		if err == nil {
			err = do(p)
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
