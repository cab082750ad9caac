package web

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guiyi/internal/kernel/fault"
)

func start(t *testing.T, o ServerOptions) (*Server, <-chan error) {
	t.Helper()
	o.Address, o.Log = "127.0.0.1:0", slog.New(slog.DiscardHandler)
	s := NewServer(o)
	if s.Addr() != nil {
		t.Error("bound before Listen")
	}
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	t.Cleanup(func() { s.Shutdown(context.Background()) })
	return s, done
}

func TestServerFinishesRunningRequests(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s, done := start(t, ServerOptions{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		io.WriteString(w, "finished")
	})})
	answer := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + s.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		answer <- string(body)
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	if err := <-done; err != nil { // the listener is closed while the request still runs
		t.Errorf("Serve = %v", err)
	}
	close(release)
	if err := <-stopped; err != nil {
		t.Errorf("Shutdown = %v", err)
	}
	if got := <-answer; got != "finished" {
		t.Errorf("the running request got %q", got)
	}
}

// A response without an end learns that the server stops, and does not delay it.
func TestServerStopsStreams(t *testing.T) {
	entered := make(chan struct{})
	s, done := start(t, ServerOptions{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		select {
		case <-Stopping(r.Context()):
			io.WriteString(w, "stopped")
		case <-r.Context().Done():
		}
	})})
	answer := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + s.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		answer <- string(body)
	}()
	<-entered
	if err := s.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown = %v", err)
	}
	if err := <-done; err != nil {
		t.Errorf("Serve = %v", err)
	}
	if got := <-answer; got != "stopped" {
		t.Errorf("the stream got %q", got)
	}
	if Stopping(context.Background()) != nil {
		t.Error("without a server nothing stops")
	}
}

func TestServerCutsOffAtTheDeadline(t *testing.T) {
	entered := make(chan struct{})
	s, done := start(t, ServerOptions{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})})
	go http.Get("http://" + s.Addr().String()) // the response never comes
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Shutdown = %v", err)
	}
	if err := <-done; err != nil {
		t.Errorf("Serve = %v", err)
	}
}

func TestServerRefusals(t *testing.T) {
	s, _ := start(t, ServerOptions{Handler: ok})
	taken := NewServer(ServerOptions{Address: s.Addr().String(), Handler: ok, Log: slog.New(slog.DiscardHandler)})
	if err := taken.Listen(t.Context()); !fault.Is(err, fault.Unavailable) ||
		!strings.Contains(fault.Text(err), s.Addr().String()) {
		t.Errorf("Listen on a taken port = %v", err)
	}
	if err := taken.Serve(); err == nil {
		t.Error("Serve without Listen is accepted")
	}
	early := NewServer(ServerOptions{Address: "127.0.0.1:0", Handler: ok, Log: slog.New(slog.DiscardHandler)})
	if err := early.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := early.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown before Serve = %v", err)
	}
	if err := early.Serve(); err != nil {
		t.Errorf("Serve after Shutdown = %v", err)
	}
	if _, err := net.Dial("tcp", early.Addr().String()); err == nil {
		t.Error("still listening")
	}
}

func TestServerSpeaksNoPlainHTTP2(t *testing.T) {
	s, _ := start(t, ServerOptions{Handler: ok})
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "HTTP/1.1 ") { // a server of HTTP/2 would send frames
		t.Errorf("HTTP/2 without TLS gets %q", line)
	}
}

func TestServerLimitsHeaders(t *testing.T) {
	s, _ := start(t, ServerOptions{Handler: ok, HeaderBytes: 4096})
	r, err := http.NewRequest(http.MethodGet, "http://"+s.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Large", strings.Repeat("x", 20_000))
	resp, err := http.DefaultClient.Do(r)
	if err == nil {
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("= %d", resp.StatusCode)
		}
	}
}

func TestServerTLS(t *testing.T) {
	stock := httptest.NewUnstartedServer(nil) // for its certificate
	stock.StartTLS()
	roots := stock.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	config := &tls.Config{Certificates: stock.TLS.Certificates, MinVersion: tls.VersionTLS12}
	stock.Close()
	s, _ := start(t, ServerOptions{TLS: config, Handler: SecurityHeaders(Proxies{})(ok)})
	resp, err := client.Get("https://" + s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s, HSTS %q", resp.Proto, resp.Header.Get("Strict-Transport-Security"))
	}
	old := &tls.Config{MaxVersion: tls.VersionTLS11, InsecureSkipVerify: true}
	if conn, err := tls.Dial("tcp", s.Addr().String(), old); err == nil {
		conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
}

// Of TLS 1.2 only suites with forward secrecy and without CBC are accepted.
func TestSuites(t *testing.T) {
	names := map[uint16]string{}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		names[s.ID] = s.Name
	}
	stock := httptest.NewUnstartedServer(nil)
	stock.StartTLS()
	config := &tls.Config{Certificates: stock.TLS.Certificates, CipherSuites: aeadSuites()}
	stock.Close()
	s, _ := start(t, ServerOptions{TLS: config, Handler: ok})
	spoken := 0
	for id, name := range names {
		conn, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{InsecureSkipVerify: true,
			MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{id}})
		if err != nil {
			continue
		}
		if got := conn.ConnectionState(); got.Version == tls.VersionTLS12 {
			spoken++
			if strings.Contains(name, "CBC") || strings.Contains(name, "RC4") || !strings.Contains(name, "ECDHE") {
				t.Errorf("%s is spoken", name)
			}
		}
		conn.Close()
	}
	if spoken == 0 {
		t.Error("no suite is spoken")
	}
}

func TestTLSFilesRefused(t *testing.T) {
	junk := filepath.Join(t.TempDir(), "junk.pem")
	if err := os.WriteFile(junk, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{junk, junk + ".none"} {
		if _, err := TLSFiles(name, name); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), name) {
			t.Errorf("TLSFiles(%s) = %v", name, err)
		}
	}
}
