package keep

import (
	"cmp"
	"context"
	"errors"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
)

// When old packs are emptied. Emptying costs a copy of what lives in them, so it waits until
// it is worth a revision.
const (
	mostlyDead = 2       // a pack is mostly dead when less than 1/mostlyDead of it lives
	small      = 1 << 20 // below this size in bytes packs are gathered into one, even if they live
	manySmall  = 32      // so many of these make a repacking worth it
	wasted     = 4       // so does 1/wasted of what the site stores being dead
)

// Note is what the head of a repacked revision says.
const Note = "整理存储，内容不变"

// choose returns the packs to empty: made before the kept revisions, and mostly dead or small.
func choose(packs []pack, alive map[string]int64, oldest int64) map[string]bool {
	var size, dead int64
	few, out := 0, map[string]bool{}
	for _, p := range packs {
		size += p.size
		live := alive[p.name]
		if live == 0 || p.revision >= oldest {
			continue // goes by itself, or is kept anyway
		}
		hollow := live*mostlyDead < p.size
		if !hollow && p.size >= small {
			continue
		}
		out[p.name] = true
		if hollow {
			dead += p.size - live
		}
		if p.size < small {
			few++
		}
	}
	if dead*wasted < size && few < manySmall {
		return nil
	}
	return out
}

// repack empties old packs by a revision with the same tree at other places. It returns the
// state of the site after it.
func (k *Keeper) repack(ctx context.Context, now ledger.Site, head manifest.Head, packs []pack, r *Report,
	dry bool) (ledger.Site, error) {
	alive, err := k.alive(ctx, head.Root)
	if err != nil {
		return now, err
	}
	from := choose(packs, alive, r.Oldest)
	if len(from) == 0 {
		return now, nil
	}
	r.Emptied = len(from)
	if dry {
		for name := range from {
			r.Moved += alive[name]
		}
		return now, nil
	}
	if k.Lock != nil {
		defer k.Lock(now.SiteID)()
		if later, err := ledger.Of(ctx, k.DB.Read(), now.SiteID); err != nil || later.Revision != now.Revision {
			return now, cmp.Or(err, errPublished)
		}
	}
	m := mover{NewPack(ctx, k.Blobs, head.Site, now.Revision+1), from}
	defer m.Abort()
	root, err := manifest.Relocate(ctx, k.load(), head.Root, m)
	if err != nil {
		return now, err
	}
	next := head
	next.Revision, next.Root, next.Prev, next.At, next.Note = head.Revision+1, root, head.Hash(),
		head.NextTime(k.Now()), Note
	if err := next.Sign(k.Signer); err != nil {
		return now, err
	}
	if err := m.Commit(); err != nil {
		return now, err
	}
	if now, err = k.advance(ctx, now, next); err != nil {
		return now, err
	}
	r.Repacked, r.Moved = next.Revision, m.Size()
	if err := k.Announce(ctx, next); err != nil {
		k.Log.WarnContext(ctx, "revision is published but not announced; edges will find it themselves", "site",
			next.Site, "revision", next.Revision, "err", err)
	}
	return now, nil
}

// advance makes next the newest revision, unless the site was published meanwhile.
func (k *Keeper) advance(ctx context.Context, seen ledger.Site, next manifest.Head) (ledger.Site, error) {
	later := seen
	err := k.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
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

// mover copies what lives in some packs into a new one. It implements manifest.Mover.
type mover struct {
	*Pack
	from map[string]bool
}

// Stays implements manifest.Mover.
func (m mover) Stays(at manifest.Loc) bool { return !m.from[at.Pack] }

// Move implements manifest.Mover. Damaged bytes are not copied under a new signature.
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
