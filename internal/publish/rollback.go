package publish

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/tenant"
	"guiyi/internal/publish/manifest"
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
	state, err := stateOf(ctx, p.DB.Read(), id)
	if err != nil {
		return res, err
	}
	pages, err := p.withdrawnSince(ctx, id, old.At)
	if err != nil {
		return res, err
	}
	b := &build{p: p, state: state, pages: pages, root: &old, pin: revision, note: fmt.Sprintf("回退到第 %d 版：%s", revision, reason)}
	return b.run(ctx)
}

// Resume unpins a site and publishes its content as it is now.
func (p *Publisher) Resume(ctx context.Context, id int64) (_ Result, err error) {
	defer fault.Annotate(&err, "publish.Resume(%d)", id)
	if err := allowed(ctx, id); err != nil {
		return Result{}, err
	}
	_, err = p.DB.Read().NewSelect().Model((*siteRow)(nil)).Where("site_id = ?", id).Count(ctx)
	if err != nil {
		return Result{}, err
	}
	err = p.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*siteRow)(nil)).Set("pinned = 0").Where("site_id = ?", id).Exec(ctx)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	return p.Whole(ctx, id)
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

// withdrawnSince returns the pages that must not show what was withdrawn after a moment.
func (p *Publisher) withdrawnSince(ctx context.Context, id, at int64) ([]page, error) {
	changes, err := p.Published.WithdrawnSince(ctx, id, at)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	return p.pagesOf(ctx, id, changes)
}

// pagesOf plans changes for one site without marking anything.
func (p *Publisher) pagesOf(ctx context.Context, id int64, changes []resource.Change) (pages []page, err error) {
	err = p.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		pl := p.planner(tx)
		if err := pl.changed(ctx, changes); err != nil {
			return err
		}
		pages = nil
		if s := pl.sites[id]; s != nil {
			for _, pg := range s.pages {
				pages = append(pages, pg)
			}
		}
		return nil
	})
	return pages, err
}

// overlays brings withdrawals to the pinned ones among the sites at once.
func (p *Publisher) overlays(ctx context.Context, ids []int64, changes []resource.Change) error {
	for _, id := range ids {
		state, err := stateOf(ctx, p.DB.Read(), id)
		if err != nil {
			return err
		}
		if state.Pinned == 0 {
			continue
		}
		if err := p.overlay(ctx, id, changes); err != nil {
			return err
		}
	}
	return nil
}

func (p *Publisher) overlay(ctx context.Context, id int64, changes []resource.Change) error {
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
	pages, err := p.pagesOf(ctx, id, gone)
	if err != nil {
		return err
	}
	for range attempts {
		state, err := stateOf(ctx, p.DB.Read(), id)
		if err != nil {
			return err
		}
		head, err := state.head()
		if err != nil {
			return err
		}
		b := &build{p: p, state: state, pages: pages, root: &head, pin: state.Pinned, note: "回退期间撤稿"}
		if _, err = b.run(ctx); !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return fault.New(fault.Conflict, "站点正被其他进程发布，请稍后再试")
}
