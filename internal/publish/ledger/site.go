package ledger

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/manifest"
)

// Resuming is the value of Site.Pinned after Resume, until the next build. That build renders all pages and removes the
// entries that only the older tree had.
const Resuming = -1

// Site is the publishing state of a site.
type Site struct {
	bun.BaseModel `bun:"table:publish_site"`

	SiteID    int64  `bun:"site_id,pk"`
	Revision  int64  `bun:"revision"`   // revision of the newest head; 0 before the first
	Head      string `bun:"head"`       // its canonical encoding; "" before the first
	Pinned    int64  `bun:"pinned"`     // revision that was rolled back to; 0: follows content; or Resuming
	ThemeHash string `bun:"theme_hash"` // hash of the theme that its pages were rendered with
}

// Newest returns the newest head, or the zero Head before the first revision.
func (s *Site) Newest() (manifest.Head, error) {
	if s.Head == "" {
		return manifest.Head{}, nil
	}
	return manifest.ParseHead([]byte(s.Head))
}

// Advance appends h to the ledger and updates s. The caller stores s with Save.
func (s *Site) Advance(ctx context.Context, tx bun.Tx, h manifest.Head) error {
	if err := Append(ctx, tx, s.SiteID, h); err != nil {
		return err
	}
	s.Revision, s.Head = h.Revision, string(h.Encode())
	return nil
}

// Save stores the state.
func (s *Site) Save(ctx context.Context, tx bun.Tx) error {
	_, err := tx.NewInsert().Model(s).On("CONFLICT (site_id) DO UPDATE").Exec(ctx)
	return err
}

// Of returns the state of a site; a site that was never published has revision 0.
func Of(ctx context.Context, db bun.IDB, site int64) (Site, error) {
	s := Site{SiteID: site}
	err := db.NewSelect().Model(&s).WherePK().Scan(ctx)
	if store.NotFound(err) {
		return Site{SiteID: site}, nil
	}
	return s, err
}

// Resume sets the state of a pinned site to Resuming.
func Resume(ctx context.Context, tx bun.Tx, site int64) error {
	_, err := tx.NewUpdate().Model((*Site)(nil)).Set("pinned = ?", Resuming).Where("site_id = ? AND pinned <> 0",
		site).Exec(ctx)
	return err
}

// Sites returns the state of all published sites, by id.
func Sites(ctx context.Context, db bun.IDB) (all []Site, err error) {
	err = db.NewSelect().Model(&all).Where("revision > 0").Order("site_id").Scan(ctx)
	return all, err
}

// Reader reads the ledger in a process that does not publish.
type Reader struct{ DB *store.DB }

// Head returns a revision of a site by its code, or fault.NotFound. Its signature is not checked.
func (r Reader) Head(ctx context.Context, site string, revision int64) (manifest.Head, error) {
	all, err := Sites(ctx, r.DB.Read())
	if err != nil {
		return manifest.Head{}, err
	}
	for i := range all {
		newest, err := all[i].Newest()
		switch {
		case err != nil:
			return manifest.Head{}, err
		case newest.Site == site && newest.Revision == revision:
			return newest, nil
		case newest.Site == site:
			return Revision(ctx, r.DB.Read(), all[i].SiteID, revision)
		}
	}
	return manifest.Head{}, fault.New(fault.NotFound, "没有发布过站点 %s", site)
}

// Heads returns the newest head of every published site.
func (r Reader) Heads(ctx context.Context) ([]manifest.Head, error) {
	all, err := Sites(ctx, r.DB.Read())
	out := make([]manifest.Head, len(all))
	for i := range all {
		if err == nil {
			out[i], err = all[i].Newest()
		}
	}
	return out, err
}
