package publish

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/tenant"
	"guiyi/internal/publish/keep"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/render"
	"guiyi/internal/resource"
)

// Rollback makes a new revision with the tree of an older one and pins the site to it.
// What was withdrawn since stays withdrawn: those addresses, and the lists that showed
// them, are rendered from today's content.
func (p *Publisher) Rollback(ctx context.Context, id, revision int64, reason string) (res Result, err error) {
	defer fault.Annotate(&err, "publish.Rollback(%d, %d)", id, revision)
	if err := allowed(ctx, id); err != nil {
		return res, err
	}
	if reason == "" {
		return res, fault.New(fault.Invalid, "请填写回退原因")
	}
	defer p.lock(id)()
	old, err := p.Revision(ctx, id, revision)
	if err != nil {
		return res, err
	}
	if oldest, err := p.Oldest(ctx, id); err != nil || revision < oldest {
		return res, cmp.Or(err, keep.Gone(revision, oldest))
	}
	return again(func() (Result, error) {
		state, err := stateOf(ctx, p.DB.Read(), id)
		if err != nil {
			return res, err
		}
		changes, err := p.withdrawnAfter(ctx, id, old)
		if err != nil {
			return res, err
		}
		return p.lay(ctx, state, old, revision, noteOf(revision, reason), changes)
	})
}

// maxReason bounds the reason kept in the signed head, in characters.
const maxReason = 200

func noteOf(revision int64, reason string) string {
	return fmt.Sprintf("回退到第 %d 版：%s", revision, strings.TrimSuffix(render.Excerpt(reason, maxReason), "…"))
}

// lay makes a revision of an older tree, with the pages on top that changes reach.
func (p *Publisher) lay(ctx context.Context, state *siteRow, tree manifest.Head, pin int64, note string, changes []resource.Change) (Result, error) {
	f, err := p.frame(ctx, state.SiteID)
	if err != nil {
		return Result{}, err
	}
	b := &build{p: p, state: state, frame: f, root: &tree, pin: pin, note: note}
	if len(changes) > 0 {
		l := laying{p: p, frame: f, tree: &render.OlderTree{Nodes: p.nodes, Root: tree.Root}, pages: map[string]render.Page{}}
		if b.pages, err = l.pagesOf(ctx, changes); err != nil {
			return Result{}, err
		}
	}
	if b.hidden, err = p.mediaOf(ctx, state.SiteID, changes); err != nil {
		return Result{}, err
	}
	return b.run(ctx)
}

// mediaOf returns the files of items that are no longer shown, of all their editions: the
// older tree may show another one than the last.
func (p *Publisher) mediaOf(ctx context.Context, id int64, changes []resource.Change) (out []resource.Media, err error) {
	for chunk := range slices.Chunk(changes, 400) {
		ids := make([]int64, len(chunk))
		for i, c := range chunk {
			ids[i] = c.Item
		}
		items, err := p.Published.OnSite(ctx, id, ids)
		if err != nil {
			return nil, err
		}
		var gone []int64
		for _, it := range items {
			if it.Item.Withdrawal != nil && it.Item.Withdrawal.Kind != resource.WithBanner {
				gone = append(gone, it.Item.ID)
			}
		}
		files, err := p.Published.EveryFile(ctx, gone)
		if err != nil {
			return nil, err
		}
		out = append(out, files...)
	}
	return out, nil
}

// Resume unpins a site and publishes its content as it is now.
func (p *Publisher) Resume(ctx context.Context, id int64) (_ Result, err error) {
	defer fault.Annotate(&err, "publish.Resume(%d)", id)
	if err := allowed(ctx, id); err != nil {
		return Result{}, err
	}
	err = p.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewUpdate().Model((*siteRow)(nil)).Set("pinned = ?", resuming).Where("site_id = ? AND pinned <> 0", id).Exec(ctx); err != nil {
			return err
		}
		_, err := p.markIn(ctx, tx, func(pl *planner) error { return pl.wholeSite(ctx, id) })
		return err
	})
	if err != nil {
		return Result{}, err
	}
	return p.Build(ctx, id)
}

func allowed(ctx context.Context, id int64) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	return scope.Check(id)
}

// Revision returns a head from the ledger.
func (p *Publisher) Revision(ctx context.Context, id, revision int64) (manifest.Head, error) {
	row := new(ledgerRow)
	err := p.DB.Read().NewSelect().Model(row).Where("site_id = ? AND revision = ?", id, revision).Scan(ctx)
	if store.NotFound(err) {
		return manifest.Head{}, fault.New(fault.NotFound, "没有第 %d 版，用 guiyi ledger list 看有哪些版本", revision)
	}
	if err != nil {
		return manifest.Head{}, err
	}
	h, err := manifest.ParseHead([]byte(row.Head))
	if err != nil {
		return h, err
	}
	return h, h.Verify(p.Ring)
}

// withdrawnAfter returns the withdrawn items that an older tree still shows. The tree is
// asked, not the clock: what was withdrawn while the revision was made counts too.
func (p *Publisher) withdrawnAfter(ctx context.Context, id int64, old manifest.Head) ([]resource.Change, error) {
	all, err := p.Published.WithdrawnSince(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	var out []resource.Change
	tree := &render.OlderTree{Nodes: p.nodes, Root: old.Root}
	for chunk := range slices.Chunk(all, 400) {
		ids := make([]int64, len(chunk))
		for i, c := range chunk {
			ids[i] = c.Item
		}
		items, err := p.Published.OnSite(ctx, id, ids)
		if err != nil {
			return nil, err
		}
		for _, c := range chunk {
			it := items[c.Item]
			if it == nil {
				continue
			}
			there := it.Path == "" // shown in a column page
			if !there {
				if there, err = tree.Has(ctx, it.Path); err != nil {
					return nil, err
				}
			}
			if there {
				out = append(out, c)
			}
		}
	}
	return out, nil
}

// overlay brings withdrawals to a pinned site at once.
func (p *Publisher) overlay(ctx context.Context, id int64, changes []resource.Change) error {
	state, err := stateOf(ctx, p.DB.Read(), id)
	if err != nil || state.Pinned <= 0 {
		return err
	}
	defer p.lock(id)()
	var gone []resource.Change
	for _, c := range changes {
		items, err := p.Published.OnSite(ctx, id, []int64{c.Item})
		if err != nil {
			return err
		}
		if it := items[c.Item]; it != nil && it.Item.State == resource.Withdrawn {
			gone = append(gone, c)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	_, err = again(func() (Result, error) {
		state, err := stateOf(ctx, p.DB.Read(), id)
		if err != nil || state.Pinned <= 0 {
			return Result{}, err
		}
		head, err := state.head()
		if err != nil {
			return Result{}, err
		}
		return p.lay(ctx, state, head, state.Pinned, "回退期间撤稿", gone)
	})
	return err
}
