// Package actor (操作者) says who acts and what they may do. Every use case checks it, whether called by an API, a page,
// the command line or a job.
//
//	who lets in (token, command, job) ──With──▶ context ──From──▶ desk: Check(permission, place)
//
// A right is a permission, declared by the slice that checks it, for a place: the owner of a row (the id of a site
// 站点), and within it a node of the owner's tree and the unit that the row belongs to. This package only compares ids
// and strings.
//
// Deny by default: a context without an Actor is an error, an Actor without permissions
// may do nothing, a Scope without owners reaches nothing, and a Scope that is limited to
// branches or units does not reach what has none.
package actor
