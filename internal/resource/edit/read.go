package edit

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/tenant"
	"guiyi/internal/resource"
)

// Placements returns where an item of the caller's stands, oldest first.
func (d *Desk) Placements(ctx context.Context, item int64) ([]resource.Placement, error) {
	if _, err := itemOf(ctx, d.DB.Read(), item); err != nil {
		return nil, err
	}
	var rows []placementRow
	if err := d.DB.Read().NewSelect().Model(&rows).Where("item_id = ?", item).Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]resource.Placement, len(rows))
	for i := range rows {
		out[i] = rows[i].placement()
	}
	return out, nil
}

// Placed is a placement with the title of its item.
type Placed struct {
	resource.Placement
	Title string
}

// Column lists a column of a site of the caller's, newest first, from below (at, item);
// zeros begin at the top. Drafts of other owners are not shown.
func (d *Desk) Column(ctx context.Context, siteID, column, at, item int64, limit int) ([]Placed, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		placementRow
		Title string `bun:"title"`
	}
	q := d.DB.Read().NewSelect().ColumnExpr("p.*, e.title").TableExpr("resource_placement AS p").
		Join("JOIN resource_item AS i ON i.id = p.item_id").
		Join(
			"JOIN resource_edition AS e ON e.id = CASE WHEN i.live_edition <> 0 THEN i.live_edition ELSE i.draft_edition END")
	q = scope.Where(q, "p.site_id").Where("p.site_id = ? AND p.column_id = ?", siteID,
		column).OrderExpr("p.at DESC, p.item_id DESC").Limit(int64(limit))
	if !scope.All {
		q = q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			return scope.Where(q, "p.owner").WhereOr("p.live = ?", true)
		})
	}
	if item != 0 {
		q = q.Where("p.at < ? OR (p.at = ? AND p.item_id < ?)", at, at, item)
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := make([]Placed, len(rows))
	for i := range rows {
		out[i] = Placed{Placement: rows[i].placement(), Title: rows[i].Title}
	}
	return out, nil
}

// Address is a public address of an item on a site.
type Address struct {
	SiteID int64
	Path   string
	Old    bool // of the origin; answers with a redirect
}

// Addresses returns the addresses of an item of the caller's: those it has, then the
// old ones.
func (d *Desk) Addresses(ctx context.Context, item int64) ([]Address, error) {
	if _, err := itemOf(ctx, d.DB.Read(), item); err != nil {
		return nil, err
	}
	var rows []struct {
		SiteID int64  `bun:"site_id"`
		Path   string `bun:"path"`
		Old    bool   `bun:"old"`
	}
	err := d.DB.Read().NewRaw(`SELECT site_id, path, 1 = 0 AS old FROM resource_address WHERE item_id = ?
		UNION ALL SELECT site_id, path, 1 = 1 AS old FROM resource_old_address WHERE item_id = ? ORDER BY old, site_id, path`, item, item).Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	out := make([]Address, len(rows))
	for i, r := range rows {
		out[i] = Address(r)
	}
	return out, nil
}

type linkRow struct {
	bun.BaseModel `bun:"table:resource_link"`

	From  int64             `bun:"from_item,pk"`
	To    int64             `bun:"to_item,pk"`
	Kind  resource.LinkKind `bun:"kind,pk"`
	Owner int64             `bun:"owner"`
}

// Links returns the links from and to an item of the caller's.
func (d *Desk) Links(ctx context.Context, item int64) ([]resource.Link, error) {
	if _, err := itemOf(ctx, d.DB.Read(), item); err != nil {
		return nil, err
	}
	var rows []linkRow
	if err := d.DB.Read().NewSelect().Model(&rows).Where("from_item = ? OR to_item = ?", item, item).Order("kind",
		"from_item", "to_item").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]resource.Link, len(rows))
	for i, r := range rows {
		out[i] = resource.Link{From: r.From, To: r.To, Kind: r.Kind}
	}
	return out, nil
}

// Unlink unties two items; the pages of both are published again.
func (d *Desk) Unlink(ctx context.Context, l resource.Link) (err error) {
	defer fault.Annotate(&err, "edit.Unlink(%d %s %d)", l.From, l.Kind, l.To)
	return d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := itemOf(ctx, tx, l.From); err != nil {
			return err
		}
		row := &linkRow{}
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
		return resource.Touch(ctx, d.Items, tx, l.From, l.To)
	})
}
