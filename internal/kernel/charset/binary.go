package charset

import "bytes"

var magics = [][]byte{
	[]byte("%PDF-"), []byte("PK\x03\x04"), {0xD0, 0xCF, 0x11, 0xE0}, []byte("GIF8"), {0x89, 'P', 'N', 'G'},
	{0xFF, 0xD8, 0xFF},
	{0x1F, 0x8B}, []byte("Rar!"), []byte("7z\xBC\xAF"), []byte("RIFF"), []byte("\x7FELF"), []byte("MZ\x90"),
	[]byte("ID3"), []byte("OggS"),
}

// isBinary reports whether a file is not text, by its first bytes or by control characters.
func isBinary(raw []byte) bool {
	for _, m := range magics {
		if bytes.HasPrefix(raw, m) {
			return true
		}
	}
	control := 0
	sample := raw[:min(len(raw), 64<<10)]
	for _, b := range sample {
		if b < 0x20 && b != '\t' && b != '\n' && b != '\r' && b != '\f' && b != 0x1B {
			control++
		}
	}
	return control > 4 && control*50 > len(sample)
}
