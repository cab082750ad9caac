package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

const (
	oldSecret = "the secret of last year, long enough"
	newSecret = "the secret of this year, long enough"
)

func seal(t *testing.T, now func() time.Time, secrets ...string) *Seal {
	t.Helper()
	s, err := NewSeal(secrets, now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// forwardedRequest is one as it arrives at the portal.
func forwardedRequest(s *Seal, f Forwarded) *http.Request {
	r := httptest.NewRequest("POST", "/letters/%E6%B8%85?a=1", strings.NewReader("x=1"))
	r.Host = "www.qinghe.gov.cn"
	r.Header.Set("Cookie", "a=b")
	s.Write(r, f)
	return r
}

// reach reports whether a request passes the middleware, and what the handler sees then.
func reach(s *Seal, r *http.Request) (f Forwarded, passed bool, w *httptest.ResponseRecorder) {
	w = httptest.NewRecorder()
	s.Middleware(slog.New(slog.DiscardHandler))(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		f, passed = ForwardedFrom(r.Context())
		for name := range r.Header {
			if isForwarded(name) {
				panic(name + " reaches the handler")
			}
		}
	})).ServeHTTP(w, r)
	return f, passed, w
}

func TestSeal(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	s := seal(t, func() time.Time { return at }, newSecret)
	for _, f := range []Forwarded{
		{Site: "qinghe", Client: netip.MustParseAddr("192.0.2.7"), HTTPS: true, RequestID: "efe4fe77c3ff-1"},
		{Site: "qinghe", Client: netip.MustParseAddr("2001:db8::7")},
		{},
	} {
		got, passed, w := reach(s, forwardedRequest(s, f))
		if !passed || got != f || w.Code != 200 {
			t.Errorf("%+v becomes %+v, %v %d", f, got, passed, w.Code)
		}
	}
}

// A request that was changed, extended, shortened or replayed is refused.
func TestSealRefuses(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	now := func() time.Time { return at }
	s, old := seal(t, now, newSecret), seal(t, now, oldSecret)
	told := Forwarded{Site: "qinghe", Client: netip.MustParseAddr("192.0.2.7"), RequestID: "efe4fe77c3ff-1"}
	for name, change := range map[string]func(r *http.Request){
		"no seal":            func(r *http.Request) { r.Header.Del("X-Guiyi-Seal") },
		"two seals":          func(r *http.Request) { r.Header.Add("X-Guiyi-Seal", r.Header.Get("X-Guiyi-Seal")) },
		"other secret":       func(r *http.Request) { old.Write(r, told) },
		"other site":         func(r *http.Request) { r.Header.Set("X-Guiyi-Site", "linshui") },
		"no site":            func(r *http.Request) { r.Header.Del("X-Guiyi-Site") },
		"other client":       func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.8") },
		"second client":      func(r *http.Request) { r.Header.Add("X-Forwarded-For", "192.0.2.8") },
		"no client":          func(r *http.Request) { r.Header.Del("X-Forwarded-For") },
		"other scheme":       func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "https") },
		"other host claimed": func(r *http.Request) { r.Header.Set("X-Forwarded-Host", "evil.example") },
		"other host":         func(r *http.Request) { r.Host = "evil.example" },
		"other method":       func(r *http.Request) { r.Method = "GET" },
		"other path":         func(r *http.Request) { r.URL.Path = "/letters/x" },
		"other query":        func(r *http.Request) { r.URL.RawQuery = "a=2" },
		"other request id":   func(r *http.Request) { r.Header.Set("X-Request-Id", "efe4fe77c3ff-2") },
		"one header more":    func(r *http.Request) { r.Header.Set("X-Guiyi-User", "root") },
		"header by case":     func(r *http.Request) { r.Header.Set("x-guiyi-user", "root") },
		"Forwarded":          func(r *http.Request) { r.Header.Set("Forwarded", "for=1.1.1.1") },
		"time moved": func(r *http.Request) {
			_, sum, _ := strings.Cut(r.Header.Get("X-Guiyi-Seal"), " ")
			r.Header.Set("X-Guiyi-Seal", "1800000001 "+sum)
		},
		"sum cut":  func(r *http.Request) { v := r.Header.Get("X-Guiyi-Seal"); r.Header.Set("X-Guiyi-Seal", v[:len(v)-2]) },
		"empty":    func(r *http.Request) { r.Header.Set("X-Guiyi-Seal", "1800000000 ") },
		"rubbish":  func(r *http.Request) { r.Header.Set("X-Guiyi-Seal", "1800000000 zz") },
		"one text": func(r *http.Request) { r.Header.Set("X-Guiyi-Seal", "x") },
	} {
		r := forwardedRequest(s, told)
		change(r)
		if _, passed, w := reach(s, r); passed || w.Code != 403 || w.Header().Get("X-Guiyi-Refused") != "seal" {
			t.Errorf("%s: passed %v, %d %v", name, passed, w.Code, w.Header())
		}
	}
	r := forwardedRequest(s, told)
	for _, name := range []string{"Cookie", "Accept"} { // not set by the edge
		r.Header.Set(name, "other")
	}
	if _, passed, _ := reach(s, r); !passed {
		t.Error("a header of the client's own is sealed")
	}
}

func TestSealTime(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	s := seal(t, func() time.Time { return at }, newSecret)
	for after, want := range map[time.Duration]string{
		0: "", time.Minute: "", 2 * time.Minute: "", -2 * time.Minute: "",
		2*time.Minute + time.Second: "time", -2*time.Minute - time.Second: "time",
		time.Hour: "time", -24 * 365 * time.Hour: "time",
	} {
		at = time.Unix(1_800_000_000, 0)
		r := forwardedRequest(s, Forwarded{Site: "qinghe"})
		at = at.Add(after)
		if _, passed, w := reach(s, r); passed != (want == "") || w.Header().Get("X-Guiyi-Refused") != want {
			t.Errorf("after %s: passed %v, %v", after, passed, w.Header())
		}
	}
}

// A secret is changed without interruption: first both sides accept both secrets, then the old one is removed.
func TestSealRotation(t *testing.T) {
	now := func() time.Time { return time.Unix(1_800_000_000, 0) }
	old, both, fresh := seal(t, now, oldSecret), seal(t, now, newSecret, oldSecret), seal(t, now, newSecret)
	for name, c := range map[string]struct {
		from, to *Seal
		want     bool
	}{
		"old to both": {old, both, true}, "both to both": {both, both, true}, "both to new": {both, fresh, true},
		"new to both": {fresh, both, true}, "both to old": {both, old, false}, "old to new": {old, fresh, false},
	} {
		if _, passed, _ := reach(c.to, forwardedRequest(c.from, Forwarded{Site: "qinghe"})); passed != c.want {
			t.Errorf("%s: %v", name, passed)
		}
	}
	for _, secrets := range [][]string{nil, {""}, {"short"}, {newSecret, "short"}, {strings.Repeat("x", 31)}} {
		if _, err := NewSeal(secrets, now); err == nil {
			t.Errorf("%q is a secret", secrets)
		} else if strings.Contains(err.Error(), "short") {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
}

// Refused requests are logged once a minute, and never with the secret.
func TestSealLog(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	s := seal(t, func() time.Time { return at }, newSecret)
	var log bytes.Buffer
	h := s.Middleware(slog.New(slog.NewTextHandler(&log, nil)))(http.NotFoundHandler())
	for range 100 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}
	at = at.Add(time.Minute)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if n := strings.Count(log.String(), "without a valid seal"); n != 2 || strings.Contains(log.String(), newSecret) {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
}

func TestForwardedStaysInTheProcess(t *testing.T) {
	if _, ok := ForwardedFrom(t.Context()); ok {
		t.Error("something is known of nothing")
	}
	f := Forwarded{Site: "qinghe", RequestID: "efe4fe77c3ff-1"}
	ctx := WithForwarded(t.Context(), f)
	if got, ok := ForwardedFrom(ctx); !ok || got != f || RequestIDFrom(ctx) != f.RequestID {
		t.Errorf("%+v %v", got, ok)
	}
	if id := RequestIDFrom(WithForwarded(t.Context(), Forwarded{RequestID: "a\r\nb"})); id != "" {
		t.Errorf("request id %q", id)
	}
}
