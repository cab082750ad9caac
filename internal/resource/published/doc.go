// Package published (公开信息) reads the public content of the library: lists of columns and sites, items with their
// states, links, old addresses, and the files that items name. Publisher, search and portal read the library only
// through this package, so they cannot show a draft.
//
// Lists are ordered by Key, newest first. Between returns the part of a list between two keys; a new item does not
// shift it. A Reader needs no actor, because its content is public.
//
// The package reads the tables of package resource and writes none. Neighbours: resource, whose types it returns;
// publish and search use it.
package published
