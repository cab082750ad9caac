package web

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guiyi/internal/kernel/fault"
)

type requestIDKey struct{}

var requestIDShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$`)

// RequestID gives every request an id: the X-Request-Id of the client if it is well-formed, else a random one. The id
// is stored in the context and in the header X-Request-Id of request and response.
func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !requestIDShape.MatchString(id) {
			id = strings.ToLower(rand.Text())
			r.Header.Set("X-Request-Id", id)
		}
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// RequestIDFrom returns the request id in the context, or "" when there is none.
func RequestIDFrom(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// AccessLog logs a line for each request.
type AccessLog struct {
	Log     *slog.Logger
	Proxies Proxies
	// ShowQuery lists the query parameters whose values are logged. Of all other parameters only the name is logged,
	// because a value may be a secret or personal information.
	ShowQuery []string
}

// Middleware logs each request after its response.
func (a AccessLog) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, rec := time.Now(), record(w)
		path, query := r.URL.Path, r.URL.RawQuery // a router may change the URL
		defer func() {
			rec.begin()
			a.Log.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("method", r.Method), slog.String("host", clip(r.Host)), slog.String("path", clip(path)),
				slog.String("query", a.query(query)), slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes),
				slog.Float64("ms", float64(time.Since(start).Microseconds())/1000),
				slog.String("ip", a.Proxies.ClientIP(r).String()),
				slog.String("request_id", RequestIDFrom(r.Context())))
		}()
		next.ServeHTTP(rec, r)
	})
}

func (a AccessLog) query(raw string) string {
	if raw == "" {
		return ""
	}
	var out []string
	for pair := range strings.SplitSeq(clip(raw), "&") {
		name, value, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil || !slices.Contains(a.ShowQuery, plain) {
			value = "*"
		}
		out = append(out, name+"="+value)
	}
	return strings.Join(out, "&")
}

// clip truncates a value for the log.
func clip(s string) string {
	const most = 512
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// CSP is the content security policy of every page. It forbids inline scripts and styles, and content from other
// origins.
const CSP = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; " +
	"base-uri 'none'; frame-ancestors 'self'; form-action 'self'"

// PublicHeaders returns the names and values of the headers of every public response. The Referrer-Policy sends only
// the site, not the page, to other sites.
func PublicHeaders() [][2]string {
	return [][2]string{
		{"Content-Security-Policy", CSP},
		{"X-Content-Type-Options", "nosniff"},
		{"X-Frame-Options", "SAMEORIGIN"},
		{"Referrer-Policy", "strict-origin-when-cross-origin"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
	}
}

// SetHeaders sets the headers before the handler, which may replace them.
func SetHeaders(headers [][2]string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, h := range headers {
				w.Header().Set(h[0], h[1])
			}
			next.ServeHTTP(w, r)
		})
	}
}

// SecurityHeaders sets the headers of every response of an inner listener. They are stricter than PublicHeaders: other
// sites get no referrer and cannot embed the responses. A handler may replace headers, for instance for uploaded files.
// HSTS is set only for HTTPS, because browsers ignore it over HTTP.
func SecurityHeaders(proxies Proxies) Middleware {
	headers := map[string]string{"Cross-Origin-Resource-Policy": "same-origin"}
	for _, h := range PublicHeaders() {
		headers[h[0]] = h[1]
	}
	headers["Referrer-Policy"] = "same-origin"
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			for name, value := range headers {
				h.Set(name, value)
			}
			if proxies.HTTPS(r) {
				h.Set("Strict-Transport-Security", "max-age=31536000")
			}
			next.ServeHTTP(w, r)
		})
	}
}

// LimitBody refuses a request body of more than limit bytes. If Content-Length exceeds the limit, it answers
// immediately. Otherwise the handler gets an error when it reads beyond the limit.
func (rs *Responder) LimitBody(limit int64) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > limit {
				w.Header().Set("Connection", "close") // the rest of the body is not read
				rs.Fail(w, r, fault.Wrap(fault.TooLarge, &http.MaxBytesError{Limit: limit}, "提交的内容过大"))
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, limit)
			next.ServeHTTP(w, r)
		})
	}
}

// Timeout cancels the context of a request after d.
func Timeout(d time.Duration) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), d)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// CheckPath refuses requests whose path is not a GoodPath: other programs might interpret such a path differently.
func (rs *Responder) CheckPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !GoodPath(r.URL) {
			rs.Fail(w, r, fault.New(fault.Invalid, "网址无效，请检查后重试。"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// GoodPath reports whether the path is absolute, of limited length, valid UTF-8, and free of control characters,
// backslashes, encoded slashes, empty segments, and segments "." and "..".
func GoodPath(u *url.URL) bool {
	p := u.Path
	if len(p) > 2048 || !strings.HasPrefix(p, "/") || !utf8.ValidString(p) || strings.ContainsRune(p, '\\') {
		return false
	}
	if raw := strings.ToLower(u.EscapedPath()); strings.Contains(raw, "%2f") {
		return false
	}
	if strings.ContainsFunc(p, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }) {
		return false
	}
	segments := strings.Split(p[1:], "/")
	for i, s := range segments {
		if s == "." || s == ".." || s == "" && i < len(segments)-1 {
			return false
		}
	}
	return true
}
