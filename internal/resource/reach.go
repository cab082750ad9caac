package resource

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/site"
)

// checkBranch checks the limits of an actor to branches or units. It returns a fault unless the primary placement of
// each item on its owner's site is within the limits.
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

// primaryColumns returns the primary column of an item on its owner's site, if there is one.
func primaryColumns(ctx context.Context, tx bun.Tx, it *itemRow) (columns []int64, err error) {
	err = tx.NewSelect().Model((*placementRow)(nil)).Column("column_id").
		Where("item_id = ? AND site_id = ? AND is_primary = ?", it.ID, it.Owner, true).Scan(ctx, &columns)
	return columns, err
}

// checkItem returns a Forbidden fault unless the item is within the owners, branches and units of the actor's scope.
func checkItem(ctx context.Context, tx bun.Tx, by actor.Actor, p actor.Permission, it *itemRow) error {
	if err := by.ScopeOf(p).Check(it.Owner); err != nil {
		return err
	}
	return checkBranch(ctx, tx, by, p, []*itemRow{it})
}

// checkSpot returns a fault unless the actor has the permission PlacementWrite for a column.
func checkSpot(ctx context.Context, tx bun.Tx, by actor.Actor, siteID, column int64) error {
	at, err := site.Places(ctx, tx, by, siteID, column)
	if err != nil {
		return err
	}
	return by.Check(PlacementWrite, at[0])
}
