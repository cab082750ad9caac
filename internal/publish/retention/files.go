package retention

import (
	"context"

	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
)

// ReferencedFiles calls fn with the hash of every content-addressed blob that a retained revision of any site refers
// to: files used by pages, and chunk lists. No database row refers to chunk lists. A hash may be reported twice.
func (c *Compactor) ReferencedFiles(ctx context.Context, fn func(manifest.Hash)) error {
	sites, err := ledger.Sites(ctx, c.DB.Read())
	if err != nil {
		return err
	}
	for _, s := range sites {
		oldest, err := Oldest(ctx, c.DB.Read(), s.SiteID)
		if err != nil {
			return err
		}
		err = c.walk(ctx, s.SiteID, oldest, s.Revision, func(_ manifest.Ref, n *manifest.Node) {
			for i := range n.Entries {
				e := &n.Entries[i]
				if e.HasBody() && e.Loc.Pack == "" {
					fn(e.Hash)
				}
				if !e.Chunks.IsZero() {
					fn(e.Chunks)
				}
				for _, v := range e.Variants {
					if v.Loc.Pack == "" {
						fn(v.Hash)
					}
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
