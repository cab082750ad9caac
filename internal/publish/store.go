package publish

import (
	"context"
	"embed"
	"io/fs"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/manifest"
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

type ledgerRow struct {
	bun.BaseModel `bun:"table:publish_ledger"`

	SiteID   int64  `bun:"site_id,pk"`
	Revision int64  `bun:"revision,pk"`
	Head     string `bun:"head"`
	Hash     string `bun:"hash"`
	At       int64  `bun:"at"`
}
