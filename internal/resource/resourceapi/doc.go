// Package resourceapi (信息接口) has the operations of the API on items, their editions,
// placements, links and files. What they change is decided in package resource; here
// are only the forms of request and answer.
//
// The optimistic lock is the field "version" in the body (docs/adr): generated clients
// carry it in their types, and one request may name several. A body of an item comes as
// HTML and is cleaned before anything else looks at it (Options.Clean).
package resourceapi
