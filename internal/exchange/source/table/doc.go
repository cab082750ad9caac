// Package table (表格来源) reads records: JSON lines, CSV and TSV in any Chinese encoding, XLSX, XML Spreadsheet 2003 and
// HTML tables. A record that cannot be read becomes one input with a problem and its line number. Damage that prevents
// further reading ends the run; the records before it are kept.
package table
