package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"sync"
	"testing"

	"guiyi/internal/app/config"
	"guiyi/internal/org/people"
	"guiyi/internal/studio"
)

// safeBuffer is a log that is read while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// running is a platform that serves until stop.
type running struct {
	t    *testing.T
	at   Started
	log  *safeBuffer
	stop func()
}

func serveIn(t *testing.T, dir string, demo bool) *running {
	t.Helper()
	cfg, err := config.Load(config.Sources{Env: []string{"GUIYI_DATA_DIR=" + dir, "GUIYI_STUDIO_LISTEN=127.0.0.1:0",
		"GUIYI_PUBLIC_LISTEN=127.0.0.1:0"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{t: t, log: &safeBuffer{}}
	ready, done := make(chan Started, 1), make(chan error, 1)
	go func() {
		done <- Serve(ctx, cfg.Config, ServeOptions{Demo: demo, Log: r.log, Ready: func(at Started) { ready <- at }})
	}()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	t.Cleanup(r.stop)
	select {
	case r.at = <-ready:
	case err := <-done:
		done <- err
		t.Fatal(err)
	}
	return r
}

// person is a browser.
type person struct {
	t      *testing.T
	at     string
	client *http.Client
}

func (r *running) person() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return &person{t: r.t, at: r.at.Studio, client: &http.Client{Jar: jar}}
}

// ask sends JSON and returns status and body.
func (p *person) ask(method, path string, body any) (int, string) {
	p.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	if body == nil {
		raw = nil
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.at+path, bytes.NewReader(raw))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", strings.TrimSuffix(p.at, "/"))
	resp, err := p.client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// enter uses a link and returns who is in.
func (p *person) enter(l EnterLink, more map[string]string) (me studio.Me) {
	p.t.Helper()
	_, secret, _ := strings.Cut(l.URL, people.LinkFragment)
	use := map[string]string{"link": secret}
	for k, v := range more {
		use[k] = v
	}
	status, text := p.ask("PUT", "session/link", use)
	if status != 200 || json.Unmarshal([]byte(text), &me) != nil {
		p.t.Fatalf("%s: %d %s", l.Name, status, text)
	}
	return me
}

// A newcomer is inside within one click: every link of the demo signs its officer in, who may do what the role says;
// the set-up link makes the system administrator. After a restart sessions go on and the old links are dead.
func TestServeLetsPeopleIn(t *testing.T) {
	dir := t.TempDir()
	r := serveIn(t, dir, true)
	if len(r.at.Links) != 5 || r.at.Sites != 4 || !strings.HasPrefix(r.at.Public, "http://localhost:") {
		t.Fatalf("%+v", r.at)
	}
	draft := map[string]any{"site": "qinghe", "class": "article", "title": "稿件"}
	elsewhere := map[string]any{"site": "rsj", "class": "article", "title": "稿件"}
	var kept *person
	for i, want := range []struct {
		role                         string
		draft, elsewhere, jobs, book int
	}{
		{people.SystemAdmin, 403, 403, 200, 403},
		{"writer", 201, 404, 403, 403},
		{"reviewer", 403, 403, 403, 403},
		{"site-admin", 201, 404, 403, 200},
		{people.Auditor, 403, 403, 403, 200},
	} {
		p := r.person()
		first := map[string]string{}
		if i == 0 {
			first = map[string]string{"account": "wang", "name": "王明", "password": "Qinghe-2026-river"}
		}
		me := p.enter(r.at.Links[i], first)
		if me.Roles[0].Role != want.role {
			t.Errorf("link %d is for %+v", i, me)
		}
		got := []int{}
		for _, try := range []struct {
			method, path string
			body         any
		}{{"POST", "api/v1/items", draft}, {"POST", "api/v1/items", elsewhere}, {"GET", "api/v1/jobs", nil},
			{"GET", "api/v1/audit", nil}} {
			status, _ := p.ask(try.method, try.path, try.body)
			got = append(got, status)
		}
		if wanted := []int{want.draft, want.elsewhere, want.jobs, want.book}; !slices.Equal(got, wanted) {
			t.Errorf("%s: %v, want %v", want.role, got, wanted)
		}
		if i == 1 {
			kept = p
		}
	}
	r.stop()
	for _, l := range r.at.Links {
		_, secret, _ := strings.Cut(l.URL, people.LinkFragment)
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("%s: the secret is in the log", l.Name)
		}
	}
	if strings.Contains(r.log.String(), "Qinghe-2026-river") {
		t.Error("the password is in the log")
	}

	again := serveIn(t, dir, false)
	if len(again.at.Links) != 0 {
		t.Errorf("without the demo, with an administrator: %v", names(again.at.Links))
	}
	p := again.person()
	for _, l := range r.at.Links {
		_, secret, _ := strings.Cut(l.URL, people.LinkFragment)
		if status, text := p.ask("PUT", "session/link", map[string]string{"link": secret}); status != 410 {
			t.Errorf("%s, used: %d %s", l.Name, status, text)
		}
	}
	kept.moved(again.at.Studio)
	if status, text := kept.ask("GET", "session", nil); status != 200 {
		t.Errorf("the session is gone after a restart: %d %s", status, text)
	}
	in := map[string]string{"account": "wang", "password": "Qinghe-2026-river"}
	if status, _ := p.ask("POST", "session", in); status != 200 {
		t.Errorf("the administrator does not get in: %d", status)
	}
	if status, _ := p.ask("GET", "api/v1/officers?q=demo", nil); status != 200 {
		t.Errorf("the administrator does not see people: %d", status)
	}
}

// moved makes the browser send its requests elsewhere: cookies do not know of ports.
func (p *person) moved(at string) { p.at = at }

// The address that a command prints is that of the inner listener.
func TestStudioURL(t *testing.T) {
	for listen, want := range map[string]string{"127.0.0.1:8081": "http://127.0.0.1:8081/",
		"[::1]:9": "http://[::1]:9/"} {
		p := &Platform{Engines: &Engines{Config: config.Config{Studio: config.Listener{Listen: listen}}}}
		if got := p.StudioURL(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		p.Config.Studio.TLSCert = "cert.pem"
		if got := p.StudioURL(); got != fmt.Sprintf("https%s", strings.TrimPrefix(want, "http")) {
			t.Errorf("with TLS %s", got)
		}
	}
}
