// Package actor (操作者) says who acts and what the actor may do. Every use case checks the actor, whether an API, a page,
// a command or a job calls it.
//
//	authentication (token, command, job) ──With──▶ context ──From──▶ desk: Check(permission, place)
//
// An actor has permissions and a scope. Each slice declares the permissions that it checks. A permission is checked for
// a place: the owner of a row (the id of a site 站点), the node in the owner's tree, and the unit (a department) of the
// row. This package only compares ids and strings.
//
// Everything is denied by default:
//
//   - a context without an Actor is an error;
//   - an Actor without permissions may do nothing;
//   - a Scope without owners allows nothing;
//   - a Scope limited to branches or units does not allow a place without a node or unit.
package actor
