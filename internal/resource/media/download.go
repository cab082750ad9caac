package media

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDownload is the maximum length of the name of a download in characters. With its extension it has at most 255
// bytes, the limit of file systems.
const maxDownload = 80

// Download returns the name under which a browser saves the file: its name, made safe for every file system, with the
// extension of its recognized type. So a file cannot be saved with an extension of another type.
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
