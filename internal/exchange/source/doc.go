// Package source (采集来源) defines the inputs of an import and recognizes formats by their bytes. The packages below it
// open the sources: files (saved pages, content files), table (JSON lines, CSV, XLSX) and crawl (other sites).
//
//	bytes → [Sniff] → Source → Inputs; an input that cannot be read has a Problem and a reason
//
// All inputs are untrusted. Every reader has limits in bytes, counts and depth, and its errors say in Chinese which
// limit was exceeded.
package source
