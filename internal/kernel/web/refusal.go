package web

import (
	"bytes"
	"io"
)

// refusalHeaders are what net/http answers with, without asking a handler, to what is no request or too large a one.
const refusalHeaders = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// isRefusal tells whether bytes on a connection begin such an answer, or the one to an expectation that nobody knows.
// No handler gives either: its answers have a date.
func isRefusal(p []byte) bool {
	if !bytes.HasPrefix(p, []byte("HTTP/1.")) {
		return false
	}
	line := bytes.IndexByte(p, '\r')
	return line > 12 && (string(p[8:13]) == " 417 " || bytes.HasPrefix(p[line:], []byte(refusalHeaders)))
}

// writeRefusal writes the answer with the headers that every answer carries. Over TLS, where only crypto/tls sees it,
// it goes out without.
func writeRefusal(w io.Writer, p []byte) error {
	line := bytes.IndexByte(p, '\n') + 1
	out := append([]byte(nil), p[:line]...)
	for _, h := range PublicHeaders() {
		out = append(out, h[0]+": "+h[1]+"\r\n"...)
	}
	out = append(out, "Cross-Origin-Resource-Policy: same-origin\r\nCache-Control: no-store\r\n"...)
	_, err := w.Write(append(out, p[line:]...))
	return err
}
