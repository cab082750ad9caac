// Package check (内容检查) says what looks wrong in a text before it is published: wrong words, document numbers, names
// of leaders, personal information, links, tables, headings, pictures, names of attachments.
//
//	HTML ─ParseHTML─► Document (title, blocks, images, tables, files) ─Check─► Report (findings with place and fix)
//
// A place is a part of the document (title, text, image, table, file), its number from 0, and a range of runes. Blocks
// are counted as an editor counts text blocks: each paragraph, heading, caption, cell or list entry that holds text
// itself, empty ones too, in document order. In a block a line break is one rune, and so is a picture.
//
// The levels are block (阻断), warn (警告), hint (提示) and off. A finding of a statistical kind is never more than warn.
// Time and size are bounded for any input: a report has at most MaxFindings findings and says when there were more.
//
// The package is pure: no disk, no network. Neighbours: reads HTML by kernel/htmlclean, words by lexicon/words, likely
// mistakes by lexicon/typo; lexicon passes dictionaries, leaders and levels of a site.
package check
