package publish

import (
	"context"
	"embed"
	"io/fs"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/render"
	"guiyi/internal/resource"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations are the tables of this slice.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrationFiles, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "publish", FS: sub}
}

type siteRow struct {
	bun.BaseModel `bun:"table:publish_site"`

	SiteID    int64  `bun:"site_id,pk"`
	Revision  int64  `bun:"revision"`
	Head      string `bun:"head"`   // canonical JSON of the newest head; "" before the first
	Pinned    int64  `bun:"pinned"` // revision rolled back to; 0 follows content; resuming
	ThemeHash string `bun:"theme_hash"`
}

// head returns the newest head; the zero Head before the first revision.
func (r *siteRow) head() (manifest.Head, error) {
	if r.Head == "" {
		return manifest.Head{}, nil
	}
	return manifest.ParseHead([]byte(r.Head))
}

func stateOf(ctx context.Context, db bun.IDB, site int64) (*siteRow, error) {
	row := &siteRow{SiteID: site}
	err := db.NewSelect().Model(row).WherePK().Scan(ctx)
	if store.NotFound(err) {
		return &siteRow{SiteID: site}, nil
	}
	return row, err
}

type pageRow struct {
	bun.BaseModel `bun:"table:publish_page"`

	SiteID   int64       `bun:"site_id,pk"`
	Path     string      `bun:"path,pk"`
	Kind     render.Kind `bun:"kind"`
	Ref      int64       `bun:"ref"`
	No       int64       `bun:"no"`
	Deps     string      `bun:"deps"`      // what publish_dep holds for the page, one a line
	Revision int64       `bun:"revision"`  // in which it last changed
	ListedAt int64       `bun:"listed_at"` // place among all pages of the site; 0: not listed
}

func (r *pageRow) page() render.Page {
	return render.Page{Path: r.Path, Kind: r.Kind, Ref: r.Ref, No: r.No}
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

type dirtyRow struct {
	bun.BaseModel `bun:"table:publish_dirty"`

	SiteID int64       `bun:"site_id,pk"`
	Path   string      `bun:"path,pk"`
	Kind   render.Kind `bun:"kind"`
	Ref    int64       `bun:"ref"`
	No     int64       `bun:"no"`
	Seq    int64       `bun:"seq"`
	Fault  string      `bun:"fault"` // why the last attempt to render it failed
}

func (r *dirtyRow) page() render.Page {
	return render.Page{Path: r.Path, Kind: r.Kind, Ref: r.Ref, No: r.No}
}

type ledgerRow struct {
	bun.BaseModel `bun:"table:publish_ledger"`

	SiteID   int64  `bun:"site_id,pk"`
	Revision int64  `bun:"revision,pk"`
	Head     string `bun:"head"`
	Hash     string `bun:"hash"`
	At       int64  `bun:"at"`
}

// mark notes pages to be rendered again. Marking twice is the same as once, but the
// newer mark survives a build that began before it.
func mark(ctx context.Context, tx bun.IDB, site int64, pages []render.Page) error {
	seq := store.NewID()
	for chunk := range slices.Chunk(pages, 500) {
		rows := make([]dirtyRow, len(chunk))
		for i, p := range chunk {
			rows[i] = dirtyRow{SiteID: site, Path: p.Path, Kind: p.Kind, Ref: p.Ref, No: p.No, Seq: seq}
		}
		_, err := tx.NewInsert().Model(&rows).On("CONFLICT (site_id, path) DO UPDATE").
			Set("kind = EXCLUDED.kind, ref = EXCLUDED.ref, no = EXCLUDED.no, seq = EXCLUDED.seq, fault = ''").Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// showing returns the pages of a site that read any of the deps.
func showing(ctx context.Context, db bun.IDB, site int64, deps []string) ([]render.Page, error) {
	var out []render.Page
	for chunk := range slices.Chunk(deps, 400) {
		var rows []pageRow
		err := db.NewSelect().Model(&rows).Distinct().Join("JOIN publish_dep AS d ON d.site_id = page_row.site_id AND d.path = page_row.path").
			Where("d.site_id = ? AND d.dep IN (?)", site, bun.List(chunk)).Scan(ctx)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			out = append(out, rows[i].page())
		}
	}
	return out, nil
}

// sitesShowing returns the sites that have a page reading any of the items.
func sitesShowing(ctx context.Context, db bun.IDB, items []int64) ([]int64, error) {
	var out []int64
	for chunk := range slices.Chunk(items, 400) {
		deps := make([]string, len(chunk))
		for i, id := range chunk {
			deps[i] = render.ItemDep(id)
		}
		var sites []int64
		if err := db.NewSelect().Model((*depRow)(nil)).Distinct().Column("site_id").Where("dep IN (?)", bun.List(deps)).Scan(ctx, &sites); err != nil {
			return nil, err
		}
		out = append(out, sites...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// windowsOver returns the pages whose window on a column reaches down to key k.
func windowsOver(ctx context.Context, db bun.IDB, site, column int64, k resource.Key) ([]render.Page, error) {
	var rows []pageRow
	err := db.NewSelect().Model(&rows).Join("JOIN publish_window AS w ON w.site_id = page_row.site_id AND w.path = page_row.path").
		Where("w.site_id = ? AND w.column_id = ? AND (w.low_at, w.low_item) <= (?, ?)", site, column, k.At, k.Item).Scan(ctx)
	out := make([]render.Page, len(rows))
	for i := range rows {
		out[i] = rows[i].page()
	}
	return out, err
}
