package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// What net/http refuses by itself is sent with the headers of every response, complete and well formed; responses of
// handlers are not changed, even when they look the same.
func TestRefusalsAreSecured(t *testing.T) {
	s, _ := start(t, ServerOptions{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, "HTTP/1.1 400 Bad Request"+refusalHeaders)
	}), HeaderBytes: 4096})
	const host = "Host: a\r\n"
	for sent, status := range map[string]int{
		"nonsense\r\n\r\n":                                                                     400,
		"GET / HTTP/1.1\r\n\r\n":                                                               400, // no host
		"GET / HTTP/1.1\r\n" + host + host + "\r\n":                                            400,
		"GET / HTTP/1.1\r\nHost : a\r\n\r\n":                                                   400,
		"GET / HTTP/1.1\r\n" + host + "X: a\x00b\r\n\r\n":                                      400,
		"GET / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n":                             400,
		"GET / HTTP/3.0\r\n" + host + "\r\n":                                                   505,
		"GET / HTTP/1.1\r\n" + host + "Expect: 200-all\r\n\r\n":                                417,
		"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n":                       501,
		"GET / HTTP/1.1\r\n" + host + strings.Repeat("X: a\r\n", 9000):                         431,
		"GET / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n":                              -400, // by the handler
		"GET / HTTP/1.1\r\n" + host + "Expect: 100-continue\r\n" + "Connection: close\r\n\r\n": -400,
	} {
		conn := dial(t, s)
		io.WriteString(conn, sent) // the response is checked
		conn.(*net.TCPConn).CloseWrite()
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%.60q: %v", sent, err)
			continue
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != max(status, -status) {
			t.Errorf("%.60q: %s, %v", sent, res.Status, err)
		}
		if text := fmt.Sprintf("%d ", res.StatusCode); status > 0 && status != 417 && status != 501 &&
			!strings.HasPrefix(string(body), text) {
			t.Errorf("%.60q: the body is %q", sent, body)
		}
		for _, h := range PublicHeaders() {
			got := res.Header.Values(h[0])
			if status > 0 && (len(got) != 1 || got[0] != h[1]) || status < 0 && len(got) > 0 {
				t.Errorf("%.60q: %s is %q", sent, h[0], got)
			}
		}
	}
}
