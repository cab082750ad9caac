// Package audit reads all stored bytes of published sites again and compares them with their hashes (防篡改审计): nodes,
// pages, variants and chunks of large files, directly from the store and not from a cache. It also looks for objects
// that do not belong there: packs of no revision, objects with unknown names, files that are no objects. The edge never
// serves such bytes anyway; the audit finds a manipulated disk before readers notice missing pages.
package audit
