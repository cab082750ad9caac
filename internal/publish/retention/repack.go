package retention

import (
	"cmp"
	"context"
	"errors"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/pack"
)

// Thresholds for emptying old packs. Emptying copies the live bytes and makes a revision, so it is done only when it
// frees enough or merges many small packs. Live bytes are those that the newest revision uses; the others are dead.
const (
	sparse    = 2       // a pack is sparse when less than 1/sparse of its bytes are live
	small     = 1 << 20 // packs below this size in bytes are merged, even when they are not sparse
	manySmall = 32      // number of small packs that justifies a repacking
	wasted    = 4       // dead bytes of at least 1/wasted of the size of all packs justify a repacking too
)

// Note is the note in the head of a repacked revision.
const Note = "整理存储，内容不变"

// choose returns the names of the packs to empty: written before the retained revisions, and sparse or small.
func choose(packs []pack.Info, live map[string]int64, oldest int64) map[string]bool {
	var size, dead int64
	few, out := 0, map[string]bool{}
	for _, p := range packs {
		size += p.Size
		used := live[p.Name]
		if used == 0 || p.Revision >= oldest {
			continue // the newest revision does not use it, or it is as new as the retained revisions
		}
		isSparse := used*sparse < p.Size
		if !isSparse && p.Size >= small {
			continue
		}
		out[p.Name] = true
		if isSparse {
			dead += p.Size - used
		}
		if p.Size < small {
			few++
		}
	}
	if dead*wasted < size && few < manySmall {
		return nil
	}
	return out
}

// repack empties old packs: it copies their live bytes to a new pack and makes a revision with the same root hash and
// the new locations. It returns the state of the site afterwards.
func (c *Compactor) repack(ctx context.Context, now ledger.Site, head manifest.Head, packs []pack.Info, r *Report,
	dry bool) (ledger.Site, error) {
	live, err := c.liveBytes(ctx, head.Root)
	if err != nil {
		return now, err
	}
	from := choose(packs, live, r.Oldest)
	if len(from) == 0 {
		return now, nil
	}
	r.Emptied = len(from)
	if dry {
		for name := range from {
			r.Moved += live[name]
		}
		return now, nil
	}
	if c.Lock != nil {
		defer c.Lock(now.SiteID)()
		if later, err := ledger.Of(ctx, c.DB.Read(), now.SiteID); err != nil || later.Revision != now.Revision {
			return now, cmp.Or(err, errPublished)
		}
	}
	m := mover{pack.NewWriter(ctx, c.Blobs, head.Site, now.Revision+1), c.Blobs, from}
	defer m.Abort()
	root, err := manifest.Relocate(ctx, c.load(), head.Root, m)
	if err != nil {
		return now, err
	}
	next := head
	next.Revision, next.Root, next.Prev, next.At, next.Note = head.Revision+1, root, head.Hash(),
		head.NextTime(c.Now()), Note
	if err := next.Sign(c.Signer); err != nil {
		return now, err
	}
	if err := m.Commit(); err != nil {
		return now, err
	}
	if now, err = c.advance(ctx, now, next); err != nil {
		return now, err
	}
	r.Repacked, r.Moved = next.Revision, m.Size()
	if err := c.Announce(ctx, next); err != nil {
		c.Log.WarnContext(ctx, "revision is published but not announced; edges will find it themselves", "site",
			next.Site, "revision", next.Revision, "err", err)
	}
	return now, nil
}

// advance makes next the newest revision, or returns errPublished if the site was published meanwhile.
func (c *Compactor) advance(ctx context.Context, seen ledger.Site, next manifest.Head) (ledger.Site, error) {
	later := seen
	err := c.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := ledger.Of(ctx, tx, seen.SiteID)
		if err != nil {
			return err
		}
		if now.Revision != seen.Revision || now.Pinned != seen.Pinned {
			return errPublished
		}
		later = now
		err = later.Advance(ctx, tx, next)
		if errors.Is(err, ledger.ErrTaken) {
			return errPublished
		}
		if err != nil {
			return err
		}
		return later.Save(ctx, tx)
	})
	if err != nil {
		return seen, err
	}
	return later, nil
}

// mover copies the live bytes of some packs to a new pack. It implements manifest.Mover.
type mover struct {
	*pack.Writer
	blobs *blob.Store
	from  map[string]bool // names of the packs to empty
}

// Stays implements manifest.Mover.
func (m mover) Stays(at manifest.Loc) bool { return !m.from[at.Pack] }

// Move implements manifest.Mover. It checks the hash, so that damaged bytes do not get a new signature.
func (m mover) Move(ctx context.Context, h manifest.Hash, at manifest.Loc) (manifest.Loc, error) {
	b, err := m.blobs.ReadRange(ctx, at.Pack, at.Off, at.Len)
	if err != nil {
		return at, err
	}
	if manifest.Sum(b) != h {
		return at, fault.Wrap(fault.Internal, blob.ErrTampered, "对象 %s 中的内容与散列 %s 不符，没有清理；请核对全部已发布的内容", at.Pack, h)
	}
	return m.Add(b)
}
