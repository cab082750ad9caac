package web

import (
	"bytes"
	"io"
)

// refusalHeaders are added to the responses that net/http itself gives to malformed and too large requests, without
// calling a handler.
const refusalHeaders = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// isRefusal reports whether bytes on a connection begin such a response, or the one to an unknown expectation. A
// response of a handler is never taken for one: it has a Date.
func isRefusal(p []byte) bool {
	if !bytes.HasPrefix(p, []byte("HTTP/1.")) {
		return false
	}
	line := bytes.IndexByte(p, '\r')
	return line > 12 && (string(p[8:13]) == " 417 " || bytes.HasPrefix(p[line:], []byte(refusalHeaders)))
}

// writeRefusal writes the response with the headers of every response. Over TLS the bytes are encrypted already, and
// the headers cannot be added.
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
