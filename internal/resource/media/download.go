package media

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDownload bounds the name of a download in characters: with its extension it fits into 255 bytes of a file system.
const maxDownload = 80

// Download is the name under which a reader saves the file: what it is called, made safe for every file system, with
// the extension that its bytes have. Whatever the name says, a document does not become a program by it.
func (f File) Download() string {
	name := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.In(r, unicode.Bidi_Control, unicode.Cf), r == utf8.RuneError:
			return -1
		case strings.ContainsRune(`/\:*?"<>|`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, f.Name)
	ext := "." + f.Ext
	if len(name) >= len(ext) && strings.EqualFold(name[len(name)-len(ext):], ext) {
		name = name[:len(name)-len(ext)]
	}
	name = strings.TrimLeft(strings.TrimRight(strings.TrimSpace(name), ". "), ". ")
	if r := []rune(name); len(r) > maxDownload {
		name = strings.TrimSpace(string(r[:maxDownload-1])) + "…"
	}
	if name == "" {
		name = "附件"
	}
	return name + ext
}
