// Package bleveindex (内嵌搜索引擎) is the search driver on Bleve's scorch index: the default
// engine, in process, one folder per generation.
//
// Terms come ready-made, so nothing of Bleve's mappings, analysers, query language, searchers
// or registry is used: a document is handed over field by field, and a request is answered
// from the postings of the segments:
//
//	filters ─► bitmap;  all clauses wanted ─► bitmaps met, then scored where they meet
//	                    some wanted        ─► every posting of every term added up, then chosen
//	the best, by score or time ─► counts of the features at them
//	facets, times ─► columns: dictionaries of a segment turned round and kept in memory
//
// Bleve's searchers go through all terms document by document instead, and make an object of
// each. Scoring of the first stage is Bleve's tf-idf (its "bm25" is none: it divides by the
// number of distinct terms and counts idf twice).
//
// A folder is verified when it is opened: every segment that the index refers to must have
// the checksum in its footer. Damage found then or later is search.ErrCorrupt.
package bleveindex
