// Package resourceapi (信息接口) has the API operations on items, editions, placements, links and files. The rules are in
// package resource; this package only converts requests and responses.
//
// The field "version" of a request is the optimistic lock (docs/adr). It is in the body, so generated clients have it
// in their types. The HTML of a body is cleaned before it is used (Options.Clean).
package resourceapi
