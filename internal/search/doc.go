// Package search (智能搜索) finds released resources by what citizens type.
//
// An Index is common logic over a small engine Driver. Everything that decides quality is
// here and the same for every engine: the analyser (package analysis), what a query means,
// the ranking, the highlighting. An engine keeps terms and answers which documents hold them.
//
//	feed ─► Follower ─► Source (what is live now?)
//	            │                   │
//	            └── Index.Apply ◄───┘ documents / gone items
//
//	q ─► parse: stop phrases off, “phrases”, document numbers, terms
//	  ─► engine: all terms; nothing found → most terms; 200 best candidates with term counts
//	  ─► rank: matches of document numbers, then BM25 of pairs + characters + 0.3 title, exact lengths
//	  ─► highlight from the stored original
//
// On disk (embedded engine): DIR/current names the live generation DIR/gen-N. A rebuild fills
// a new generation while the old one answers, then the name is switched. A generation that
// is damaged or of another analyser version is reported by NeedsRebuild; a damaged one is
// thrown away at Open so that new releases are findable at once.
//
// The index is a copy that can always be rebuilt from the library; its position in the feed lies in it.
// Neighbours: feed (what changed), resource (the source, through the Source interface), portal (asks), app (wires).
package search
