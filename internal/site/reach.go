package site

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
)

// ListInScope returns the sites in the caller's scope, oldest first: at most limit sites with an ID greater than after.
func (r *Register) ListInScope(ctx context.Context, after int64, limit int) ([]*Site, error) {
	by, err := actor.From(ctx)
	if err != nil {
		return nil, err
	}
	var rows []siteRow
	q := r.db.Read().NewSelect().Model(&rows).Where("id > ?", after).Order("id").Limit(int64(limit))
	if !by.Scope.All {
		q = q.Where("id IN (?)", bun.List(append([]int64{0}, by.Scope.Owners...)))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]*Site, len(rows))
	for i := range rows {
		out[i] = rows[i].site()
	}
	return out, nil
}

// ByCodeInScope returns a site in the caller's scope. The error is the same for an unknown site and a site outside the
// scope.
func (r *Register) ByCodeInScope(ctx context.Context, code string) (*Site, error) {
	by, err := actor.From(ctx)
	if err != nil {
		return nil, err
	}
	s, err := r.ByCode(ctx, code)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err != nil || !by.Scope.Allows(s.ID) {
		return nil, noSiteInScope(code)
	}
	return s, nil
}

func noSiteInScope(code string) error {
	return fault.New(fault.NotFound, "没有站点 %s，或您没有它的权限", code)
}
