package orgapi

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/api/apitest"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/org/people"
	"guiyi/internal/site"
)

const good = "Qinghe-2026-river"

// world is an API with only the operations of people, on two sites. It is called by whoever w.by is.
type world struct {
	t       *testing.T
	api     *api.API
	people  *people.Desk
	by      *actor.Actor
	root    actor.Actor
	columns map[string]api.ID // by code of the site
}

const declared = `site: CODE
name: 名称CODE
kind: portal
state: applying
columns: [{slug: xwdt, name: 新闻, description: 新闻, types: [工作动态]}]
`

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	tables := []store.Migrations{jobs.Migrations(), audit.Migrations(), people.Migrations(), api.Migrations(),
		site.Migrations()}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := slog.New(slog.DiscardHandler)
		w := &world{t: t, root: actor.Unlimited("root"), columns: map[string]api.ID{}}
		blobs, err := blob.Open(t.Context(), "dir:"+t.TempDir())
		w.must(err)
		t.Cleanup(func() { _ = blobs.Close() })
		sites := site.NewRegister(db)
		desk := site.NewDesk(db, jobs.New(db, jobs.Options{Log: log}), blobs, time.Now)
		ctx := actor.With(t.Context(), w.root)
		for _, code := range []string{"aaa", "bbb"} {
			decl, err := site.ParseDeclaration([]byte(strings.ReplaceAll(declared, "CODE", code)))
			w.must(err)
			_, err = desk.Apply(ctx, []site.Declaration{decl}, fstest.MapFS{})
			w.must(err)
			s, err := sites.ByCode(ctx, code)
			w.must(err)
			tree, err := sites.Columns(ctx, s.ID)
			w.must(err)
			w.columns[code] = api.NewID(tree.Path("xwdt").ID)
		}
		w.people, err = people.New(people.Options{DB: db, Now: time.Now, Log: log,
			Secrets: func() ([]string, error) { return []string{"a-key-of-the-tests-32-characters-long"}, nil }})
		w.must(err)
		who := func(*http.Request) (*actor.Actor, error) { return w.by, nil }
		w.api = api.New(api.Options{
			Title:   "t",
			Version: "1",
			DB:      db,
			Callers: []api.Authenticator{who},
			Now:     time.Now,
			Log:     log,
		}, Mount(Options{People: w.people, Sites: sites}))
		w.by = &w.root
		fn(t, w)
	}, tables...)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// ask calls an operation and decodes the response into into.
func (w *world) ask(want int, method, path, body string, into any) {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, api.Base+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	if w.api.ServeHTTP(rec, r); rec.Code != want {
		w.t.Fatalf("%s %s: %d %s, want %d", method, path, rec.Code, rec.Body, want)
	}
	path, _, _ = strings.Cut(path, "?")
	apitest.Conforms(w.t, w.api, method, path, rec)
	if into != nil {
		w.must(json.Unmarshal(rec.Body.Bytes(), into))
	}
}

// officer makes an officer over the API.
func (w *world) officer(account string) (o Officer) {
	w.t.Helper()
	w.ask(201, "POST", "/officers", fmt.Sprintf(`{"account":%q,"name":"姓名"}`, account), &o)
	return o
}

// enter sets the password of an officer by a link and returns the officer as an actor.
func (w *world) enter(id api.ID, secret string) *actor.Actor {
	w.t.Helper()
	o, err := w.people.UseLink(w.t.Context(), people.LinkUse{Secret: secret, Password: good})
	w.must(err)
	v, err := w.people.Begin(w.t.Context(), o.ID, "cookie of "+string(id), people.Browser{Address: "10.0.0.9"})
	w.must(err)
	a := v.Actor()
	return &a
}

// link returns the secret of a link that the API gives out.
func (w *world) link(id api.ID) string {
	w.t.Helper()
	var l OfficerLink
	w.ask(201, "POST", "/officers/"+string(id)+"/link", "", &l)
	at, secret, ok := strings.Cut(l.Link, people.LinkFragment)
	if !ok || at != "/" || l.ExpiresAt == nil {
		w.t.Fatalf("%+v", l)
	}
	return secret
}

// The first system administrator makes accounts and appoints the security administrator, who grants roles; what each
// may not do is refused.
func TestThreeAdministrators(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		boss, sec, aud, writer := w.officer("boss"), w.officer("sec"), w.officer("aud"), w.officer("writer")
		var g Grant
		w.ask(201, "POST", "/officers/"+string(boss.ID)+"/appointment", `{"role":"system-admin"}`, &g)
		if g.RoleName != "系统管理员" || !g.AllSites || g.GrantedBy != "system:root" {
			t.Errorf("%+v", g)
		}
		w.ask(409, "POST", "/officers/"+string(boss.ID)+"/appointment", `{"role":"auditor"}`, nil)
		w.by = w.enter(boss.ID, w.link(boss.ID))
		w.ask(422, "POST", "/officers/"+string(sec.ID)+"/appointment", `{"role":"writer"}`, nil)
		w.ask(403, "POST", "/officers/"+string(sec.ID)+"/grants", `{"role":"security-admin","all_sites":true}`, nil)
		secret := w.link(sec.ID)
		w.ask(201, "POST", "/officers/"+string(sec.ID)+"/appointment", `{"role":"security-admin"}`, nil)
		w.ask(403, "POST", "/officers/"+string(aud.ID)+"/appointment", `{"role":"auditor"}`, nil)
		w.ask(403, "POST", "/officers/"+string(sec.ID)+"/link", "", nil)
		w.by = w.enter(sec.ID, secret)
		w.ask(403, "POST", "/officers", `{"account":"mine","name":"名"}`, nil)
		w.ask(201, "POST", "/officers/"+string(aud.ID)+"/grants", `{"role":"auditor","all_sites":true}`, nil)
		w.ask(403, "POST", "/officers/"+string(sec.ID)+"/grants", `{"role":"writer","all_sites":true}`, nil)
		w.ask(201, "POST", "/officers/"+string(writer.ID)+"/grants", `{"role":"writer","sites":["aaa"]}`, &g)
		if len(g.Sites) != 1 || g.Sites[0] != "aaa" || g.AllSites {
			t.Errorf("%+v", g)
		}
		w.ask(204, "DELETE", "/grants/"+string(g.ID), "", nil)
		w.ask(404, "DELETE", "/grants/"+string(g.ID), "", nil)
	})
}

// A grant is valid at sites that are there, in columns of these sites, for departments that are there.
func TestPlacesOfGrants(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o := w.officer("writer")
		w.ask(201, "POST", "/departments", `{"code":"rsj","name":"人社局"}`, nil)
		give := func(want int, body string, into any) {
			t.Helper()
			w.ask(want, "POST", "/officers/"+string(o.ID)+"/grants", body, into)
		}
		give(404, `{"role":"writer","sites":["nowhere"]}`, nil)
		give(422, `{"role":"writer"}`, nil)
		give(422, `{"role":"king","all_sites":true}`, nil)
		give(422, `{"role":"writer","sites":["aaa"],"all_sites":true}`, nil)
		give(422, fmt.Sprintf(`{"role":"writer","sites":["aaa"],"columns":[%q]}`, w.columns["bbb"]), nil)
		give(422, fmt.Sprintf(`{"role":"writer","all_sites":true,"columns":[%q]}`, w.columns["bbb"]), nil)
		give(422, `{"role":"writer","sites":["aaa"],"columns":["12345"]}`, nil)
		var p api.Problem
		give(422, `{"role":"writer","sites":["aaa"],"units":["jyj"]}`, &p)
		if len(p.Errors) != 1 || p.Errors[0].Field != "body.units" {
			t.Errorf("%+v", p)
		}
		var g Grant
		give(201, fmt.Sprintf(`{"role":"writer","sites":["bbb","aaa","aaa"],"columns":[%q],"units":["rsj"]}`,
			w.columns["aaa"]), &g)
		var back Officer
		w.ask(200, "GET", "/officers/"+string(o.ID), "", &back)
		if len(back.Grants) != 1 || len(back.Grants[0].Sites) != 2 || len(back.Grants[0].Columns) != 1 ||
			back.Grants[0].Columns[0] != w.columns["aaa"] || back.Grants[0].Units[0] != "rsj" {
			t.Errorf("%+v", back)
		}
		w.ask(404, "POST", "/officers/99/grants", `{"role":"writer","sites":["aaa"]}`, nil)
	})
}

func TestOfficers(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var d, below Department
		w.ask(201, "POST", "/departments", `{"code":"szf","name":"市政府办公室"}`, &d)
		w.ask(201, "POST", "/departments", fmt.Sprintf(`{"code":"rsj","name":"人社局","parent":%q}`, d.ID), &below)
		if below.Parent != d.ID || below.Code != "rsj" {
			t.Errorf("%+v", below)
		}
		w.ask(422, "POST", "/departments", `{"code":"rsj","name":"又一个"}`, nil)
		w.ask(422, "POST", "/departments", `{"code":"x","name":"名","parent":"99"}`, nil)
		var deps api.Page[Department]
		w.ask(200, "GET", "/departments?limit=1", "", &deps)
		if len(deps.Items) != 1 || deps.Items[0].Code != "rsj" || deps.Next == "" {
			t.Errorf("%+v", deps)
		}
		w.ask(200, "GET", "/departments?limit=1&cursor="+deps.Next, "", &deps)
		if len(deps.Items) != 1 || deps.Items[0].Code != "szf" {
			t.Errorf("%+v", deps)
		}
		one := w.officer("wang.ming")
		w.officer("li.hong")
		w.ask(422, "POST", "/officers", `{"account":"WANG.ming","name":"另一人"}`, nil)
		var changed Officer
		w.ask(200, "PATCH", "/officers/"+string(one.ID),
			fmt.Sprintf(`{"version":1,"name":"王明","department":%q,"phone":"13800001234"}`, below.ID), &changed)
		if changed.Phone != "13800001234" || changed.Name != "王明" || changed.Department != below.ID || changed.Version != 2 || changed.State != "active" {
			t.Errorf("%+v", changed)
		}
		w.ask(409, "PATCH", "/officers/"+string(one.ID), `{"version":1,"state":"disabled"}`, nil)
		w.ask(422, "PATCH", "/officers/"+string(one.ID), `{"version":2,"state":"gone"}`, nil)
		w.ask(422, "PATCH", "/officers/"+string(one.ID), `{"version":2,"department":"99"}`, nil)
		w.ask(200, "PATCH", "/officers/"+string(one.ID), `{"version":2,"state":"disabled"}`, &changed)
		if changed.State != "disabled" {
			t.Errorf("%+v", changed)
		}
		w.ask(409, "POST", "/officers/"+string(one.ID)+"/link", "", nil)
		w.ask(404, "GET", "/officers/99", "", nil)
		w.ask(404, "POST", "/officers/99/unlock", "", nil)
		w.ask(204, "POST", "/officers/"+string(one.ID)+"/unlock", "", nil)
		for query, want := range map[string]int{"": 2, "?q=WANG": 1, "?q=明": 1, "?q=zhao": 0, "?state=disabled": 1,
			"?department=" + string(below.ID): 1, "?department=99": 0} {
			var page api.Page[Officer]
			w.ask(200, "GET", "/officers"+query, "", &page)
			if len(page.Items) != want {
				t.Errorf("%q lists %d, want %d", query, len(page.Items), want)
			}
		}
		var page api.Page[Officer]
		w.ask(200, "GET", "/officers?limit=1", "", &page)
		next := page.Next
		page = api.Page[Officer]{}
		w.ask(200, "GET", "/officers?limit=1&cursor="+next, "", &page)
		if len(page.Items) != 1 || page.Items[0].ID != one.ID || page.Next != "" {
			t.Errorf("second page: %+v", page)
		}
		var roles api.Page[Role]
		w.ask(200, "GET", "/roles?limit=2", "", &roles)
		first, next := roles.Items[0].Code, roles.Next
		roles = api.Page[Role]{}
		w.ask(200, "GET", "/roles?cursor="+next, "", &roles)
		if first != "writer" || len(roles.Items) < 4 || roles.Items[0].Code == first || roles.Next != "" {
			t.Errorf("%+v", roles)
		}
	})
}

// The security administrator sees who is signed in and ends what must end.
func TestSessions(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		one, two := w.officer("one"), w.officer("two")
		for _, o := range []Officer{one, two} {
			w.enter(o.ID, w.link(o.ID))
		}
		var all, of api.Page[Session]
		w.ask(200, "GET", "/sessions", "", &all)
		w.ask(200, "GET", "/sessions?officer="+string(one.ID), "", &of)
		if len(all.Items) != 2 || len(of.Items) != 1 || of.Items[0].Account != "one" ||
			of.Items[0].Address != "10.0.0.9" {
			t.Errorf("%+v, %+v", all, of)
		}
		w.ask(200, "GET", "/sessions?limit=1", "", &all)
		w.ask(200, "GET", "/sessions?limit=1&cursor="+all.Next, "", &all)
		if len(all.Items) != 1 || all.Items[0].Officer != one.ID {
			t.Errorf("second page: %+v", all)
		}
		path := "/sessions/" + string(of.Items[0].ID)
		w.ask(204, "DELETE", path, "", nil)
		w.ask(204, "DELETE", path, "", nil)
		w.ask(404, "DELETE", "/sessions/99", "", nil)
		w.ask(200, "GET", "/sessions?officer="+string(one.ID), "", &of)
		if len(of.Items) != 0 {
			t.Errorf("%+v", of)
		}
		if _, err := w.people.Visit(t.Context(), "cookie of "+string(one.ID)); err == nil {
			t.Error("a session that was ended goes on")
		}
		if _, err := w.people.Visit(t.Context(), "cookie of "+string(two.ID)); err != nil {
			t.Errorf("another session ended: %v", err)
		}
	})
}
