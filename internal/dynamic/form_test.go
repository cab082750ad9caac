package dynamic_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/dynamic"
	"guiyi/internal/dynamic/dynamictest"
	"guiyi/internal/kernel/form"
	"guiyi/internal/kernel/session"
	"guiyi/internal/theme"
)

// book is a guest book: an example of a form with a token, and of a log-in.
type book struct {
	t       *testing.T
	entries []string
}

func (b *book) form() form.Form {
	return form.Form{Name: "entry", Action: address.Access, Submit: "提交", Fields: []form.Field{
		{Name: "text", Label: "留言", Kind: form.Area, Required: true, FreeText: true}}}
}

func (b *book) get(w http.ResponseWriter, r *dynamic.Request) error {
	return b.show(w, r, http.StatusOK, r.NewForm(b.form(), form.Input{}))
}

func (b *book) show(w http.ResponseWriter, r *dynamic.Request, status int, state form.State) error {
	s, err := r.Site()
	if err != nil {
		return err
	}
	html, err := b.form().HTML(state)
	if err != nil {
		return err
	}
	return r.Render(w, status, theme.FormPage{Page: s.Page(form.Title("留言", state.Faults)), Title: "留言", Form: html})
}

func (b *book) post(w http.ResponseWriter, r *dynamic.Request) error {
	times := form.Times{Shortest: time.Second, Longest: time.Hour}
	state, done, err := r.Take(w, b.form(), times, func(in form.Input, id string) (string, error) {
		if id == "" {
			b.t.Error("a submission without an id")
		}
		b.entries = append(b.entries, in.Get("text"))
		return fmt.Sprintf("/entries/%d", len(b.entries)), nil
	})
	if done || err != nil {
		return err
	}
	return b.show(w, r, http.StatusBadRequest, state)
}

// login gives a session to whom the address names, or takes it.
func (b *book) login(w http.ResponseWriter, r *dynamic.Request) error {
	who := r.URL.Query().Get("who")
	if who == "-" {
		r.End()
	} else if who != "" {
		if _, err := r.Begin(who); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "session %q", r.Session().Subject)
	return err
}

func (b *book) mount(perMinute int) dynamic.Mount {
	return dynamic.Mount{Name: address.MountAccess, Routes: []dynamic.Route{
		{Pattern: address.Access, Get: b.get, Post: b.post, PerMinute: perMinute},
		{Pattern: address.AccessMode, Get: b.login, Post: b.login},
	}}
}

// visitor is a browser without script.
type visitor struct {
	h       http.Handler
	cookies map[string]string
	client  string
}

func (v *visitor) do(method, target string, values url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(values.Encode()))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := dynamictest.Do(v.h, r, dynamictest.HTTPS, "true", dynamictest.Client, v.client)
	for _, c := range w.Result().Cookies() {
		if v.cookies != nil {
			v.cookies[c.Name] = c.Value
			if c.MaxAge < 0 {
				delete(v.cookies, c.Name)
			}
		}
	}
	return w
}

func (v *visitor) token(w *httptest.ResponseRecorder) string {
	_, rest, _ := strings.Cut(w.Body.String(), `name="form-token" value="`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

const secret = "a secret of at least thirty-two bytes"

// open makes a guest book with sessions and tokens; the clock is the caller's.
func openBook(t *testing.T, at *time.Time, perMinute int) (*book, http.Handler) {
	t.Helper()
	now := func() time.Time { return *at }
	sessions, err := session.New(session.Options{Name: "user", Secrets: []string{secret}, Idle: time.Hour,
		Longest: 8 * time.Hour, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	guard, err := form.NewGuard([]string{secret}, now)
	if err != nil {
		t.Fatal(err)
	}
	b := &book{t: t}
	return b, dynamictest.Handler(t, dynamic.Options{Sessions: sessions, Guard: guard, Now: now}, b.mount(perMinute))
}

// Writing an entry works with and without cookies; what is wrong comes back whole, and what is right counts once.
func TestTake(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	for name, cookies := range map[string]map[string]string{"cookies": {}, "no cookies": nil} {
		b, h := openBook(t, &at, 0)
		v := &visitor{h: h, cookies: cookies}
		w := v.do("GET", "/_access", nil)
		token := v.token(w)
		if w.Code != 200 || token == "" || len(w.Result().Cookies()) != 0 {
			t.Fatalf("%s: %d %v", name, w.Code, w.Header())
		}
		at = at.Add(time.Minute)
		w = v.do("POST", "/_access", url.Values{"text": {strings.Repeat("长", 2001)}, "form-token": {token}})
		if w.Code != 400 || !strings.Contains(w.Body.String(), "最多 2000 个字") ||
			!strings.Contains(w.Body.String(), strings.Repeat("长", 2001)) {
			t.Errorf("%s: too long: %d", name, w.Code)
		}
		for range 3 {
			w = v.do("POST", "/_access", url.Values{"text": {"路灯不亮"}, "form-token": {token}})
			if w.Code != 303 || w.Header().Get("Location") != "/entries/1" ||
				w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %d %v", name, w.Code, w.Header())
			}
		}
		if len(b.entries) != 1 || b.entries[0] != "路灯不亮" {
			t.Errorf("%s: %q", name, b.entries)
		}
		w = v.do("POST", "/_access", url.Values{"text": {"没有令牌"}})
		if w.Code != 400 || !strings.Contains(w.Body.String(), "没有令牌</textarea>") || v.token(w) == "" ||
			len(b.entries) != 1 {
			t.Errorf("%s: without a token: %d", name, w.Code)
		}
	}
}

// A page that was shown to one session is no form of another: not after log-in, not for somebody else.
func TestTokensBelongToSessions(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	b, h := openBook(t, &at, 0)
	owner, other := &visitor{h: h, cookies: map[string]string{}}, &visitor{h: h, cookies: map[string]string{}}
	owner.do("GET", "/_mode?who=citizen:7", nil)
	other.do("GET", "/_mode?who=citizen:8", nil)
	stolen := other.token(other.do("GET", "/_access", nil))
	nobodys := owner.token((&visitor{h: h}).do("GET", "/_access", nil))
	at = at.Add(time.Minute)
	for name, token := range map[string]string{"of another session": stolen, "of nobody": nobodys} {
		w := owner.do("POST", "/_access", url.Values{"text": {"planted"}, "form-token": {token}})
		if w.Code != 400 || len(b.entries) != 0 {
			t.Errorf("a token %s is taken: %d", name, w.Code)
		}
	}
}

func TestSessions(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	_, h := openBook(t, &at, 0)
	v := &visitor{h: h, cookies: map[string]string{}}
	for _, c := range []struct{ target, want string }{
		{"/_mode", `session ""`}, {"/_mode?who=citizen:7", `session "citizen:7"`}, {"/_mode", `session "citizen:7"`},
		{"/_mode?who=-", `session ""`}, {"/_mode", `session ""`},
	} {
		if w := v.do("GET", c.target, nil); w.Body.String() != c.want {
			t.Errorf("%s: %s", c.target, w.Body)
		}
	}
	b := &book{t: t}
	h = dynamictest.Handler(t, dynamic.Options{}, b.mount(0)) // without sessions and tokens
	v = &visitor{h: h, cookies: map[string]string{}}
	if w := v.do("GET", "/_mode?who=citizen:7", nil); w.Code != 500 || len(v.cookies) != 0 {
		t.Errorf("a session is made of nothing: %d", w.Code)
	}
	if w := v.do("POST", "/_access", url.Values{"text": {"x"}}); w.Code != 500 || len(b.entries) != 0 {
		t.Errorf("a form is taken without tokens: %d", w.Code)
	}
}

// A session has one rate, from however many addresses it comes.
func TestRatePerSession(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	_, h := openBook(t, &at, 2)
	v := &visitor{h: h, cookies: map[string]string{}}
	v.do("GET", "/_mode?who=citizen:7", nil)
	for i, want := range []int{200, 200, 429} {
		v.client = fmt.Sprintf("192.0.2.%d", i)
		if w := v.do("GET", "/_access", nil); w.Code != want {
			t.Errorf("call %d: %d", i, w.Code)
		}
	}
	if w := (&visitor{h: h, client: "192.0.2.9"}).do("GET", "/_access", nil); w.Code != 200 {
		t.Errorf("somebody else: %d", w.Code)
	}
}

// TestSharedAnswers: what a cache may keep for others never carries a session, neither a new one nor a renewed one.
func TestSharedAnswers(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	b := &book{t: t}
	now := func() time.Time { return at }
	sessions, err := session.New(session.Options{Name: "user", Secrets: []string{secret}, Idle: time.Hour,
		Longest: 8 * time.Hour, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	shared := qr(func(w http.ResponseWriter, r *dynamic.Request) error {
		w.Header().Set("Cache-Control", "public, max-age=86400")
		return b.login(w, r)
	}, 100)
	h := dynamictest.Handler(t, dynamic.Options{Sessions: sessions, Now: now}, b.mount(100), shared)
	v := &visitor{h: h, cookies: map[string]string{}}
	v.do("GET", "/_mode?who=citizen:7", nil)
	at = at.Add(30 * time.Minute) // time to renew
	if w := v.do("GET", "/_qr", nil); len(w.Result().Cookies()) != 0 || w.Body.String() != `session ""` {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
	if w := v.do("GET", "/_qr?who=citizen:8", nil); w.Code != 500 || len(w.Result().Cookies()) != 0 {
		t.Errorf("a session begins in a shared answer: %d %v", w.Code, w.Header())
	}
	if w := v.do("GET", "/_access", nil); len(w.Result().Cookies()) != 1 {
		t.Error("the session is not renewed where it may be")
	}
}

func TestMaxBody(t *testing.T) {
	reads := func(_ http.ResponseWriter, r *dynamic.Request) error { return r.ParseForm() }
	h := dynamictest.Handler(t, dynamic.Options{}, dynamic.Mount{Name: address.MountAccess, Routes: []dynamic.Route{
		{Pattern: address.Access, Get: says(""), Post: reads},
		{Pattern: address.AccessMode, Get: says(""), Post: reads, MaxBody: 100},
	}})
	for _, c := range []struct {
		path       string
		size, want int
	}{{"/_access", 64 << 10, 200}, {"/_access", 64<<10 + 1, 413}, {"/_mode", 100, 200}, {"/_mode", 101, 413}} {
		r := httptest.NewRequest("POST", c.path, strings.NewReader(strings.Repeat("x", c.size)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if w := dynamictest.Do(h, r); w.Code != c.want {
			t.Errorf("%s, %d bytes: %d", c.path, c.size, w.Code)
		}
	}
}
