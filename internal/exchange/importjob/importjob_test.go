package importjob_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/exchange/exchangetest"
	"guiyi/internal/exchange/importjob"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

// world is a desk of import jobs on a library with one site.
type world struct {
	*exchangetest.World
	imports *importjob.Desk
	site    int64
	mine    context.Context // scope: the site
	other   context.Context // scope: another site
	later   time.Duration   // offset of the desk's clock
}

func newWorld(t *testing.T, db *store.DB, dir string) *world {
	t.Helper()
	w := &world{World: exchangetest.New(t, db, dir)}
	s, err := w.Sites.ByCode(w.Ctx, exchangetest.Site)
	if err != nil {
		t.Fatal(err)
	}
	w.site = s.ID
	w.mine = actor.With(t.Context(), actor.Unlimited("1").In(s.ID))
	w.other = actor.With(t.Context(), actor.Unlimited("2").In(s.ID+1))
	w.imports = importjob.New(importjob.Options{DB: db, Board: w.Board, Blobs: w.Blobs, Import: w.Desk, Sites: w.Sites,
		Watch: time.Millisecond, Now: func() time.Time { return w.Now().Add(w.later) }, Log: w.Log})
	return w
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, newWorld(t, db, t.TempDir())) },
		exchangetest.Tables()...)
}

// table returns a CSV of n notices; every tenth has no title.
func table(n int) string {
	var b strings.Builder
	b.WriteString("编号,标题,正文\n")
	for i := 1; i <= n; i++ {
		title := fmt.Sprintf("第 %d 号公告", i)
		if i%10 == 0 {
			title = ""
		}
		fmt.Fprintf(&b, "%d,%s,这是第 %d 号公告的正文\n", i, title, i)
	}
	return b.String()
}

const mapping = "key: [编号]\nfields: {title: [标题], body: [正文]}\n"

func (w *world) upload(text string) int64 {
	w.T.Helper()
	up, err := w.imports.Upload(w.mine, w.site, "gonggao.csv", strings.NewReader(text))
	if err != nil {
		w.T.Fatal(err)
	}
	return up.ID
}

func (w *world) create(text string) *importjob.Job {
	w.T.Helper()
	o, err := w.imports.Create(w.mine, importjob.Request{Site: w.site, Upload: w.upload(text), Column: "xwdt/tzgg",
		Mapping: mapping})
	if err != nil {
		w.T.Fatal(err)
	}
	return o
}

// finish runs jobs until the import job has finished.
func (w *world) finish(id int64) *importjob.Job {
	w.T.Helper()
	for range 10_000 { // the clock advances at every call, so a lease expires
		_ = w.Board.Drain(w.Ctx, importjob.JobImport)
		o, err := w.imports.Get(w.mine, id)
		if err != nil {
			w.T.Fatal(err)
		}
		if o.FinishedAt != 0 {
			return o
		}
	}
	w.T.Fatal("the import does not end")
	return nil
}

func TestUploadAndImport(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		made := w.create(table(50))
		if made.State != importjob.Waiting || made.Actor != "system:1" {
			t.Errorf("%+v", made)
		}
		o := w.finish(made.ID)
		if o.State != importjob.Done || o.Done != 50 || o.Report == nil || o.Report.Imported != 45 ||
			o.Report.Quarantined != 5 || len(o.Report.Lines) != 0 || o.Error != "" {
			t.Fatalf("%+v %+v", o, o.Report)
		}
		var held []string
		for after := ""; ; {
			page, err := w.imports.Quarantine(w.mine, o.ID, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range page {
				held = append(held, h.ExternalID)
				after = h.ExternalID
			}
			if len(page) < 2 {
				break
			}
		}
		if len(held) != 5 {
			t.Errorf("held %v", held)
		}
		again := w.finish(w.create(table(50)).ID)
		if again.Report.Unchanged != 45 || again.Report.Imported != 0 {
			t.Errorf("again: %+v", again.Report)
		}
		list, err := w.imports.List(w.mine, 0, 0, 10)
		if err != nil || len(list) != 2 || list[0].ID != again.ID {
			t.Errorf("%v, %v", list, err)
		}
		if list, _ = w.imports.List(w.mine, w.site, again.ID, 10); len(list) != 1 || list[0].ID != o.ID {
			t.Errorf("second page: %v", list)
		}
		if _, err := w.imports.Cancel(w.mine, o.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("cancelled after the end: %v", err)
		}
	})
}

// TestUploadsExpire: an upload without a job is deleted after its time. An upload with a job is imported however late
// the job runs.
func TestUploadsExpire(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ordered, left := w.create(table(3)), w.upload(table(4))
		expire := func() {
			t.Helper()
			err := w.DB.InTx(w.Ctx, func(ctx context.Context, tx bun.Tx) error {
				return w.Board.Enqueue(ctx, tx, jobs.Job{Kind: importjob.JobExpire})
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Board.Drain(w.Ctx, importjob.JobExpire); err != nil {
				t.Fatal(err)
			}
		}
		wish := importjob.Request{Site: w.site, Upload: left, Mapping: mapping}
		w.later = 6*24*time.Hour + 20*time.Hour
		expire()
		if _, err := w.imports.Create(w.mine, wish); err != nil {
			t.Fatalf("gone too early: %v", err)
		}
		w.later += 5 * time.Hour
		expire()
		if _, err := w.imports.Create(w.mine, wish); !fault.Is(err, fault.NotFound) ||
			!strings.Contains(fault.Text(err), "重新上传") {
			t.Errorf("after its time: %v", err)
		}
		if done := w.finish(ordered.ID); done.State != importjob.Done || done.Report.Imported != 3 {
			t.Errorf("%+v", done)
		}
	})
}

func TestRefused(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		up, o := w.upload(table(1)), w.create(table(1))
		make := func(ctx context.Context, wish importjob.Request) error {
			wish.Site = w.site
			_, err := w.imports.Create(ctx, wish)
			return err
		}
		get := func(ctx context.Context, id int64) error { _, err := w.imports.Get(ctx, id); return err }
		held := func(ctx context.Context) error { _, err := w.imports.Quarantine(ctx, o.ID, "", 5); return err }
		cancel := func(ctx context.Context) error { _, err := w.imports.Cancel(ctx, o.ID); return err }
		upload := func(ctx context.Context, name, text string) error {
			_, err := w.imports.Upload(ctx, w.site, name, strings.NewReader(text))
			return err
		}
		for what, c := range map[string]struct {
			err  error
			kind fault.Kind
		}{
			"nothing to import":   {make(w.mine, importjob.Request{}), fault.Invalid},
			"file and address":    {make(w.mine, importjob.Request{Upload: up, Address: "https://x.gov.cn/"}), fault.Invalid},
			"no such upload":      {make(w.mine, importjob.Request{Upload: 12345}), fault.NotFound},
			"no such column":      {make(w.mine, importjob.Request{Upload: up, Column: "none"}), fault.Invalid},
			"broken mapping":      {make(w.mine, importjob.Request{Upload: up, Mapping: "nonsense: ["}), fault.Invalid},
			"a file as address":   {make(w.mine, importjob.Request{Address: "file:///etc/passwd"}), fault.Invalid},
			"another's site":      {make(w.other, importjob.Request{Upload: up}), fault.Forbidden},
			"no scope":            {make(t.Context(), importjob.Request{Upload: up}), fault.Forbidden},
			"another's import":    {get(w.other, o.ID), fault.NotFound},
			"no import":           {get(w.mine, 12345), fault.NotFound},
			"another's held":      {held(w.other), fault.NotFound},
			"another's to end":    {cancel(w.other), fault.NotFound},
			"path in the name":    {upload(w.mine, "../a.csv", "x"), fault.Invalid},
			"hidden file":         {upload(w.mine, ".a.csv", "x"), fault.Invalid},
			"two lines":           {upload(w.mine, "a\n.csv", "x"), fault.Invalid},
			"long name":           {upload(w.mine, strings.Repeat("a", 300), "x"), fault.Invalid},
			"empty file":          {upload(w.mine, "a.csv", ""), fault.Invalid},
			"upload to another's": {upload(w.other, "a.csv", "x"), fault.Forbidden},
		} {
			if !fault.Is(c.err, c.kind) {
				t.Errorf("%s: %v, want %s", what, c.err, c.kind)
			}
		}
		if list, err := w.imports.List(w.other, 0, 0, 10); err != nil || len(list) != 0 {
			t.Errorf("another sees %v, %v", list, err)
		}
	})
}

// TestUnreadableFails: an unreadable file fails at once with its reason and is not tried again.
func TestUnreadableFails(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o, err := w.imports.Create(w.mine, importjob.Request{Site: w.site,
			Upload: w.upload("\x7fELF\x02\x01\x01\x00 no table")})
		if err != nil {
			t.Fatal(err)
		}
		if end := w.finish(o.ID); end.State != importjob.Failed || !strings.Contains(end.Error, "格式") {
			t.Errorf("%+v", end)
		}
	})
}

func TestCancel(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o := w.create(table(20))
		if got, err := w.imports.Cancel(w.mine, o.ID); err != nil || got.State != importjob.Cancelled {
			t.Errorf("%+v, %v", got, err)
		}
		w.finish(o.ID)
		if n := w.Counts()["resource_item"]; n != 0 {
			t.Errorf("%d items of a cancelled order", n)
		}
		running := w.create(table(30_000))
		done := make(chan *importjob.Job)
		go func() { done <- w.finish(running.ID) }()
		for { // until the import has started
			got, err := w.imports.Get(w.mine, running.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got.Done > 0 {
				break
			}
		}
		got, err := w.imports.Cancel(w.mine, running.ID)
		if err != nil || got.State != importjob.Cancelling {
			t.Errorf("%+v, %v", got, err)
		}
		if end := <-done; end.State != importjob.Cancelled || end.Done == 0 || end.Done >= 30_000 {
			t.Errorf("%+v", end)
		}
	})
}

// TestKilled kills the process that runs an import job; another process finishes the job.
func TestKilled(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		dir := t.TempDir()
		w := newWorld(t, storetest.Open(t, dsn), dir)
		o := w.create(table(2000))
		cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
		cmd.Env = append(os.Environ(), "ORDER_TEST_CHILD="+fmt.Sprint(o.ID), "ORDER_TEST_DB="+dsn,
			"ORDER_TEST_BLOBS="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, seen := bufio.NewScanner(out), false
		for !seen && lines.Scan() {
			seen = strings.HasPrefix(lines.Text(), "under way")
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if !seen {
			t.Fatal("the child did not begin")
		}
		if got, err := w.imports.Get(w.mine, o.ID); err != nil || got.State != importjob.Running {
			t.Fatalf("after the kill: %+v, %v", got, err)
		}
		end := w.finish(o.ID)
		if r := end.Report; end.State != importjob.Done || r.Inputs != 2000 || r.Imported+r.Unchanged != 1800 ||
			r.Quarantined != 200 {
			t.Errorf("%+v %+v", end, end.Report)
		}
		if n := w.Counts(); n["resource_item"] != 1800 || n["resource_provenance"] != 1800 {
			t.Errorf("%v", n)
		}
	})
}

// TestChild runs an import job; it only runs as a child process of TestKilled.
func TestChild(t *testing.T) {
	if os.Getenv("ORDER_TEST_CHILD") == "" {
		t.Skip("runs as a child of TestKilled")
	}
	db, err := store.Open(context.Background(), os.Getenv("ORDER_TEST_DB"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, db, os.Getenv("ORDER_TEST_BLOBS"))
	go func() {
		for {
			if all, err := w.imports.List(w.mine, 0, 0, 1); err == nil && len(all) == 1 && all[0].Done > 0 {
				fmt.Println("under way")
				return
			}
		}
	}()
	for { // runs until the parent kills it; its clock must reach that of the parent first
		_ = w.Board.Drain(w.Ctx, importjob.JobImport)
	}
}
