package web

import (
	"bytes"
	"io"
)

// refusalHeaders follow the status line when net/http itself answers a malformed or too large request without calling a
// handler.
const refusalHeaders = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// isRefusal reports whether p begins a response that net/http itself made: one with refusalHeaders, or a 417 to an
// unknown Expect header. A response of a handler does not match, because its first header is another one.
func isRefusal(p []byte) bool {
	if !bytes.HasPrefix(p, []byte("HTTP/1.")) {
		return false
	}
	line := bytes.IndexByte(p, '\r')
	return line > 12 && (string(p[8:13]) == " 417 " || bytes.HasPrefix(p[line:], []byte(refusalHeaders)))
}

// writeRefusal writes the response p with PublicHeaders added. It cannot be used over TLS, where p is encrypted.
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
