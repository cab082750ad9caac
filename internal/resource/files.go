package resource

import (
	"context"
	"fmt"
	"slices"
)

// EachFile tells the hash of every stored file that items name: covers, pictures and attachments of all editions, files
// uploaded for drafts, and originals of what was imported. A hash may come more than once.
func (p *Published) EachFile(ctx context.Context, tell func(hash string) error) error {
	for after := int64(0); ; {
		var rows []editionRow
		if err := p.db.Read().NewSelect().Model(&rows).Column("id", "cover", "media", "files").Where("id > ?", after).
			Order("id").Limit(400).Scan(ctx); err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		for i := range rows {
			for _, m := range rows[i].edition().files().All() {
				if err := tell(m.Hash); err != nil {
					return err
				}
			}
		}
		after = rows[len(rows)-1].ID
	}
	for after := ""; ; {
		var hashes []string
		if err := p.db.Read().NewSelect().Model((*provenanceRow)(nil)).Distinct().Column("raw_hash").
			Where("raw_hash > ?", after).Order("raw_hash").Limit(400).Scan(ctx, &hashes); err != nil {
			return err
		}
		if len(hashes) == 0 {
			return nil
		}
		for _, h := range hashes {
			if err := tell(h); err != nil {
				return err
			}
		}
		after = hashes[len(hashes)-1]
	}
}

// maxUsers bounds how many items ItemsWithFile names.
const maxUsers = 20

// ItemsWithFile names the items that use a stored file, as "number title". It reads all editions: it is for files that
// were lost.
func (p *Published) ItemsWithFile(ctx context.Context, hash string) (names []string, err error) {
	var rows []struct {
		ItemID int64
		Title  string
	}
	err = p.db.Read().NewRaw(`SELECT DISTINCT item_id, title FROM resource_edition
		WHERE cover LIKE ? OR media LIKE ? OR files LIKE ? OR item_id IN
			(SELECT item_id FROM resource_provenance WHERE raw_hash = ?)
		ORDER BY item_id LIMIT ?`, "%"+hash+"%", "%"+hash+"%", "%"+hash+"%", hash, maxUsers).Scan(ctx, &rows)
	for _, r := range rows {
		names = append(names, fmt.Sprintf("%d %s", r.ItemID, r.Title))
	}
	return slices.Compact(names), err
}
