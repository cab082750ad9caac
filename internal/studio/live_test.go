package studio_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"guiyi/internal/app"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/kernel/token"
	"guiyi/internal/kernel/web"
)

// listen opens a stream and returns its lines.
func (w *world) listen(ctx context.Context, base, secret string) <-chan string {
	w.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/events", nil)
	w.must(err)
	r.Header.Set("Authorization", "Bearer "+secret)
	resp, err := http.DefaultClient.Do(r)
	w.must(err)
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		w.t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	lines := make(chan string, 1000)
	go func() {
		defer resp.Body.Close()
		defer close(lines)
		for s := bufio.NewScanner(resp.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// Whoever may see a site is told that something of it changed; others are not.
func TestEvents(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.api = nil
		server := httptest.NewServer(w.handler)
		defer server.Close()
		ctx, leave := context.WithTimeout(t.Context(), time.Minute)
		defer leave()
		a, b, all := w.listen(ctx, server.URL, w.a.secret), w.listen(ctx, server.URL, w.b.secret), w.listen(ctx,
			server.URL, w.all)
		if rec := w.call("", "GET", "/events", ""); rec.Code != 401 {
			t.Errorf("nobody: %d", rec.Code)
		}
		of := map[*tenancy]string{}
		// await drafts items of a site until a stream tells of one: the poller starts in its own time.
		await := func(tn *tenancy, lines <-chan string) {
			t.Helper()
			for {
				of[tn] = `"object":"item","id":"` + w.draft(tn) + `"`
				for until := time.After(2 * time.Second); ; {
					select {
					case line, open := <-lines:
						if !open {
							t.Fatal("the stream ended")
						}
						for other, what := range of {
							if other != tn && strings.Contains(line, what) {
								t.Errorf("the stream of %s tells of %s: %s", tn.site.Code, other.site.Code, line)
							}
						}
						if strings.Contains(line, `"token"`) {
							t.Errorf("a change of the platform is told to a site: %s", line)
						}
						if strings.Contains(line, of[tn]) {
							return
						}
						continue
					case <-until:
					}
					break
				}
			}
		}
		await(w.a, a)
		w.token(token.Request{Owners: []int64{w.b.site.ID}})
		await(w.b, b)
		for line := range all {
			if strings.Contains(line, of[w.b]) {
				break
			}
		}
	})
}

// draft makes an item of a site and returns its id.
func (w *world) draft(tn *tenancy) (id string) {
	w.t.Helper()
	var made struct{ ID string }
	w.ask(tn.secret, "POST", "/items", map[string]any{"site": tn.site.Code, "class": "article", "title": "一条草稿"}, 201,
		&made)
	return made.ID
}

// An open console does not keep the process from stopping.
func TestEventsEndWithTheServer(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	server := web.NewServer(web.ServerOptions{Address: "127.0.0.1:0", Handler: w.handler, Log: w.p.Tel.Log})
	w.must(server.Listen(t.Context()))
	done := make(chan error, 1)
	go func() { done <- server.Serve() }()
	lines := w.listen(t.Context(), "http://"+server.Addr().String(), w.a.secret)
	<-lines // the stream is open
	w.must(server.Shutdown(t.Context()))
	w.must(<-done)
	for range lines { // ends
	}
}
