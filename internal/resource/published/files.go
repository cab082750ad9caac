package published

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/resource"
)

// EachFile calls visit with the hash of every file that items name: covers, pictures and attachments of all editions,
// including drafts, and the originals of imports. visit may be called with the same hash more than once.
func (r *Reader) EachFile(ctx context.Context, visit func(hash string) error) error {
	for after := int64(0); ; {
		var found []resource.Edition
		if err := r.db.Read().NewSelect().Model(&found).ModelTableExpr(editions).
			Column("id", "cover", "media", "files").Where("id > ?",
			after).Order("id").Limit(400).Scan(ctx); err != nil {
			return err
		}
		if len(found) == 0 {
			break
		}
		for i := range found {
			for _, m := range found[i].FileSet().All() {
				if err := visit(m.Hash); err != nil {
					return err
				}
			}
		}
		after = found[len(found)-1].ID
	}
	for after := ""; ; {
		var hashes []string
		if err := r.db.Read().NewSelect().Table("resource_provenance").Distinct().Column("raw_hash").
			Where("raw_hash > ?", after).Order("raw_hash").Limit(400).Scan(ctx, &hashes); err != nil {
			return err
		}
		if len(hashes) == 0 {
			return nil
		}
		for _, h := range hashes {
			if err := visit(h); err != nil {
				return err
			}
		}
		after = hashes[len(hashes)-1]
	}
}

// maxUsers is the maximum number of items that ItemsWithFile returns.
const maxUsers = 20

// ItemsWithFile returns the items that name a file, as "ID TITLE". It reads all editions, so it is slow; it is meant
// for lost files.
func (r *Reader) ItemsWithFile(ctx context.Context, hash string) (names []string, err error) {
	var rows []struct {
		ItemID int64
		Title  string
	}
	err = r.db.Read().NewRaw(`SELECT DISTINCT item_id, title FROM resource_edition
		WHERE cover LIKE ? OR media LIKE ? OR files LIKE ? OR item_id IN
			(SELECT item_id FROM resource_provenance WHERE raw_hash = ?)
		ORDER BY item_id LIMIT ?`, "%"+hash+"%", "%"+hash+"%", "%"+hash+"%", hash, maxUsers).Scan(ctx, &rows)
	for _, r := range rows {
		names = append(names, fmt.Sprintf("%d %s", r.ItemID, r.Title))
	}
	return slices.Compact(names), err
}

// EveryFile returns the pictures and attachments of all editions of items. Editions that are no longer live are
// included, because an older revision may still show them.
func (r *Reader) EveryFile(ctx context.Context, items []int64) ([]resource.Media, error) {
	var out []resource.Media
	for chunk := range slices.Chunk(items, 400) {
		var found []resource.Edition
		err := r.db.Read().NewSelect().Model(&found).ModelTableExpr(editions).Column("cover", "media", "files").
			Where("item_id IN (?)", bun.List(chunk)).Scan(ctx)
		if err != nil {
			return nil, err
		}
		for i := range found {
			out = append(out, found[i].FileSet().All()...)
		}
	}
	return out, nil
}

// OwnAddresses returns the paths that are addresses of items on a site.
func (r *Reader) OwnAddresses(ctx context.Context, site int64, paths []string) (map[string]bool, error) {
	out := map[string]bool{}
	for chunk := range slices.Chunk(paths, 400) {
		var found []string
		err := r.db.Read().NewSelect().Table("resource_address").Column("path").Where("site_id = ? AND path IN (?)",
			site, bun.List(chunk)).Scan(ctx, &found)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			out[f] = true
		}
	}
	return out, nil
}
