// Package api (编程接口) is how the platform's JSON API is made: operations from Go
// types (huma), described by one OpenAPI 3.1 document.
//
//	request ──▶ token → permission → scope ──▶ idempotency ──▶ read, check ──▶ handler
//	                │                             │               │             │
//	                └────────── problem+json with what to do (fault → status, in one place)
//
// Deny by default: an operation names its permission, and one that names none answers
// 403 to everybody. A handler returns faults; problem.go alone turns them, and what the
// document refuses, into answers. 400 says that the request cannot be read, 422 that it
// can and is wrong, 404 that a thing is not there or not the caller's to see.
//
// Ids are strings of digits, because browsers cannot hold 64 bits; times are RFC 3339.
// Lists page by an opaque cursor that names the last entry seen, so that what comes in
// meanwhile shifts nothing.
//
// Idempotency-Key: the handler runs inside the transaction that keeps its answer, so
// that both are there or neither, whatever kills the process in between. Operations that
// do more than SQL take a lease instead (once.go).
//
// Table: api_answer. Neighbours: token, actor, store, web, fault; every <slice>api
// package registers its operations here, and studio serves them.
package api
