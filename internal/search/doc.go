// Package search (智能搜索) finds released resources by what citizens type.
//
// An Index adds the common logic to a small engine Driver. This package decides what affects quality, the same for
// every engine: the terms (package analysis), the meaning of a query, the ranking and the highlighting. An engine
// only stores terms and returns the documents that contain them.
//
//	feed ─► Follower ─► Source (what is live now?)
//	            │                   │
//	            └── Index.Apply ◄───┘ live documents / removed items
//
//	q ─► parse: remove stop words; “phrases”, document numbers, terms
//	  ─► engine: all terms; if nothing is found, most terms; 200 best candidates with term counts
//	  ─► rank: matches of document numbers, then BM25 of pairs + characters + 0.3 title, exact lengths
//	  ─► highlight from the stored original
//
// On disk, DIR/current names the live generation DIR/gen-N. A rebuild fills a new generation while the old one
// answers queries, then changes the name. NeedsRebuild reports an index that is incomplete, damaged, or made by
// another version of the analyser. Open replaces a damaged generation by an empty one, so that new releases can be
// found at once.
//
// The index is a copy; it can always be rebuilt from the library. It stores its own position in the feed.
// Neighbours: feed (what changed), resource (the library, read through Source), portal (queries), app (wiring).
package search
