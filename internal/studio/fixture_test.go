package studio_test

import (
	"archive/zip"
	"bytes"
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/org/people"
	"guiyi/internal/studio"
)

// fill gives a site one thing of everything that a path parameter can name.
func (w *world) fill(to *tenancy) {
	w.t.Helper()
	tree, err := w.p.Sites.Columns(context.Background(), to.site.ID)
	w.must(err)
	to.params["column"] = string(api.NewID(tree.Path("xwdt/tzgg").ID))
	to.params["kind"], to.params["no"] = "related", "1"
	var made studio.Token
	w.ask(to.secret, "POST", "/tokens", map[string]any{"name": "下级 " + to.site.Code,
		"permissions": []string{"site.read"}, "sites": []string{to.site.Code},
		"expires_at": time.Now().Add(time.Hour)}, 201, &made)
	to.params["token"] = string(made.ID)
	to.params["to"], to.params["item"] = w.item(to, "第一条"), w.item(to, "第二条")
	w.ask(to.secret, "POST", "/items/"+to.params["item"]+"/links",
		map[string]any{"kind": "related", "to": to.params["to"]}, 201, nil)
	var up, job struct{ ID string }
	w.must(jsonOf(w.call(to.secret, "POST", api.Base+"/sites/"+to.site.Code+"/uploads?name=a.csv", "标题,正文\n甲,乙\n",
		"Content-Type", "application/octet-stream"), &up))
	to.params["upload"] = up.ID
	w.ask(to.secret, "POST", "/imports", map[string]any{"site": to.site.Code, "upload": up.ID}, 202, &job)
	to.params["import"] = job.ID
	w.lexicon(to)
	to.params["job"] = w.deadJob()
	to.params["task"] = w.task(to)
	w.people(to)
}

// byPerson are operations that only a person may carry out: a program judges no text.
var byPerson = []string{"claim-task", "unclaim-task", "approve-task", "return-task"}

// own sends a request as who may carry it out on a site: its token, or an officer where it must be a person.
func (w *world) own(of *tenancy, r request) *httptest.ResponseRecorder {
	if !slices.Contains(byPerson, r.op.OperationID) {
		return w.send(of.secret, r)
	}
	return w.sender(w.clerk(of))(r)
}

// clerk is a person with every permission on one site.
func (w *world) clerk(of *tenancy) *actor.Actor {
	a := &actor.Actor{Kind: actor.Officer, ID: "7", Scope: actor.Scope{Owners: []int64{of.site.ID}}}
	for _, p := range w.p.Tokens.Known {
		a.Permissions = append(a.Permissions, actor.Permission(p))
	}
	return a
}

// task is the review of a draft of a site, whose flow is taken away again: other items are released without one.
func (w *world) task(of *tenancy) string {
	w.t.Helper()
	var made struct {
		ID      string
		Version int64
	}
	w.ask(of.secret, "POST", "/items", map[string]any{"site": of.site.Code, "class": "article",
		"title": "待审" + of.site.Code, "source": "本站", "html": "<p>正文。</p>",
		"columns": []any{map[string]any{"column": of.params["column"]}}}, 201, &made)
	flow := map[string]any{"site": of.site.Code, "steps": []any{map[string]any{"name": "审核", "kind": "review"}}}
	w.ask(of.secret, "PUT", "/flows", flow, 200, nil)
	var task struct{ ID string }
	w.ask(of.secret, "POST", "/items/"+made.ID+"/submit", map[string]any{"version": made.Version}, 200, &task)
	w.ask(of.secret, "PUT", "/flows", map[string]any{"site": of.site.Code, "steps": []any{}, "version": 1}, 200, nil)
	return task.ID
}

// people gives a site an officer with a role there and a session.
func (w *world) people(to *tenancy) {
	w.t.Helper()
	o, err := w.p.People.AddOfficer(w.root, people.NewOfficer{Account: "of." + to.site.Code, Name: "名"})
	w.must(err)
	g, err := w.p.People.Give(w.root, people.GrantRequest{Officer: o.ID, Role: "writer", Sites: []int64{to.site.ID}})
	w.must(err)
	v, err := w.p.People.Begin(w.root, o.ID, "cookie of "+to.site.Code, people.Browser{Address: "10.0.0.1"})
	w.must(err)
	to.params["officer"], to.params["grant"] = string(api.NewID(o.ID)), string(api.NewID(g.ID))
	to.params["session"] = string(api.NewID(v.Session))
}

// lexicon makes a dictionary of the site and a finding that it ignores.
func (w *world) lexicon(to *tenancy) {
	w.t.Helper()
	var made struct{ Dictionary struct{ ID string } }
	w.ask(to.secret, "POST", "/dictionaries", map[string]any{"site": to.site.Code, "code": "local",
		"kind": "word.wrong",
		"name": "本站", "content": "旧称\t新称", "version": 0}, 200, &made)
	to.params["dictionary"] = made.Dictionary.ID
	var ignored struct{ ID string }
	w.ask(to.secret, "POST", "/check/ignored", map[string]any{"site": to.site.Code, "code": "word.wrong", "text": "旧称",
		"reason": "引文"}, 201, &ignored)
	to.params["ignored"] = ignored.ID
}

// item makes a live item in the column of a site.
func (w *world) item(of *tenancy, title string) string {
	w.t.Helper()
	var made struct {
		ID      string
		Version int64
	}
	w.ask(of.secret, "POST", "/items", map[string]any{"site": of.site.Code, "class": "article",
		"title": title + of.site.Code, "source": "本站", "html": "<p>正文。</p>",
		"columns": []any{map[string]any{"column": of.params["column"]}}}, 201, &made)
	w.ask(of.secret, "POST", "/items/"+made.ID+"/release", map[string]any{"version": made.Version}, 200, nil)
	return made.ID
}

// deadJob is work that has failed for good.
func (w *world) deadJob() string {
	w.t.Helper()
	id := store.NewID()
	w.must(w.p.DB.InTx(w.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return w.p.Board.Enqueue(ctx, tx, jobs.Job{ID: id, Kind: "test.broken"})
	}))
	_ = w.p.Board.Drain(w.t.Context(), "test.broken") // tells of the failure
	return string(api.NewID(id))
}

// platform are operations of the platform, which no token of one site may use.
var platform = []string{"create-site", "put-declaration", "list-jobs", "retry-job", "discard-job", "list-officers",
	"create-officer", "get-officer", "change-officer", "create-officer-link", "unlock-officer", "reset-second-factor",
	"create-grant", "delete-grant", "appoint-administrator", "list-departments", "create-department", "list-sessions",
	"end-session"}

// bodies are requests that are carried out, where a sample of the schema would not be.
// SITE stands for the site.
var bodies = map[string]string{
	"create-site":        `{"code":"ccc","name":"新站"}`,
	"put-declaration":    `{"version":1,"name":"新名"}`,
	"change-site-state":  `{"to":"offline","reason":"检修"}`,
	"create-column":      `{"slug":"xqdt","name":"县区动态","parent":"xwdt"}`,
	"change-column":      `{"version":1,"name":"公告"}`,
	"create-item":        `{"site":"SITE","class":"article","title":"新的"}`,
	"revise-item":        `{"version":2,"title":"改过"}`,
	"release-item":       `{"version":3}`,
	"withdraw-item":      `{"version":4,"kind":"error","reason":"有误"}`,
	"cancel-plan":        `{"version":3}`,
	"discard-item":       `{"version":3}`,
	"undiscard-item":     `{"version":3}`,
	"reinstate-edition":  `{"version":3}`,
	"release-items":      `{"items":[{"id":"ITEM","version":3}]}`,
	"create-link":        `{"kind":"source","to":"TO"}`,
	"move-placement":     `{"column":"COLUMN"}`,
	"put-placement":      `{"headline":"另一个标题"}`,
	"roll-back":          `{"revision":1,"reason":"有误"}`,
	"publish-site":       `{}`,
	"put-flow":           `{"site":"SITE","steps":[{"name":"审核","kind":"review"}]}`,
	"check-text":         `{"site":"SITE","title":"旧称","html":"<p>布署</p>"}`,
	"import-dictionary":  `{"site":"SITE","code":"more","kind":"word.wrong","name":"更多","content":"甲乙","version":0}`,
	"restore-dictionary": `{"version":1,"to":1}`,
	"put-check-levels":   `{"site":"SITE","levels":{"word.wrong":"hint"}}`,
	"put-leaders":        `{"site":"SITE","leaders":[{"name":"赵一民","titles":["市长"]}]}`,
	"ignore-finding":     `{"site":"SITE","code":"word.wrong","text":"布署","reason":"引文"}`,
	"create-import":      `{"site":"SITE","upload":"UPLOAD"}`,
	"upload-media":       "%PDF-1.7 aaa",
	"convert-document":   docx(),
	"upload-file":        "标题,正文\n丙,丁\n",
	"create-officer":     `{"account":"xin.ren","name":"新人"}`,
	"change-officer":     `{"version":1,"name":"改名"}`,
	"create-grant":       `{"role":"reviewer","sites":["SITE"],"columns":["COLUMN"]}`,
	"create-department":  `{"code":"rsj","name":"人社局"}`,
	"create-token": `{"name":"n","permissions":["site.read"],"sites":["SITE"],"expires_at":"` +
		time.Now().Add(time.Hour).Format(time.RFC3339) + `"}`,
}

// queries are parameters that an operation must have.
var queries = map[string]string{"list-audit": "site=SITE", "list-flows": "site=SITE",
	"list-dictionaries": "site=SITE", "get-check-levels": "site=SITE", "get-leaders": "site=SITE",
	"list-ignored-findings": "site=SITE", "count-items": "site=SITE",
	"retire-column": "version=1", "upload-media": "name=a.pdf", "convert-document": "name=a.docx",
	"upload-file": "name=b.csv"}

// docx is a small document as office programs write them.
func docx() string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if part, err := z.Create("word/document.xml"); err == nil {
		_, _ = part.Write([]byte(`<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>正文。</w:t></w:r></w:p></w:body></w:document>`))
	}
	_ = z.Close() // a broken document turns the test red
	return b.String()
}

func (w *world) bodyOf(op operation, of *tenancy) string {
	return strings.NewReplacer("SITE", of.site.Code, "TO", of.params["to"], "COLUMN", of.params["column"],
		"ITEM", of.params["item"], "UPLOAD",
		of.params["upload"]).Replace(bodies[op.OperationID])
}
