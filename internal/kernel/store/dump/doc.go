// Package dump (数据导出) reads a whole database as text that any program can read in ten years,
// writes such text into an empty database of either engine, and proves that both are equal.
//
//	Describe   which tables there are, from the catalogue of the database: a new slice is covered
//	           by itself. The version tables of migrations are written as versions, not as rows.
//	Read       every row of a table as one line
//	Load       lines into a table, in the transaction of a store.Bulk
//	Sum        what two tables have in common when their rows are equal, in whatever order
//
// A line is a JSON array with one value per column, in the form that AppendRow writes and no other:
// no space, int64 as a number with all its digits, boolean true or false, null; text as a string
// in which only quote, backslash and what is below U+0020 are escaped (the latter as \u00xx); bytes,
// and text that is not UTF-8, as {"base64":"…"}. A line ends with a line feed. As each row has one
// form only, equal rows have equal lines whichever engine held them.
//
// Tables are in an order in which each comes after those it refers to.
package dump
