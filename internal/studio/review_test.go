package studio_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
)

// as sends a request as an officer of a site with the permissions, and reads the answer.
func (w *world) as(of *tenancy, id string, ps ...actor.Permission) func(method, path, body string,
	want int) map[string]any {
	a := &actor.Actor{Kind: actor.Officer, ID: id, Permissions: ps, Scope: actor.Scope{Owners: []int64{of.site.ID}}}
	send := w.sender(a)
	return func(method, path, body string, want int) map[string]any {
		w.t.Helper()
		r := request{method: method, path: api.Base + path, body: body}
		if body != "" {
			r.kind = "application/json"
		}
		rec := send(r)
		if rec.Code != want {
			w.t.Fatalf("%s %s by %s: %d %s, want %d", method, path, id, rec.Code, rec.Body, want)
		}
		var out map[string]any
		if rec.Code < 300 && rec.Body.Len() > 0 {
			w.must(jsonOf(rec, &out))
		}
		return out
	}
}

// The thin path over the API: written, submitted, approved by two persons, live; and who wrote and approved it.
func TestReviewOverTheAPI(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		of := w.a
		chief := w.as(of, "90", "editorial.read", "editorial.flow", "site.read")
		writer := w.as(of, "1", "item.read", "item.write", "placement.write", "editorial.read", "editorial.submit")
		reviewers := map[string]func(string, string, string, int) map[string]any{}
		for _, id := range []string{"2", "3"} {
			reviewers[id] = w.as(of, id, "editorial.read", "editorial.review", "item.read", "item.release")
		}
		flow := chief(http.MethodPut, "/flows", `{"site":"aaa","steps":[{"name":"初审","kind":"review","minutes":60},`+
			`{"name":"保密审查","kind":"secrecy"}]}`, 200)
		chief(http.MethodPut, "/flows", `{"site":"aaa","steps":[]}`, 409) // has seen none
		all := chief(http.MethodGet, "/flows?site=aaa", "", 200)
		if len(all["items"].([]any)) != 1 || flow["version"] == 0 {
			t.Errorf("flows %v", all)
		}
		made := writer(http.MethodPost, "/items", `{"site":"aaa","class":"article","title":"API 送审的稿件","source":"本站",`+
			`"html":"<p>一句。</p>","columns":[{"column":"`+of.params["column"]+`"}]}`, 201)
		item := made["id"].(string)
		reviewers["2"](http.MethodPost, "/items/"+item+"/release", `{"version":1}`, 409)
		task := writer(http.MethodPost, "/items/"+item+"/submit", `{"version":1,"note":"请审"}`, 200)
		at := "/tasks/" + task["id"].(string)
		writer(http.MethodPost, at+"/approve", `{"version":1}`, 403)
		for who, step := range map[string]string{"2": "初审"} {
			list := reviewers[who](http.MethodGet, "/tasks?view=todo&site=aaa", "", 200)["items"].([]any)
			last := list[len(list)-1].(map[string]any)
			if last["id"] != task["id"] || last["step_name"] != step || last["note"] != "请审" || last["due"] == nil ||
				last["column"].(map[string]any)["name"] != "通知公告" ||
				last["submitted_by"].(map[string]any)["id"] != "1" {
				t.Errorf("to do %v", last)
			}
		}
		detail := reviewers["2"](http.MethodGet, at, "", 200)
		if text := fmt.Sprint(detail["changes"]); !strings.Contains(text, "一句。") || !strings.Contains(text, "added") {
			t.Errorf("changes %s", text)
		}
		reviewers["2"](http.MethodPost, at+"/claim", `{"version":1}`, 200)
		reviewers["3"](http.MethodPost, at+"/approve", `{"version":2}`, 409)
		reviewers["2"](http.MethodPost, at+"/approve", `{"version":1}`, 409)
		reviewers["2"](http.MethodPost, at+"/approve", `{"version":2,"note":"同意","ticks":["标题"]}`, 200)
		reviewers["2"](http.MethodPost, at+"/approve", `{"version":3}`, 403)
		done := reviewers["3"](http.MethodPost, at+"/approve", `{"version":3}`, 200)
		if done["state"] != "approved" {
			t.Errorf("done %v", done)
		}
		if got := writer(http.MethodGet, "/items/"+item, "", 200); got["state"] != "live" {
			t.Errorf("item %v", got)
		}
		list := writer(http.MethodGet, "/items?site=aaa&q=API&state=live", "", 200)["items"].([]any)
		one := list[0].(map[string]any)
		if len(list) != 1 || one["updated_by"].(map[string]any)["id"] != "3" ||
			one["column"].(map[string]any)["path"] != "xwdt/tzgg" {
			t.Errorf("list %v", list)
		}
		if n := writer(http.MethodGet, "/items/counts?site=aaa", "", 200); n["live"].(float64) < 1 {
			t.Errorf("counts %v", n)
		}
		history := writer(http.MethodGet, "/items/"+item+"/history", "", 200)
		review := history["reviews"].([]any)[0].(map[string]any)
		if review["proven"] != true || len(review["acts"].([]any)) != 4 || len(history["approvals"].([]any)) != 1 ||
			!strings.Contains(fmt.Sprint(history["sentences"]), "一句。") {
			t.Errorf("history %v", history)
		}
		writer(http.MethodGet, "/items/"+item+"/history?edition=9", "", 404)
		foreign := w.as(w.b, "1", "item.read", "editorial.read", "editorial.review")
		foreign(http.MethodGet, "/items/"+item+"/history", "", 404)
		foreign(http.MethodGet, at, "", 404)
		foreign(http.MethodGet, "/tasks?site=aaa", "", 404)
	})
}
