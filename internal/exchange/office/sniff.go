package office

import (
	"bytes"
	"io"
)

// Family is what a file is by its first bytes.
type Family string

// The families.
const (
	Zip      Family = "zip"      // .docx .xlsx .pptx .ods .odt .ofd
	Compound Family = "compound" // OLE2: .doc .xls .ppt .wps, and encrypted documents
	PDF      Family = "pdf"
	RTF      Family = "rtf"
	Plain    Family = "" // anything else, perhaps text
)

// Sniff tells the family of a file.
func Sniff(r io.ReaderAt, size int64) Family {
	head := make([]byte, min(size, 1024))
	n, _ := r.ReadAt(head, 0) // what cannot be read is of no family
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return Zip
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return Compound
	case bytes.HasPrefix(head, []byte("{\\rtf")):
		return RTF
	case bytes.Contains(head, []byte("%PDF-")):
		return PDF
	}
	return Plain
}
