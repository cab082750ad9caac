// Package metadata (元数据标准) checks items against the metadata standard of the library. The standard says which elements
// all items have (core), which elements a class adds, and the form of each value. Most violations are warnings, because
// real sites deviate from the standard; some are errors.
//
// The standard is in standard.yaml and themes.yaml (主题分类). This package also checks the notations of document numbers
// (发文字号), index numbers (索引号) with check digits, and theme classes.
package metadata
