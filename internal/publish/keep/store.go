package keep

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

type keepRow struct {
	bun.BaseModel `bun:"table:publish_keep"`

	SiteID int64 `bun:"site_id,pk"`
	Oldest int64 `bun:"oldest"`
}

// Oldest returns the first revision of a site that can be rolled back to; older ones have lost their bytes.
func Oldest(ctx context.Context, db bun.IDB, site int64) (int64, error) {
	row := keepRow{SiteID: site}
	err := db.NewSelect().Model(&row).WherePK().Scan(ctx)
	if store.NotFound(err) {
		return 1, nil
	}
	return row.Oldest, err
}

// Gone is the refusal of a rollback to a revision that has lost its bytes.
func Gone(revision, oldest int64) error {
	return fault.New(fault.NotFound, "第 %d 版的页面已按保留规则清理，账本中的签名记录仍在；现在可以回退到第 %d 版及以后的版本", revision, oldest)
}

// pack is a stored pack.
type pack struct {
	name     string
	size     int64 // bytes
	revision int64 // it was made for
}

// PackPrefix is what the names of all packs of a site begin with.
func PackPrefix(code string) string { return "pack/" + code + "/" }

// PackName is the name of a pack made for a revision of a site; id tells attempts apart.
func PackName(code string, revision, id int64) string {
	return fmt.Sprintf("%s%08d-%x", PackPrefix(code), revision, id)
}

// revisionOf reads the revision from the name of a pack.
func revisionOf(name string) (int64, bool) {
	no, _, ok := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], "-")
	revision, err := strconv.ParseInt(no, 10, 64)
	return revision, ok && err == nil && revision > 0
}

// packs lists the packs of a site. Objects of other names are not ours to remove: the audit reports them.
func (k *Keeper) packs(ctx context.Context, code string) ([]pack, error) {
	var out []pack
	for info, err := range k.Blobs.List(ctx, PackPrefix(code)) {
		if err != nil {
			return nil, err
		}
		if revision, ok := revisionOf(info.Name); ok {
			out = append(out, pack{info.Name, info.Size, revision})
		}
	}
	return out, nil
}
