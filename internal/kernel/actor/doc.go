// Package actor (操作者) says who acts and what that one may do. Every use case asks it,
// whoever calls: an API, a page, the command line, a job.
//
//	who lets in (token, command, job) ──With──▶ context ──From──▶ desk: Check(permission, place)
//
// A right is a permission, declared by the slice that asks for it, and a place where it
// holds: the owner of a row (the id of a site 站点), in it a node of the owner's tree and
// the unit that a row belongs to. This package only compares numbers and words.
//
// Deny by default: a context without an Actor is an error, an Actor without permissions
// may do nothing, a Scope without owners reaches nothing, and a Scope that is limited to
// branches or units does not reach what has none.
package actor
