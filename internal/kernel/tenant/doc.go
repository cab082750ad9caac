// Package tenant (数据权限) says whose rows an actor may touch. The owner of a row
// is the id of a site (站点); this package only compares numbers.
//
// Deny by default: a context without a Scope is an error, a Scope without owners
// matches nothing, and only System reaches everything.
package tenant
