package resource

import (
	"cmp"
	"context"
	"guiyi/internal/resource/compare"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/site"
)

// holdings are the rows of the library that concern a batch: known sources, items with the same text, and the details
// of these items. They are read in a number of queries that does not depend on the length of the batch.
type holdings struct {
	known   map[sourceKey]*provenanceRow
	merge   map[sameText]int64 // text → item with this text
	items   map[int64]*itemRow
	placed  map[int64][]placementRow // by item
	gone    map[[2]int64]bool        // (item, column): people have removed the item from the column
	address map[[2]int64]bool        // (site, item): the item has an address on the site
	tagged  map[tagRow]bool
	old     map[oldKey]int64 // old address → item
	numbers map[string]int64 // index number → item
	given   map[string]bool  // index numbers in the batch
	// reviewed are the owners whose items need an approval before they are released.
	reviewed map[int64]bool
}

func newHoldings() holdings {
	return holdings{
		known:   map[sourceKey]*provenanceRow{},
		merge:   map[sameText]int64{},
		items:   map[int64]*itemRow{},
		placed:  map[int64][]placementRow{},
		gone:    map[[2]int64]bool{},
		address: map[[2]int64]bool{},
		tagged:  map[tagRow]bool{},
		old:     map[oldKey]int64{},
		numbers: map[string]int64{},
		given:   map[string]bool{},
	}
}

func (h *holdings) lookUp(ctx context.Context, tx bun.Tx, batch []Incoming) error {
	if err := checkColumns(ctx, tx, batch); err != nil {
		return err
	}
	var owners []int64
	for i := range batch {
		owners = append(owners, batch[i].Owner)
	}
	var err error
	if h.reviewed, err = underReview(ctx, tx, owners); err != nil {
		return err
	}
	if err := h.sources(ctx, tx, batch); err != nil {
		return err
	}
	if err := h.texts(ctx, tx, batch); err != nil {
		return err
	}
	if err := h.oldPaths(ctx, tx, batch); err != nil {
		return err
	}
	if err := h.indexNumbers(ctx, tx, batch); err != nil {
		return err
	}
	return h.details(ctx, tx)
}

// checkColumns returns a fault if a column does not belong to the site given with it. Otherwise the permission on one
// site would be used for another.
func checkColumns(ctx context.Context, tx bun.Tx, batch []Incoming) error {
	var ids []int64
	for i := range batch {
		for _, p := range batch[i].Places {
			ids = append(ids, p.ColumnID)
		}
	}
	slices.Sort(ids)
	sites, err := site.ColumnSites(ctx, tx, slices.Compact(ids))
	if err != nil {
		return err
	}
	for i := range batch {
		for _, p := range batch[i].Places {
			if sites[p.ColumnID] != p.SiteID {
				return noColumn(p)
			}
		}
	}
	return nil
}

func noColumn(p Place) error {
	return fault.New(fault.NotFound, "站点里没有编号为 %d 的栏目", p.ColumnID)
}

func (h *holdings) sources(ctx context.Context, tx bun.Tx, batch []Incoming) error {
	type source struct {
		owner int64
		name  string
	}
	ids := map[source][]string{}
	for i := range batch {
		in := &batch[i]
		k := source{in.Owner, in.Provenance.Source}
		ids[k] = append(ids[k], in.Provenance.ExternalID)
		for _, l := range in.LinksTo {
			ids[k] = append(ids[k], l.ExternalID)
		}
	}
	for k, ids := range ids {
		var rows []*provenanceRow
		if err := tx.NewSelect().Model(&rows).Where("owner = ? AND source = ? AND external_id IN (?)", k.owner, k.name,
			bun.List(ids)).Scan(ctx); err != nil {
			return err
		}
		for _, row := range rows {
			h.known[sourceKey{row.Owner, row.Source, row.ExternalID}] = row
			h.items[row.ItemID] = nil
		}
	}
	return nil
}

func (h *holdings) texts(ctx context.Context, tx bun.Tx, batch []Incoming) error {
	keys := map[int64][]string{}
	for i := range batch {
		if key := compare.Key(batch[i].Edition.Title, batch[i].Edition.Text); key != "" {
			keys[batch[i].Owner] = append(keys[batch[i].Owner], key)
		}
	}
	for owner, keys := range keys {
		var rows []itemRow
		if err := textsQuery(tx, owner, keys).Scan(ctx, &rows); err != nil {
			return err
		}
		slices.SortFunc(rows, func(a, b itemRow) int { return cmp.Compare(b.ID, a.ID) })
		for _, row := range rows { // newest first, so the oldest item remains in the map
			if row.State != Live && row.State != Withdrawn {
				continue // was never public
			}
			h.merge[sameText{owner, row.MergeKey}] = row.ID
			h.items[row.ID] = nil
		}
	}
	return nil
}

// textsQuery selects items by their merge keys. It neither sorts nor asks for states, because SQLite would then read
// all items of the owner instead of using the index on merge_key.
func textsQuery(tx bun.IDB, owner int64, keys []string) *bun.SelectQuery {
	return tx.NewSelect().Model((*itemRow)(nil)).Column("id", "merge_key", "state").
		Where("owner = ? AND merge_key IN (?)", owner, bun.List(keys))
}

// oldKey is an old address of a site.
type oldKey struct {
	site int64
	path string
}

func (h *holdings) oldPaths(ctx context.Context, tx bun.Tx, batch []Incoming) error {
	paths := map[int64][]string{}
	for i := range batch {
		for _, o := range batch[i].OldPaths {
			paths[o.SiteID] = append(paths[o.SiteID], o.Path)
			if o.Host != "" {
				paths[o.SiteID] = append(paths[o.SiteID], o.hostKey().path)
			}
		}
	}
	for siteID, paths := range paths {
		var rows []oldAddressRow
		if err := tx.NewSelect().Model(&rows).Where("site_id = ? AND path IN (?)", siteID,
			bun.List(paths)).Scan(ctx); err != nil {
			return err
		}
		for _, row := range rows {
			h.old[oldKey{row.SiteID, row.Path}] = row.ItemID
		}
	}
	return nil
}

func (h *holdings) indexNumbers(ctx context.Context, tx bun.Tx, batch []Incoming) error {
	for i := range batch {
		if d := batch[i].Edition.Document; d != nil && d.IndexNo != "" {
			h.given[d.IndexNo] = true
		}
	}
	if len(h.given) == 0 {
		return nil
	}
	var rows []indexNoRow
	if err := tx.NewSelect().Model(&rows).Where("number IN (?)",
		bun.List(slices.Collect(maps.Keys(h.given)))).Scan(ctx); err != nil {
		return err
	}
	for _, row := range rows {
		h.numbers[row.Number] = row.ItemID
	}
	return nil
}

// details loads the found items with their placements, addresses and tags.
func (h *holdings) details(ctx context.Context, tx bun.Tx) error {
	if len(h.items) == 0 {
		return nil
	}
	ids := bun.List(slices.Collect(maps.Keys(h.items)))
	var (
		items     []*itemRow
		placed    []placementRow
		gone      []unplacedRow
		addresses []addressRow
		tags      []tagRow
	)
	if err := tx.NewSelect().Model(&items).Where("id IN (?)", ids).Scan(ctx); err != nil {
		return err
	}
	for _, model := range []any{&placed, &gone, &addresses, &tags} {
		if err := tx.NewSelect().Model(model).Where("item_id IN (?)", ids).Scan(ctx); err != nil {
			return err
		}
	}
	for _, it := range items {
		h.items[it.ID] = it
	}
	for _, row := range placed {
		h.placed[row.ItemID] = append(h.placed[row.ItemID], row)
	}
	for _, row := range gone {
		h.gone[[2]int64{row.ItemID, row.ColumnID}] = true
	}
	for _, row := range addresses {
		h.address[[2]int64{row.SiteID, row.ItemID}] = true
	}
	for _, row := range tags {
		h.tagged[row] = true
	}
	return nil
}
