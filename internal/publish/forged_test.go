package publish

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/publish/manifest"
	"guiyi/internal/resource"
)

// A ledger row that was changed is no state to roll back to: neither one whose hash is not that of its head, nor one
// whose hash fits and whose signature does not.
func TestRollbackRefusesChangedHeads(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		site, old := c.site("qinghe").ID, c.head("qinghe")
		c.revise(news[5], func(e *resource.Edition) { e.Title = "后来的标题" })
		c.drain()
		newest := c.head("qinghe")
		if newest.Revision <= old.Revision {
			t.Fatalf("revision %d after %d", newest.Revision, old.Revision)
		}
		store := func(h manifest.Head, hash string) {
			t.Helper()
			c.must(c.db.InTx(c.ctx, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewRaw("UPDATE publish_ledger SET head = ?, hash = ? WHERE site_id = ? AND revision = ?",
					string(h.Encode()), hash, site, h.Revision).Exec(ctx)
				return err
			}))
		}
		forged := old
		forged.Note = "改过"
		for what, row := range map[string]struct {
			head manifest.Head
			hash string
		}{
			"changed, with the hash before":  {forged, old.Hash().String()},
			"changed, with its own hash":     {forged, forged.Hash().String()},
			"genuine, with the hash changed": {old, forged.Hash().String()},
		} {
			store(row.head, row.hash)
			if _, err := c.pub.Rollback(c.ctx, site, old.Revision, "试"); err == nil {
				t.Errorf("a head is rolled back to that is %s", what)
			}
			if got := c.head("qinghe"); got.Revision != newest.Revision {
				t.Errorf("%s: revision %d is published", what, got.Revision)
			}
		}
		store(old, old.Hash().String())
		if _, err := c.pub.Rollback(c.ctx, site, old.Revision, "试"); err != nil {
			t.Errorf("the genuine head: %v", err)
		}
	})
}
