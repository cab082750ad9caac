package accept

import (
	"bytes"
	"encoding/xml"
	"io"
	"mime"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
)

// The accepted media types, each with the extension that it is published under. A file of another type is not
// published; the page keeps the link to the original.
var (
	Pictures = map[string]string{"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp",
		"image/bmp": "bmp", "image/svg+xml": "svg"}
	Playable = map[string]string{"video/mp4": "mp4", "video/webm": "webm", "audio/mpeg": "mp3", "audio/mp4": "m4a",
		"audio/x-m4a": "m4a", "audio/wav": "wav", "audio/ogg": "ogg",
		// pictures: the poster of a video
		"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
)

// fileTypes are the media types that the content of an attachment may have, by its extension. Office programs write
// any of officeTypes under any of their extensions.
var (
	officeTypes = []string{"application/zip", "application/x-ole-storage", "text/rtf"}
	fileTypes   = map[string][]string{
		"pdf": {"application/pdf"}, "ofd": {"application/zip"},
		"doc": officeTypes, "docx": officeTypes, "xls": officeTypes, "xlsx": officeTypes, "ppt": officeTypes,
		"pptx": officeTypes, "wps": officeTypes, "et": officeTypes, "dps": officeTypes,
		"rtf": {"text/rtf"}, "zip": {"application/zip"}, "rar": {"application/x-rar-compressed", "application/vnd.rar"},
		"7z":  {"application/x-7z-compressed"},
		"txt": {"text/plain"}, "csv": {"text/plain"},
		"jpg": {"image/jpeg"}, "jpeg": {"image/jpeg"}, "png": {"image/png"}, "gif": {"image/gif"},
		"mp3": {"audio/mpeg"}, "mp4": {"video/mp4"},
	}
)

// File reports whether the content matches the extension. It is false for an HTML page with the extension of a
// document.
func File(ext string, body []byte) bool {
	kinds := fileTypes[ext]
	start := bytes.TrimLeft(body[:min(len(body), 1024)], "\xef\xbb\xbf \t\r\n\x00")
	switch {
	case bytes.HasPrefix(start, []byte("<")): // markup, whatever follows
		return false
	case ext == "pdf":
		return bytes.HasPrefix(start, []byte("%PDF-"))
	}
	for m := mimetype.Detect(body); m != nil; m = m.Parent() {
		kind, _, _ := strings.Cut(m.String(), ";")
		if kind == "text/html" || kind == "text/xml" || kind == "image/svg+xml" {
			return false
		}
		if slices.Contains(kinds, kind) {
			return true
		}
	}
	return false
}

// Kind returns the media type of a file by its first bytes, and the extension that it is published under. The
// extension is "" when the file may not be published or its name contradicts its content. For the extension "svg" the
// caller must also check the content with SVG.
func Kind(name string, head []byte) (kind, ext string) {
	kind, _, _ = strings.Cut(mimetype.Detect(head).String(), ";")
	for _, known := range []map[string]string{Pictures, Playable} {
		if e, ok := known[kind]; ok {
			return kind, e
		}
	}
	ext = strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")
	if !File(ext, head) {
		return kind, ""
	}
	if t := mime.TypeByExtension("." + ext); t != "" {
		kind, _, _ = strings.Cut(t, ";")
	}
	return kind, ext
}

// maxName is the maximum length of a file name, in bytes.
const maxName = 200

// Name reports whether a file may have the name: one line of UTF-8 without a path, at most 200 bytes, not beginning
// with a dot.
func Name(name string) bool {
	return name != "" && name == filepath.Base(name) && !strings.ContainsAny(name, "/\\\x00") &&
		!strings.HasPrefix(name, ".") && len(name) <= maxName && utf8.ValidString(name) &&
		strings.Join(strings.Fields(name), " ") == name
}

// MaxSVG is the maximum size of an SVG file, in bytes.
const MaxSVG = 1 << 20

// forbidden are the SVG elements that run code or show other documents.
var forbidden = []string{"script", "foreignobject", "iframe", "embed", "object", "audio", "video", "handler",
	"listener", "set", "animate"}

// SVG reports whether an SVG file may be published. It is false for scripts, event handlers, entities, foreign
// content, references to outside the file, and for what cannot be parsed.
func SVG(b []byte) bool {
	dec := xml.NewDecoder(bytes.NewReader(b))
	for depth := 0; ; {
		token, err := dec.Token()
		if err == io.EOF {
			return true
		}
		if err != nil {
			return false
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > 200 || !safeElement(t) {
				return false
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if leadsOut(string(t)) { // a style sheet
				return false
			}
		case xml.Directive:
			if bytes.Contains(bytes.ToUpper(t), []byte("ENTITY")) {
				return false
			}
		case xml.ProcInst:
			if t.Target != "xml" {
				return false
			}
		}
	}
}

func safeElement(t xml.StartElement) bool {
	if slices.Contains(forbidden, strings.ToLower(t.Name.Local)) {
		return false
	}
	for _, a := range t.Attr {
		name, value := strings.ToLower(a.Name.Local), strings.ToLower(strings.TrimSpace(a.Value))
		switch {
		case strings.HasPrefix(name, "on"), strings.Contains(value, "javascript:"):
			return false
		case name == "href" || name == "src":
			if !strings.HasPrefix(value, "#") && !strings.HasPrefix(value, "data:image/") ||
				strings.HasPrefix(value, "data:image/svg") {
				return false
			}
		case leadsOut(value):
			return false
		}
	}
	return true
}

// leadsOut reports whether a style sheet loads something from outside.
func leadsOut(style string) bool {
	s := strings.ToLower(style)
	if strings.Contains(s, "@import") || strings.Contains(s, "expression(") {
		return true
	}
	for rest := s; ; {
		_, after, ok := strings.Cut(rest, "url(")
		if !ok {
			return false
		}
		rest = strings.TrimLeft(after, " \t\r\n'\"")
		if !strings.HasPrefix(rest, "#") {
			return true
		}
	}
}
