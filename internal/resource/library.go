package resource

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
)

// reader returns the actor in ctx if it has the permission to read items, or a permission to change them, which
// includes reading.
func reader(ctx context.Context) (actor.Actor, error) {
	return actor.Allowed(ctx, Read, Write, ReleaseItems, PlacementWrite)
}

// Library reads items including drafts. Every method takes the actor from the context and returns only rows of owners
// in the actor's scope.
type Library struct{ db *store.DB }

// NewLibrary returns a Library on db.
func NewLibrary(db *store.DB) *Library { return &Library{db: db} }

// Item returns one item with its newest edition, draft or not.
func (l *Library) Item(ctx context.Context, id int64) (*Item, *Edition, error) {
	by, err := reader(ctx)
	if err != nil {
		return nil, nil, err
	}
	row := new(itemRow)
	err = by.Scope.Where(l.db.Read().NewSelect().Model(row), "owner").Where("id = ?", id).Scan(ctx)
	if store.NotFound(err) {
		return nil, nil, missing(id)
	}
	if err != nil {
		return nil, nil, err
	}
	ed := new(editionRow)
	if err := l.db.Read().NewSelect().Model(ed).Where("item_id = ?",
		id).Order("no DESC").Limit(1).Scan(ctx); err != nil {
		return nil, nil, err
	}
	return row.item(), ed.edition(), nil
}

// Editions returns all editions of an item, newest first.
func (l *Library) Editions(ctx context.Context, id int64) ([]*Edition, error) {
	by, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	var rows []editionRow
	if err := by.Scope.Where(l.db.Read().NewSelect().Model(&rows), "owner").Where("item_id = ?",
		id).Order("no DESC").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]*Edition, len(rows))
	for i := range rows {
		out[i] = rows[i].edition()
	}
	return out, nil
}

// Provenance returns the provenance of an item, oldest first. It has several entries if items were merged.
func (l *Library) Provenance(ctx context.Context, id int64) ([]Provenance, error) {
	by, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	var rows []provenanceRow
	if err := by.Scope.Where(l.db.Read().NewSelect().Model(&rows), "owner").Where("item_id = ?", id).Order("fetched_at",
		"external_id").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]Provenance, len(rows))
	for i, r := range rows {
		out[i] = r.Provenance
	}
	return out, nil
}

// Findings returns the findings of the metadata standard and of the import about an item.
func (l *Library) Findings(ctx context.Context, id int64) ([]rule.Finding, error) {
	by, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	var rows []findingRow
	if err := by.Scope.Where(l.db.Read().NewSelect().Model(&rows), "owner").Where("item_id = ?", id).
		Order("level", "code", "field").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]rule.Finding, len(rows))
	for i, r := range rows {
		out[i] = rule.Finding{Code: r.Code, Level: rule.Level(r.Level), Field: r.Field, Text: r.Text}
	}
	return out, nil
}

// Current returns the current versions of items, for a caller who has not seen a version. It returns a NotFound fault
// if one of them is not in the scope.
func (l *Library) Current(ctx context.Context, ids ...int64) ([]Seen, error) {
	by, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	var rows []itemRow
	if err := by.Scope.Where(l.db.Read().NewSelect().Model(&rows), "owner").Column("id", "version").
		Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	version := map[int64]int64{}
	for _, r := range rows {
		version[r.ID] = r.Version
	}
	out := make([]Seen, len(ids))
	for i, id := range ids {
		if version[id] == 0 {
			return nil, missing(id)
		}
		out[i] = Seen{Item: id, Version: version[id]}
	}
	return out, nil
}

// mine returns a NotFound fault if the item is not in the caller's scope.
func (l *Library) mine(ctx context.Context, id int64) error {
	_, err := l.Current(ctx, id)
	return err
}

// Placements returns the placements of an item in the caller's scope, oldest first.
func (l *Library) Placements(ctx context.Context, item int64) ([]Placement, error) {
	if err := l.mine(ctx, item); err != nil {
		return nil, err
	}
	var rows []placementRow
	if err := l.db.Read().NewSelect().Model(&rows).Where("item_id = ?", item).Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]Placement, len(rows))
	for i := range rows {
		out[i] = rows[i].Placement
	}
	return out, nil
}

// Placed is a placement with the title of its item.
type Placed struct {
	Placement
	Title string `bun:"title"`
}

// Column returns the placements in a column of a site in the caller's scope, newest first. at and item are those of the
// last entry of the previous page; zeros mean the first page. Drafts of other owners are left out.
func (l *Library) Column(ctx context.Context, siteID, column, at, item int64, limit int) ([]Placed, error) {
	by, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	var out []Placed
	q := l.db.Read().NewSelect().ColumnExpr("p.*, e.title").TableExpr("resource_placement AS p").
		Join("JOIN resource_item AS i ON i.id = p.item_id").
		Join(
			"JOIN resource_edition AS e ON e.id = CASE WHEN i.live_edition <> 0 THEN i.live_edition ELSE i.draft_edition END")
	q = by.Scope.Where(q, "p.site_id").Where("p.site_id = ? AND p.column_id = ? AND i.state <> ?", siteID, column,
		Discarded).OrderExpr("p.at DESC, p.item_id DESC").Limit(int64(limit))
	if !by.Scope.All {
		q = q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			return by.Scope.Where(q, "p.owner").WhereOr("p.live = ?", true)
		})
	}
	if item != 0 {
		q = q.Where("p.at < ? OR (p.at = ? AND p.item_id < ?)", at, at, item)
	}
	err = q.Scan(ctx, &out)
	return out, err
}

// Address is a public address of an item on a site.
type Address struct {
	SiteID int64
	Path   string
	Old    bool // an old address, which redirects
}

// Addresses returns the addresses of an item in the caller's scope, then its old addresses.
func (l *Library) Addresses(ctx context.Context, item int64) ([]Address, error) {
	if err := l.mine(ctx, item); err != nil {
		return nil, err
	}
	var rows []struct {
		SiteID int64  `bun:"site_id"`
		Path   string `bun:"path"`
		Old    bool   `bun:"old"`
	}
	err := l.db.Read().NewRaw(`SELECT site_id, path, 1 = 0 AS old FROM resource_address WHERE item_id = ?
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
