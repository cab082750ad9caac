package web

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// sized responds with as many bytes as the path says.
func sized(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	w.Header().Set("Content-Length", strconv.Itoa(n))
	w.Header().Set("Content-Type", "text/plain")
	WriteWhole(w, r, body(n)) // the client's side is checked
}

func body(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + i%23)
	}
	return b
}

// dial speaks raw HTTP/1.1 to the server.
func dial(t *testing.T, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

// A client gets the header and more than the first 4 KiB of net/http with its first read: they were sent in one
// system call.
func TestWholeAnswerLeavesTogether(t *testing.T) {
	s, _ := start(t, ServerOptions{Handler: http.HandlerFunc(sized)})
	c := dial(t, s)
	buf := make([]byte, 64<<10)
	for _, n := range []int{6000, 20_000} {
		for range 20 {
			fmt.Fprintf(c, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", n)
			first, err := c.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			head, _, ok := bytes.Cut(buf[:first], []byte("\r\n\r\n"))
			if !ok || first <= 4<<10 {
				t.Fatalf("%d bytes: the first read has %d bytes", n, first)
			}
			if _, err := io.ReadFull(c, buf[:len(head)+4+n-first]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Bodies of every size arrive unchanged on one connection, pipelined, whatever the pieces in which net/http writes
// them.
func TestGatherKeepsEveryByte(t *testing.T) {
	s, _ := start(t, ServerOptions{Handler: http.HandlerFunc(sized)})
	c := dial(t, s)
	sizes := []int{0, 1, 100, 1900, 2047, 2048, 2049, 3900, 3970, 3971, 4000, 4095, 4096, 4097, 8191, 8192, 12_000,
		16_383, 16_385, 33_000, 300_000, 5}
	for n := 3800; n < 4100; n += 7 { // about where head and body fill the buffer exactly
		sizes = append(sizes, n)
	}
	go func() {
		for _, n := range sizes {
			fmt.Fprintf(c, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", n)
		}
	}()
	r := bufio.NewReader(c)
	for _, n := range sizes {
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		got, err := io.ReadAll(res.Body)
		if err != nil || res.ContentLength != int64(n) || !bytes.Equal(got, body(n)) {
			t.Fatalf("%d bytes: %d of %d, %v", n, len(got), res.ContentLength, err)
		}
	}
}

// After a gathered response nothing is buffered: a stream on the same connection arrives piece by piece.
func TestStreamAfterGather(t *testing.T) {
	next := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/", sized)
	mux.HandleFunc("/stream", func(w http.ResponseWriter, _ *http.Request) {
		for _, word := range []string{"one", "two"} {
			io.WriteString(w, word)
			http.NewResponseController(w).Flush()
			<-next
		}
	})
	s, _ := start(t, ServerOptions{Handler: mux})
	c := dial(t, s)
	r := bufio.NewReader(c)
	fmt.Fprint(c, "GET /5000 HTTP/1.1\r\nHost: a\r\n\r\n")
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, res.Body)
	fmt.Fprint(c, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
	if res, err = http.ReadResponse(r, nil); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"one", "two"} { // would block for ever if the piece were buffered
		got := make([]byte, len(word))
		if _, err := io.ReadFull(res.Body, got); err != nil || string(got) != word {
			t.Fatalf("%q %v", got, err)
		}
		next <- struct{}{}
	}
}

// Over TLS both protocols deliver every byte, also with many concurrent HTTP/2 streams on one connection.
func TestGatherOverTLS(t *testing.T) {
	kept := httptest.NewUnstartedServer(nil)
	kept.StartTLS() // for its certificate
	defer kept.Close()
	s, _ := start(t, ServerOptions{Handler: http.HandlerFunc(sized),
		TLS: &tls.Config{Certificates: kept.TLS.Certificates}})
	for _, major := range []int{1, 2} {
		tr := kept.Client().Transport.(*http.Transport).Clone()
		tr.ForceAttemptHTTP2 = major == 2
		if major == 1 {
			tr.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
			tr.TLSClientConfig.NextProtos = nil
		}
		client := &http.Client{Transport: tr}
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for n := i * 997; n < 60_000; n += 9973 {
					res, err := client.Get(fmt.Sprintf("https://%s/%d", s.Addr(), n))
					if err != nil {
						t.Error(err)
						return
					}
					got, err := io.ReadAll(res.Body)
					res.Body.Close()
					if err != nil || res.ProtoMajor != major || !bytes.Equal(got, body(n)) {
						t.Errorf("HTTP/%d, %d bytes: HTTP/%d, %d, %v", major, n, res.ProtoMajor, len(got), err)
					}
				}
			})
		}
		all.Wait()
		tr.CloseIdleConnections()
	}
}

// A client that disconnects in the middle is an error, and the server continues.
func TestGatherOfAClientThatIsGone(t *testing.T) {
	failed, gone := make(chan error, 1), make(chan struct{})
	s, _ := start(t, ServerOptions{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			<-gone
			w.Header().Set("Content-Length", strconv.Itoa(64<<20))
			_, err := WriteWhole(w, r, make([]byte, 64<<20)) // more than any socket buffer
			failed <- err
			return
		}
		sized(w, r)
	})})
	c := dial(t, s)
	fmt.Fprint(c, "GET /gone HTTP/1.1\r\nHost: a\r\n\r\n")
	c.Close()
	close(gone)
	if err := <-failed; err == nil {
		t.Error("no error though the client has gone")
	}
	res, err := http.Get("http://" + s.Addr().String() + "/9000")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, err := io.ReadAll(res.Body); err != nil || len(got) != 9000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// A handler behind middleware, or on a connection of another kind, writes as usual.
func TestWriteWholeWithoutConnection(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(context.Background(), "GET", "/70", nil)
	sized(w, r)
	if !bytes.Equal(w.Body.Bytes(), body(70)) {
		t.Error(w.Body.String())
	}
	l, err := net.Listen("unix", t.TempDir()+"/s")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(ServerOptions{Handler: http.HandlerFunc(sized), Log: slog.New(slog.DiscardHandler)})
	s.listener = newGatherListener(l, false)
	go s.Serve() // ends with the test
	defer s.Shutdown(context.Background())
	tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", l.Addr().String())
	}}
	defer tr.CloseIdleConnections()
	res, err := (&http.Client{Transport: tr}).Get("http://x/7000")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, _ := io.ReadAll(res.Body); !bytes.Equal(got, body(7000)) {
		t.Errorf("%d bytes", len(got))
	}
}
