package keep

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
	"guiyi/internal/kernel/hold"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
)

// Policy says which revisions keep their bytes.
type Policy struct {
	For       time.Duration // every revision that was in force within this time
	Revisions int           // and at least so many, the newest among them; below 1 counts as 1
}

// Options wire a Keeper.
type Options struct {
	DB       *store.DB
	Blobs    *blob.Store
	Signer   crypto.Signer
	Announce func(context.Context, manifest.Head) error
	Lock     func(site int64) (unlock func()) // keeps builds of this process away; others are told apart by the ledger
	Policy   Policy
	Now      func() time.Time
	Log      *slog.Logger
}

// Keeper removes the bytes of revisions that are no longer kept. It may be used by many
// goroutines and processes at once.
type Keeper struct{ Options }

// New wires a keeper.
func New(o Options) *Keeper {
	o.Policy.Revisions = max(o.Policy.Revisions, 1)
	o.Log = cmp.Or(o.Log, slog.Default())
	return &Keeper{o}
}

// Report says what one run did, or would do. Sizes are bytes.
type Report struct {
	Site     string `json:"site"`
	Newest   int64  `json:"newest"`             // revision before the run
	Oldest   int64  `json:"oldest"`             // revision that can still be rolled back to
	Packs    int    `json:"packs"`              // stored before the run
	Size     int64  `json:"size"`               // of them
	Repacked int64  `json:"repacked,omitempty"` // revision made to empty old packs
	Emptied  int    `json:"emptied,omitempty"`  // packs emptied by it
	Moved    int64  `json:"moved,omitempty"`    // copied by it
	Removed  int    `json:"removed"`            // packs removed
	Freed    int64  `json:"freed"`              // by that
	Held     string `json:"held,omitempty"`     // who copies stored bytes, so that nothing was removed
}

// attempts bounds how often a site is looked at again because it was published meanwhile.
const attempts = 3

// errPublished makes a run begin again.
var errPublished = errors.New("published meanwhile")

// Site keeps one site within the policy. With dry it only says what it would do: what a
// repacking would free later is not in it.
func (k *Keeper) Site(ctx context.Context, site int64, dry bool) (r Report, err error) {
	defer fault.Annotate(&err, "keep.Site(%d)", site)
	for range attempts {
		if r, err = k.site(ctx, site, dry); !errors.Is(err, errPublished) {
			return r, err
		}
	}
	// A site under such load is looked at again by the next run; nothing was removed.
	k.Log.InfoContext(ctx, "site was published all the while; old packs stay until the next run", "site_id", site)
	return r, nil
}

func (k *Keeper) site(ctx context.Context, id int64, dry bool) (r Report, err error) {
	now, err := ledger.Of(ctx, k.DB.Read(), id)
	if err != nil || now.Revision == 0 {
		return r, err
	}
	head, err := manifest.ParseHead([]byte(now.Head))
	if err != nil {
		return r, err
	}
	r.Site, r.Newest = head.Site, now.Revision
	packs, err := k.packs(ctx, head.Site)
	if err != nil {
		return r, err
	}
	for _, p := range packs {
		r.Packs++
		r.Size += p.size
	}
	if r.Oldest, err = k.oldest(ctx, now); err != nil {
		return r, err
	}
	if !dry {
		if r.Held, err = hold.Active(ctx, k.DB.Read(), k.Now()); err != nil || r.Held != "" {
			return r, err
		}
	}
	if now, err = k.repack(ctx, now, head, packs, &r, dry); err != nil {
		return r, err
	}
	return r, k.drop(ctx, now, packs, &r, dry)
}

// drop removes the packs that no kept revision reaches into.
func (k *Keeper) drop(ctx context.Context, now ledger.Site, packs []pack, r *Report, dry bool) error {
	var doomed []pack
	reached, err := k.reached(ctx, now.SiteID, r.Oldest, now.Revision)
	if err != nil {
		if oldest, oerr := Oldest(ctx, k.DB.Read(), now.SiteID); oerr == nil && oldest > r.Oldest {
			return errPublished // another keeper was faster, and what was read here has gone
		}
		return err
	}
	for _, p := range packs {
		if !reached[p.name] && p.revision <= now.Revision {
			doomed = append(doomed, p)
		}
	}
	if !dry {
		if r.Held, err = k.decide(ctx, now, r.Oldest); err != nil || r.Held != "" {
			return err
		}
	}
	for _, p := range doomed {
		if !dry {
			if r.Held, err = hold.Active(ctx, k.DB.Read(), k.Now()); err != nil || r.Held != "" {
				return err
			}
			if err := k.Blobs.Remove(ctx, p.name); err != nil {
				return err
			}
		}
		r.Removed++
		r.Freed += p.size
	}
	return nil
}

// decide makes oldest the first revision that can be rolled back to. After it commits, no
// revision can come to reach into what the older ones alone reach: a build stands on the
// newest tree, a rollback on one from oldest on.
func (k *Keeper) decide(ctx context.Context, seen ledger.Site, oldest int64) (held string, err error) {
	err = k.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := ledger.Of(ctx, tx, seen.SiteID)
		if err != nil {
			return err
		}
		if now.Revision != seen.Revision {
			return errPublished
		}
		if held, err = hold.Active(ctx, tx, k.Now()); err != nil || held != "" {
			return err
		}
		row := keepRow{SiteID: seen.SiteID, Oldest: oldest}
		_, err = tx.NewInsert().Model(&row).On("CONFLICT (site_id) DO UPDATE").Set("oldest = EXCLUDED.oldest").
			Where("keep_row.oldest < EXCLUDED.oldest").Exec(ctx)
		return err
	})
	return held, err
}

// oldest is the first revision that the policy keeps.
func (k *Keeper) oldest(ctx context.Context, now ledger.Site) (int64, error) {
	before, err := Oldest(ctx, k.DB.Read(), now.SiteID)
	if err != nil {
		return 0, err
	}
	// when the time of the policy began
	then, err := ledger.InForce(ctx, k.DB.Read(), now.SiteID, k.Now().Add(-k.Policy.For).UnixMilli())
	return max(before, min(then, now.Revision-int64(k.Policy.Revisions)+1)), err
}
