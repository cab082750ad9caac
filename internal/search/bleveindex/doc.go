// Package bleveindex (内嵌搜索引擎) is the search driver on Bleve's scorch index: the default
// engine, in process, one folder per generation.
//
// Terms come ready-made, so nothing of Bleve's mappings, analysers, query language or
// registry is used: a document is handed over field by field, a request becomes searchers.
// Scoring of the first stage is Bleve's tf-idf (its "bm25" is none: it divides by the number
// of distinct terms and counts idf twice).
//
// A folder is verified when it is opened: every segment that the index refers to must have
// the checksum in its footer. Damage found then or later is search.ErrCorrupt.
package bleveindex
