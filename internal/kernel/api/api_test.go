package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/kernel/token"
)

// world is an API with a few operations over a table of notes.
type world struct {
	*API
	t      *testing.T
	clock  func() time.Time
	secret string
	log    *syncLog
	gate   func(context.Context) // runs inside "make" and "outside"
}

type syncLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// tables are those that the tests need.
func tables() []store.Migrations {
	return []store.Migrations{jobs.Migrations(), audit.Migrations(), token.Migrations(), Migrations()}
}

func (l *syncLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *syncLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type note struct {
	bun.BaseModel `bun:"table:test_note"`

	ID   int64  `bun:"id,pk"`
	Text string `bun:"text"`
}

// Note is what the test API keeps.
type Note struct {
	Text string `json:"text" minLength:"1" maxLength:"20"`
	Pin  *bool  `json:"pin,omitempty"`
}

type noteBody struct {
	Body struct {
		ID ID `json:"id"`
	}
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, newWorld(t, db)) }, tables()...)
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	if err := db.Migrate(t.Context(), tables()...); err != nil {
		t.Fatal(err)
	}
	err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "CREATE TABLE test_note (id BIGINT PRIMARY KEY, text TEXT NOT NULL)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, log: &syncLog{}, clock: time.Now, gate: func(context.Context) {}}
	tokens := w.tokens(db)
	w.API = newAPIOn(w, db)
	_, w.secret, err = tokens.Create(actor.With(t.Context(), actor.Unlimited("test")),
		token.Request{Name: "t", Permissions: []string{"read", "write"}, Owners: []int64{1},
			ExpiresAt: time.Now().Add(48 * time.Hour).UnixMilli()})
	if err != nil {
		t.Fatal(err)
	}
	w.mount()
	return w
}

func newAPIOn(w *world, db *store.DB) *API {
	log, now := slog.New(slog.NewTextHandler(w.log, nil)), func() time.Time { return w.clock() }
	tokens := w.tokens(db)
	return New(Options{Title: "t", Version: "1", DB: db, Callers: []Authenticator{Bearer(tokens)}, Now: now, Log: log})
}

func (w *world) tokens(db *store.DB) *token.Desk {
	return &token.Desk{DB: db, Known: []string{"read", "write"}, Now: func() time.Time { return w.clock() },
		Log: slog.New(slog.NewTextHandler(w.log, nil))}
}

func (w *world) mount() {
	Register(w.API, Operation{ID: "list", Method: "GET", Path: "/notes", Tag: "t", Permission: "read"},
		func(ctx context.Context, in *struct{ PageInput }) (*PageOutput[int], error) {
			after, err := in.One("notes")
			var out []int
			for i := int(after) + 1; i <= 120 && len(out) <= in.Limit; i++ {
				out = append(out, i)
			}
			return NewPage(ctx, in.PageInput, "notes", out, func(i int) []int64 { return []int64{int64(i)} }), err
		})
	Register(w.API, Operation{ID: "make", Method: "POST", Path: "/notes", Tag: "t", Permission: "write", Status: 201},
		func(ctx context.Context, in *struct{ Body Note }) (*noteBody, error) {
			w.gate(ctx)
			return w.make(ctx, in.Body.Text)
		})
	Register(w.API, Operation{ID: "fail", Method: "POST", Path: "/fail/{kind}", Tag: "t", Permission: "write"},
		func(ctx context.Context, in *struct {
			Kind int `path:"kind"`
		}) (*struct{}, error) {
			if _, err := w.make(ctx, "half"); err != nil {
				return nil, err
			}
			return nil, fault.Wrap(fault.Kind(in.Kind), errors.New("hunter2"), "请先做那个")
		})
	Register(w.API, Operation{ID: "outside", Method: "POST", Path: "/outside", Tag: "t", Permission: "write",
		Outside: true, BodyType: "application/octet-stream", BodyLimit: 8 << 20},
		func(ctx context.Context, in *upload) (*noteBody, error) {
			n, err := io.Copy(io.Discard, in.body)
			if err != nil {
				return nil, err
			}
			w.gate(ctx)
			return w.make(ctx, fmt.Sprint(n))
		})
	Register(w.API, Operation{ID: "secret", Method: "POST", Path: "/secret", Tag: "t", Permission: "write",
		Secret: true}, func(ctx context.Context, _ *struct{}) (*noteBody, error) {
		return w.make(ctx, "secret")
	})
	Register(w.API, Operation{ID: "open", Method: "GET", Path: "/open", Tag: "t"},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	Register(w.API, Operation{ID: "panic", Method: "GET", Path: "/panic", Tag: "t", Permission: "other"},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
}

type upload struct{ body io.Reader }

// Resolve implements huma.Resolver.
func (u *upload) Resolve(ctx huma.Context) []error {
	u.body = ctx.BodyReader()
	return nil
}

func (w *world) make(ctx context.Context, text string) (*noteBody, error) {
	out := &noteBody{}
	id := store.NewID()
	out.Body.ID = NewID(id)
	return out, w.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&note{ID: id, Text: text}).Exec(ctx)
		return err
	})
}

func (w *world) notes() int {
	w.t.Helper()
	n, err := w.DB.Read().NewSelect().Model((*note)(nil)).Count(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return int(n)
}

func (w *world) call(method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(w.t.Context(), method, Base+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.secret)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec
}

func problem(t *testing.T, rec *httptest.ResponseRecorder) Problem {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil ||
		rec.Header().Get("Content-Type") != "application/problem+json" || p.Status != rec.Code || p.Detail == "" ||
		p.Title == "" {
		t.Errorf("no problem: %d %s %s", rec.Code, rec.Header().Get("Content-Type"), rec.Body)
	}
	return p
}

func TestProblems(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			rec    *httptest.ResponseRecorder
			status int
			says   string
		}{
			"no token":        {w.call("GET", "/notes", "", "Authorization", ""), 401, "guiyi token create"},
			"basic":           {w.call("GET", "/notes", "", "Authorization", "Basic eDp5"), 401, "Bearer"},
			"wrong token":     {w.call("GET", "/notes", "", "Authorization", "Bearer gy1_1_A"), 401, "重新申请"},
			"no permission":   {w.call("GET", "/panic", ""), 403, "other"},
			"undeclared":      {w.call("GET", "/open", ""), 403, "没有权限"},
			"no operation":    {w.call("GET", "/nowhere", ""), 404, "/docs"},
			"wrong method":    {w.call("DELETE", "/notes", ""), 405, "GET、POST"},
			"bad limit":       {w.call("GET", "/notes?limit=abc", ""), 422, "query.limit（应为数字）"},
			"limit too large": {w.call("GET", "/notes?limit=1000", ""), 422, "不能大于 200"},
			"unknown param":   {w.call("GET", "/notes?page=2", ""), 422, "query.page"},
			"bad cursor":      {w.call("GET", "/notes?cursor=xyz", ""), 422, "第一页"},
			"foreign cursor":  {w.call("GET", "/notes?cursor=eyJsIjoieCIsImEiOlsxXX0", ""), 422, "第一页"},
			"empty body":      {w.call("POST", "/notes", "", "Content-Type", "application/json"), 400, "请求体"},
			"broken JSON":     {w.call("POST", "/notes", `{"text":`), 400, "JSON"},
			"wrong type":      {w.call("POST", "/notes", `{"text":7}`), 422, "body.text（应为字符串）"},
			"missing":         {w.call("POST", "/notes", `{}`), 422, "缺少字段 text"},
			"too short":       {w.call("POST", "/notes", `{"text":""}`), 422, "至少 1 个字"},
			"too long":        {w.call("POST", "/notes", `{"text":"`+strings.Repeat("长", 21)+`"}`), 422, "最多 20 个字"},
			"unexpected":      {w.call("POST", "/notes", `{"text":"a","txt":1}`), 422, "body.txt（没有这个字段"},
			"content type": {w.call("POST", "/notes", `{"text":"a"}`, "Content-Type", "text/plain"), 415,
				"application/json"},
			"no content type": {w.call("POST", "/notes", `{"text":"a"}`, "Content-Type", ""), 415, "application/json"},
			"too large": {w.call("POST", "/notes", `{"text":"`+strings.Repeat("a", DefaultBody)+`"}`), 413,
				"上限"},
			"bad key": {w.call("POST", "/notes", `{"text":"a"}`, keyHeader, "a b"), 422, "ASCII"},
			"long key": {w.call("POST", "/notes", `{"text":"a"}`, keyHeader, strings.Repeat("k", 256)), 422,
				"ASCII"},
			"too large, keyed": {w.call("POST", "/outside", strings.Repeat("a", 8<<20+1), keyHeader, "big",
				"Content-Type", "application/octet-stream"), 413, "上限"},
			"fault invalid":   {w.call("POST", "/fail/1", ""), 422, "请先做那个"},
			"fault not found": {w.call("POST", "/fail/2", ""), 404, "请先做那个"},
			"fault conflict":  {w.call("POST", "/fail/3", ""), 409, "请先做那个"},
			"fault internal":  {w.call("POST", "/fail/0", ""), 500, "系统内部错误"},
			"fault later":     {w.call("POST", "/fail/8", ""), 503, "请先做那个"},
		} {
			p := problem(t, c.rec)
			if c.rec.Code != c.status || !strings.Contains(p.Detail, c.says) {
				t.Errorf("%s: %d %s, want %d with %q", name, c.rec.Code, p.Detail, c.status, c.says)
			}
			if strings.Contains(c.rec.Body.String(), "hunter2") {
				t.Errorf("%s: the cause is shown", name)
			}
		}
		if log := w.log.String(); !strings.Contains(log, "hunter2") || strings.Contains(log, w.secret[20:]) {
			t.Error("the log lacks a cause or holds the secret")
		}
		if w.notes() != 5 { // of "fail"; each ran without a key
			t.Errorf("%d notes", w.notes())
		}
	})
}

// The list of operations without permission finds the one there is, and it is closed.
func TestPermissionless(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	if got := w.Permissionless(); len(got) != 1 || got[0] != "open" {
		t.Errorf("%v", got)
	}
}

func TestPages(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	var seen []int
	for path, n := "/notes?limit=50", 0; path != ""; n++ {
		rec := w.call("GET", path, "")
		var p Page[int]
		if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || rec.Code != 200 || n > 3 {
			t.Fatal(err, rec.Code)
		}
		seen = append(seen, p.Items...)
		link := rec.Header().Get("Link")
		if (link == "") != (p.Next == "") {
			t.Errorf("Link %q, next %q", link, p.Next)
		}
		path, _, _ = strings.Cut(strings.TrimPrefix(link, "<"+Base), ">")
	}
	if len(seen) != 120 || seen[119] != 120 {
		t.Errorf("%d entries", len(seen))
	}
}

func TestIDs(t *testing.T) {
	if NewID(0) != "" || NewID(1<<62).Int() != 1<<62 || ID("x").Int() != -1 || ID("99999999999999999999").Int() != -1 ||
		ID("-1").Int() != -1 {
		t.Error("ids")
	}
	if Time(0) != nil || Milli(nil) != 0 || Milli(Time(1234)) != 1234 {
		t.Error("times")
	}
	if got := inChinese("something new"); !strings.Contains(got, "/docs") {
		t.Errorf("unknown message: %s", got)
	}
}
