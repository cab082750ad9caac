package source

import (
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"guiyi/internal/kernel/charset"
)

// Trim drops the white space that tables pad their cells with.
func Trim(s string) string { return strings.Trim(s, " \t\r\n\u3000\u00a0\ufeff") }

// CleanText makes foreign text storable: UTF-8 without zero bytes. File names and ids of
// old systems may be in GBK.
func CleanText(s string) string {
	if !utf8.ValidString(s) {
		if text, _, err := charset.Decode([]byte(s), ""); err == nil {
			s = text
		}
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	return strings.ReplaceAll(s, "\x00", "")
}

// Label names what lies at a path by its last two parts, so that the index.html of two
// folders are two things.
func Label(at string) string {
	abs, err := filepath.Abs(at)
	if err != nil {
		abs = at
	}
	dir, name := filepath.Split(abs)
	return CleanText(filepath.ToSlash(filepath.Join(filepath.Base(dir), name)))
}

// IsDocument reports whether a file may be content of its own and not only part of a page: a document, table or video.
func IsDocument(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".wps", ".et", ".ofd", ".zip", ".rar", ".7z",
		".mp3",
		".mp4", ".flv", ".txt", ".tsv", ".csv", ".json":
		return !strings.HasPrefix(path.Base(name), ".")
	}
	return false
}

// IsAsset reports whether a file belongs to a page and is none itself.
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
