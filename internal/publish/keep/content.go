package keep

import (
	"context"

	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
)

// Content tells the hashes of all content outside packs that kept revisions of any site name: files that pages
// use, and lists of chunks. No row names the latter.
func (k *Keeper) Content(ctx context.Context, tell func(manifest.Hash)) error {
	sites, err := ledger.Sites(ctx, k.DB.Read())
	if err != nil {
		return err
	}
	for _, s := range sites {
		oldest, err := Oldest(ctx, k.DB.Read(), s.SiteID)
		if err != nil {
			return err
		}
		err = k.walk(ctx, s.SiteID, oldest, s.Revision, func(_ manifest.Ref, n *manifest.Node) {
			for i := range n.Entries {
				e := &n.Entries[i]
				if e.HasBody() && e.Loc.Pack == "" {
					tell(e.Hash)
				}
				if !e.Chunks.IsZero() {
					tell(e.Chunks)
				}
				for _, v := range e.Variants {
					if v.Loc.Pack == "" {
						tell(v.Hash)
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
