package resource

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource/rank"
	"guiyi/internal/site"
)

// LinkState says whether somebody who may change the target of a link has agreed to it. Pages show only accepted links.
type LinkState string

// The states of a link. A link by an actor who may change both items is accepted immediately.
const (
	LinkProposed LinkState = "proposed" // waits for the consent of somebody who may change the target
	LinkAccepted LinkState = "accepted"
	LinkRefused  LinkState = "refused" // the row stays, so that the link cannot be proposed again

	// linkUnasked is the state of links between owners that were added before consent was required.
	linkUnasked LinkState = "unasked"
)

// Link adds a link or proposes it, and returns its state. The actor must have the permission to change the item From.
// The item To must be live or in the actor's scope. If the actor may also change To, the link is accepted. Otherwise
// it is proposed, and no page shows it before it is accepted. If the link exists, Link changes nothing.
func (d *Desk) Link(ctx context.Context, l Link) (_ LinkState, err error) {
	defer fault.Annotate(&err, "resource.Link(%d %s %d)", l.From, l.Kind, l.To)
	if !slices.Contains(linkKinds, l.Kind) {
		return "", fault.InvalidFields(map[string]string{"kind": "没有这种关联"}, "没有 %s 这种关联", l.Kind)
	}
	if l.From == l.To {
		return "", fault.InvalidFields(map[string]string{"to": "不能是它自己"}, "信息不能关联到它自己")
	}
	by, err := actor.Allowed(ctx, Write)
	if err != nil {
		return "", err
	}
	var state LinkState
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		from, err := take(ctx, tx, Write, []int64{l.From})
		if err != nil {
			return err
		}
		to, err := visible(ctx, tx, Write, l.To)
		if err != nil {
			return err
		}
		if err := checkKind(l.Kind, from[0].Class, to.Class); err != nil {
			return err
		}
		if err := checkRank(ctx, tx, l.Kind, from[0], to); err != nil {
			return err
		}
		row := linkRow{Link: l, Owner: from[0].Owner, At: d.now().UnixMilli()}
		row.State = LinkAccepted
		if err := checkItem(ctx, tx, by, Write, to); fault.Is(err, fault.Forbidden) {
			row.State = LinkProposed
		} else if err != nil {
			return err
		}
		if state, err = d.insertLink(ctx, tx, &row, from[0], to); err != nil {
			return err
		}
		return d.log(ctx, tx, Write, []*itemRow{from[0]}, "关联 %s 到信息 %d：%s", l.Kind, l.To, state)
	})
	return state, err
}

// insertLink adds a link unless it exists. It returns the state of the link.
func (d *Desk) insertLink(ctx context.Context, tx bun.Tx, row *linkRow, from, to *itemRow) (LinkState, error) {
	res, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return "", err
	}
	if n, err := res.RowsAffected(); err != nil {
		return "", err
	} else if n == 0 {
		return row.State, tx.NewSelect().Model(row).Column("state").WherePK().Scan(ctx, &row.State)
	}
	return row.State, d.emitLink(ctx, tx, row.State, from, to)
}

// emitLink emits a change of both ends if their pages show the link: it is accepted and both ends have a live edition.
func (d *Desk) emitLink(ctx context.Context, tx bun.Tx, state LinkState, from, to *itemRow) error {
	if state != LinkAccepted || from.LiveEdition == 0 || to.LiveEdition == 0 {
		return nil
	}
	return d.emitChanged(ctx, tx, from.ID, to.ID)
}

// checkKind returns a fault if a kind of link is not allowed between two classes.
func checkKind(kind LinkKind, from, to Class) error {
	switch {
	case kind == Interprets && from != Interpretation:
		return fault.InvalidFields(map[string]string{"kind": "只有政策解读能解读公文"},
			"这条信息不是政策解读，不能解读公文；请用“相关”关联")
	case (kind == Interprets || kind == Amends || kind == Repeals) && to != Document:
		return fault.InvalidFields(map[string]string{"to": "应为公文"}, "只有公文能被解读、修改或废止，所选的信息不是公文")
	}
	return nil
}

// checkRank returns a fault if from amends or repeals a document of another owner, unless the sponsor of from's site is
// the issuer of the document or a superior of the issuer (see package rank).
func checkRank(ctx context.Context, tx bun.Tx, kind LinkKind, from, to *itemRow) error {
	if kind != Amends && kind != Repeals || from.Owner == to.Owner {
		return nil
	}
	acting, err := sponsors(ctx, tx, from.Owner)
	if err != nil {
		return err
	}
	chain, err := sponsors(ctx, tx, to.Owner)
	if err != nil {
		return err
	}
	row := new(editionRow)
	err = tx.NewSelect().Model(row).Column("official").Where("id = ?", max(to.LiveEdition, to.DraftEdition)).Scan(ctx)
	if err != nil {
		return err
	}
	issuers := rank.Issuers(orZero(row.Document).Issuer)
	if len(issuers) == 0 { // without an issuer, the sponsor of the site is the issuer
		issuers = []string{chain[0].Sponsor}
	}
	if rank.May(acting[0], issuers, chain) {
		return nil
	}
	return fault.New(fault.Forbidden, "只有公文的发文机关（%s）或其上级机关才能修改、废止它", strings.Join(issuers, "、"))
}

// sponsors returns a site and the sites above it, nearest first, with their sponsors.
func sponsors(ctx context.Context, tx bun.Tx, siteID int64) ([]rank.Site, error) {
	chain, err := site.Chain(ctx, tx, siteID)
	out := []rank.Site{}
	for _, s := range chain {
		out = append(out, rank.Site{ID: s.ID, Sponsor: s.Dossier.Sponsor})
	}
	if len(out) == 0 {
		out = append(out, rank.Site{ID: siteID})
	}
	return out, err
}

// link loads a link with its ends. It returns a NotFound fault if neither end is in the actor's scope, or if the link
// starts from a draft of another owner, so that the draft is not disclosed. The caller checks the permission on the
// ends.
func link(ctx context.Context, tx bun.Tx, by actor.Actor, l Link) (row *linkRow, from, to *itemRow, err error) {
	absent := fault.New(fault.NotFound, "信息 %d 没有到 %d 的 %s 关联，或您没有它们的权限", l.From, l.To, l.Kind)
	row, from, to = new(linkRow), new(itemRow), new(itemRow)
	err = tx.NewSelect().Model(row).Where("from_item = ? AND to_item = ? AND kind = ?", l.From, l.To, l.Kind).Scan(ctx)
	if store.NotFound(err) {
		return nil, nil, nil, absent
	}
	if err != nil {
		return nil, nil, nil, err
	}
	if err := tx.NewSelect().Model(from).Where("id = ?", l.From).Scan(ctx); err != nil {
		return nil, nil, nil, err
	}
	if err := tx.NewSelect().Model(to).Where("id = ?", l.To).Scan(ctx); err != nil {
		return nil, nil, nil, err
	}
	if !by.Scope.Allows(from.Owner) && (!by.Scope.Allows(to.Owner) || from.LiveEdition == 0) {
		return nil, nil, nil, absent
	}
	return row, from, to, nil
}

// AcceptLink accepts a proposed or refused link. It requires the permission to change the item To.
func (d *Desk) AcceptLink(ctx context.Context, l Link) error {
	return d.decideLink(ctx, l, LinkAccepted)
}

// RefuseLink refuses a proposed link or revokes the consent to an accepted one. It requires the permission to change
// the item To. The link cannot be proposed again.
func (d *Desk) RefuseLink(ctx context.Context, l Link) error {
	return d.decideLink(ctx, l, LinkRefused)
}

func (d *Desk) decideLink(ctx context.Context, l Link, state LinkState) (err error) {
	defer fault.Annotate(&err, "resource.decideLink(%d %s %d, %s)", l.From, l.Kind, l.To, state)
	by, err := actor.Allowed(ctx, Write)
	if err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, from, to, err := link(ctx, tx, by, l)
		if err != nil {
			return err
		}
		if !by.Scope.Allows(to.Owner) {
			return fault.New(fault.Forbidden, "这个关联要由信息 %d 所属的站点决定", to.ID)
		}
		if err := checkItem(ctx, tx, by, Write, to); err != nil {
			return err
		}
		if row.State == state {
			return nil
		}
		was := row.State
		row.State = state
		if _, err := tx.NewUpdate().Model(row).Column("state").WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := d.log(ctx, tx, Write, []*itemRow{to}, "信息 %d 的关联 %s：%s", l.From, l.Kind, state); err != nil {
			return err
		}
		if was != LinkAccepted && state != LinkAccepted {
			return nil // no page showed the link before, and none does now
		}
		return d.emitLink(ctx, tx, LinkAccepted, from, to)
	})
}

// Unlink removes a link. It requires the permission to change one of the ends.
func (d *Desk) Unlink(ctx context.Context, l Link) (err error) {
	defer fault.Annotate(&err, "resource.Unlink(%d %s %d)", l.From, l.Kind, l.To)
	by, err := actor.Allowed(ctx, Write)
	if err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, from, to, err := link(ctx, tx, by, l)
		if err != nil {
			return err
		}
		err = checkItem(ctx, tx, by, Write, from)
		if fault.Is(err, fault.Forbidden) {
			err = checkItem(ctx, tx, by, Write, to)
		}
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(row).WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := d.log(ctx, tx, Write, []*itemRow{from}, "取消到信息 %d 的关联 %s", l.To, l.Kind); err != nil {
			return err
		}
		return d.emitLink(ctx, tx, row.State, from, to)
	})
}

// AskForOldLinks sets links between owners to proposed when they are older than the rule of consent. It has an effect
// once after the upgrade; then the pages are published without these links.
func (d *Desk) AskForOldLinks(ctx context.Context) (err error) {
	defer fault.Annotate(&err, "resource.AskForOldLinks")
	by, err := actor.From(ctx)
	if err != nil {
		return err
	}
	if err := by.CheckAll(Write); err != nil {
		return err
	}
	found, err := d.db.Read().NewSelect().Model((*linkRow)(nil)).Where("state = ?", linkUnasked).Exists(ctx)
	if err != nil || !found {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []linkRow
		err := tx.NewUpdate().Model(&rows).Set("state = ?", LinkProposed).Where("state = ?", linkUnasked).
			Returning("*").Scan(ctx)
		if err != nil && !store.NotFound(err) {
			return err
		}
		var ends []int64
		for _, r := range rows {
			ends = append(ends, r.From, r.To)
		}
		slices.Sort(ends)
		return d.emitChanged(ctx, tx, slices.Compact(ends)...)
	})
}
