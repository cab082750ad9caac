package tenant

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
)

// Scope is what one actor may touch. The zero value allows nothing.
type Scope struct {
	Actor  string  // who acts, for audit rows
	All    bool    // every owner, now and in future
	Owners []int64 // ids of the owners allowed when All is false
}

type key struct{}

// With returns a context that carries s. Later changes to s.Owners by the caller
// do not widen it.
func With(ctx context.Context, s Scope) context.Context {
	s.Owners = slices.Clone(s.Owners)
	return context.WithValue(ctx, key{}, s)
}

// From returns the scope of ctx, or a Forbidden fault when there is none.
func From(ctx context.Context) (Scope, error) {
	s, ok := ctx.Value(key{}).(Scope)
	if !ok {
		return Scope{}, fault.New(fault.Forbidden, "没有操作权限，请登录后重试，或联系管理员授权。")
	}
	return s, nil
}

// System is the scope of the platform's own work, named by actor: it reaches all owners.
func System(actor string) Scope { return Scope{Actor: actor, All: true} }

// Allows reports whether rows of owner may be touched.
func (s Scope) Allows(owner int64) bool {
	return s.All || slices.Contains(s.Owners, owner)
}

// Check returns a Forbidden fault unless rows of owner may be touched.
func (s Scope) Check(owner int64) error {
	if s.Allows(owner) {
		return nil
	}
	return fault.New(fault.Forbidden, "没有该站点的操作权限，请联系管理员授权。")
}

// Where narrows q to the rows whose column names an allowed owner. An empty scope
// matches nothing. SQL binds AND before OR, so alternatives in the same query must
// stand inside a WhereGroup, never in a bare WhereOr.
func (s Scope) Where(q *bun.SelectQuery, column string) *bun.SelectQuery {
	switch {
	case s.All:
		return q
	case len(s.Owners) == 0:
		return q.Where("1 = 0")
	default:
		return q.Where("? IN (?)", bun.Ident(column), bun.List(s.Owners))
	}
}
