package studio_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"guiyi/internal/app"
	"guiyi/internal/app/config"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/api/apitest"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/token"
	"guiyi/internal/site"
)

// world is the whole studio on a fresh database with two sites, a and b, and what each
// of them has. Nothing of a may reach whoever has a token of b.
type world struct {
	t       *testing.T
	p       *app.Platform
	handler http.Handler
	api     *api.API // the same again, for its document
	doc     document
	root    context.Context
	a, b    *tenancy
	all     string // secret of a token over everything
	log     *logBuffer
}

// tenancy is one site and what it has: values for the parameters of the document.
type tenancy struct {
	site   *site.Site
	secret string            // of a token with every permission on this site alone
	params map[string]string // by name of a path parameter
}

// logBuffer is a log that can be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const declared = `site: SITE
name: 名称SITE
kind: portal
state: running
domains: [www.SITE.gov.cn]
dossier: {idcode: "2301990001", sponsor: 主办SITE, uscc: "112301990000000195", icp: 黑ICP备00000000号-1, police: 黑公网安备 23019900000001号, phone: 0450-00000000}
columns:
  - {slug: xwdt, name: 新闻动态, kind: channel, types: [工作动态], description: 新闻, children: [{slug: szyw, name: 时政要闻, description: 要闻}, {slug: tzgg, name: 通知公告, description: 公告}]}
`

func newWorld(t *testing.T, dsn string) *world {
	t.Helper()
	w := &world{t: t, root: actor.With(t.Context(), actor.Unlimited("test")), log: &logBuffer{}}
	cfg, err := config.Load(config.Sources{Env: []string{"GUIYI_DATA_DIR=" + t.TempDir(), "GUIYI_DATABASE=" + dsn,
		"GUIYI_API_PER_SECOND=100000", "GUIYI_API_BURST=100000"}})
	w.must(err)
	w.p, err = app.Open(w.root, cfg.Config, false, w.log)
	w.must(err)
	t.Cleanup(func() { w.must(w.p.Close()) })
	w.p.Imports.Watch = 20 * time.Millisecond
	w.p.Board.Handle("test.broken", func(context.Context, []jobs.Job) error { return errors.New("broken") },
		jobs.HandleOptions{MaxAttempts: 1})
	w.handler, err = w.p.Studio(http.NotFoundHandler())
	w.must(err)
	w.api = w.newAPI()
	w.must(json.Unmarshal(w.call("", "GET", api.Base+"/openapi.json", "").Body.Bytes(), &w.doc))
	w.all = w.token(token.Request{All: true})
	w.a, w.b = w.tenancy("aaa"), w.tenancy("bbb")
	return w
}

func (w *world) newAPI() *api.API {
	return api.New(api.Options{DB: w.p.DB, Callers: []api.Authenticator{api.Bearer(w.p.Tokens)}, Log: w.p.Tel.Log,
		Now: time.Now}, w.p.Operations()...)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// token makes a token with every permission, unless the wish names some.
func (w *world) token(wish token.Request) (secret string) {
	w.t.Helper()
	if wish.Permissions == nil {
		wish.Permissions = w.p.Tokens.Known
	}
	wish.Name, wish.ExpiresAt = "测试", time.Now().Add(24*time.Hour).UnixMilli()
	_, secret, err := w.p.Tokens.Create(w.root, wish)
	w.must(err)
	return secret
}

func (w *world) tenancy(code string) *tenancy {
	w.t.Helper()
	decl, err := site.ParseDeclaration([]byte(strings.ReplaceAll(declared, "SITE", code)))
	w.must(err)
	_, err = w.p.SiteDesk.Apply(w.root, []site.Declaration{decl}, fstest.MapFS{})
	w.must(err)
	s, err := w.p.Sites.ByCode(w.root, code)
	w.must(err)
	out := &tenancy{site: s, params: map[string]string{"site": code}}
	out.secret = w.token(token.Request{Owners: []int64{s.ID}})
	w.fill(out)
	return out
}

// call sends a request; a body goes as JSON.
func (w *world) call(secret, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	if w.api != nil {
		apitest.Conforms(w.t, w.api, method, strings.TrimPrefix(path, api.Base), rec)
	}
	return rec
}

// ask calls with the token of everything, below the base, and reads the answer.
func (w *world) ask(secret, method, path string, body any, want int, into any) {
	w.t.Helper()
	text := ""
	if body != nil {
		raw, err := json.Marshal(body)
		w.must(err)
		text = string(raw)
	}
	rec := w.call(secret, method, api.Base+path, text)
	if rec.Code != want {
		w.t.Fatalf("%s %s: %d %s, want %d", method, path, rec.Code, rec.Body, want)
	}
	if into != nil {
		w.must(json.Unmarshal(rec.Body.Bytes(), into))
	}
}

// document is what the tests read of the OpenAPI document.
type document struct {
	OpenAPI    string
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
}

type operation struct {
	OperationID string
	Permission  string `json:"x-permission"`
	Parameters  []struct {
		Name, In string
		Required bool
		Schema   schema
	}
	RequestBody struct {
		Content map[string]struct{ Schema schema }
	}
	Responses map[string]struct {
		Content map[string]struct{ Schema schema }
	}
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Format     string
	Enum       []any
	MinLength  int
	MaxLength  int
	Minimum    *float64
	MinItems   int
	Required   []string
	Properties map[string]schema
	Items      *schema
}

// kind is the one type that is not null.
func (s schema) kind() string {
	if list, ok := s.Type.([]any); ok {
		for _, k := range list {
			if k != "null" {
				return k.(string)
			}
		}
	}
	k, _ := s.Type.(string)
	return k
}

func (d *document) resolve(s schema) schema {
	if s.Ref != "" {
		return d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	return s
}

// sample makes a value that fits a schema: required properties only.
func (d *document) sample(s schema) any {
	s = d.resolve(s)
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Format == "date-time":
		return time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	}
	switch s.kind() {
	case "object":
		out := map[string]any{}
		for _, name := range s.Required {
			out[name] = d.sample(s.Properties[name])
		}
		return out
	case "array":
		out := []any{}
		for range s.MinItems {
			out = append(out, d.sample(*s.Items))
		}
		return out
	case "integer", "number":
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 1
	case "boolean":
		return true
	}
	return strings.Repeat("1", max(s.MinLength, 1))
}

func jsonOf(rec *httptest.ResponseRecorder, into any) error {
	if rec.Code >= 300 {
		return errors.New(rec.Body.String())
	}
	return json.Unmarshal(rec.Body.Bytes(), into)
}
