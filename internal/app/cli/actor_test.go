package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/app"
	"guiyi/internal/app/config"
	"guiyi/internal/exchange/importjob"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/dump"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/publish/retention"
	"guiyi/internal/resource"
)

// derived are the prefixes of tables that follow from others or note how work stands. What only they record needs no
// audit row: their owners are the revisions of the ledger, the jobs and the chain of the audit itself.
var derived = []string{"publish_", "search_", "job_", "api_answer", "audit_seal", "hold_copy"}

// acted looks at a platform of one site before and after somebody acts on it.
type acted struct {
	t         *testing.T
	data, dsn string
	db        *store.DB
	dir       string // of files to read in
}

const actedSite = `site: test
name: 测试站点
state: running
domains: [test.example]
columns:
- { slug: a, name: 动态 }
- { slug: b, name: 公告 }
`

func eachActed(t *testing.T, fn func(t *testing.T, w *acted)) {
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		dir := t.TempDir()
		w := &acted{t: t, data: filepath.Join(dir, "data"), dsn: dsn, db: storetest.Open(t, dsn), dir: dir}
		w.write("sites/test.yaml", actedSite)
		w.write("bad/test.yaml", strings.Replace(actedSite, "name: 公告", "name: 公告, kind: none", 1))
		for _, name := range []string{"甲", "乙"} {
			w.write(name+".html", `<html><head><title>`+name+`区供热通知</title></head><body><h1>`+name+`区供热通知</h1>`+
				`<p>发布时间：2026-03-05 09:30 来源：市住建局</p><div id="zoom"><p>`+name+`区供热管网排查已经完成，共排查管线一百二十公里，`+
				`更换阀门三十六个。</p><p>请各供热单位知悉，并在供暖期开始以前按时上报准备情况。</p></div></body></html>`)
		}
		fn(t, w)
	}, app.Migrations()...)
}

func (w *acted) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *acted) write(name, text string) {
	w.t.Helper()
	name = filepath.Join(w.dir, name)
	w.must(os.MkdirAll(filepath.Dir(name), 0o700))
	w.must(os.WriteFile(name, []byte(text), 0o600))
}

// run runs a command.
func (w *acted) run(args ...string) (status int, out, errs string) {
	var o, e bytes.Buffer
	status = Main(append([]string{"--data-dir", w.data, "--database", w.dsn}, args...), &o, &e)
	return status, o.String(), e.String()
}

// item finds the item of a title.
func (w *acted) item(title string) string {
	w.t.Helper()
	_, out, errs := w.run("item", "list")
	m := regexp.MustCompile(`(?m)^(\d+).*` + title).FindStringSubmatch(out)
	if m == nil {
		w.t.Fatalf("no item %s in %s%s", title, out, errs)
	}
	return m[1]
}

// state is a sum over the rows of every table that is not derived, and the newest audit row.
func (w *acted) state() (sums map[string]dump.Sum, newest int64) {
	w.t.Helper()
	sums = map[string]dump.Sum{}
	w.must(w.db.Snapshot(w.t.Context(), func(ctx context.Context, tx bun.IDB) error {
		s, _, err := dump.Describe(ctx, w.db, tx)
		if err != nil {
			return err
		}
		for _, t := range s.Tables {
			skip := func(prefix string) bool { return strings.HasPrefix(t.Name, prefix) }
			if t.Name == "audit_row" || slices.ContainsFunc(derived, skip) {
				continue
			}
			if sums[t.Name], err = dump.SumOf(ctx, tx, t); err != nil {
				return err
			}
		}
		return tx.NewSelect().Model((*audit.Row)(nil)).ColumnExpr("COALESCE(MAX(id), 0)").Scan(ctx, &newest)
	}))
	return sums, newest
}

// change is what happened between two looks.
type change struct {
	tables bool        // a table that is not derived has other rows
	rows   []audit.Row // that were written
}

func (w *acted) during(do func()) (c change) {
	w.t.Helper()
	before, last := w.state()
	do()
	after, _ := w.state()
	c.tables = !maps.Equal(before, after)
	w.must(w.db.Read().NewSelect().Model(&c.rows).Where("id > ?", last).Order("id").Scan(w.t.Context()))
	return c
}

// by checks that a change left rows, and that each names the actor and one of the actions.
func (w *acted) by(what string, c change, kind actor.Kind, id string, actions ...actor.Permission) {
	w.t.Helper()
	if len(c.rows) == 0 || !c.tables {
		w.t.Errorf("%s left %d audit rows, changed something: %t", what, len(c.rows), c.tables)
	}
	for _, r := range c.rows {
		if r.Kind != kind || r.Actor != id || !slices.Contains(actions, actor.Permission(r.Action)) {
			w.t.Errorf("%s by %s:%s with %v left the row %+v", what, kind, id, actions, r)
		}
	}
}

// silent checks that nothing was changed and nobody named.
func (w *acted) silent(what string, c change) {
	w.t.Helper()
	if len(c.rows) != 0 || c.tables {
		w.t.Errorf("%s left the audit rows %+v, changed something: %t", what, c.rows, c.tables)
	}
}

// reads reports whether a command writes nothing of the library, by what it acts with.
func reads(ps []actor.Permission) bool {
	return !slices.ContainsFunc(ps, func(p actor.Permission) bool {
		return p != operate && !strings.HasSuffix(string(p), ".read")
	})
}

// rebuilds are the commands that write derived tables only.
var rebuilds = []string{"guiyi publish", "guiyi compact", "guiyi repair"}

// TestCommandsNameTheirActor runs every command that writes: as it is refused, then as it is done. The audit rows of
// what is done name the person at the command line and the permission; what is refused leaves none.
func TestCommandsNameTheirActor(t *testing.T) {
	eachActed(t, func(t *testing.T, w *acted) {
		done, refused := map[string]bool{}, map[string]bool{}
		granted := permissions()
		granted["guiyi import"] = append(granted["guiyi import"], resource.ReceiveItems)
		step := func(ok bool, args ...string) (out string) {
			t.Helper()
			path := "guiyi " + args[0]
			if cmd, _, err := tree().Find(args); err == nil {
				path = cmd.CommandPath()
			}
			var status int
			var errs string
			c := w.during(func() { status, out, errs = w.run(args...) })
			what := strings.Join(args, " ")
			if (status == 0) != ok {
				t.Fatalf("%s: status %d, %s", what, status, errs)
			}
			switch who := runner(path); {
			case !ok:
				refused[path] = true
				w.silent(what, c)
			case reads(granted[path]) || slices.Contains(rebuilds, path):
				done[path] = true
				w.silent(what, c)
			default:
				done[path] = true
				w.by(what, c, who.Kind, who.ID, granted[path]...)
			}
			return out
		}
		const do, refuse = true, false
		file := func(name string) string { return filepath.Join(w.dir, name) }

		step(refuse, "apply", file("bad"))
		step(do, "apply", file("sites"))
		step(refuse, "import", file("甲.html"), "--site", "none")
		step(refuse, "import", file("甲.html"), "--site", "test", "--column", "none")
		step(do, "import", file("甲.html"), "--site", "test", "--column", "a")
		step(do, "import", file("乙.html"), "--site", "test", "--column", "a")
		one, two := w.item("甲区供热通知"), w.item("乙区供热通知")

		wordFile(t, file("丙.docx"))
		step(refuse, "item", "draft", "--docx", file("甲.html"), "--site", "test", "--column", "a")
		step(refuse, "item", "draft", "--docx", file("丙.docx"), "--site", "test", "--column", "none")
		said := step(do, "item", "draft", "--docx", file("丙.docx"), "--site", "test", "--column", "a")
		if !strings.Contains(said, "：丙\n  1 处　修订中删除的文字已去掉\n　　　　第 1 段“正文。”\n") {
			t.Errorf("the report: %s", said)
		}

		step(refuse, "item", "revise", one, "--title", "新标题", "--version", "99")
		step(do, "item", "revise", one, "--title", "新标题")
		step(do, "item", "release", one)
		step(refuse, "item", "release", one)
		step(refuse, "item", "cancel", one)
		step(do, "item", "revise", one, "--title", "又一个标题")
		step(do, "item", "release", one, "--at", "2099-12-01 09:00")
		step(do, "item", "cancel", one)
		step(refuse, "item", "place", one, "test", "none")
		step(do, "item", "place", one, "test", "b")
		step(do, "item", "unplace", one, "test", "b")
		step(refuse, "item", "unplace", one, "test", "none")
		for _, use := range []string{"accept", "refuse", "unlink"} {
			step(refuse, "item", use, one, "related", two)
		}
		step(refuse, "item", "link", one, "interprets", two)
		for _, use := range []string{"link", "refuse", "accept", "unlink"} {
			step(do, "item", use, one, "related", two)
		}
		step(refuse, "item", "withdraw", one, "--kind", "none", "--reason", "信息有误")
		step(refuse, "item", "withdraw", one, "--to", "1", "--kind", "consolidated", "--reason", "并入")
		step(do, "item", "withdraw", one, "--reason", "信息有误")
		step(refuse, "rollback", "test", "99", "--reason", "误发")
		step(do, "item", "revise", two, "--title", "改了又改")
		step(do, "item", "release", two)
		rolled := w.during(func() {
			if status, _, errs := w.run("rollback", "test", "3", "--reason", "误发"); status != 0 {
				t.Fatal(errs)
			}
			if status, _, errs := w.run("rollback", "test", "--resume"); status != 0 {
				t.Fatal(errs)
			}
		})
		rolled.tables, done["guiyi rollback"] = true, len(rolled.rows) == 2 // the site follows its content again
		w.by("rollback", rolled, runner("").Kind, runner("").ID, granted["guiyi rollback"]...)
		step(refuse, "item", "reinstate", two, "--edition", "9")
		step(do, "item", "reinstate", two, "--edition", "1")
		step(refuse, "item", "discard", two)
		w.must(w.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { // as if it was never public
			_, err := tx.NewRaw("UPDATE resource_item SET live_edition = 0, state = 'draft' WHERE id = ?", two).Exec(ctx)
			return err
		}))
		step(refuse, "item", "undiscard", two)
		step(do, "item", "discard", two)
		step(do, "item", "undiscard", two)
		step(refuse, "site", "state", "test", "closed", "--reason", "撤销")
		step(do, "site", "state", "test", "offline", "--reason", "机房检修")
		step(refuse, "token", "create", "系统", "--permission", "none", "--site", "test")
		step(do, "token", "create", "系统", "--permission", "item.read", "--site", "test")
		step(refuse, "token", "revoke", "1")
		id := regexp.MustCompile(`(?m)^(\d+)`).FindString(step(do, "token", "list"))
		step(do, "token", "revoke", id)

		w.officers(step)
		w.dictionaries(step)
		w.reviews(step, two)

		for _, again := range rebuilds {
			step(do, strings.Fields(again)[1])
			step(refuse, strings.Fields(again)[1], "--none")
		}
		for path, ps := range granted {
			if !reads(ps) && (!done[path] || !refused[path]) {
				t.Errorf("%s: done %t, refused %t: the test does not test it", path, done[path], refused[path])
			}
		}
	})
}

// TestJobsNameTheirActor runs every kind of job. What a planned job changes names the kind; an import names who asked
// for it. A job that finds nothing to do, or may not do it, leaves no row.
func TestJobsNameTheirActor(t *testing.T) {
	eachActed(t, func(t *testing.T, w *acted) {
		for _, args := range [][]string{{"apply", filepath.Join(w.dir, "sites")},
			{"import", filepath.Join(w.dir, "甲.html"), "--site", "test", "--column", "a"}} {
			if status, _, errs := w.run(args...); status != 0 {
				t.Fatal(errs)
			}
		}
		cfg, err := config.Load(config.Sources{Env: []string{"GUIYI_DATA_DIR=" + w.data, "GUIYI_DATABASE=" + w.dsn}})
		w.must(err)
		p, err := app.Open(t.Context(), cfg.Config, false, io.Discard)
		w.must(err)
		defer p.Close()
		item, err := strconv.ParseInt(w.item("甲区供热通知"), 10, 64)
		w.must(err)
		site, err := p.Sites.ByCode(t.Context(), "test")
		w.must(err)
		officer := actor.Unlimited("王明").In(site.ID)
		officer.Kind = actor.Officer
		ctx := actor.With(t.Context(), officer)
		permitted := p.JobPermissions()

		// run carries out what waits of a kind, after the jobs that are given.
		run := func(kind string, given ...jobs.Job) change {
			t.Helper()
			return w.during(func() {
				w.must(p.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
					return p.Board.Enqueue(ctx, tx, given...)
				}))
				w.must(p.Board.Drain(ctx, kind))
			})
		}
		// due makes the plan of the item one of a minute ago, and returns the job that is to carry it out.
		due := func(column, kind string, more map[string]any) jobs.Job {
			t.Helper()
			at := time.Now().Add(-time.Minute).UnixMilli()
			w.must(p.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "UPDATE resource_item SET "+column+" = ? WHERE id = ?", at, item)
				return err
			}))
			plan := map[string]any{"items": []int64{item}, "at": at}
			maps.Copy(plan, more)
			args, err := json.Marshal(plan)
			w.must(err)
			return jobs.Job{Queue: "resource", Kind: kind, Args: args}
		}
		tried := map[string]bool{}
		planned := func(kind, column string, more map[string]any) {
			t.Helper()
			j := due(column, kind, more)
			w.by(kind, run(kind, j), actor.System, "job:"+kind, permitted[kind]...)
			w.silent(kind+" again", run(kind, j)) // the plan is carried out
			tried[kind] = true
		}
		seen, err := p.Library.Current(ctx, item)
		w.must(err)
		_, err = p.Items.Revise(ctx, seen[0], func(_ *resource.Item, e *resource.Edition) error {
			e.Title = "计划发布的标题"
			return nil
		})
		w.must(err)
		planned(resource.JobRelease, "release_at", nil)
		planned(resource.JobWithdraw, "offline_at", map[string]any{"kind": resource.InError, "reason": "到期"})

		// An import names who asked for it; one that was cancelled does nothing.
		page, err := os.ReadFile(filepath.Join(w.dir, "乙.html"))
		w.must(err)
		ask := func() int64 {
			t.Helper()
			up, err := p.Imports.Upload(ctx, site.ID, "乙.html", bytes.NewReader(page))
			w.must(err)
			j, err := p.Imports.Create(ctx, importjob.Request{Site: site.ID, Upload: up.ID, Column: "a"})
			w.must(err)
			return j.ID
		}
		_, err = p.Imports.Cancel(ctx, ask())
		w.must(err)
		w.silent("a cancelled import", run(importjob.JobImport))
		ask()
		w.by(importjob.JobImport, run(importjob.JobImport), actor.Officer, "王明",
			append(permitted[importjob.JobImport], resource.ReceiveItems)...)
		tried[importjob.JobImport] = true

		// The others write derived tables only, or forget what is too old.
		for _, kind := range slices.Sorted(maps.Keys(permitted)) {
			if tried[kind] {
				continue
			}
			args := []byte(`{}`)
			if kind == "publish.build" {
				args, _ = json.Marshal(map[string]any{"site": site.ID, "full": true})
			}
			w.silent(kind, run(kind, jobs.Job{Kind: kind, Args: args}))
		}
		if !slices.Contains(slices.Collect(maps.Keys(permitted)), retention.Job) || len(permitted) < 10 {
			t.Errorf("kinds %v", slices.Sorted(maps.Keys(permitted)))
		}

		// A kind without the permission is refused by the desk.
		var refusal error
		p.Board.Handle("test.forgotten", func(ctx context.Context, _ []jobs.Job) error {
			now, err := p.Library.Current(actor.With(ctx, officer), item)
			if err == nil {
				order := resource.WithdrawRequest{Items: now, Kind: resource.InError, Reason: "x"}
				_, refusal = p.Items.Withdraw(ctx, order)
			}
			return err
		}, jobs.HandleOptions{})
		w.silent("a kind without permission", run("test.forgotten", jobs.Job{Kind: "test.forgotten"}))
		if !fault.Is(refusal, fault.Forbidden) {
			t.Errorf("a kind without permission withdraws: %v", refusal)
		}
	})
}

// dictionaries imports into a dictionary and restores it.
func (w *acted) dictionaries(step func(ok bool, args ...string) string) {
	w.t.Helper()
	file := filepath.Join(w.dir, "words.tsv")
	if err := os.WriteFile(file, []byte("旧称\t新称\n"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	importing := []string{"lexicon", "import", "local", file, "--site", "test"}
	step(false, importing...)
	step(true, append(importing, "--kind", "word.wrong", "--name", "本站")...)
	id := regexp.MustCompile(`(?m)^(\d{3,})`).FindString(step(true, "lexicon", "list", "--site", "test"))
	step(false, "lexicon", "restore", id, "--version", "9", "--to", "1")
	step(true, "lexicon", "restore", id, "--version", "1", "--to", "1")
}
