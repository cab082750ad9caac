// Package bleveindex (内嵌搜索引擎) is the default search driver. It uses scorch, the index of Bleve, inside the process,
// with one folder per generation.
//
// The terms come from package search, so Bleve's mappings, analysers, query language, searchers and registry are not
// used. A document is added field by field. A request is answered from the postings of the segments:
//
//	filters ─► bitmap;  all clauses required ─► intersection of bitmaps, then scores of those documents
//	                    some required        ─► scores of all postings of all terms, then selection
//	the best, by score or time ─► counts of the features in these documents
//	facets, times ─► columns: values by document, made from the dictionary of a segment and cached in memory
//
// Bleve's searchers are slower: they walk the postings of all terms together, document by document, and allocate an
// object for each document. Find scores with Bleve's tf-idf; package search then ranks the best documents again.
// (Bleve's "bm25" is not BM25: it divides by the number of distinct terms and counts idf twice.)
//
// Open verifies the folder: every segment that the index refers to must match the checksum in its footer. It reports
// damage as search.ErrCorrupt. Later the engine reads the mapped files without their checksums. When it fails to read
// them, with an error or a panic, the driver returns search.ErrCorrupt too.
package bleveindex
