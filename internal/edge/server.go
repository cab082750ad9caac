package edge

import (
	"log/slog"
	"net/http"
	"time"
)

// Limits of the public server.
const (
	maxHeaderBytes = 16 << 10
	headerTime     = 10 * time.Second
	readTime       = 60 * time.Second
	writeTime      = 60 * time.Second // for large files renewed with every chunk
	idleTime       = 75 * time.Second
	maxStreams     = 128
)

// NewServer wraps the public handler, an Edge or what stands before it, in a server that slow or greedy clients cannot
// exhaust: HTTP/1.1 and HTTP/2, the latter also without TLS for a balancer in front. Set TLSConfig and Addr as needed.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	s := &http.Server{
		Handler: handler, Protocols: protocols, MaxHeaderBytes: maxHeaderBytes, ReadHeaderTimeout: headerTime, ReadTimeout: readTime,
		WriteTimeout: writeTime, IdleTimeout: idleTime, HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
	}
	if log != nil {
		s.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	}
	return s
}
