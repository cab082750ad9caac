package web

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// Empty lines before the first request line are skipped, in whatever pieces they arrive; nothing else of the stream
// is skipped.
func TestEmptyLinesBeforeTheFirstRequest(t *testing.T) {
	const get = "GET / HTTP/1.1\r\n\r\n"
	for sent, want := range map[string]string{
		get:                   get,
		"\r\n" + get:          get,
		"\r\n\r\n" + get:      get,
		"\r\n\r\n\r\n" + get:  "\r\n" + get, // net/http refuses it
		"\r" + get:            "\r" + get,
		"\r\r\n" + get:        "\r\r\n" + get,
		"\n" + get:            "\n" + get,
		" \r\n" + get:         " \r\n" + get,
		"\r\n \r\n" + get:     " \r\n" + get,
		"\r\n\r" + get:        "\r" + get,
		"G\r\n\r\n":           "G\r\n\r\n",
		"\r\nG\r\n\r\n" + get: "G\r\n\r\n" + get,
		"\r":                  "\r",
		"\r\n":                "",
		"\r\n\r\n":            "",
		"":                    "",
	} {
		for name, pieces := range map[string]func(io.Reader) io.Reader{
			"whole":        func(r io.Reader) io.Reader { return r },
			"byte by byte": iotest.OneByteReader,
			"end with it":  iotest.DataErrReader,
		} {
			for _, room := range []int{2, 3, 4096} {
				r, first := pieces(strings.NewReader(sent)), make([]byte, room)
				n, err := readLine(r, first)
				if err != nil && err != io.EOF || n == 0 && err == nil {
					t.Errorf("%q %s: %d, %v", sent, name, n, err)
				}
				rest, err := io.ReadAll(r)
				if got := string(first[:n]) + string(rest); err != nil || got != want {
					t.Errorf("%q %s, room for %d: %q, want %q; %v", sent, name, room, got, want, err)
				}
			}
		}
	}
}

func TestServerSkipsEmptyLines(t *testing.T) {
	s, _ := start(t, ServerOptions{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %q %v", r.URL.Path, b, err)
	})})
	get, post := "GET /a HTTP/1.1\r\nHost: a\r\n", "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
	const last = "Connection: close\r\n\r\n"
	for sent, want := range map[string][]string{
		get + last:                                  {`/a "" <nil>`},
		"\r\n" + get + last:                         {`/a "" <nil>`},
		"\r\n\r\n" + get + last:                     {`/a "" <nil>`},
		"\r\n" + post + last + "\r\n\r\n":           {`/b "\r\n\r\n" <nil>`},
		"\r\n" + post + "\r\nabcd\r\n" + get + last: {`/b "abcd" <nil>`, `/a "" <nil>`},
		"\r\n" + get + "\r\n" + get + last:          {`/a "" <nil>`, `/a "" <nil>`},
		"\r\n\r\n\r\n" + get + last:                 {"400"},
		"\r" + get + last:                           {"400"},
		"\r\n\r\n":                                  nil,
		"\r\n" + get + "Content-Length: 1\r\nHost: b\r\n\r\nx": {"400"},
	} {
		conn := dial(t, s)
		io.WriteString(conn, sent) // the responses are checked
		conn.(*net.TCPConn).CloseWrite()
		var got []string
		for r := bufio.NewReader(conn); ; {
			res, err := http.ReadResponse(r, nil)
			if err != nil {
				break
			}
			text, _ := io.ReadAll(res.Body)
			if res.StatusCode != http.StatusOK {
				text = []byte(strconv.Itoa(res.StatusCode))
			}
			got = append(got, string(text))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", sent, got, want)
		}
	}
}

// A TLS stream is read unchanged: an empty line before the client hello is an error.
func TestTLSBeginsWithNoEmptyLine(t *testing.T) {
	kept := httptest.NewUnstartedServer(nil)
	kept.StartTLS()
	defer kept.Close()
	s, _ := start(t, ServerOptions{Handler: http.HandlerFunc(sized),
		TLS: &tls.Config{Certificates: kept.TLS.Certificates}})
	conn := dial(t, s)
	io.WriteString(conn, "\r\n") // the hello after it is refused
	client := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	if err := client.Handshake(); err == nil {
		t.Error("an empty line before the hello was skipped")
	}
}
