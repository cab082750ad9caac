package publish

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/page"
	"guiyi/internal/publish/render"
	"guiyi/internal/publish/retention"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
)

// Rollback makes a new revision with the tree of an older one and pins the site to it. Items withdrawn since then stay
// withdrawn: their pages and the lists that showed them are rendered from the current content. It returns
// fault.Invalid without a reason, and fault.NotFound for an unknown or no longer retained revision.
func (p *Publisher) Rollback(ctx context.Context, id, revision int64, reason string) (res Result, err error) {
	defer fault.Annotate(&err, "publish.Rollback(%d, %d)", id, revision)
	if reason == "" {
		return res, fault.New(fault.Invalid, "请填写回退原因")
	}
	defer p.lock(id)()
	old, err := p.Revision(ctx, id, revision)
	if err != nil {
		return res, err
	}
	if oldest, err := p.Oldest(ctx, id); err != nil || revision < oldest {
		return res, cmp.Or(err, retention.ErrExpired(revision, oldest))
	}
	return retryConflict(func() (Result, error) {
		state, err := ledger.Of(ctx, p.DB.Read(), id)
		if err != nil {
			return res, err
		}
		withdrawn, err := p.Published.Withdrawn(ctx, id)
		if err != nil {
			return res, err
		}
		hide, err := p.shownInTree(ctx, id, old, withdrawn)
		if err != nil {
			return res, err
		}
		return p.buildOnto(ctx, &build{
			state:     state,
			root:      &old,
			pin:       revision,
			note:      noteOf(revision, reason),
			withdrawn: withdrawn,
		}, hide)
	})
}

// maxReason is the maximum length of the reason in the signed head, in characters.
const maxReason = 200

func noteOf(revision int64, reason string) string {
	return fmt.Sprintf("回退到第 %d 版：%s", revision, strings.TrimSuffix(render.Excerpt(reason, maxReason), "…"))
}

// buildOnto makes a revision with the tree b.root in which the pages affected by changes are rendered again.
func (p *Publisher) buildOnto(ctx context.Context, b *build, changes []resource.Change) (_ Result, err error) {
	b.p = p
	if b.frame, err = p.frame(ctx, b.state.SiteID); err != nil {
		return Result{}, err
	}
	if len(changes) > 0 {
		l := olderTreePlanner{p: p, frame: b.frame, tree: &render.OlderTree{Nodes: p.nodes, Root: b.root.Root},
			pages: map[string]page.Page{}}
		if b.pages, err = l.pagesOf(ctx, changes); err != nil {
			return Result{}, err
		}
	}
	if b.hidden, err = p.mediaOf(ctx, b.state.SiteID, changes); err != nil {
		return Result{}, err
	}
	return b.run(ctx)
}

// mediaOf returns the files of all editions of the items that are no longer shown. An older tree may show any edition.
func (p *Publisher) mediaOf(ctx context.Context, id int64, changes []resource.Change) ([]resource.Media, error) {
	var gone []int64
	err := p.eachKnownItem(ctx, id, changes, func(c resource.Change, it *published.Shown) error {
		if w := it.Item.Withdrawal; w != nil && w.Kind != resource.WithBanner {
			gone = append(gone, c.Item)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p.Published.EveryFile(ctx, gone)
}

// eachKnownItem calls fn with every change of an item that has or had a page on the site, and with the current state
// of the item.
func (p *Publisher) eachKnownItem(ctx context.Context, id int64, changes []resource.Change,
	fn func(resource.Change, *published.Shown) error) error {
	for chunk := range slices.Chunk(changes, 400) {
		ids := make([]int64, len(chunk))
		for i, c := range chunk {
			ids[i] = c.Item
		}
		items, err := p.Published.OnSite(ctx, id, ids)
		if err != nil {
			return err
		}
		for _, c := range chunk {
			if it := items[c.Item]; it != nil {
				if err := fn(c, it); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Resume unpins a site and publishes its current content.
func (p *Publisher) Resume(ctx context.Context, id int64) (_ Result, err error) {
	defer fault.Annotate(&err, "publish.Resume(%d)", id)
	var marks []marked
	err = p.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := ledger.Resume(ctx, tx, id); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, audit.Entry{
			Action: RollBack,
			Object: "site",
			ID:     id,
			Owner:  id,
			Detail: "恢复跟随内容",
		}); err != nil {
			return err
		}
		marks, err = p.markPagesTx(ctx, tx, func(pl *planner) error { return pl.markSiteByID(ctx, id) })
		return err
	})
	if err != nil || len(marks) == 0 {
		return Result{}, err
	}
	return p.build(ctx, id, marks[0].whole)
}

// Revision returns a head from the ledger, with its signature verified.
func (p *Publisher) Revision(ctx context.Context, id, revision int64) (manifest.Head, error) {
	h, err := ledger.Revision(ctx, p.DB.Read(), id, revision)
	if err != nil {
		return h, err
	}
	return h, h.Verify(p.Ring)
}

// shownInTree returns the withdrawn items that an older tree still shows. It looks them up in the tree instead of
// comparing times, so it also finds items withdrawn while that revision was being made.
func (p *Publisher) shownInTree(ctx context.Context, id int64, old manifest.Head,
	withdrawn []resource.Change) (out []resource.Change, err error) {
	tree := &render.OlderTree{Nodes: p.nodes, Root: old.Root}
	err = p.eachKnownItem(ctx, id, withdrawn, func(c resource.Change, it *published.Shown) (err error) {
		there := it.Path == "" // shown in a column page
		if !there {
			there, err = tree.Has(ctx, it.Path)
		}
		if there {
			out = append(out, c)
		}
		return err
	})
	return out, err
}

// withdrawnSince reports whether an item was withdrawn after the rollback was prepared. Its event may have been handled
// before the site was pinned.
func (b *build) withdrawnSince(ctx context.Context) (bool, error) {
	if b.pin == 0 || b.pin == b.state.Pinned {
		return false, nil
	}
	now, err := b.p.Published.Withdrawn(ctx, b.state.SiteID)
	same := slices.EqualFunc(now, b.withdrawn, func(x, y resource.Change) bool { return x.Item == y.Item })
	return !same, err
}

// publishWithdrawals publishes withdrawals on a pinned site at once.
func (p *Publisher) publishWithdrawals(ctx context.Context, id int64, changes []resource.Change) error {
	defer p.lock(id)()
	_, err := retryConflict(func() (Result, error) {
		state, err := ledger.Of(ctx, p.DB.Read(), id)
		if err != nil || state.Pinned <= 0 {
			return Result{}, err
		}
		var gone []resource.Change
		err = p.eachKnownItem(ctx, id, changes, func(c resource.Change, it *published.Shown) error {
			if it.Item.State == resource.Withdrawn {
				gone = append(gone, c)
			}
			return nil
		})
		if err != nil || len(gone) == 0 {
			return Result{}, err
		}
		head, err := state.Newest()
		if err != nil {
			return Result{}, err
		}
		return p.buildOnto(ctx, &build{state: state, root: &head, pin: state.Pinned, note: "回退期间撤稿"}, gone)
	})
	return err
}
