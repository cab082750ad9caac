package resource

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
)

// Discard puts items that were never public into the recycle bin (回收站). Their planned release is canceled. Undiscard
// is all that can be done with them; package recycle removes them later.
func (d *Desk) Discard(ctx context.Context, seen ...Seen) (out []*Item, err error) {
	defer fault.Annotate(&err, "resource.Discard(%d items)", len(seen))
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := takeSeen(ctx, tx, Write, seen)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.LiveEdition != 0 {
				return fault.New(fault.Conflict, "信息 %d 公开过，不能移入回收站；请撤稿，记录会保留", r.ID)
			}
			r.State, r.ReleaseAt, r.OfflineAt = Discarded, 0, 0
			if err := d.saveItem(ctx, tx, r); err != nil {
				return err
			}
		}
		out = itemsOf(rows)
		return d.log(ctx, tx, Write, rows, "移入回收站")
	})
	return out, err
}

// Undiscard takes an item out of the recycle bin. It is a draft again.
func (d *Desk) Undiscard(ctx context.Context, seen Seen) (out *Item, err error) {
	defer fault.Annotate(&err, "resource.Undiscard(%d)", seen.Item)
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := take(ctx, tx, Write, []int64{seen.Item})
		if err != nil {
			return err
		}
		if rows[0].State != Discarded || rows[0].Version != seen.Version {
			return fault.New(fault.Conflict, "信息 %d 不在回收站里，或已被别人恢复", seen.Item)
		}
		rows[0].State = Draft
		if err := d.saveItem(ctx, tx, rows[0]); err != nil {
			return err
		}
		out = rows[0].item()
		return d.log(ctx, tx, Write, rows, "从回收站恢复")
	})
	return out, err
}
