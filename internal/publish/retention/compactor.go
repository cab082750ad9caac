package retention

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/lease"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/pack"
)

// Policy decides which revisions are retained: those that meet either condition.
type Policy struct {
	Period       time.Duration // revisions that were in force within this time
	MinRevisions int           // the newest revisions, the current one included; values below 1 count as 1
}

// Options are the dependencies and settings of a Compactor.
type Options struct {
	DB       *store.DB
	Blobs    *blob.Store
	Signer   crypto.Signer
	Announce func(context.Context, manifest.Head) error
	// Lock prevents builds of a site in this process while packs are emptied; builds in other processes are detected
	// through the ledger. May be nil.
	Lock   func(site int64) (unlock func())
	Policy Policy
	Now    func() time.Time
	Log    *slog.Logger
}

// Compactor removes the bytes of revisions that the policy does not retain. It is safe for concurrent use, also by
// several processes.
type Compactor struct{ Options }

// New returns a compactor.
func New(o Options) *Compactor {
	o.Policy.MinRevisions = max(o.Policy.MinRevisions, 1)
	o.Log = cmp.Or(o.Log, slog.Default())
	return &Compactor{o}
}

// Report is the result of a run. For a dry run it says what a run would do. Sizes are in bytes.
type Report struct {
	Site     string `json:"site"`
	Newest   int64  `json:"newest"`             // newest revision before the run
	Oldest   int64  `json:"oldest"`             // oldest revision that can be rolled back to
	Packs    int    `json:"packs"`              // number of packs before the run
	Size     int64  `json:"size"`               // their total size
	Repacked int64  `json:"repacked,omitempty"` // revision that was made to empty old packs
	Emptied  int    `json:"emptied,omitempty"`  // number of packs that it emptied
	Moved    int64  `json:"moved,omitempty"`    // size of what it copied
	Removed  int    `json:"removed"`            // number of packs removed
	Freed    int64  `json:"freed"`              // their total size
	Held     string `json:"held,omitempty"`     // reason of the active lease that kept removal from starting, or stopped it
}

// attempts is how often a run on one site is tried when the site is published meanwhile.
const attempts = 3

// errPublished means that the site was published during the run, which must start again.
var errPublished = errors.New("published meanwhile")

// Site applies the policy to one site. A dry run changes nothing and reports what a run would do. The packs that a run
// would empty are counted as emptied, not as removed.
func (c *Compactor) Site(ctx context.Context, site int64, dry bool) (r Report, err error) {
	defer fault.Annotate(&err, "retention.Site(%d)", site)
	for range attempts {
		if r, err = c.site(ctx, site, dry); !errors.Is(err, errPublished) {
			return r, err
		}
	}
	// Nothing was removed; the next run tries again.
	c.Log.InfoContext(ctx, "site was published all the while; old packs stay until the next run", "site_id", site)
	return r, nil
}

func (c *Compactor) site(ctx context.Context, id int64, dry bool) (r Report, err error) {
	now, err := ledger.Of(ctx, c.DB.Read(), id)
	if err != nil || now.Revision == 0 {
		return r, err
	}
	head, err := manifest.ParseHead([]byte(now.Head))
	if err != nil {
		return r, err
	}
	r.Site, r.Newest = head.Site, now.Revision
	packs, err := pack.List(ctx, c.Blobs, head.Site)
	if err != nil {
		return r, err
	}
	for _, p := range packs {
		r.Packs++
		r.Size += p.Size
	}
	if r.Oldest, err = c.oldest(ctx, now); err != nil {
		return r, err
	}
	if !dry {
		if r.Held, err = lease.Active(ctx, c.DB.Read(), c.Now()); err != nil || r.Held != "" {
			return r, err
		}
	}
	if now, err = c.repack(ctx, now, head, packs, &r, dry); err != nil {
		return r, err
	}
	return r, c.removePacks(ctx, now, packs, &r, dry)
}

// removePacks removes the packs that no retained revision refers to.
func (c *Compactor) removePacks(ctx context.Context, now ledger.Site, packs []pack.Info, r *Report, dry bool) error {
	var unreferenced []pack.Info
	referenced, err := c.referencedPacks(ctx, now.SiteID, r.Oldest, now.Revision)
	if err != nil {
		if oldest, oerr := Oldest(ctx, c.DB.Read(), now.SiteID); oerr == nil && oldest > r.Oldest {
			return errPublished // another compactor has removed what was to be read here
		}
		return err
	}
	for _, p := range packs {
		if !referenced[p.Name] && p.Revision <= now.Revision {
			unreferenced = append(unreferenced, p)
		}
	}
	if !dry {
		if r.Held, err = c.commitOldest(ctx, now, r.Oldest); err != nil || r.Held != "" {
			return err
		}
	}
	for _, p := range unreferenced {
		if !dry {
			if r.Held, err = lease.Active(ctx, c.DB.Read(), c.Now()); err != nil || r.Held != "" {
				return err
			}
			if err := c.Blobs.Remove(ctx, p.Name); err != nil {
				return err
			}
		}
		r.Removed++
		r.Freed += p.Size
	}
	return nil
}

// commitOldest stores the oldest retained revision. After the commit no new revision can refer to packs that only
// older revisions refer to: a build starts from the newest tree, a rollback from the tree of a retained revision.
func (c *Compactor) commitOldest(ctx context.Context, seen ledger.Site, oldest int64) (held string, err error) {
	err = c.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := ledger.Of(ctx, tx, seen.SiteID)
		if err != nil {
			return err
		}
		if now.Revision != seen.Revision {
			return errPublished
		}
		if held, err = lease.Active(ctx, tx, c.Now()); err != nil || held != "" {
			return err
		}
		row := oldestRow{SiteID: seen.SiteID, Oldest: oldest}
		_, err = tx.NewInsert().Model(&row).On("CONFLICT (site_id) DO UPDATE").Set("oldest = EXCLUDED.oldest").
			Where("oldest_row.oldest < EXCLUDED.oldest").Exec(ctx)
		return err
	})
	return held, err
}

// oldest returns the oldest revision that the policy retains. It never decreases.
func (c *Compactor) oldest(ctx context.Context, now ledger.Site) (int64, error) {
	stored, err := Oldest(ctx, c.DB.Read(), now.SiteID)
	if err != nil {
		return 0, err
	}
	atStart, err := ledger.InForce(ctx, c.DB.Read(), now.SiteID, c.Now().Add(-c.Policy.Period).UnixMilli())
	return max(stored, min(atStart, now.Revision-int64(c.Policy.MinRevisions)+1)), err
}
