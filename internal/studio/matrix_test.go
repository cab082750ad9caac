package studio_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/store/dump"
	"guiyi/internal/kernel/web"
)

// state is a sum over the rows of every table but those that only note that somebody asked.
func (w *world) state() map[string]dump.Sum {
	w.t.Helper()
	out := map[string]dump.Sum{}
	w.must(w.p.DB.Snapshot(w.root, func(ctx context.Context, tx bun.IDB) error {
		s, _, err := dump.Describe(ctx, w.p.DB, tx)
		if err != nil {
			return err
		}
		for _, t := range s.Tables {
			if t.Name == "api_answer" || t.Name == "token_token" {
				continue
			}
			if out[t.Name], err = dump.SumOf(ctx, tx, t); err != nil {
				return err
			}
		}
		return nil
	}))
	return out
}

// writes are the operations that change something, in an order in which each still can.
func (w *world) writes(of *tenancy) (all []request) {
	w.each(of, func(r request) {
		if r.method != http.MethodGet {
			all = append(all, r)
		}
	})
	order := []string{"POST", "PUT", "PATCH", "DELETE"}
	slices.SortStableFunc(all, func(x, y request) int {
		return (slices.Index(order, x.method)-slices.Index(order, y.method))*1000 +
			strings.Compare(x.op.OperationID, y.op.OperationID)
	})
	return all
}

// TestRefusedChangesNothing: whoever lacks the permission or the site is refused by every operation that writes, and
// not one row of any table is another afterwards.
func TestRefusedChangesNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var everything []actor.Permission
		for _, p := range w.p.Tokens.Known {
			everything = append(everything, actor.Permission(p))
		}
		callers := map[string]*actor.Actor{
			"nobody":                         nil,
			"a person of the public":         {Kind: actor.User, ID: "1", Scope: actor.Scope{All: true}},
			"an officer without permissions": {Kind: actor.Officer, ID: "2", Scope: actor.Scope{All: true}},
			"an officer without sites":       {Kind: actor.Officer, ID: "3", Permissions: everything},
			"an officer of another site": {Kind: actor.Officer, ID: "4", Permissions: everything,
				Scope: actor.Scope{Owners: []int64{w.b.site.ID}}},
		}
		for _, name := range slices.Sorted(maps.Keys(callers)) {
			send := w.sender(callers[name])
			for _, r := range w.writes(w.a) {
				before := w.state()
				rec := send(r)
				if rec.Code < 400 {
					t.Errorf("%s by %s: %d %s", r.op.OperationID, name, rec.Code, rec.Body)
				}
				if after := w.state(); !maps.Equal(before, after) {
					t.Errorf("%s by %s was refused (%d) and changed something", r.op.OperationID, name, rec.Code)
				}
			}
		}
	})
}

// sender sends requests as an actor, nil for nobody, whom no token stands for.
func (w *world) sender(by *actor.Actor) func(request) *httptest.ResponseRecorder {
	who := func(*http.Request) (*actor.Actor, error) { return by, nil }
	handler := web.RequestID(api.New(api.Options{DB: w.p.DB, Callers: []api.Authenticator{who}, Log: w.p.Tel.Log,
		Now: time.Now, Rate: api.Rate{PerSecond: 100_000, Burst: 100_000}}, w.p.Operations()...))
	return func(r request) *httptest.ResponseRecorder {
		req := httptest.NewRequest(r.method, r.path, strings.NewReader(r.body))
		if r.kind != "" {
			req.Header.Set("Content-Type", r.kind)
		}
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		return rec
	}
}

// TestEveryWriteIsAudited: what an operation changes leaves a row that says who did it; what it refuses leaves none.
// One that finds everything as it was asked for, such as the consent to a link that has it, changes nothing and says
// nothing.
func TestEveryWriteIsAudited(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		done := map[string]bool{}
		for round := range 3 { // what comes too early, such as the release of an item without a draft, comes again
			for _, r := range w.writes(w.a) {
				if done[r.op.OperationID] || r.op.OperationID == "put-flow" && round == 0 {
					continue // with a flow nothing is released without its review
				}
				secret := w.a.secret
				if slices.Contains(platform, r.op.OperationID) {
					secret = w.all
				}
				r.body = w.current(r)
				before := w.state()
				person := slices.Contains(byPerson, r.op.OperationID)
				send := func(r request) *httptest.ResponseRecorder { return w.send(secret, r) }
				if person {
					send = w.sender(w.clerk(w.a))
				}
				rec := send(r)
				after := w.state()
				wrote := after["audit_row"].Rows - before["audit_row"].Rows
				done[r.op.OperationID] = rec.Code < 300
				if rec.Code >= 300 && wrote != 0 {
					t.Errorf("%s was refused (%d) and left %d audit rows", r.op.OperationID, rec.Code, wrote)
				}
				if rec.Code < 300 && wrote == 0 && !maps.Equal(before, after) {
					t.Errorf("%s changed something (%d) and left no audit row", r.op.OperationID, rec.Code)
				}
				if !person {
					w.signed(r, secret, rec.Header().Get("X-Request-Id"), wrote)
				}
			}
		}
		for _, op := range []string{"create-site", "create-column", "create-item", "revise-item", "release-item",
			"withdraw-item", "put-placement", "create-link", "create-token", "create-import", "publish-site",
			"roll-back"} {
			if !done[op] {
				t.Errorf("%s was never carried out: the test does not test it", op)
			}
		}
	})
}

// signed checks that the newest audit rows name the token and the request that made them.
func (w *world) signed(r request, secret, id string, rows int64) {
	w.t.Helper()
	if rows == 0 {
		return
	}
	var newest []audit.Row
	w.must(w.p.DB.Read().NewSelect().Model(&newest).Order("id DESC").Limit(rows).Scan(w.root))
	number := strings.Split(secret, "_")[1]
	for _, row := range newest {
		if row.Kind != actor.Token || row.Actor != number || id == "" || row.Request != id {
			w.t.Errorf("%s by token %s in request %q left the row %+v", r.op.OperationID, number, id, row)
		}
	}
}

var seenVersion = regexp.MustCompile(`"version":\d+`)

// current is the body of a request with the version that its item or task has now.
func (w *world) current(r request) string {
	list, rest := "/items/", ""
	var ok bool
	if _, rest, ok = strings.Cut(r.path, list); !ok {
		list = "/tasks/"
		_, rest, ok = strings.Cut(r.path, list)
	}
	if !ok || !seenVersion.MatchString(r.body) {
		return r.body
	}
	id, _, _ := strings.Cut(rest, "/")
	var it struct{ Version int64 }
	w.ask(w.all, http.MethodGet, list+id, nil, 200, &it)
	return seenVersion.ReplaceAllString(r.body, fmt.Sprintf(`"version":%d`, it.Version))
}
