package resource

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Link ties two items; both pages are published again. The scope must cover the item
// the link starts from; the other must be the scope's own or live. Linking twice
// changes nothing.
func (d *Desk) Link(ctx context.Context, l Link) (err error) {
	defer fault.Annotate(&err, "resource.Link(%d %s %d)", l.From, l.Kind, l.To)
	if !slices.Contains(linkKinds, l.Kind) || l.From == l.To {
		return fault.New(fault.Invalid, "关联类型不对，或信息关联到了它自己")
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		from, err := take(ctx, tx, []int64{l.From})
		if err != nil {
			return err
		}
		if _, err := visible(ctx, tx, l.To); err != nil {
			return err
		}
		row := linkRow{From: l.From, To: l.To, Kind: l.Kind, Owner: from[0].Owner}
		res, err := tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return d.emitChanged(ctx, tx, l.From, l.To)
	})
}

// Unlink unties two items; the pages of both are published again.
func (d *Desk) Unlink(ctx context.Context, l Link) (err error) {
	defer fault.Annotate(&err, "resource.Unlink(%d %s %d)", l.From, l.Kind, l.To)
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := take(ctx, tx, []int64{l.From}); err != nil {
			return err
		}
		row := new(linkRow)
		err := tx.NewSelect().Model(row).Where("from_item = ? AND to_item = ? AND kind = ?", l.From, l.To,
			l.Kind).Scan(ctx)
		if store.NotFound(err) {
			return fault.New(fault.NotFound, "信息 %d 没有到 %d 的 %s 关联", l.From, l.To, l.Kind)
		}
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(row).WherePK().Exec(ctx); err != nil {
			return err
		}
		return d.emitChanged(ctx, tx, l.From, l.To)
	})
}
