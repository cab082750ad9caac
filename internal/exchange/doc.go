// Package exchange (汇聚交换) imports existing content from files and other sites into the library.
//
//	path or address ─▶ source.Source: inputs ─▶ page or record → draft ─▶ media into the blob store
//	                                                                   ─▶ resource.Desk.Receive
//	                                              └─▶ quarantine, with a reason
//
// Several goroutines read the inputs and store their media. The items then enter the library in the order of the
// inputs, a hundred per transaction.
//
// A format is recognized by its content, not by its name. The formats are: saved pages (one file or a folder), JSON
// lines, CSV and TSV in any Chinese encoding, XLSX, RSS and Atom, and YAML content files. An http address is a site
// map, a feed, or the start of a crawl. Package source and the packages below it open and read them.
//
// No input is dropped silently. Every input ends as imported, updated, unchanged, merged or quarantined, and the totals
// add up. An input is identified by its source and external ID. So a run that was killed can simply run again.
//
// Tables: exchange_run, exchange_quarantine, exchange_undated. Neighbours: imports resource and site; source supplies
// the inputs; the pure packages charset, htmlclean, extract and accept read and check them.
package exchange
