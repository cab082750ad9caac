// Package analysis (文本分析) turns Chinese text into search terms, the same way for
// documents and for queries and for every engine.
//
//	text ─► NFKC, lower case, 繁→简 by character ─► runs
//	  Han run        every character (Uni) and every adjacent pair (Bi)
//	  letters/digits one Word; joined by - / . also without the signs (0450-12345678)
//	  document no.   国办发〔2020〕45号, [2020]045 号, 2020年第45号 … all one Number term
//
// There is no dictionary: unigrams and bigrams found more than three segmenters on four
// labelled sets, and no place name is ever unknown. Every term keeps its byte range in the
// original text for highlighting. Blanks inside a line do not part two Han characters,
// because official titles are spaced out (公　告); line ends and punctuation do.
//
// Version must grow with every change of the output: an index made by another version
// is rebuilt. The package is pure: standard library and golang.org/x/text only.
package analysis

// Version of the terms this package makes.
const Version = 1

//go:generate go run ./gen -out t2s_table.go OPENCC_TSCharacters_FILE
