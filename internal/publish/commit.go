package publish

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/deps"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/retention"
)

// commit writes the tree, the pack, the ledger row and the page rows, and announces the revision.
func (b *build) commit(ctx context.Context) error {
	p := b.p
	root, stats, err := manifest.ApplyAll(ctx, p.nodes, b.pack, b.base, &b.changes)
	if err != nil {
		return err
	}
	b.result.Changed = stats.Added + stats.Changed + stats.Removed
	next := b.next(root, stats.Count)
	isNew := b.state.Revision == 0 || b.recovered != nil || root.Hash != b.head.Root.Hash ||
		!slices.Equal(next.Hosts, b.head.Hosts) || next.State != b.head.State ||
		next.Default != b.head.Default || b.pin != b.state.Pinned ||
		p.Signer != nil && b.head.Key != p.Signer.KeyID() // after a change of keys
	if isNew {
		if p.Signer == nil {
			return fault.New(fault.Unavailable, "这个进程没有签名私钥，不能发布；请由带 worker 角色的进程发布")
		}
		if err := next.Sign(p.Signer); err != nil {
			return err
		}
		if err := b.pack.Commit(); err != nil {
			return err
		}
	}
	if err := p.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if b.pin != 0 && isNew && b.note != "" {
			if err := audit.Append(ctx, tx, audit.Entry{
				Action: RollBack,
				Object: "site",
				ID:     b.state.SiteID,
				Owner:  b.state.SiteID,
				Detail: b.note,
			}); err != nil {
				return err
			}
		}
		return b.save(ctx, tx, next, isNew)
	}); err != nil {
		return err
	}
	if isNew {
		b.result.Revision = next.Revision
	} else {
		// There may be marks without changes because a process was killed between its commit and its announcement.
		// So the current head is announced again.
		next = b.head
	}
	if err := p.Announcer.Announce(ctx, next); err != nil {
		p.Log.WarnContext(ctx, "revision is published but not announced; edges will find it themselves", "site",
			next.Site, "revision", next.Revision, "err", err)
	}
	return nil
}

// next returns the unsigned head of the new revision.
func (b *build) next(root manifest.Ref, count int64) manifest.Head {
	h := manifest.Head{
		Site:     b.frame.Site.Code,
		Hosts:    hostsOf(b.frame.Site),
		State:    string(b.frame.Site.State),
		Default:  b.frame.Relatives.Default,
		Revision: b.state.Revision + 1,
		Root:     root,
		Count:    count,
		At:       b.head.NextTime(b.p.Now()),
		Note:     b.note,
	}
	if b.state.Revision != 0 {
		h.Prev = b.head.Hash()
	}
	return h
}

// errOvertaken returns the fault.Conflict that makes the build start again.
func errOvertaken(cause error) error {
	return fault.Wrap(fault.Conflict, cause, "站点正被另一个进程发布，请稍后再试")
}

func (b *build) save(ctx context.Context, tx bun.Tx, next manifest.Head, isNew bool) error {
	now, err := ledger.Of(ctx, tx, b.state.SiteID)
	if err != nil {
		return err
	}
	if now.Revision != b.state.Revision || now.Pinned != b.state.Pinned {
		return errOvertaken(nil)
	}
	if b.root != nil { // in this transaction, so that the tree is not removed by compaction meanwhile
		if oldest, err := retention.Oldest(ctx, tx, b.state.SiteID); err != nil || b.root.Revision < oldest {
			return cmp.Or(err, retention.ErrExpired(b.root.Revision, oldest))
		}
	}
	if missed, err := b.withdrawnSince(ctx); err != nil || missed {
		return cmp.Or(err, errOvertaken(nil))
	}
	state := b.state
	state.Pinned = b.pin
	if !b.onOlderTree() { // an older tree was rendered with an older theme
		state.ThemeHash = b.frame.Set.Hash()
	}
	if isNew {
		err := state.Advance(ctx, tx, next)
		if errors.Is(err, ledger.ErrTaken) {
			return errOvertaken(err)
		}
		if err != nil {
			return err
		}
	}
	if state != now {
		if err := state.Save(ctx, tx); err != nil {
			return err
		}
	}
	if b.onOlderTree() {
		return nil
	}
	if err := deps.Save(ctx, tx, b.state.SiteID, b.done, state.Revision); err != nil {
		return err
	}
	if err := deps.Delete(ctx, tx, b.state.SiteID, b.absent); err != nil {
		return err
	}
	return deps.DirtyMarks(b.state.SiteID).Clear(ctx, tx, b.marks, b.failed)
}
