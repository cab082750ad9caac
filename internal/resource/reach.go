package resource

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/site"
)

// checkBranch refuses a change of items by an actor who is limited to branches or units,
// unless each stands in one of them on its owner's site.
func checkBranch(ctx context.Context, tx bun.Tx, by actor.Actor, p actor.Permission, items []*itemRow) error {
	if scope := by.ScopeOf(p); len(scope.Branches) == 0 && len(scope.Units) == 0 {
		return nil
	}
	for _, it := range items {
		columns, err := primaryColumns(ctx, tx, it)
		if err != nil {
			return err
		}
		at, err := site.Places(ctx, tx, by, it.Owner, columns...)
		if err != nil {
			return err
		}
		for _, place := range append(at, actor.At(it.Owner))[:max(len(at), 1)] {
			if err := by.Check(p, place); err != nil {
				return err
			}
		}
	}
	return nil
}

// primaryColumns returns the column of an item on its owner's site, or none.
func primaryColumns(ctx context.Context, tx bun.Tx, it *itemRow) (columns []int64, err error) {
	err = tx.NewSelect().Model((*placementRow)(nil)).Column("column_id").
		Where("item_id = ? AND site_id = ? AND is_primary = ?", it.ID, it.Owner, true).Scan(ctx, &columns)
	return columns, err
}

// checkItem refuses a change of an item of another owner, branch or unit.
func checkItem(ctx context.Context, tx bun.Tx, by actor.Actor, p actor.Permission, it *itemRow) error {
	if err := by.ScopeOf(p).Check(it.Owner); err != nil {
		return err
	}
	return checkBranch(ctx, tx, by, p, []*itemRow{it})
}

// checkSpot refuses a change of what stands in a column.
func checkSpot(ctx context.Context, tx bun.Tx, by actor.Actor, siteID, column int64) error {
	at, err := site.Places(ctx, tx, by, siteID, column)
	if err != nil {
		return err
	}
	return by.Check(PlacementWrite, at[0])
}
