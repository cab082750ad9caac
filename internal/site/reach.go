package site

import (
	"context"
	"slices"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/tenant"
)

// Within returns the sites that the caller's scope covers, oldest first.
func (r *Register) Within(ctx context.Context) ([]*Site, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	all, err := r.Sites(ctx)
	return slices.DeleteFunc(all, func(s *Site) bool { return !scope.Allows(s.ID) }), err
}

// Mine returns a site that the caller's scope covers. Of others it does not say whether
// they exist.
func (r *Register) Mine(ctx context.Context, code string) (*Site, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	s, err := r.ByCode(ctx, code)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err != nil || !scope.Allows(s.ID) {
		return nil, notMine(code)
	}
	return s, nil
}

func notMine(code string) error {
	return fault.New(fault.NotFound, "没有站点 %s，或您没有它的权限", code)
}
