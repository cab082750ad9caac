// Package dump (数据导出) writes a database as text, loads that text into an empty database of either engine, and compares
// both by checksums.
//
//	Describe   reads the tables from the catalog of the database, so tables of new slices are included. Version tables
//	           of migrations are written as version numbers.
//	Read       writes every row of a table as one line
//	Load       inserts lines into a table, in the transaction of a store.Bulk
//	Sum        is a checksum of a table that does not depend on the order of rows
//
// A line is a JSON array with one value per column, without spaces, and ends with a line feed:
//
//   - null, true, false, and numbers; int64 has all its digits;
//   - text is a string. Only the quote, the backslash and characters below U+0020 are escaped, the latter as \u00xx;
//   - bytes, and text that is not UTF-8, are {"base64":"…"}.
//
// Every row has exactly one form, so equal rows give equal lines on both engines. Each table follows the tables that it
// refers to.
package dump
