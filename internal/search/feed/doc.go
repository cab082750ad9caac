// Package feed (索引变更流) is the ordered list of what copies of the search index have to look at again. Workers write
// it, once for every change; each process with an index reads it at its own pace and keeps its Position with the
// index.
//
//	resource.changed, site.changed ─job search.index─► Feed.Append ─► rows 1, 2, 3 … ─► Feed.After, in every process
//
// A row names an item or a site, never content: who reads it asks the library what is live now. Numbers have no gaps
// and become visible in their order, so a reader sees by the number alone whether it missed something: then it starts
// again.
//
// Tables: search_feed, search_feed_end. Rows are kept for a week.
// Neighbours: resource and site (their events), search (reads), app (wires).
package feed
