package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"guiyi/internal/kernel/fault"
)

// Forwarded is the information about a request that the public listener passes to the handler. A handler reads it from
// the context, never from headers, because every client can set headers.
type Forwarded struct {
	Site      string     // code of the requested site
	Client    netip.Addr // address of the client; zero when unknown
	HTTPS     bool       // the client uses HTTPS
	RequestID string
}

type forwardedKey struct{}

// WithForwarded returns a context that contains f and its request id.
func WithForwarded(ctx context.Context, f Forwarded) context.Context {
	if requestIDShape.MatchString(f.RequestID) {
		ctx = context.WithValue(ctx, requestIDKey{}, f.RequestID)
	}
	return context.WithValue(ctx, forwardedKey{}, f)
}

// ForwardedFrom returns the information in the context. It returns false when there is none.
func ForwardedFrom(ctx context.Context) (Forwarded, bool) {
	f, ok := ctx.Value(forwardedKey{}).(Forwarded)
	return f, ok
}

// Headers between the public listener and a process behind it.
const (
	headerSite    = "X-Guiyi-Site"
	headerSeal    = "X-Guiyi-Seal"    // time and HMAC
	headerRefused = "X-Guiyi-Refused" // in the response: why the seal was refused
)

// Values of headerRefused.
const (
	refusedSeal = "seal" // missing, malformed, or made with another secret
	refusedTime = "time" // more than sealTime before or after the current time
)

const (
	// minSecret is the minimum length of a secret, in bytes.
	minSecret = 32
	// sealTime is the maximum difference between the clocks of both machines. A recorded request can be replayed so
	// long.
	sealTime = 2 * time.Minute
)

// Seal authenticates requests between two processes that share a secret. The seal is an HMAC over time, method,
// address, host and all forwarded headers. It does not cover the body, and it does not encrypt. If others can read
// the network, use TLS between the processes.
type Seal struct {
	secrets [][]byte // Write uses the first one; Middleware accepts all
	now     func() time.Time
}

// NewSeal returns a Seal. During a change of the secret, secrets contains the new and the old one. Each must have at
// least 32 bytes.
func NewSeal(secrets []string, now func() time.Time) (*Seal, error) {
	s := &Seal{now: now}
	for _, text := range secrets {
		if len(text) < minSecret {
			return nil, fault.New(fault.Invalid, "进程之间的共享密钥至少 %d 个字符", minSecret)
		}
		s.secrets = append(s.secrets, []byte(text))
	}
	if len(s.secrets) == 0 {
		return nil, fault.New(fault.Invalid, "缺少进程之间的共享密钥")
	}
	return s, nil
}

// isForwarded reports whether only the edge may set a header. name is in canonical form.
func isForwarded(name string) bool {
	return strings.HasPrefix(name, "X-Guiyi-") || strings.HasPrefix(name, "X-Forwarded-") || name == "Forwarded" ||
		name == "X-Real-Ip"
}

// StripForwarded removes all headers that only the edge may set.
func StripForwarded(h http.Header) {
	maps.DeleteFunc(h, func(name string, _ []string) bool { return isForwarded(name) })
}

// Write removes all forwarded headers of the request, sets those that encode f, and adds the seal. Method, URL and Host
// of the request must not change afterwards, because the seal covers them.
func (s *Seal) Write(out *http.Request, f Forwarded) {
	StripForwarded(out.Header)
	h := out.Header
	h.Set(headerSite, f.Site)
	if f.Client.IsValid() {
		h.Set("X-Forwarded-For", f.Client.String())
	}
	h.Set("X-Forwarded-Host", out.Host)
	h.Set("X-Forwarded-Proto", "http")
	if f.HTTPS {
		h.Set("X-Forwarded-Proto", "https")
	}
	if f.RequestID != "" {
		h.Set("X-Request-Id", f.RequestID)
	}
	at := strconv.FormatInt(s.now().Unix(), 10)
	h.Set(headerSeal, at+" "+hex.EncodeToString(sum(s.secrets[0], at, out)))
}

// read checks the seal and returns the forwarded information, or a value of headerRefused.
func (s *Seal) read(r *http.Request) (f Forwarded, refused string) {
	at, seal, _ := strings.Cut(r.Header.Get(headerSeal), " ")
	got, err := hex.DecodeString(seal)
	if err != nil || len(r.Header[headerSeal]) != 1 {
		return f, refusedSeal
	}
	good := false
	for _, secret := range s.secrets {
		good = hmac.Equal(got, sum(secret, at, r)) || good
	}
	if !good {
		return f, refusedSeal
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if age := s.now().Sub(time.Unix(seconds, 0)).Abs(); err != nil || age > sealTime {
		return f, refusedTime
	}
	f.Site, f.HTTPS = r.Header.Get(headerSite), r.Header.Get("X-Forwarded-Proto") == "https"
	f.Client, _ = netip.ParseAddr(r.Header.Get("X-Forwarded-For")) // zero without the header
	f.RequestID = r.Header.Get("X-Request-Id")
	return f, ""
}

// sum returns the HMAC over a request. Each part is prefixed by its length.
func sum(secret []byte, at string, r *http.Request) []byte {
	mac := hmac.New(sha256.New, secret)
	part := func(text string) {
		mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(text))))
		mac.Write([]byte(text))
	}
	for _, text := range []string{"guiyi forwarded 1", at, r.Method, r.URL.RequestURI(), r.Host} {
		part(text)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if isForwarded(name) && name != headerSeal || name == "X-Request-Id" {
			part(name)
			part(strings.Join(r.Header[name], "\x00"))
		}
	}
	return mac.Sum(nil)
}

// Middleware accepts only requests with a valid seal. It stores the forwarded information in the context and removes
// the headers. Other requests get 403; this is logged at most once a minute.
func (s *Seal) Middleware(log *slog.Logger) Middleware {
	var quiet atomic.Int64 // until when, in unix nanoseconds
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f, refused := s.read(r)
			if refused != "" {
				now := s.now().UnixNano()
				if until := quiet.Load(); now >= until && quiet.CompareAndSwap(until, now+int64(time.Minute)) {
					log.WarnContext(r.Context(), "request without a valid seal refused; check secret and clocks",
						"why", refused, "remote", r.RemoteAddr)
				}
				w.Header().Set(headerRefused, refused)
				http.Error(w, "403", http.StatusForbidden)
				return
			}
			StripForwarded(r.Header)
			next.ServeHTTP(w, r.WithContext(WithForwarded(r.Context(), f)))
		})
	}
}

// Refused returns an error if the response says that the other process refused the seal. It can be used in
// httputil.ReverseProxy.ModifyResponse.
func Refused(answer *http.Response) error {
	if answer.StatusCode != http.StatusForbidden {
		return nil
	}
	switch answer.Header.Get(headerRefused) {
	case refusedSeal:
		return fault.New(fault.Unavailable, "共享密钥与对方的不同")
	case refusedTime:
		return fault.New(fault.Unavailable, "两台机器的时间相差太大")
	}
	return nil
}
