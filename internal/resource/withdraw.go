package resource

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
)

// WithdrawRequest says which items are withdrawn, how and why.
type WithdrawRequest struct {
	Items  []Seen
	Kind   WithdrawKind
	Reason string // required; stored with the item
	To     int64  // the item that replaces them; only for Consolidated
	At     int64  // unix ms, in the future; 0 = immediately
}

// Withdraw withdraws items. Their addresses answer according to the kind. Lists, feeds, site map and search no longer
// contain them.
func (d *Desk) Withdraw(ctx context.Context, o WithdrawRequest) (_ []*Item, err error) {
	defer fault.Annotate(&err, "resource.Withdraw(%v)", o.Items)
	switch {
	case o.Reason == "":
		return nil, fault.InvalidFields(map[string]string{"reason": "请填写"}, "请填写撤稿原因")
	case o.Kind != InError && o.Kind != Consolidated && o.Kind != WithBanner:
		return nil, fault.InvalidFields(map[string]string{"kind": "应为 error、consolidated 或 banner"},
			"撤稿方式只能是 error、consolidated 或 banner")
	case (o.Kind == Consolidated) != (o.To != 0):
		return nil, fault.InvalidFields(map[string]string{"to": "只在合并撤稿时写，且必须写"},
			"合并撤稿（consolidated）要指明并入哪条信息，其他方式不需要")
	case o.At != 0 && o.At <= d.now().UnixMilli():
		return nil, inThePast("定时撤稿")
	}
	var out []*Item
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := takeSeen(ctx, tx, ReleaseItems, o.Items)
		if err != nil {
			return err
		}
		if err := checkSuccessor(ctx, tx, o); err != nil {
			return err
		}
		if o.At != 0 {
			err = d.planWithdrawal(ctx, tx, rows, o)
		} else {
			err = d.withdraw(ctx, tx, rows, o)
		}
		if err != nil {
			return err
		}
		out = itemsOf(rows)
		return d.log(ctx, tx, ReleaseItems, rows, "撤稿（%s）：%s", o.Kind, o.Reason)
	})
	return out, err
}

func (d *Desk) withdraw(ctx context.Context, tx bun.Tx, rows []*itemRow, o WithdrawRequest) error {
	var editions, ids []int64
	for _, r := range rows {
		if r.State != Live {
			return fault.New(fault.Conflict, "信息 %d 现在没有公开，不需要撤稿", r.ID)
		}
		editions, ids = append(editions, r.LiveEdition), append(ids, r.ID)
		r.State, r.OfflineAt, r.ReleaseAt = Withdrawn, 0, 0 // a planned release must not make it live again
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

// checkSuccessor returns a fault unless the item To is live and not one of the withdrawn items. It may belong to
// another owner.
func checkSuccessor(ctx context.Context, tx bun.Tx, o WithdrawRequest) error {
	if o.To == 0 {
		return nil
	}
	if slices.Contains(idsOf(o.Items), o.To) {
		return fault.New(fault.Invalid, "信息不能并入它自己")
	}
	found, err := tx.NewSelect().Model((*itemRow)(nil)).Where("id = ? AND state = ?", o.To, Live).Exists(ctx)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "要并入的信息 %d 不存在或没有公开", o.To)
	}
	return err
}

// withdrawDue is the handler of planned withdrawals. It ignores items whose plan was changed or canceled. The
// successor is not checked again; if it is no longer public, the addresses answer 410.
//
// If an item is not live, its planned withdrawal is dropped. A release that was planned for an earlier time and has not
// run yet is dropped too, because the item should no longer be public now.
func (d *Desk) withdrawDue(ctx context.Context, batch []jobs.Job) error {
	return eachPlan(batch, func(o planned) error {
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
				if r.OfflineAt = 0; r.releaseBy(o.At) {
					r.cancelRelease()
				}
				if err := d.saveItem(ctx, tx, r); err != nil {
					return err
				}
			}
			if len(due) == 0 {
				return nil
			}
			if err := d.withdraw(ctx, tx, due, WithdrawRequest{Kind: o.Kind, Reason: o.Reason, To: o.To}); err != nil {
				return err
			}
			return d.log(ctx, tx, ReleaseItems, due, "按计划撤稿（%s）：%s", o.Kind, o.Reason)
		})
	})
}
