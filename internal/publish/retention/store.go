package retention

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

type oldestRow struct {
	bun.BaseModel `bun:"table:publish_keep"`

	SiteID int64 `bun:"site_id,pk"`
	Oldest int64 `bun:"oldest"`
}

// Oldest returns the oldest retained revision of a site: the first one that can be rolled back to. Before the first
// cleanup it is 1.
func Oldest(ctx context.Context, db bun.IDB, site int64) (int64, error) {
	row := oldestRow{SiteID: site}
	err := db.NewSelect().Model(&row).WherePK().Scan(ctx)
	if store.NotFound(err) {
		return 1, nil
	}
	return row.Oldest, err
}

// ErrExpired returns the error for a rollback to a revision whose bytes were removed.
func ErrExpired(revision, oldest int64) error {
	return fault.New(fault.NotFound, "第 %d 版的页面已按保留规则清理，账本中的签名记录仍在；现在可以回退到第 %d 版及以后的版本", revision, oldest)
}
