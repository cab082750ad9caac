package actor

import (
	"context"
	"slices"

	"guiyi/internal/kernel/fault"
)

// Kind is the kind of an actor. Audit rows contain it.
type Kind string

// The kinds.
const (
	Officer Kind = "officer" // an employee of the authority
	Token   Kind = "token"   // a program with an access token
	User    Kind = "user"    // a citizen who has logged in
	System  Kind = "system"  // the platform itself: jobs, the demo
)

// Permission is the name of a permission, such as "site.write". A slice declares its permissions as constants in its
// root package.
type Permission string

// Actor is who acts. The zero value may do nothing. Permissions are valid in Scope; an actor with several roles has
// further permissions, each group with a scope of its own, in Also.
type Actor struct {
	Kind        Kind
	ID          string // unique within the kind: the number of a token or of an officer
	Name        string // for display; not unique
	Permissions []Permission
	Scope       Scope
	Also        []Grant
	Until       int64 // unix ms; a token that the actor issues expires no later; 0 = no limit

	held      []Grant      // set by With: all grants, while Scope is what Allowed has made of them
	asked     []Permission // set by Allowed
	unlimited bool
}

// Grant is a group of permissions with the scope in which they are valid.
type Grant struct {
	Permissions []Permission
	Scope       Scope
}

func (g Grant) has(p Permission) bool { return slices.Contains(g.Permissions, p) }

// Unlimited returns an actor that may do everything everywhere. It is for tests.
func Unlimited(name string) Actor {
	return Actor{Kind: System, ID: name, Name: name, Scope: Scope{All: true}, unlimited: true}
}

// In returns the actor with the owners of every grant replaced by the given ones. Permissions, branches and units stay
// the same.
func (a Actor) In(owners ...int64) Actor {
	a.Also, a.held = slices.Clone(a.Also), slices.Clone(a.held)
	a.Scope.All, a.Scope.Owners = false, owners
	for _, grants := range [][]Grant{a.Also, a.held} {
		for i := range grants {
			grants[i].Scope.All, grants[i].Scope.Owners = false, owners
		}
	}
	return a
}

// grants returns all grants of the actor.
func (a Actor) grants() []Grant {
	if a.held != nil {
		return a.held
	}
	return append([]Grant{{a.Permissions, a.Scope}}, a.Also...)
}

// ScopeOf returns the scope in which the actor has at least one of the permissions.
func (a Actor) ScopeOf(ps ...Permission) Scope { return union(a.granted(ps...)) }

// Grants returns the grants that have at least one of the permissions, for a filter of rows that knows branches and
// units. The caller must not change them.
func (a Actor) Grants(ps ...Permission) []Grant { return a.granted(ps...) }

// granted returns the grants that have at least one of the permissions.
func (a Actor) granted(ps ...Permission) (out []Grant) {
	for _, g := range a.grants() {
		if a.unlimited || slices.ContainsFunc(ps, g.has) {
			out = append(out, g)
		}
	}
	return out
}

type key struct{}

// With returns a context that contains the actor a. The context gets copies of the actor's slices: changing the
// originals later does not change its rights.
func With(ctx context.Context, a Actor) context.Context {
	held := slices.Clone(a.grants())
	for i, g := range held {
		held[i] = Grant{slices.Clone(g.Permissions), g.Scope.clone()}
	}
	a.held, a.Also, a.asked = held, nil, nil
	a.Permissions, a.Scope = nil, Scope{}
	for _, g := range held {
		a.Permissions = append(a.Permissions, g.Permissions...)
	}
	a.Scope = union(held)
	return context.WithValue(ctx, key{}, a)
}

// From returns the actor in ctx, with the union of all its scopes. It returns a Forbidden fault when there is none.
// Where rows are filtered by Scope, use Allowed: a permission in one place says nothing about another.
func From(ctx context.Context) (Actor, error) {
	a, ok := ctx.Value(key{}).(Actor)
	if !ok {
		return Actor{}, fault.New(fault.Forbidden, "没有操作权限，请登录后重试，或联系管理员授权。")
	}
	return a, nil
}

// String returns kind and id, such as "token:7", for rows and logs. It never contains the name of a person.
func (a Actor) String() string { return string(a.Kind) + ":" + a.ID }

// Can reports whether the actor has the permission anywhere. No actor has the empty permission.
func (a Actor) Can(p Permission) bool { return p != "" && len(a.granted(p)) > 0 }

// May reports whether the actor has the permission at the place.
func (a Actor) May(p Permission, at Place) bool {
	return p != "" && slices.ContainsFunc(a.granted(p), func(g Grant) bool { return g.Scope.reaches(at) })
}

// Covers reports whether the actor has the permission everywhere in the scope.
func (a Actor) Covers(p Permission, s Scope) bool {
	some := a.granted(p)
	if slices.ContainsFunc(some, func(g Grant) bool { return s.Within(g.Scope) }) {
		return p != ""
	}
	some = slices.DeleteFunc(some, func(g Grant) bool { return len(g.Scope.Branches)+len(g.Scope.Units) > 0 })
	return p != "" && len(some) > 0 && s.Within(union(some))
}

// Need returns a Forbidden fault unless the actor has the permission somewhere. Use it only where the caller filters
// the rows by Scope; otherwise use Check.
func (a Actor) Need(p Permission) error {
	if a.Can(p) {
		return nil
	}
	return fault.New(fault.Forbidden, "没有权限：这项操作需要权限 %s，请联系安全管理员授权。", p)
}

// Check returns a Forbidden fault unless the actor has the permission at the place.
func (a Actor) Check(p Permission, at Place) error {
	switch err := a.Need(p); {
	case err != nil:
		return err
	case a.May(p, at):
		return nil
	case !a.ScopeOf(p).Allows(at.Owner):
		return fault.New(fault.Forbidden, "没有该站点的操作权限（%s），请联系安全管理员授权。", p)
	default:
		return fault.New(fault.Forbidden, "没有该栏目或部门的操作权限（%s），请联系安全管理员授权。", p)
	}
}

// NeedAny returns a Forbidden fault unless the actor has at least one of the permissions somewhere. The fault names the
// first permission.
func (a Actor) NeedAny(ps ...Permission) error {
	if slices.ContainsFunc(ps, a.Can) {
		return nil
	}
	return a.Need(ps[0])
}

// WithPermissions returns the actor with its permissions replaced and its scope unchanged: what Allowed was asked for
// is what the actor may do the step with. A use case calls it for one of its steps, after its own check.
func (a Actor) WithPermissions(step ...Permission) Actor {
	held := a.grants()
	if len(a.asked) > 0 {
		held = a.granted(a.asked...)
	}
	a.held = make([]Grant, len(held))
	for i, g := range held {
		a.held[i] = Grant{step, g.Scope}
	}
	a.Permissions, a.Scope, a.Also, a.asked, a.unlimited = step, union(held), nil, nil, false
	return a
}

// Allowed returns the actor in ctx, with the scope in which it has at least one of the permissions. It returns a
// Forbidden fault when there is no actor, or when the actor has none of the permissions.
func Allowed(ctx context.Context, ps ...Permission) (Actor, error) {
	a, err := From(ctx)
	if err != nil {
		return Actor{}, err
	}
	a.Scope, a.asked = a.ScopeOf(ps...), ps
	return a, a.NeedAny(ps...)
}

// CheckAll returns a Forbidden fault unless the actor has the permission for every owner, without a limit to branches
// or units. Use it for objects without an owner, such as jobs.
func (a Actor) CheckAll(p Permission) error {
	if err := a.Need(p); err != nil {
		return err
	}
	if a.Covers(p, Scope{All: true}) {
		return nil
	}
	return fault.New(fault.Forbidden, "这项操作涉及全部站点，需要平台级的权限 %s，请联系安全管理员授权。", p)
}
