// Package feed (索引变更流) is an ordered list of the items and sites that every copy of the search index must read
// again. Workers append one row per change. Each process with an index reads the rows at its own pace, and stores its
// Position in the index.
//
//	resource.changed, site.changed ─job search.index─► Feed.Append ─► rows 1, 2, 3 … ─► Feed.After, in every process
//
// A row names an item or a site and has no content: the reader asks the library what is live now. The numbers of rows
// have no gaps and become visible in order. So a reader detects missed rows by their numbers; then it starts again.
//
// Tables: search_feed, search_feed_end. Rows are deleted after a week.
// Neighbours: resource and site (their events), search (the reader), app (wiring).
package feed
