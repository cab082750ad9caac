// Package exchange (汇聚交换) collects what exists elsewhere into the library.
//
//	path or address ─▶ source.Source: inputs ─▶ page or record → draft ─▶ media into the blob store
//	                                                                   ─▶ resource.Desk.Receive
//	                                              └─▶ quarantine, with a reason
//
// Inputs are read, and their media taken in, by several goroutines; they reach the
// library in their order, a hundred in one transaction.
//
// Formats are recognized by content, not by name: saved pages (one, or a folder), JSON lines,
// CSV and TSV in any Chinese encoding, XLSX, RSS and Atom, our own YAML content files,
// and, given an http address, a site map or a polite crawl. What opens and reads them is
// in source and the packages below it.
//
// Nothing is silently dropped: every input ends as imported, updated, unchanged, merged
// or quarantined, and the totals add up. An input is known by source and external id,
// so a run that was killed is simply run again.
//
// Tables: exchange_run, exchange_quarantine, exchange_undated. Neighbours: imports
// resource and site; source brings the inputs, the pure packages charset, htmlclean, extract
// and accept do the reading.
package exchange
