// Package published (公开信息) reads what is public of the library: lists of columns and sites,
// pages of items with their state, relations, old addresses, and which files items name.
// Publisher, search and portal read the library only here, so a draft cannot reach them.
//
// Lists are ordered by Key, newest first; to show a part of a list, call Between with two
// keys, and a new item moves no other. Reader takes no actor: it needs no right to read what
// everybody may see.
//
// It reads the tables of package resource and writes none. Neighbours: resource, whose types
// it returns; publish and search use it.
package published
