package studio

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/token"
	"guiyi/internal/site"
)

func migrations() []store.Migrations {
	return []store.Migrations{jobs.Migrations(), token.Migrations(), api.Migrations(), site.Migrations()}
}

func (w *world) options(db *store.DB, blobs *blob.Store, log *slog.Logger) Options {
	return Options{Version: "test", DB: db, Tokens: &token.Desk{DB: db, Known: Permissions(), Now: time.Now, Log: log}, Sites: site.NewRegister(db),
		SiteDesk: site.NewDesk(db, w.board, blobs, time.Now), Ops: http.NotFoundHandler(), Now: time.Now, Log: log}
}

// fill gives a site one thing of everything that a path parameter can name.
func (w *world) fill(to *tenancy) {
	w.t.Helper()
	tree, err := w.o.Sites.Columns(context.Background(), to.site.ID)
	w.must(err)
	to.params["column"] = string(api.NewID(tree.Path("xwdt/tzgg").ID))
	var made Token
	w.ask(to.secret, "POST", "/tokens", map[string]any{"name": "下级 " + to.site.Code, "permissions": []string{"site.read"}, "sites": []string{to.site.Code},
		"expires_at": time.Now().Add(time.Hour)}, 201, &made)
	to.params["token"] = string(made.ID)
}

// platform are operations of the platform, which no token of one site may use.
var platform = []string{"create-site", "put-declaration"}

// bodies are requests that are carried out, where a sample of the schema would not be.
// SITE stands for the site.
var bodies = map[string]string{
	"create-site":       `{"code":"ccc","name":"新站"}`,
	"put-declaration":   `{"version":1,"name":"新名"}`,
	"change-site-state": `{"to":"offline","reason":"检修"}`,
	"create-column":     `{"slug":"xqdt","name":"县区动态","parent":"xwdt"}`,
	"change-column":     `{"version":1,"name":"公告"}`,
	"create-token":      `{"name":"n","permissions":["site.read"],"sites":["SITE"],"expires_at":"` + time.Now().Add(time.Hour).Format(time.RFC3339) + `"}`,
}

// queries are parameters that an operation must have.
var queries = map[string]string{"retire-column": "version=1"}

func (w *world) bodyOf(op operation, of *tenancy) string {
	return strings.ReplaceAll(bodies[op.OperationID], "SITE", of.site.Code)
}
