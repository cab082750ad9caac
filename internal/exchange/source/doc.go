// Package source (采集来源) says what an input of an import is, and recognizes formats by their
// bytes. The packages below it open the sources: files (saved pages, content files), table
// (JSON lines, CSV, XLSX) and crawl (other sites).
//
//	bytes → [Sniff] → Source → Inputs; what cannot be read is an Input with a Problem and its [Reason]
//
// What comes in is foreign: every reader below has limits in bytes, counts and depth, and
// says in Chinese which one was passed.
package source
