package deps

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/publish/page"
	"guiyi/internal/resource/published"
)

// PageRow is a public page with the dependencies of its last rendering.
type PageRow struct {
	bun.BaseModel `bun:"table:publish_page"`

	SiteID   int64     `bun:"site_id,pk"`
	Path     string    `bun:"path,pk"`
	Kind     page.Kind `bun:"kind"`
	Ref      int64     `bun:"ref"`
	No       int64     `bun:"no"`
	Deps     string    `bun:"deps"`      // sorted keys of dependencies, one per line; the same as in publish_dep
	Revision int64     `bun:"revision"`  // revision of its last change
	ListedAt int64     `bun:"listed_at"` // see page.ListedAt; 0: not listed
}

// Page returns the page of the row.
func (r *PageRow) Page() page.Page {
	return page.Page{Path: r.Path, Kind: r.Kind, Ref: r.Ref, No: r.No}
}

type depRow struct {
	bun.BaseModel `bun:"table:publish_dep"`

	SiteID int64  `bun:"site_id,pk"`
	Dep    string `bun:"dep,pk"`
	Path   string `bun:"path,pk"`
}

type windowRow struct {
	bun.BaseModel `bun:"table:publish_window"`

	SiteID   int64  `bun:"site_id,pk"`
	ColumnID int64  `bun:"column_id,pk"`
	Path     string `bun:"path,pk"`
	LowAt    int64  `bun:"low_at"`
	LowItem  int64  `bun:"low_item"`
}

// PagesReading returns the pages of a site that depend on any of the keys.
func PagesReading(ctx context.Context, db bun.IDB, site int64, keys []string) ([]page.Page, error) {
	var out []page.Page
	for chunk := range slices.Chunk(keys, 400) {
		var rows []PageRow
		err := db.NewSelect().Model(&rows).Distinct().Join(
			"JOIN publish_dep AS d ON d.site_id = page_row.site_id AND d.path = page_row.path").
			Where("d.site_id = ? AND d.dep IN (?)", site, bun.List(chunk)).Scan(ctx)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			out = append(out, rows[i].Page())
		}
	}
	return out, nil
}

// SitesReading returns the sorted ids of the sites with a page that depends on any of the items.
func SitesReading(ctx context.Context, db bun.IDB, items []int64) ([]int64, error) {
	var out []int64
	for chunk := range slices.Chunk(items, 400) {
		deps := make([]string, len(chunk))
		for i, id := range chunk {
			deps[i] = page.ItemKey(id)
		}
		var sites []int64
		if err := db.NewSelect().Model((*depRow)(nil)).Distinct().Column("site_id").Where("dep IN (?)",
			bun.List(deps)).Scan(ctx, &sites); err != nil {
			return nil, err
		}
		out = append(out, sites...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// PagesWithWindow returns the pages whose window on a column includes position k.
func PagesWithWindow(ctx context.Context, db bun.IDB, site, column int64, k published.Key) ([]page.Page, error) {
	var rows []PageRow
	err := db.NewSelect().Model(&rows).Join(
		"JOIN publish_window AS w ON w.site_id = page_row.site_id AND w.path = page_row.path").
		Where("w.site_id = ? AND w.column_id = ? AND (w.low_at, w.low_item) <= (?, ?)", site, column, k.At,
			k.Item).Scan(ctx)
	out := make([]page.Page, len(rows))
	for i := range rows {
		out[i] = rows[i].Page()
	}
	return out, err
}
