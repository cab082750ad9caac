package source

import (
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"guiyi/internal/kernel/charset"
)

// Trim removes the white space around the value of a cell.
func Trim(s string) string { return strings.Trim(s, " \t\r\n\u3000\u00a0\ufeff") }

// CleanText makes foreign text storable: valid UTF-8 without zero bytes. It decodes GBK, in which old systems write
// file names and IDs.
func CleanText(s string) string {
	if !utf8.ValidString(s) {
		if text, _, err := charset.Decode([]byte(s), ""); err == nil {
			s = text
		}
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	return strings.ReplaceAll(s, "\x00", "")
}

// Label returns the last two parts of a path. So the index.html of two folders have different labels.
func Label(at string) string {
	abs, err := filepath.Abs(at)
	if err != nil {
		abs = at
	}
	dir, name := filepath.Split(abs)
	return CleanText(filepath.ToSlash(filepath.Join(filepath.Base(dir), name)))
}

// IsDocument reports whether a file can be content of its own, such as a document, table, archive, audio or video.
func IsDocument(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".wps", ".et", ".ofd", ".zip", ".rar", ".7z",
		".mp3",
		".mp4", ".flv", ".txt", ".tsv", ".csv", ".json":
		return !strings.HasPrefix(path.Base(name), ".")
	}
	return false
}

// IsAsset reports whether a file is usually a part of a page and not a page.
func IsAsset(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".css", ".js", ".mjs", ".map", ".json", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".svg", ".ico",
		".woff", ".woff2", ".ttf", ".eot", ".otf",
		".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".wps", ".et", ".ofd", ".zip", ".rar", ".7z", ".mp3",
		".mp4", ".flv", ".swf", ".txt", ".md", ".tsv", ".csv":
		return true
	}
	return false
}
