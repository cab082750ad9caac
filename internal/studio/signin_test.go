package studio_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/app"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/org/people"
	"guiyi/internal/studio"
)

const goodPassword = "Qinghe-2026-river"

// browser keeps cookies as a browser does.
type browser struct {
	w       *world
	cookies map[string]*http.Cookie
}

func (w *world) browser() *browser { return &browser{w: w, cookies: map[string]*http.Cookie{}} }

// send sends a request from a page of the studio.
func (b *browser) send(method, path, body string, header ...string) *httptest.ResponseRecorder {
	b.w.t.Helper()
	r := httptest.NewRequestWithContext(b.w.t.Context(), method, "http://studio.test"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i < len(header); i += 2 {
		if r.Header.Set(header[i], header[i+1]); header[i+1] == "" {
			r.Header.Del(header[i])
		}
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	b.w.handler.ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		if b.cookies[c.Name] = c; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return rec
}

func (b *browser) want(what string, rec *httptest.ResponseRecorder, status int) (me studio.Me) {
	b.w.t.Helper()
	if rec.Code != status {
		b.w.t.Errorf("%s: %d %s, want %d", what, rec.Code, rec.Body, status)
	}
	if status >= 400 {
		b.w.refused(what, rec, status)
	} else if status == 200 {
		b.w.must(json.Unmarshal(rec.Body.Bytes(), &me))
	}
	if rec.Header().Get("Cache-Control") != "no-store" {
		b.w.t.Errorf("%s may be stored", what)
	}
	return me
}

func bodyOf(pairs ...string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	raw, _ := json.Marshal(m)
	return string(raw)
}

// officer makes an officer of a site with a role, and signs him in.
func (w *world) officer(account, role string, of *tenancy) *browser {
	w.t.Helper()
	o, err := w.p.People.AddOfficer(w.root, people.NewOfficer{Account: account, Name: "名" + account})
	w.must(err)
	g := people.GrantRequest{Officer: o.ID, Role: role, AllSites: of == nil}
	if of != nil {
		g.Sites = []int64{of.site.ID}
	}
	_, err = w.p.People.Give(w.root, g)
	w.must(err)
	secret, _, err := w.p.People.PasswordLink(w.root, o.ID)
	w.must(err)
	b := w.browser()
	b.want("use of a link", b.send("PUT", "/session/link", bodyOf("link", secret, "password", goodPassword)), 200)
	return b
}

// From the first link to a session, and out again.
func TestSignInOverHTTP(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	secret, err := w.p.People.FirstLink(w.root)
	w.must(err)
	b := w.browser()
	b.want("before", b.send("GET", "/session", ""), 401)
	b.want("unknown link", b.send("POST", "/session/link", bodyOf("link", "x")), 410)
	rec := b.send("POST", "/session/link", bodyOf("link", secret))
	var info studio.LinkInfo
	w.must(json.Unmarshal(rec.Body.Bytes(), &info))
	if rec.Code != 200 || info.Purpose != people.First || len(info.Rules) == 0 || info.Officer != nil {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	use := []string{"link", secret, "account", "Wang.Ming", "name", "王明", "password", "weak"}
	rec = b.send("PUT", "/session/link", bodyOf(use...))
	b.want("weak password", rec, 422)
	if !strings.Contains(rec.Body.String(), `"field":"password"`) {
		t.Errorf("no field: %s", rec.Body)
	}
	use[7] = goodPassword
	me := b.want("first link", b.send("PUT", "/session/link", bodyOf(use...)), 200)
	if me.Officer.Account != "wang.ming" || me.Officer.Name != "王明" || len(me.Roles) != 1 ||
		me.Roles[0].Role != people.SystemAdmin || !me.Roles[0].AllSites || me.IdleSeconds != 900 {
		t.Errorf("%+v", me)
	}
	b.want("twice", w.browser().send("PUT", "/session/link", bodyOf(use...)), 410)
	if again := b.want("me", b.send("GET", "/session", ""), 200); again.Officer != me.Officer {
		t.Errorf("%+v", again)
	}
	copied := w.browser()
	for name, c := range b.cookies {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || name != "studio" {
			t.Errorf("cookie %+v", c)
		}
		copied.cookies[name] = c
	}
	b.want("sign out", b.send("DELETE", "/session", ""), 204)
	b.want("after", b.send("GET", "/session", ""), 401)
	copied.want("a copy of the cookie", copied.send("GET", "/session", ""), 401)
	copied.want("a copy of the cookie at the API", copied.send("GET", api.Base+"/sites", ""), 401)
	b.want("wrong", b.send("POST", "/session", bodyOf("account", "wang.ming", "password", "x")), 401)
	b.want("right", b.send("POST", "/session", bodyOf("account", "WANG.ming", "password", goodPassword)), 200)
	first := b.cookies["studio"].Value
	b.want("right again", b.send("POST", "/session", bodyOf("account", "wang.ming", "password", goodPassword)), 200)
	copied.cookies["studio"] = &http.Cookie{Name: "studio", Value: first}
	copied.want("the session before", copied.send("GET", "/session", ""), 401)
	for _, text := range []string{goodPassword, secret} {
		if strings.Contains(w.log.String(), text) {
			t.Errorf("%q is in the log", text)
		}
	}
}

// An officer does over the API what his roles allow at his sites, and nothing else.
func TestOfficerAtTheAPI(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		writer := w.officer("writer", "writer", w.a)
		draft := `{"site":"aaa","class":"article","title":"稿件"}`
		rec := writer.send("POST", api.Base+"/items", draft)
		writer.want("his site", rec, 201)
		var made struct{ ID string }
		w.must(json.Unmarshal(rec.Body.Bytes(), &made))
		writer.want("no release", writer.send("POST", api.Base+"/items/"+made.ID+"/release", `{"version":1}`), 403)
		writer.want("no jobs", writer.send("GET", api.Base+"/jobs", ""), 403)
		foreign := strings.ReplaceAll(draft, "aaa", "bbb")
		writer.want("another site", writer.send("POST", api.Base+"/items", foreign), 404)
		rec = writer.send("GET", api.Base+"/sites", "")
		if strings.Contains(rec.Body.String(), "bbb") || rec.Code != 200 {
			t.Errorf("sites: %d %s", rec.Code, rec.Body)
		}
		auditor := w.officer("auditor", people.Auditor, nil)
		auditor.want("audit", auditor.send("GET", api.Base+"/audit?object=item", ""), 200)
		auditor.want("content", auditor.send("GET", api.Base+"/items/"+made.ID, ""), 403)
	})
}

// A page of another site makes no browser do anything, and what is no JSON is not read.
func TestForeignPages(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	b := w.officer("writer", "writer", w.a)
	draft := `{"site":"aaa","class":"article","title":"稿件"}`
	for what, header := range map[string][]string{
		"cross site":             {"Sec-Fetch-Site", "cross-site"},
		"same site":              {"Sec-Fetch-Site", "same-site"},
		"an older browser":       {"Sec-Fetch-Site", "", "Origin", "http://evil.test"},
		"null origin":            {"Sec-Fetch-Site", "", "Origin", "null"},
		"another port, the same": {"Sec-Fetch-Site", "", "Origin", "http://studio.test:8080"},
	} {
		b.want("draft, "+what, b.send("POST", api.Base+"/items", draft, header...), 403)
		b.want("sign out, "+what, b.send("DELETE", "/session", "", header...), 403)
	}
	b.want("own origin",
		b.send("POST", api.Base+"/items", draft, "Sec-Fetch-Site", "", "Origin", "http://studio.test"), 201)
	for what, c := range map[string]struct {
		kind, body string
		status     int
	}{
		"a form":        {"application/x-www-form-urlencoded", "account=a&password=b", 415},
		"plain text":    {"text/plain", bodyOf("account", "a"), 415},
		"half":          {"application/json", `{"account":`, 422},
		"unknown field": {"application/json", `{"root":true}`, 422},
		"too long":      {"application/json", bodyOf("account", strings.Repeat("a", 20_000)), 422},
	} {
		b.want(what, b.send("POST", "/session", c.body, "Content-Type", c.kind), c.status)
	}
	b.want("still there", b.send("GET", "/session", ""), 200)
}

// On a full disk an officer still reads; what he changes is refused.
func TestSessionOnAFullDisk(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	b := w.officer("wang", "writer", w.a)
	w.must(w.p.DB.InTx(w.root, func(ctx context.Context, tx bun.Tx) error {
		for _, statement := range []string{
			"UPDATE org_session SET seen_at = seen_at - 120000",
			"CREATE TRIGGER full_session BEFORE UPDATE ON org_session BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
			"CREATE TRIGGER full_item BEFORE INSERT ON resource_item BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	}))
	b.want("who am I", b.send("GET", "/session", ""), 200)
	rec := b.send("GET", "/api/v1/items?site=aaa", "")
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), w.a.params["item"]) {
		t.Errorf("reading: %d %s", rec.Code, rec.Body)
	}
	if rec := b.send("POST", "/api/v1/items", `{"site":"aaa","class":"article","title":"写不下"}`); rec.Code < 500 {
		t.Errorf("writing: %d %s", rec.Code, rec.Body)
	}
	if !strings.Contains(w.log.String(), "use of a session is not written") {
		t.Error("the log does not say it")
	}
}
