package siteapi

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/api/apitest"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/kernel/token"
	"guiyi/internal/site"
)

// world is an API with only the operations of sites.
type world struct {
	t      *testing.T
	api    *api.API
	secret string
}

// tables are those that the tests need.
func tables() []store.Migrations {
	return []store.Migrations{jobs.Migrations(), audit.Migrations(), token.Migrations(), api.Migrations(),
		site.Migrations()}
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), tables()...); err != nil {
			t.Fatal(err)
		}
		blobs, err := blob.Open(t.Context(), "dir:"+t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = blobs.Close() })
		log := slog.New(slog.DiscardHandler)
		mount := Mount(Options{Sites: site.NewRegister(db),
			Desk: site.NewDesk(db, jobs.New(db, jobs.Options{Log: log}), blobs, time.Now)})
		tokens := &token.Desk{DB: db, Known: api.Permissions(mount), Now: time.Now, Log: log}
		w := &world{t: t, api: api.New(api.Options{
			Title:   "t",
			Version: "1",
			DB:      db,
			Callers: []api.Authenticator{api.Bearer(tokens)},
			Now:     time.Now,
			Log:     log,
		}, mount)}
		_, w.secret, err = tokens.Create(actor.With(t.Context(), actor.Unlimited("test")),
			token.Request{Name: "t", Permissions: tokens.Known, All: true,
				ExpiresAt: time.Now().Add(time.Hour).UnixMilli()})
		if err != nil {
			t.Fatal(err)
		}
		fn(t, w)
	}, tables()...)
}

// ask calls an operation and decodes the response into into.
func (w *world) ask(want int, method, path, body string, into any) {
	w.t.Helper()
	r := httptest.NewRequestWithContext(context.Background(), method, api.Base+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.secret)
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	if w.api.ServeHTTP(rec, r); rec.Code != want {
		w.t.Fatalf("%s %s: %d %s, want %d", method, path, rec.Code, rec.Body, want)
	}
	apitest.Conforms(w.t, w.api, method, path, rec)
	if into != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
			w.t.Fatal(err)
		}
	}
}

const newSite = `{"code":"qinghe","name":"清河市人民政府","kind":"portal","state":"running","domains":["www.qinghe.gov.cn"],
 "dossier":{"idcode":"2301990001","sponsor":"清河市人民政府","uscc":"112301990000000195"},
 "links":[{"group":"部门","items":[{"name":"中国政府网","url":"https://www.gov.cn/"}]}],"hot":["社保"],
 "home":[{"block":"list","column":"xwdt/szyw","count":6}],
 "columns":[{"slug":"xwdt","name":"新闻动态","kind":"channel","description":"新闻","children":[{"slug":"szyw","name":"时政要闻","description":"要闻"}]}]}`

func TestSiteLife(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var out Outcome
		w.ask(200, "POST", "/sites?dry_run=true", newSite, &out)
		if out.Applied || len(out.Plan.Steps) < 3 {
			t.Errorf("dry run: %+v", out)
		}
		w.ask(404, "GET", "/sites/qinghe", "", nil)
		w.ask(201, "POST", "/sites", newSite, &out)
		if !out.Applied || out.Site.Version != 1 || out.Site.State != "running" {
			t.Errorf("%+v", out)
		}
		w.ask(409, "POST", "/sites", newSite, nil)
		var d Detail
		w.ask(200, "GET", "/sites/qinghe", "", &d)
		if d.Dossier.Sponsor != "清河市人民政府" || d.Home[0].Count != 6 || d.Links[0].Items[0].Name != "中国政府网" ||
			d.Hot[0] != "社保" || d.Domains[0] != "www.qinghe.gov.cn" {
			t.Errorf("%+v", d)
		}
		var decl map[string]any
		w.ask(200, "GET", "/sites/qinghe/declaration", "", &decl)
		same, _ := json.Marshal(decl)
		w.ask(200, "PUT", "/sites/qinghe/declaration", string(same), &out)
		if out.Applied || len(out.Plan.Steps) != 0 {
			t.Errorf("handed back unchanged: %+v", out)
		}
		decl["hot"] = []string{"社保", "医保"}
		changed, _ := json.Marshal(decl)
		w.ask(200, "PUT", "/sites/qinghe/declaration", string(changed), &out)
		if !out.Applied || out.Site.Version != 2 || len(out.Plan.Steps) != 1 || out.Plan.Steps[0].Fields[0] != "热词" {
			t.Errorf("%+v", out)
		}
		w.ask(409, "PUT", "/sites/qinghe/declaration", string(changed), nil) // a second client that saw version 1
		w.ask(204, "POST", "/sites/qinghe/state", `{"to":"offline","reason":"检修"}`, nil)
		w.ask(409, "POST", "/sites/qinghe/state", `{"to":"archived","reason":"检修"}`, nil)
		var log api.Page[StateChange]
		w.ask(200, "GET", "/sites/qinghe/states", "", &log)
		if n := len(log.Items); n != 2 || log.Items[1].To != "offline" ||
			!strings.HasPrefix(log.Items[1].By, "token:") || log.Items[1].PlannedRestoreAt == nil {
			t.Errorf("%+v", log.Items)
		}
	})
}

func TestColumnLife(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.ask(201, "POST", "/sites", newSite, nil)
		var c Column
		w.ask(201, "POST", "/sites/qinghe/columns", `{"parent":"xwdt","slug":"xqdt","name":"县区动态"}`, &c)
		if c.Path != "xwdt/xqdt" || c.ID == "" {
			t.Errorf("%+v", c)
		}
		at := "/sites/qinghe/columns/" + string(c.ID)
		w.ask(409, "PATCH", at, `{"version":2,"name":"x"}`, nil)
		w.ask(200, "PATCH", at, `{"version":1,"name":"区县动态","rank":1,"kind":"list"}`, &c)
		if c.Name != "区县动态" || c.Rank != 1 || c.Version != 2 {
			t.Errorf("%+v", c)
		}
		var refused api.Problem
		for _, kind := range []string{"blog", "List", ""} { // package site defines the kinds
			w.ask(422, "PATCH", at, `{"version":2,"kind":"`+kind+`"}`, &refused)
			got := fmt.Sprint(refused.Errors)
			if !strings.Contains(got, "body.kind") || !strings.Contains(got, "disclosure") {
				t.Errorf("%q: %+v", kind, refused)
			}
			w.ask(422, "POST", "/sites/qinghe/columns", `{"slug":"a","name":"a","kind":"`+kind+`"}`, nil)
		}
		w.ask(422, "DELETE", at, "", nil) // names no version
		w.ask(409, "DELETE", at+"?version=1", "", nil)
		w.ask(200, "DELETE", at+"?version=2", "", &c)
		if !c.Retired {
			t.Errorf("%+v", c)
		}
		var paths []string
		for query := "?limit=2"; ; {
			var p api.Page[Column]
			w.ask(200, "GET", "/sites/qinghe/columns"+query, "", &p)
			for _, c := range p.Items {
				paths = append(paths, c.Path)
			}
			if p.Next == "" {
				break
			}
			query = "?limit=2&cursor=" + p.Next
		}
		want := "xwdt xwdt/szyw xwdt/xqdt xxgk xxgk/fdzdgknr xxgk/xxgknb xxgk/xxgkzd xxgk/xxgkzn xxgk/ysqgk"
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%s", got)
		}
	})
}
