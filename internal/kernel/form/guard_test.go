package form

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	oldSecret = "the secret of last year, long enough"
	newSecret = "the secret of this year, long enough"
)

var times = Times{Shortest: 3 * time.Second, Longest: time.Hour}

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newClock() *clock { return &clock{time.Unix(1_800_000_000, 0)} }

func guard(t *testing.T, c *clock, secrets ...string) *Guard {
	t.Helper()
	g, err := NewGuard(secrets, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGuard(t *testing.T) {
	c := newClock()
	g, old := guard(t, c, newSecret, oldSecret), guard(t, c, oldSecret)
	good := g.Token("ticket", "s1")
	flip := func(i int) string {
		b := []byte(good)
		b[i] = map[bool]byte{true: 'B', false: 'A'}[b[i] == 'A']
		return string(b)
	}
	for _, d := range []struct {
		name          string
		token         string
		form, session string
		after         time.Duration
		trap          bool
		want          string // part of what is told, "" = taken
	}{
		{"good", good, "ticket", "s1", time.Minute, false, ""},
		{"as fast as may be", good, "ticket", "s1", 3 * time.Second, false, ""},
		{"at the last moment", good, "ticket", "s1", time.Hour, false, ""},
		{"old secret", old.Token("ticket", "s1"), "ticket", "s1", time.Minute, false, ""},
		{"too fast", good, "ticket", "s1", 2 * time.Second, false, "太快"},
		{"too late", good, "ticket", "s1", time.Hour + time.Second, false, "时间太长"},
		{"from the future", good, "ticket", "s1", -3 * time.Minute, false, "时间太长"},
		{"trap", good, "ticket", "s1", time.Minute, true, "请勿填写"},
		{"of another form", good, "survey", "s1", time.Minute, false, "登录状态"},
		{"of another session", good, "ticket", "s2", time.Minute, false, "登录状态"},
		{"logged out", good, "ticket", "", time.Minute, false, "登录状态"},
		{"moved border", g.Token("tickets", "1"), "ticket", "s1", time.Minute, false, "登录状态"},
		{"none", "", "ticket", "s1", time.Minute, false, "没有提交成功"},
		{"rubbish", "%%%", "ticket", "s1", time.Minute, false, "没有提交成功"},
		{"cut", good[:20], "ticket", "s1", time.Minute, false, "没有提交成功"},
		{"time changed", flip(5), "ticket", "s1", time.Minute, false, "登录状态"},
		{"nonce changed", flip(20), "ticket", "s1", time.Minute, false, "登录状态"},
		{"sum changed", flip(60), "ticket", "s1", time.Minute, false, "登录状态"},
	} {
		c.at = newClock().at.Add(d.after)
		id, faults := g.Check(d.form, d.session, Input{Token: d.token, Trap: d.trap}, times)
		if d.want == "" && (id == "" || len(faults) != 0) {
			t.Errorf("%s: %q %+v", d.name, id, faults)
		}
		if d.want != "" && (id != "" || len(faults) != 1 || faults[0].Field != "" ||
			!strings.Contains(faults[0].Text, d.want)) {
			t.Errorf("%s: %q %+v, want %q", d.name, id, faults, d.want)
		}
	}
	c.at = newClock().at.Add(time.Minute)
	if id, _ := guard(t, c, oldSecret).Check("ticket", "s1", Input{Token: good}, times); id != "" {
		t.Error("a token of another secret is taken")
	}
	a, _ := g.Check("ticket", "s1", Input{Token: good}, times)
	b, _ := g.Check("ticket", "s1", Input{Token: good}, times)
	if page1, page2 := g.Token("ticket", "s1"), g.Token("ticket", "s1"); a != b || page1 == page2 {
		t.Error("the id of a page changes, or two pages have one")
	}
	for _, secrets := range [][]string{nil, {""}, {newSecret, "short"}, {strings.Repeat("x", 31)}} {
		if _, err := NewGuard(secrets, c.now); err == nil {
			t.Errorf("%q are secrets", secrets)
		}
	}
}

func TestOnce(t *testing.T) {
	c := newClock()
	o := NewOnce(time.Hour, c.now)
	var ran atomic.Int32
	begun, release := make(chan struct{}), make(chan struct{})
	accept := func() (string, error) {
		ran.Add(1)
		close(begun)
		<-release
		return "/tickets/1", nil
	}
	var group sync.WaitGroup
	send := func() {
		group.Go(func() {
			if where, err := o.Do("a", accept); where != "/tickets/1" || err != nil {
				t.Errorf("%q %v", where, err)
			}
		})
	}
	send()
	<-begun
	for range 5 { // clicks again while the first is under way
		send()
	}
	close(release)
	group.Wait()
	send() // and once more later
	group.Wait()
	if ran.Load() != 1 {
		t.Errorf("accepted %d times", ran.Load())
	}
	where, err := o.Do("b", func() (string, error) { return "/tickets/2", nil })
	if where != "/tickets/2" || err != nil {
		t.Errorf("another one: %q %v", where, err)
	}
}

// A submission that failed or panicked can be sent again.
func TestOnceFails(t *testing.T) {
	o := NewOnce(time.Hour, newClock().now)
	if _, err := o.Do("a", func() (string, error) { return "", fmt.Errorf("away") }); err == nil {
		t.Error("no error")
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = o.Do("a", func() (string, error) { panic("boom") })
	}()
	if where, err := o.Do("a", func() (string, error) { return "/ok", nil }); where != "/ok" || err != nil {
		t.Errorf("%q %v", where, err)
	}
}

func TestOnceIsBounded(t *testing.T) {
	c := newClock()
	o := NewOnce(time.Hour, c.now)
	for i := range maxSubmissions + 100 {
		if i%100 == 0 {
			c.at = c.at.Add(time.Second)
		}
		if _, err := o.Do(fmt.Sprint(i), func() (string, error) { return "/", nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(o.done) > maxSubmissions {
		t.Errorf("%d are remembered", len(o.done))
	}
	c.at = c.at.Add(2 * time.Hour)
	again := false
	_, err := o.Do(fmt.Sprint(maxSubmissions), func() (string, error) { again = true; return "/", nil })
	if err != nil || !again {
		t.Errorf("remembered for ever: %v", err)
	}
}

// box is an example of how a slice uses a form: it shows the form, keeps the values after a fault, and accepts a
// submission once.
type box struct {
	guard   *Guard
	once    *Once
	session string
	tickets []string
}

func (b *box) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := Form{Name: "ticket", Action: "/tickets/write", Submit: "提交", Fields: []Field{
		{Name: "title", Label: "标题", Kind: Text, Required: true}}}
	state := State{}
	if r.Method == http.MethodPost {
		var err error
		if state.Input, err = f.Read(r); err != nil {
			http.Error(w, "", http.StatusBadRequest)
			return
		}
		if state.Faults = f.Check(state.Input); len(state.Faults) == 0 {
			var id string
			if id, state.Faults = b.guard.Check(f.Name, b.session, state.Input, times); id != "" {
				where, _ := b.once.Do(id, func() (string, error) {
					b.tickets = append(b.tickets, state.Input.Get("title"))
					return fmt.Sprintf("/tickets/%d", len(b.tickets)), nil
				})
				http.Redirect(w, r, where, http.StatusSeeOther)
				return
			}
		}
		w.WriteHeader(http.StatusBadRequest)
	}
	state.Token = b.guard.Token(f.Name, b.session)
	html, err := f.HTML(state)
	if err != nil {
		panic(err)
	}
	_, _ = w.Write([]byte(html))
}

// TestWriting: a ticket from the empty page to its receipt, with every thing that goes wrong on the way.
func TestWriting(t *testing.T) {
	c := newClock()
	b := &box{guard: guard(t, c, newSecret), once: NewOnce(time.Hour, c.now), session: "s1"}
	ask := func(method string, values url.Values) (int, string, string) {
		r := httptest.NewRequest(method, "/tickets/write", strings.NewReader(values.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		_, rest, _ := strings.Cut(w.Body.String(), `name="form-token" value="`)
		token, _, _ := strings.Cut(rest, `"`)
		return w.Code, w.Body.String() + w.Header().Get("Location"), token
	}
	send := func(token, title, trap string) (int, string, string) {
		return ask("POST", url.Values{"form-token": {token}, "title": {title}, "website": {trap}})
	}
	_, _, token := ask("GET", nil)
	c.at = c.at.Add(time.Second)
	code, body, token2 := send(token, "路灯", "")
	if code != 400 || !strings.Contains(body, "太快") || !strings.Contains(body, `value="路灯"`) || token2 == token {
		t.Fatalf("too fast: %d %s", code, body)
	}
	c.at = c.at.Add(time.Minute)
	code, body, token3 := send(token2, "路灯", "http://spam.example")
	if code != 400 || !strings.Contains(body, `value="路灯"`) || strings.Contains(body, "spam") {
		t.Fatalf("trap: %d %s", code, body)
	}
	b.session = "s2" // logged in meanwhile, in another window
	c.at = c.at.Add(time.Minute)
	code, body, token4 := send(token3, "路灯", "")
	if code != 400 || !strings.Contains(body, `value="路灯"`) {
		t.Fatalf("other session: %d %s", code, body)
	}
	c.at = c.at.Add(2 * time.Hour)
	code, body, token5 := send(token4, "路灯", "")
	if code != 400 || !strings.Contains(body, "时间太长") || !strings.Contains(body, `value="路灯"`) {
		t.Fatalf("too late: %d %s", code, body)
	}
	c.at = c.at.Add(time.Minute)
	if code, body, _ = send(token5, "", ""); code != 400 || !strings.Contains(body, "请填写标题") {
		t.Fatalf("empty: %d %s", code, body)
	}
	for range 3 {
		if code, body, _ := send(token5, "路灯", ""); code != 303 || body != "/tickets/1" {
			t.Fatalf("sent: %d %s", code, body)
		}
	}
	if len(b.tickets) != 1 {
		t.Errorf("%d tickets", len(b.tickets))
	}
}
