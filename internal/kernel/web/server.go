package web

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"guiyi/internal/kernel/fault"
)

// ServerOptions are the options of a Server. A zero time or size means the default.
type ServerOptions struct {
	Address     string // host:port; port 0 lets the system choose
	Handler     http.Handler
	TLS         *tls.Config // nil = plain HTTP/1.1; HTTP/2 needs TLS
	Log         *slog.Logger
	HeaderBytes int           // maximum size of request headers; default 64 KiB
	ReadTime    time.Duration // timeout for reading a request; default 1 minute
	WriteTime   time.Duration // timeout for writing a response; default 2 minutes
	IdleTime    time.Duration // timeout between requests; default 2 minutes
}

// Server is an HTTP server. Call Listen, then Serve, then Shutdown.
type Server struct {
	http     *http.Server
	address  string
	listener net.Listener
}

// maxStreams is the maximum number of concurrent requests on one HTTP/2 connection.
const maxStreams = 128

// NewServer returns a server that is not listening yet.
func NewServer(o ServerOptions) *Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(o.TLS != nil)
	protocols.SetUnencryptedHTTP2(false)
	stopping, stop := context.WithCancel(context.Background())
	s := &Server{address: o.Address, http: &http.Server{
		Handler:   o.Handler,
		TLSConfig: o.TLS,
		Protocols: &protocols,
		HTTP2:     &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), stoppingKey{}, stopping.Done())
		},
		ConnContext:       withGather,
		MaxHeaderBytes:    orElse(o.HeaderBytes, 64<<10),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       orElse(o.ReadTime, time.Minute),
		WriteTimeout:      orElse(o.WriteTime, 2*time.Minute),
		IdleTimeout:       orElse(o.IdleTime, 2*time.Minute),
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug), // failed TLS handshakes, for instance
		// net/http would answer "OPTIONS *" without the handler's headers
		DisableGeneralOptionsHandler: true,
	}}
	s.http.RegisterOnShutdown(stop)
	return s
}

type stoppingKey struct{}

// Stopping returns a channel that is closed when the server of a request begins to shut down. A response that has no
// end of its own, such as a stream of events, must end then, or it delays the shutdown. Outside of a Server the channel
// is nil.
func Stopping(ctx context.Context) <-chan struct{} {
	done, _ := ctx.Value(stoppingKey{}).(<-chan struct{})
	return done
}

func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

// Listen binds the address. It returns a fault if that fails, for instance because the port is in use.
func (s *Server) Listen(ctx context.Context) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", s.address)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "无法监听 %s，端口可能已被占用", s.address)
	}
	s.listener = newGatherListener(l, s.http.TLSConfig != nil)
	return nil
}

// Addr returns the bound address, or nil before Listen.
func (s *Server) Addr() net.Addr {
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Serve serves requests until Shutdown is called. Then it returns nil.
func (s *Server) Serve() error {
	if s.listener == nil {
		return fault.New(fault.Internal, "Serve 之前须先 Listen")
	}
	var err error
	if s.http.TLSConfig != nil {
		err = s.http.ServeTLS(s.listener, "", "")
	} else {
		err = s.http.Serve(s.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fault.Wrap(fault.Unavailable, err, "监听 %s 意外中断", s.address)
}

// Shutdown stops listening and waits for running requests. When ctx ends before they have finished, it closes their
// connections and returns an error.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if s.listener != nil {
		s.listener.Close() // already closed unless Serve was not called
	}
	if err != nil {
		return errors.Join(fault.Wrap(fault.Unavailable, err, "关闭 %s 时仍有请求未完成，已中断", s.address), s.http.Close())
	}
	return nil
}

// aeadSuites returns the TLS 1.2 cipher suites with forward secrecy and without CBC. CBC padding has been attacked
// repeatedly. All suites of TLS 1.3 have both properties.
func aeadSuites() []uint16 {
	return []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
		tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	}
}

// TLSFiles returns the TLS configuration of a server with one certificate. cert and key are paths of PEM files.
func TLSFiles(cert, key string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "无法加载证书 %s 与私钥 %s", cert, key)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{pair},
		MinVersion:   tls.VersionTLS12,
		CipherSuites: aeadSuites(),
	}, nil
}
