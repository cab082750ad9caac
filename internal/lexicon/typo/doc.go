// Package typo (疑似错别字) finds wrong characters that no dictionary lists: 正档 for 正当, 律帅 for 律师.
//
// It replaces one character so that a word of the word list appears, and compares how usual the text is before and
// after. A mistake is reported when the replaced text is far more usual: the reason names both words, so a reader can
// judge it. What it finds is likely, not sure; so it is never more than a warning. docs/lexicon.md has the figures.
//
// The package is pure. Neighbours: reads lexicon/words; used by lexicon/check.
package typo
