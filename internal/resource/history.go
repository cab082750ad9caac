package resource

import (
	"context"
	"slices"

	"github.com/uptrace/bun"
)

// EveryFile returns the pictures and attachments of all editions of items, also of those
// that are no longer live: an older tree may still show them.
func (p *Published) EveryFile(ctx context.Context, items []int64) ([]Media, error) {
	var out []Media
	for chunk := range slices.Chunk(items, 400) {
		var rows []editionRow
		err := p.db.Read().NewSelect().Model(&rows).Column("cover", "media", "files").Where("item_id IN (?)",
			bun.List(chunk)).Scan(ctx)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			out = append(out, rows[i].edition().files().All()...)
		}
	}
	return out, nil
}

// OwnAddresses returns which of the paths are addresses of items on a site.
func (p *Published) OwnAddresses(ctx context.Context, site int64, paths []string) (map[string]bool, error) {
	out := map[string]bool{}
	for chunk := range slices.Chunk(paths, 400) {
		var found []string
		err := p.db.Read().NewSelect().Model((*addressRow)(nil)).Column("path").Where("site_id = ? AND path IN (?)",
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
