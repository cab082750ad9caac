package resource

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/site"
)

// Place places an item in a column. The actor must have the permission PlacementWrite for the column. The item must be
// live or in the actor's scope. If the item is already in the column, Place changes headline and date.
func (d *Desk) Place(ctx context.Context, id int64, p Place) (err error) {
	defer fault.Annotate(&err, "resource.Place(%d, column %d)", id, p.ColumnID)
	by, err := actor.From(ctx)
	if err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		it, err := visible(ctx, tx, PlacementWrite, id)
		if err != nil {
			return err
		}
		sites, err := site.ColumnSites(ctx, tx, []int64{p.ColumnID})
		if err != nil {
			return err
		}
		if sites[p.ColumnID] != p.SiteID {
			return noColumn(p)
		}
		if err := checkSpot(ctx, tx, by, p.SiteID, p.ColumnID); err != nil {
			return err
		}
		if p.At == 0 {
			if p.At, err = publishedAt(ctx, tx, it); err != nil {
				return err
			}
		}
		c := newChanges()
		c.item(id)
		if err := c.addSpots(ctx, tx, []int64{id}); err != nil {
			return err
		}
		if err := place(ctx, tx, it, p); err != nil {
			return err
		}
		if err := c.addSpots(ctx, tx, []int64{id}); err != nil {
			return err
		}
		if err := logPlacement(ctx, tx, p.SiteID, p.ColumnID, id, "放入"); err != nil {
			return err
		}
		return d.emit(ctx, tx, c)
	})
}

// visible loads an item that is live or in the actor's scope. Other items are reported as missing, so that their
// existence is not disclosed.
func visible(ctx context.Context, tx bun.Tx, p actor.Permission, id int64) (*itemRow, error) {
	by, err := actor.Allowed(ctx, p)
	if err != nil {
		return nil, err
	}
	it := new(itemRow)
	err = tx.NewSelect().Model(it).Where("id = ?", id).Scan(ctx)
	if store.NotFound(err) || err == nil && !by.Scope.Allows(it.Owner) && it.State != Live {
		return nil, missing(id)
	}
	return it, err
}

func publishedAt(ctx context.Context, tx bun.Tx, it *itemRow) (int64, error) {
	var at int64
	edition := it.LiveEdition
	if edition == 0 {
		edition = it.DraftEdition
	}
	return at, tx.NewSelect().Model((*editionRow)(nil)).Column("published_at").Where("id = ?", edition).Scan(ctx, &at)
}

func newPlacement(it *itemRow, p Place, onSite bool) placementRow {
	return placementRow{Placement: Placement{
		ID:       store.NewID(),
		ItemID:   it.ID,
		Owner:    it.Owner,
		SiteID:   p.SiteID,
		ColumnID: p.ColumnID,
		Headline: p.Headline,
		At:       p.At,
		Primary:  !onSite,
		Live:     it.State == Live,
	}}
}

func place(ctx context.Context, tx bun.Tx, it *itemRow, p Place) error {
	onSite, err := tx.NewSelect().Model((*placementRow)(nil)).Where("item_id = ? AND site_id = ?", it.ID,
		p.SiteID).Exists(ctx)
	if err != nil {
		return err
	}
	row := newPlacement(it, p, onSite)
	_, err = tx.NewInsert().Model(&row).On("CONFLICT (item_id, column_id) DO UPDATE").
		Set("headline = EXCLUDED.headline, at = EXCLUDED.at, live = EXCLUDED.live").Exec(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.NewDelete().Model(&unplacedRow{ItemID: it.ID,
		ColumnID: p.ColumnID}).WherePK().Exec(ctx); err != nil {
		return err
	}
	if !p.OwnPage {
		return nil
	}
	has, err := tx.NewSelect().Model((*addressRow)(nil)).Where("site_id = ? AND item_id = ?", p.SiteID,
		it.ID).Exists(ctx)
	if err != nil || has {
		return err
	}
	no, err := nextNumbers(ctx, tx, siteCounter(p.SiteID), 1)
	if err != nil {
		return err
	}
	a := addressRow{SiteID: p.SiteID, Path: addressOf(p.ColumnPath, p.At, no), ItemID: it.ID, No: no}
	_, err = tx.NewInsert().Model(&a).Exec(ctx)
	return err
}

// siteCounter returns the name of the counter for the addresses of a site.
func siteCounter(siteID int64) string { return fmt.Sprintf("site-%d", siteID) }

// addressOf returns the address of an item's page. It contains the path of the first column, the month, the day, and
// the number on the site. It never changes afterwards (政府网站发展指引: stable addresses).
func addressOf(columnPath string, at, no int64) string {
	day := store.FromMilli(at)
	return fmt.Sprintf("/%s/%s/t%s_%d.html", columnPath, day.Format("200601"), day.Format("20060102"), no)
}

// nextNumbers reserves n consecutive numbers of a counter and returns the first.
func nextNumbers(ctx context.Context, tx bun.Tx, name string, n int64) (int64, error) {
	var next int64
	err := tx.NewRaw(
		"INSERT INTO resource_counter (name, next) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET next = resource_counter.next + ? RETURNING next",
		name, n+1, n).Scan(ctx, &next)
	return next - n, err
}

// logPlacement adds an audit row about a placement. The owner of the row is the site with the column.
func logPlacement(ctx context.Context, tx bun.Tx, site, column, id int64, what string) error {
	return audit.Append(ctx, tx, audit.Entry{
		Action: PlacementWrite,
		Object: "item",
		ID:     id,
		Owner:  site,
		Detail: fmt.Sprintf("%s栏目 %d", what, column),
	})
}

// Unplace removes an item from a column. If the item is then in no column of the site, its page there answers 410. Its
// address is never given to another item.
func (d *Desk) Unplace(ctx context.Context, id, columnID int64) (err error) {
	defer fault.Annotate(&err, "resource.Unplace(%d, column %d)", id, columnID)
	by, err := actor.Allowed(ctx, PlacementWrite)
	if err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := new(placementRow)
		err := tx.NewSelect().Model(row).Where("item_id = ? AND column_id = ?", id, columnID).Scan(ctx)
		if store.NotFound(err) || err == nil && !by.Scope.Allows(row.SiteID) {
			return fault.New(fault.NotFound, "信息 %d 不在这个栏目里，或您没有权限", id)
		}
		if err != nil {
			return err
		}
		if err := checkSpot(ctx, tx, by, row.SiteID, columnID); err != nil {
			return err
		}
		c := newChanges()
		c.item(id)
		if err := c.addSpots(ctx, tx, []int64{id}); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(row).WherePK().Exec(ctx); err != nil {
			return err
		}
		mark := unplacedRow{ItemID: id, ColumnID: columnID} // imports must not place the item here again
		if _, err := tx.NewInsert().Model(&mark).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
		if row.Primary {
			if err := promote(ctx, tx, row); err != nil {
				return err
			}
		}
		if err := logPlacement(ctx, tx, row.SiteID, columnID, id, "移出"); err != nil {
			return err
		}
		return d.emit(ctx, tx, c)
	})
}

// promote makes the oldest remaining placement of an item on a site the primary one.
func promote(ctx context.Context, tx bun.Tx, gone *placementRow) error {
	next := new(placementRow)
	err := tx.NewSelect().Model(next).Where("item_id = ? AND site_id = ?", gone.ItemID,
		gone.SiteID).Order("id").Limit(1).Scan(ctx)
	if store.NotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	next.Primary = true
	_, err = tx.NewUpdate().Model(next).Column("is_primary").WherePK().Exec(ctx)
	return err
}

// Move moves an item from one column to another in one transaction. Headline and date stay the same.
func (d *Desk) Move(ctx context.Context, id, from int64, to Place) (err error) {
	defer fault.Annotate(&err, "resource.Move(%d, column %d → %d)", id, from, to.ColumnID)
	if from == to.ColumnID {
		return fault.New(fault.Conflict, "信息已经在这个栏目里")
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := new(placementRow)
		err := tx.NewSelect().Model(row).Where("item_id = ? AND column_id = ?", id, from).Scan(ctx)
		if err != nil && !store.NotFound(err) {
			return err
		}
		if err == nil { // otherwise Unplace returns the error
			to.Headline, to.At = row.Headline, row.At
		}
		if err := d.Place(ctx, id, to); err != nil {
			return err
		}
		return d.Unplace(ctx, id, from)
	})
}

// PlaceIn returns the Place in a column of a site with the title and date of the edition.
func PlaceIn(siteID int64, c *site.Column) Place {
	return Place{SiteID: siteID, ColumnID: c.ID, ColumnPath: c.Path, OwnPage: !c.Kind.Traits().Single}
}
