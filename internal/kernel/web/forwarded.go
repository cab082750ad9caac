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

// Forwarded is what the public listener tells the process behind it about a request. A handler reads it from the
// context and never from headers, which anybody can set.
type Forwarded struct {
	Site      string     // code of the site that was asked for
	Client    netip.Addr // of the reader; zero when unknown
	HTTPS     bool       // between the reader and the platform
	RequestID string
}

type forwardedKey struct{}

// WithForwarded stores f in the context of the request, for a handler in the same process.
func WithForwarded(ctx context.Context, f Forwarded) context.Context {
	if requestIDShape.MatchString(f.RequestID) {
		ctx = context.WithValue(ctx, requestIDKey{}, f.RequestID)
	}
	return context.WithValue(ctx, forwardedKey{}, f)
}

// ForwardedFrom returns what the public listener knows about the request, false when there is no trusted information.
func ForwardedFrom(ctx context.Context) (Forwarded, bool) {
	f, ok := ctx.Value(forwardedKey{}).(Forwarded)
	return f, ok
}

// Headers between the two processes.
const (
	headerSite    = "X-Guiyi-Site"
	headerSeal    = "X-Guiyi-Seal"    // time and HMAC
	headerRefused = "X-Guiyi-Refused" // in the response: why the seal was not accepted
)

// Why a seal is not accepted.
const (
	refusedSeal = "seal" // missing, damaged, or made with another secret
	refusedTime = "time" // older or newer than sealTime
)

const (
	// minSecret is the shortest secret, in bytes.
	minSecret = 32
	// sealTime is how far the clocks of both machines may differ, and how long a recorded request can be replayed.
	sealTime = 2 * time.Minute
)

// Seal authenticates what is forwarded between two processes that share a secret: an HMAC over method, address, host
// and all forwarded headers, with the time. It does not cover the body; on a network that others can read, use TLS
// between the processes.
type Seal struct {
	secrets [][]byte // the first one is used to seal, all are accepted
	now     func() time.Time
}

// NewSeal takes one secret, or during a change the new and the old one. None may be shorter than 32 bytes.
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

// isForwarded reports whether a header, in canonical form, is one that only the edge may set.
func isForwarded(name string) bool {
	return strings.HasPrefix(name, "X-Guiyi-") || strings.HasPrefix(name, "X-Forwarded-") || name == "Forwarded" ||
		name == "X-Real-Ip"
}

// StripForwarded removes every header by which a client could pretend to be the edge.
func StripForwarded(h http.Header) {
	maps.DeleteFunc(h, func(name string, _ []string) bool { return isForwarded(name) })
}

// Write replaces the headers of the request by those that encode f, and seals them. Method, URL and Host of the
// request must already be those that will be sent.
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

// read returns what the headers say, or why they are not accepted.
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
	f.Client, _ = netip.ParseAddr(r.Header.Get("X-Forwarded-For")) // zero when there is none
	f.RequestID = r.Header.Get("X-Request-Id")
	return f, ""
}

// sum is the HMAC over a request, each part prefixed by its length.
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

// Middleware accepts only requests with a valid seal and stores what they say in the context. The headers do not
// reach the handler. All other requests get 403, which is logged at most once a minute.
func (s *Seal) Middleware(log *slog.Logger) Middleware {
	var quiet atomic.Int64 // until when, in unix nanoseconds
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f, refused := s.read(r)
			if refused != "" {
				now := s.now().UnixNano()
				if until := quiet.Load(); now >= until && quiet.CompareAndSwap(until, now+int64(time.Minute)) {
					log.WarnContext(r.Context(), "request refused: not from an edge with the same secret and time",
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

// Refused returns an error when the response says that the other process did not accept the seal. It fits
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
