package resource

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/store"
)

// LinkEnd is one end of a link. The title is that of the live edition, or of the draft if the item was never released.
type LinkEnd struct {
	Item  int64
	Owner int64
	Title string
}

// LinkView is a link with both ends, as shown to the owners of the ends.
type LinkView struct {
	Kind     LinkKind
	State    LinkState
	From, To LinkEnd
	At       int64 // unix ms: when the link was added; 0 in old rows
}

// Link returns the link without the details of its ends.
func (v LinkView) Link() Link { return Link{From: v.From.Item, To: v.To.Item, Kind: v.Kind} }

// linkViews selects links with their ends. It leaves out links from unreleased items of other owners, so that these
// items are not disclosed.
func (l *Library) linkViews(scope actor.Scope) *bun.SelectQuery {
	q := l.db.Read().NewSelect().TableExpr("resource_link AS l").
		ColumnExpr("l.kind, l.state, l.at, l.from_item, f.owner AS from_owner, fe.title AS from_title").
		ColumnExpr("l.to_item, t.owner AS to_owner, te.title AS to_title").
		Join("JOIN resource_item AS f ON f.id = l.from_item").
		Join("JOIN resource_item AS t ON t.id = l.to_item").
		Join("JOIN resource_edition AS fe ON fe.id = " + shownEdition("f")).
		Join("JOIN resource_edition AS te ON te.id = " + shownEdition("t")).
		OrderExpr("l.from_item, l.to_item, l.kind")
	if scope.All {
		return q
	}
	return q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		return scope.Where(q, "f.owner").WhereOr("f.live_edition <> 0")
	})
}

// shownEdition returns the SQL for the id of the edition whose title is shown: the live one, else the draft.
func shownEdition(item string) string {
	return "CASE WHEN " + item + ".live_edition <> 0 THEN " + item + ".live_edition ELSE " + item + ".draft_edition END"
}

func scanLinks(ctx context.Context, q *bun.SelectQuery) ([]LinkView, error) {
	var rows []struct {
		Kind      LinkKind  `bun:"kind"`
		State     LinkState `bun:"state"`
		At        int64     `bun:"at"`
		From      int64     `bun:"from_item"`
		FromOwner int64     `bun:"from_owner"`
		FromTitle string    `bun:"from_title"`
		To        int64     `bun:"to_item"`
		ToOwner   int64     `bun:"to_owner"`
		ToTitle   string    `bun:"to_title"`
	}
	if err := q.Scan(ctx, &rows); err != nil && !store.NotFound(err) {
		return nil, err
	}
	out := make([]LinkView, len(rows))
	for i, r := range rows {
		out[i] = LinkView{
			Kind:  r.Kind,
			State: r.State,
			From:  LinkEnd{r.From, r.FromOwner, r.FromTitle},
			To:    LinkEnd{r.To, r.ToOwner, r.ToTitle},
			At:    r.At,
		}
		if r.State == linkUnasked { // until AskForOldLinks has run
			out[i].State = LinkProposed
		}
	}
	return out, nil
}

// Links returns the links from and to an item in the caller's scope, in every state. It leaves out links from drafts of
// other owners.
func (l *Library) Links(ctx context.Context, item int64) ([]LinkView, error) {
	if err := l.mine(ctx, item); err != nil {
		return nil, err
	}
	by, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	return scanLinks(ctx, l.linkViews(by.Scope).Where("l.from_item = ? OR l.to_item = ?", item, item))
}

// Proposals returns the links that wait for the consent of a site in the caller's scope. owner limits them to one site;
// 0 means all. after is the last link of the previous page; the zero Link means the first page.
func (l *Library) Proposals(ctx context.Context, owner int64, after Link, limit int) ([]LinkView, error) {
	by, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	q := by.Scope.Where(l.linkViews(by.Scope), "t.owner").Where("l.state = ?", LinkProposed).
		Where("f.owner = t.owner OR f.live_edition <> 0").
		Where("(l.from_item, l.to_item, l.kind) > (?, ?, ?)", after.From, after.To, after.Kind).
		Limit(int64(limit))
	if owner != 0 {
		q = q.Where("t.owner = ?", owner)
	}
	return scanLinks(ctx, q)
}
