// Package metadata (元数据标准) is the metadata standard of the library: which elements
// every item has (core) and which its class adds, how each value is written, and what a
// breach is: an error or, because real sites deviate, mostly a warning.
//
// The standard is data: standard.yaml (standards reference 3.5 and 5.3) and themes.yaml
// (主题分类, 3.6). The notations it refers to are checked here: document numbers
// (发文字号), index numbers (索引号) with their check digits, and theme classes.
package metadata
