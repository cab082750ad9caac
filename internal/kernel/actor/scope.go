package actor

import (
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
)

// Scope is where an actor's permissions hold. The zero value is nowhere.
type Scope struct {
	All    bool    // every owner, now and in future
	Owners []int64 // ids of the owners allowed when All is false

	// Branches limits changes to rows at or below one of these nodes of an owner's tree; empty: no limit.
	Branches []int64
	// Units limits changes to rows of these units; empty: no limit.
	Units []string
}

// Place is where something is done.
type Place struct {
	Owner int64
	Path  []int64 // the node of the owner's tree and all above it, in any order
	Unit  string
}

// At is the place of an owner as a whole.
func At(owner int64) Place { return Place{Owner: owner} }

// Allows reports whether rows of owner may be seen.
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

func (s Scope) reaches(at Place) bool {
	inBranch := len(s.Branches) == 0 || slices.ContainsFunc(at.Path, func(n int64) bool {
		return slices.Contains(s.Branches, n)
	})
	inUnit := len(s.Units) == 0 || slices.Contains(s.Units, at.Unit)
	return s.Allows(at.Owner) && inBranch && inUnit
}

// Within reports whether s reaches no further than outer.
func (s Scope) Within(outer Scope) bool {
	owners := outer.All || !s.All && !slices.ContainsFunc(s.Owners, func(o int64) bool { return !outer.Allows(o) })
	return owners && narrower(s.Branches, outer.Branches) && narrower(s.Units, outer.Units)
}

// narrower reports whether a limit is as narrow as another; an empty one is none.
func narrower[T comparable](inner, outer []T) bool {
	return len(outer) == 0 ||
		len(inner) > 0 && !slices.ContainsFunc(inner, func(v T) bool { return !slices.Contains(outer, v) })
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
