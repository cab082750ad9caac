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

// Actor is who acts. The zero value may do nothing.
type Actor struct {
	Kind        Kind
	ID          string // unique within the kind: the number of a token, the account of an officer
	Name        string // for display; not unique
	Permissions []Permission
	Scope       Scope
	Until       int64 // unix ms; a token that the actor issues expires no later; 0 = no limit

	unlimited bool
}

// Unlimited returns an actor that may do everything everywhere. It is for tests.
func Unlimited(name string) Actor {
	return Actor{Kind: System, ID: name, Name: name, Scope: Scope{All: true}, unlimited: true}
}

// In returns the actor with its owners replaced by the given ones. Permissions, branches and units stay the same.
func (a Actor) In(owners ...int64) Actor {
	a.Scope.All, a.Scope.Owners = false, owners
	return a
}

type key struct{}

// With returns a context that contains the actor a. The context gets copies of the actor's slices: changing the
// originals later does not change its rights.
func With(ctx context.Context, a Actor) context.Context {
	a.Permissions = slices.Clone(a.Permissions)
	a.Scope.Owners = slices.Clone(a.Scope.Owners)
	a.Scope.Branches = slices.Clone(a.Scope.Branches)
	a.Scope.Units = slices.Clone(a.Scope.Units)
	return context.WithValue(ctx, key{}, a)
}

// From returns the actor in ctx. It returns a Forbidden fault when there is none.
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
func (a Actor) Can(p Permission) bool {
	return p != "" && (a.unlimited || slices.Contains(a.Permissions, p))
}

// May reports whether the actor has the permission at the place.
func (a Actor) May(p Permission, at Place) bool { return a.Can(p) && a.Scope.reaches(at) }

// Need returns a Forbidden fault unless the actor has the permission somewhere. Use it only where the caller filters
// the rows by Scope; otherwise use Check.
func (a Actor) Need(p Permission) error {
	if a.Can(p) {
		return nil
	}
	return fault.New(fault.Forbidden, "没有权限：这项操作需要权限 %s，请联系平台管理员授权。", p)
}

// Check returns a Forbidden fault unless the actor has the permission at the place.
func (a Actor) Check(p Permission, at Place) error {
	switch err := a.Need(p); {
	case err != nil:
		return err
	case a.Scope.reaches(at):
		return nil
	case !a.Scope.Allows(at.Owner):
		return fault.New(fault.Forbidden, "没有该站点的操作权限（%s），请联系平台管理员授权。", p)
	default:
		return fault.New(fault.Forbidden, "没有该栏目或部门的操作权限（%s），请联系站点管理员授权。", p)
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

// WithPermissions returns the actor with its permissions replaced and its scope unchanged. A use case calls it for one
// of its steps, after its own check.
func (a Actor) WithPermissions(step ...Permission) Actor {
	a.Permissions, a.unlimited = step, false
	return a
}

// Allowed returns the actor in ctx. It returns a Forbidden fault when there is none, or when the actor has none of the
// permissions.
func Allowed(ctx context.Context, ps ...Permission) (Actor, error) {
	a, err := From(ctx)
	if err != nil {
		return Actor{}, err
	}
	return a, a.NeedAny(ps...)
}

// CheckAll returns a Forbidden fault unless the actor has the permission for every owner, without a limit to branches
// or units. Use it for objects without an owner, such as jobs.
func (a Actor) CheckAll(p Permission) error {
	if err := a.Need(p); err != nil {
		return err
	}
	if s := a.Scope; s.All && len(s.Branches) == 0 && len(s.Units) == 0 {
		return nil
	}
	return fault.New(fault.Forbidden, "这项操作涉及全部站点，需要平台级的权限 %s，请联系平台管理员。", p)
}
