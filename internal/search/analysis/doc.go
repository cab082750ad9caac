// Package analysis (文本分析) turns Chinese text into search terms. Documents and queries get the same terms, for every
// engine.
//
//	text ─► NFKC, lower case, 繁→简 by character ─► runs
//	  Han run        every character (Uni) and every adjacent pair (Bi)
//	  letters/digits one Word; joined by - / . also without the signs (0450-12345678)
//	  document no.   国办发〔2020〕45号, [2020]045 号, 2020年第45号 … all one Number term
//
// There is no dictionary. On four labelled sets, single characters and pairs found more than three word segmenters did,
// and they also find unknown place names. Every term has its byte range in the original text, for highlighting. White
// space within a line does not separate two Han characters, because official titles are often spaced out (公　告). Line
// ends and punctuation do separate them.
//
// Version must be increased with every change of the output: an index made by another version is rebuilt. The package
// uses only the standard library and golang.org/x/text.
package analysis

// Version is the version of the terms that this package makes.
const Version = 1

//go:generate go run ./gen -out t2s_table.go OPENCC_TSCharacters_FILE
