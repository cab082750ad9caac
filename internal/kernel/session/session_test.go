package session

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const (
	oldSecret = "the secret of last year, long enough"
	newSecret = "the secret of this year, long enough"
)

// browser keeps cookies as a browser does.
type browser struct {
	t    *testing.T
	jar  map[string]*http.Cookie
	last http.Header
}

func newBrowser(t *testing.T) *browser { return &browser{t: t, jar: map[string]*http.Cookie{}} }

// ask runs a handler's part with the cookies of the browser and takes what is set.
func (b *browser) ask(do func(w http.ResponseWriter, r *http.Request)) {
	b.t.Helper()
	r := httptest.NewRequest("GET", "/user/", nil)
	for _, c := range b.jar {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	w := httptest.NewRecorder()
	do(w, r)
	b.last = w.Header()
	seen := map[string]bool{}
	for _, c := range w.Result().Cookies() {
		if seen[c.Name] {
			b.t.Errorf("%s is set twice in one answer", c.Name)
		}
		seen[c.Name] = true
		if c.MaxAge < 0 {
			delete(b.jar, c.Name)
		} else {
			b.jar[c.Name] = c
		}
	}
}

func (b *browser) read(s *Sessions, https bool) (one Session) {
	b.t.Helper()
	b.ask(func(w http.ResponseWriter, r *http.Request) { one = s.Read(w, r, https) })
	return one
}

func (b *browser) begin(s *Sessions, subject string, https bool) (one Session) {
	b.t.Helper()
	b.ask(func(w http.ResponseWriter, _ *http.Request) { one = s.Begin(w, subject, https) })
	return one
}

// clock is set by hand.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newClock() *clock { return &clock{time.Unix(1_800_000_000, 0)} }

func sessions(t *testing.T, c *clock, change func(o *Options)) *Sessions {
	t.Helper()
	o := Options{Name: "user", Secrets: []string{newSecret}, Idle: 30 * time.Minute, Longest: 8 * time.Hour, Now: c.now}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCookie(t *testing.T) {
	s := sessions(t, newClock(), nil)
	for https, name := range map[bool]string{true: "__Host-user", false: "user"} {
		b := newBrowser(t)
		if one := b.read(s, https); one.Exists() || len(b.jar) != 0 {
			t.Fatalf("a reader gets a session by looking: %+v", one)
		}
		began := b.begin(s, "citizen:7", https)
		c := b.jar[name]
		if c == nil || len(b.jar) != 1 {
			t.Fatalf("cookies %v", b.jar)
		}
		if !c.HttpOnly || c.Secure != https || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" ||
			c.MaxAge != 1800 {
			t.Errorf("%+v", c)
		}
		if strings.Contains(c.Value, "citizen") || strings.Contains(c.Value, began.ID) {
			t.Error("the cookie can be read")
		}
		if b.last.Get("Cache-Control") != "no-store" {
			t.Error("an answer with a session may be kept for others")
		}
		if again := b.read(s, https); again.ID != began.ID || again.Subject != "citizen:7" {
			t.Errorf("%+v", again)
		}
		if other := b.read(s, !https); other.Exists() {
			t.Errorf("a session of https=%v is one without", https)
		}
		b.ask(func(w http.ResponseWriter, _ *http.Request) { s.End(w, https) })
		if one := b.read(s, https); one.Exists() || len(b.jar) != 0 {
			t.Errorf("after the end: %+v", one)
		}
	}
}

// A cookie that somebody planted under the plain name is no session over HTTPS.
func TestPlantedCookie(t *testing.T) {
	s, b := sessions(t, newClock(), nil), newBrowser(t)
	b.begin(s, "attacker", false)
	if one := b.read(s, true); one.Exists() {
		t.Errorf("%+v", one)
	}
}

// Each log-in has a new id; the last cookie set in a response counts.
func TestNewIDs(t *testing.T) {
	s, b := sessions(t, newClock(), nil), newBrowser(t)
	ids := map[string]bool{}
	for _, subject := range []string{"", "citizen:7", "citizen:7", ""} {
		if one := b.begin(s, subject, true); ids[one.ID] || len(one.ID) < 20 {
			t.Errorf("id %q again, or short", one.ID)
		} else {
			ids[one.ID] = true
		}
	}
	b.ask(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a11y", Value: "x"})
		s.Begin(w, "first", true)
		s.Begin(w, "second", true)
	})
	if one := b.read(s, true); one.Subject != "second" || b.jar["a11y"] == nil {
		t.Errorf("%+v %v", one, b.jar)
	}
}

func TestTimes(t *testing.T) {
	c := newClock()
	s, b := sessions(t, c, nil), newBrowser(t)
	b.begin(s, "citizen:7", true)
	start := c.at
	for range 24 { // used all day
		c.at = c.at.Add(20 * time.Minute)
		if one := b.read(s, true); !one.Exists() {
			t.Fatalf("gone after %s although it is used", c.at.Sub(start))
		}
	}
	if age := b.jar["__Host-user"].MaxAge; age != 1 {
		t.Errorf("at the end of the longest time the cookie lasts %d s", age)
	}
	c.at = start.Add(8*time.Hour + time.Second)
	if one := b.read(s, true); one.Exists() {
		t.Errorf("a session lasts longer than the longest time: %+v", one)
	}
	b.begin(s, "citizen:7", true)
	c.at = c.at.Add(30 * time.Minute)
	kept := *b.jar["__Host-user"]
	if one := b.read(s, true); !one.Exists() {
		t.Error("gone before the idle time")
	}
	b.jar["__Host-user"] = &kept // a copy that was not used since
	c.at = c.at.Add(time.Second)
	if one := b.read(s, true); one.Exists() {
		t.Error("an idle session goes on")
	}
	b.begin(s, "citizen:7", true)
	c.at = c.at.Add(-time.Minute)
	if one := b.read(s, true); !one.Exists() {
		t.Error("another machine's clock is a minute behind, and the session gone")
	}
	c.at = c.at.Add(-time.Hour)
	if one := b.read(s, true); one.Exists() {
		t.Error("a session from the future")
	}
}

// A session in use is not written again with every request.
func TestRenewal(t *testing.T) {
	c := newClock()
	s, b := sessions(t, c, nil), newBrowser(t)
	b.begin(s, "", true)
	for minutes, want := range []bool{false, false, false, true, false, false, true} {
		if b.read(s, true); (b.last.Get("Set-Cookie") != "") != want {
			t.Errorf("minute %d: written %v", minutes, !want)
		}
		c.at = c.at.Add(time.Minute)
	}
}

// A changed or foreign cookie is no session and no error.
func TestTampering(t *testing.T) {
	s := sessions(t, newClock(), nil)
	other := sessions(t, newClock(), func(o *Options) { o.Name = "officer" })
	b := newBrowser(t)
	b.begin(s, "citizen:7", false)
	good := b.jar["user"].Value
	ob := newBrowser(t)
	ob.begin(other, "officer:1", false)
	values := map[string]string{"of another kind": ob.jar["officer"].Value, "empty": "", "rubbish": "x",
		"not base64": "%%", "cut": good[:len(good)-4], "longer": good + "AAAA", "huge": strings.Repeat("A", 4000),
		"twice": good + good,
		"json":  `{"i":"a","s":"citizen:8"}`}
	for i := range good {
		flipped := "A"
		if good[i] == 'A' {
			flipped = "B"
		}
		values["letter "+string(rune('0'+i%10))+good[:i]] = good[:i] + flipped + good[i+1:]
	}
	for name, value := range values {
		b.jar["user"] = &http.Cookie{Name: "user", Value: value}
		if one := b.read(s, false); one.Exists() {
			t.Errorf("%.20s: %+v", name, one)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", "user="+good+"; user="+good)
	if one := s.Read(httptest.NewRecorder(), r, false); one.Exists() {
		t.Error("two cookies of one name are a session")
	}
}

// Secrets can be rotated without logging anybody out; processes with the same secrets share sessions.
func TestSecrets(t *testing.T) {
	c := newClock()
	with := func(secrets ...string) *Sessions {
		return sessions(t, c, func(o *Options) { o.Secrets = secrets })
	}
	b := newBrowser(t)
	b.begin(with(oldSecret), "citizen:7", true)
	if one := b.read(with(oldSecret), true); !one.Exists() {
		t.Error("another process does not know it")
	}
	if one := b.read(with(newSecret), true); one.Exists() {
		t.Error("a session under another secret")
	}
	c.at = c.at.Add(10 * time.Minute)
	if one := b.read(with(newSecret, oldSecret), true); !one.Exists() {
		t.Error("gone while the secret changes")
	}
	if one := b.read(with(newSecret), true); !one.Exists() {
		t.Error("not sealed with the new secret when it was renewed")
	}
}

func TestEnded(t *testing.T) {
	c, ended := newClock(), map[string]bool{}
	var broken error
	s := sessions(t, c, func(o *Options) {
		o.Ended = func(_ context.Context, s Session) (bool, error) { return ended[s.ID], broken }
	})
	b := newBrowser(t)
	one, two := newBrowser(t), b.begin(s, "citizen:7", true)
	one.begin(s, "citizen:7", true)
	ended[two.ID] = true
	if b.read(s, true).Exists() || !one.read(s, true).Exists() {
		t.Error("the wrong session ended")
	}
	broken = errors.New("the list cannot be read")
	if one.read(s, true).Exists() {
		t.Error("somebody is logged in although nobody knows whether he may be")
	}
}

func TestNewRefuses(t *testing.T) {
	good := Options{Name: "user", Secrets: []string{newSecret}, Idle: time.Minute, Longest: time.Hour, Now: time.Now}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(o *Options){
		"no name":           func(o *Options) { o.Name = "" },
		"no secret":         func(o *Options) { o.Secrets = nil },
		"short secret":      func(o *Options) { o.Secrets = []string{newSecret, "short"} },
		"no idle time":      func(o *Options) { o.Idle = 0 },
		"longest below":     func(o *Options) { o.Longest = time.Second },
		"no clock":          func(o *Options) { o.Now = nil },
		"negative idle":     func(o *Options) { o.Idle = -time.Second },
		"31 bytes are few":  func(o *Options) { o.Secrets = []string{strings.Repeat("x", 31)} },
		"empty secret list": func(o *Options) { o.Secrets = []string{} },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil {
			t.Error(name)
		}
	}
}

func FuzzRead(f *testing.F) {
	c := newClock()
	s, err := New(Options{Name: "user", Secrets: []string{newSecret}, Idle: time.Hour, Longest: time.Hour, Now: c.now})
	if err != nil {
		f.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.Begin(w, "citizen:7", false)
	f.Add(w.Result().Cookies()[0].Value[1:])
	f.Add("")
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", "user="+value)
		if one := s.Read(httptest.NewRecorder(), r, false); one.Exists() && one.Subject != "citizen:7" {
			t.Fatalf("%q is %+v", value, one)
		}
	})
}
