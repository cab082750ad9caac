// Package api (编程接口) is the framework of the platform's JSON API. It makes operations from Go types (huma) and
// describes them in one OpenAPI 3.1 document.
//
//	request ──▶ authenticate ──▶ rate, permission ──▶ idempotency key ──▶ parse, validate ──▶ handler
//	                │                   │                    │                   │              │
//	                └───────────────────┴── problem+json: says what to do ───────┴──────────────┘
//
// An operation declares the permission that it requires. An operation without a permission answers every caller with
// 403. A handler returns faults. Only problem.go turns faults and validation errors into responses:
//
//	400   the request cannot be parsed
//	422   the request is well-formed but invalid
//	404   the object does not exist, or it is outside of the caller's scope
//
// Ids are strings of digits, because JavaScript numbers have less than 64 bits. Times are RFC 3339. A page of a list
// ends with an opaque cursor, which contains the key of the last entry. So entries added meanwhile do not shift the
// next page.
//
// With an Idempotency-Key, the handler runs inside the transaction that stores its response: both are committed or
// neither. An operation that does more than SQL leases its key instead (once.go).
//
// Table: api_answer. Neighbours: token, actor, audit, jobs, store, web, fault. Every <slice>api package registers its
// operations here; studio serves them.
package api
