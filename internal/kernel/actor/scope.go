package actor

import (
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
)

// Scope limits the rows for which an actor's permissions are valid. The zero value allows no row.
type Scope struct {
	All    bool    // every owner, including those created later
	Owners []int64 // ids of the allowed owners when All is false

	// Branches limits changes to the rows at or below these nodes of an owner's tree. Empty means no limit.
	Branches []int64
	// Units limits changes to the rows of these units. Empty means no limit.
	Units []string
}

// Place is the position of a row for which a permission is checked.
type Place struct {
	Owner int64
	Path  []int64 // ids of the node and all its ancestors, in any order
	Unit  string
}

// At returns the place of an owner without a node or unit.
func At(owner int64) Place { return Place{Owner: owner} }

// Allows reports whether the scope contains the owner. It ignores Branches and Units.
func (s Scope) Allows(owner int64) bool {
	return s.All || slices.Contains(s.Owners, owner)
}

// Check returns a Forbidden fault unless the scope contains the owner. It ignores Branches and Units.
func (s Scope) Check(owner int64) error {
	if s.Allows(owner) {
		return nil
	}
	return fault.New(fault.Forbidden, "没有该站点的操作权限，请联系管理员授权。")
}

func (s Scope) clone() Scope {
	return Scope{s.All, slices.Clone(s.Owners), slices.Clone(s.Branches), slices.Clone(s.Units)}
}

// union returns a scope that allows every owner that one of the grants allows. It has limits if one of the grants has:
// then rows must be checked one by one.
func union(grants []Grant) (s Scope) {
	for _, g := range grants {
		s.All = s.All || g.Scope.All
		s.Owners = append(s.Owners, g.Scope.Owners...)
		s.Branches = append(s.Branches, g.Scope.Branches...)
		s.Units = append(s.Units, g.Scope.Units...)
	}
	return s
}

func (s Scope) reaches(at Place) bool {
	inBranch := len(s.Branches) == 0 || slices.ContainsFunc(at.Path, func(n int64) bool {
		return slices.Contains(s.Branches, n)
	})
	inUnit := len(s.Units) == 0 || slices.Contains(s.Units, at.Unit)
	return s.Allows(at.Owner) && inBranch && inUnit
}

// Within reports whether outer allows everything that s allows.
func (s Scope) Within(outer Scope) bool {
	owners := outer.All || !s.All && !slices.ContainsFunc(s.Owners, func(o int64) bool { return !outer.Allows(o) })
	return owners && narrower(s.Branches, outer.Branches) && narrower(s.Units, outer.Units)
}

// narrower reports whether every value of the limit inner is in the limit outer. An empty list means no limit.
func narrower[T comparable](inner, outer []T) bool {
	return len(outer) == 0 ||
		len(inner) > 0 && !slices.ContainsFunc(inner, func(v T) bool { return !slices.Contains(outer, v) })
}

// Where adds a condition to q: the column must contain an allowed owner. An empty scope matches no row. Because AND
// takes precedence over OR, put alternatives of the same query into a WhereGroup; a plain WhereOr bypasses the
// condition.
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
