// Package table (表格来源) reads records: JSON lines, CSV and TSV in any Chinese encoding, XLSX.
// A record that cannot be read is one bad input with its line; a file that cannot be read on
// ends the run after what was read before.
package table
