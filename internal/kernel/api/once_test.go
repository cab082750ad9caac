package api

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/kernel/token"
)

func TestSameKeySameAnswer(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first := w.call("POST", "/notes", `{"text":"a"}`, keyHeader, "k")
		again := w.call("POST", "/notes", `{"text":"a"}`, keyHeader, "k")
		if first.Code != 201 || again.Code != 201 || first.Body.String() != again.Body.String() || w.notes() != 1 {
			t.Errorf("%d %s, %d %s, %d notes", first.Code, first.Body, again.Code, again.Body, w.notes())
		}
		if first.Header().Get(replayHeader) != "" || again.Header().Get(replayHeader) != "true" ||
			again.Header().Get("Content-Type") != "application/json" {
			t.Errorf("headers %v", again.Header())
		}
		for what, rec := range map[string]*httptest.ResponseRecorder{
			"body":    w.call("POST", "/notes", `{"text":"b"}`, keyHeader, "k"),
			"address": w.call("POST", "/secret", "", keyHeader, "k"),
		} {
			if p := problem(t, rec); rec.Code != 422 || !strings.Contains(p.Detail, "换一个键") {
				t.Errorf("other %s: %d %s", what, rec.Code, p.Detail)
			}
		}
		if other := w.call("POST", "/notes", `{"text":"a"}`, keyHeader, "k2"); other.Code != 201 || w.notes() != 2 {
			t.Errorf("another key: %d, %d notes", other.Code, w.notes())
		}
	})
}

// A key belongs to its actor: another one who happens to choose it, or guesses it, neither sees the first one's answer
// nor is kept from his own request.
func TestKeysOfTwoActors(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		_, other, err := w.tokens(w.DB).Create(actor.With(t.Context(), actor.Unlimited("test")),
			token.Request{Name: "other", Permissions: []string{"read", "write"}, Owners: []int64{2},
				ExpiresAt: time.Now().Add(48 * time.Hour).UnixMilli()})
		if err != nil {
			t.Fatal(err)
		}
		first := w.call("POST", "/notes", `{"text":"a"}`, keyHeader, "k")
		w.call("POST", "/notes", `{"text":"a"}`, keyHeader, "k2")
		for key, body := range map[string]string{"k": `{"text":"a"}`, "k2": `{"text":"b"}`} {
			before := w.notes()
			rec := w.call("POST", "/notes", body, keyHeader, key, "Authorization", "Bearer "+other)
			if rec.Code != 201 || rec.Header().Get(replayHeader) != "" || rec.Body.String() == first.Body.String() ||
				w.notes() != before+1 {
				t.Errorf("%s: %d %v %s, %d notes", key, rec.Code, rec.Header(), rec.Body, w.notes())
			}
		}
	})
}

// What ended with a problem left nothing behind, and the key is free.
func TestFailureKeepsNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, kind := range []string{"1", "3", "0", "8"} {
			for range 2 {
				if rec := w.call("POST", "/fail/"+kind, "", keyHeader, "k"); rec.Code < 400 {
					t.Errorf("%d", rec.Code)
				}
			}
		}
		if w.notes() != 0 {
			t.Errorf("%d notes of failed requests", w.notes())
		}
		if rec := w.call("POST", "/notes", `{"text":"a"}`, keyHeader, "k"); rec.Code != 201 {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
	})
}

func TestTwoAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		answers := make([]*httptest.ResponseRecorder, 4)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() { answers[i] = w.call("POST", "/notes", `{"text":"a"}`, keyHeader, "k") })
		}
		wg.Wait()
		for _, a := range answers {
			if a.Code != 201 || a.Body.String() != answers[0].Body.String() {
				t.Errorf("%d %s", a.Code, a.Body)
			}
		}
		if w.notes() != 1 {
			t.Errorf("%d notes", w.notes())
		}
	})
}

// An operation that no transaction can hold takes a lease; the second hears of it.
func TestTwoOutsideAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		entered, goOn := make(chan struct{}), make(chan struct{})
		w.gate = func(context.Context) { close(entered); <-goOn }
		body := strings.Repeat("x", inMemory+7) // through a file
		send := func() *httptest.ResponseRecorder {
			return w.call("POST", "/outside", body, keyHeader, "k", "Content-Type", "application/octet-stream")
		}
		first := make(chan *httptest.ResponseRecorder)
		go func() { first <- send() }()
		<-entered
		if rec := send(); rec.Code != 409 || rec.Header().Get("Retry-After") == "" {
			t.Errorf("while the first runs: %d", rec.Code)
		}
		close(goOn)
		a := <-first
		b := send()
		if a.Code != 200 || b.Code != 200 || a.Body.String() != b.Body.String() || w.notes() != 1 {
			t.Errorf("%d %s, %d %s", a.Code, a.Body, b.Code, b.Body)
		}
		var n note
		if err := w.DB.Read().NewSelect().Model(&n).Scan(t.Context()); err != nil || n.Text != "1048583" {
			t.Errorf("the handler read %s bytes, %v", n.Text, err)
		}
	})
}

// The lease of a killed process ends.
func TestOutsideLeaseEnds(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		send := func() int {
			return w.call("POST", "/outside", "abc", keyHeader, "k", "Content-Type", "application/octet-stream").Code
		}
		if send() != 200 {
			t.Fatal("first")
		}
		now := time.Now()
		err := w.DB.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewUpdate().Model((*answerRow)(nil)).Set("status = 0, lease_until = ?",
				now.Add(time.Minute).UnixMilli()).Where("key = 'k'").Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := send(); got != 409 {
			t.Errorf("held: %d", got)
		}
		w.clock = func() time.Time { return now.Add(61 * time.Second) }
		if got := send(); got != 200 || w.notes() != 2 {
			t.Errorf("after the lease: %d, %d notes", got, w.notes())
		}
	})
}

// A secret is shown once and never kept.
func TestSecretAnswer(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first := w.call("POST", "/secret", "", keyHeader, "k")
		again := w.call("POST", "/secret", "", keyHeader, "k")
		if first.Code != 200 || again.Code != 409 || w.notes() != 1 {
			t.Errorf("%d %d, %d notes", first.Code, again.Code, w.notes())
		}
		var row answerRow
		if err := w.DB.Read().NewSelect().Model(&row).Scan(t.Context()); err != nil || row.Body != "" ||
			row.Status != 200 {
			t.Errorf("kept: %+v, %v", row, err)
		}
	})
}

func TestSweepForgetsAfterADay(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.call("POST", "/notes", `{"text":"a"}`, keyHeader, "old")
		now := time.Now()
		w.clock = func() time.Time { return now.Add(25 * time.Hour) }
		w.call("POST", "/notes", `{"text":"a"}`, keyHeader, "new")
		board := jobs.New(w.DB, jobs.Options{})
		Sweep(board, w.DB, w.clock)
		err := w.DB.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return board.Enqueue(ctx, tx, jobs.Job{Kind: JobSweep})
		})
		if err == nil {
			err = board.Drain(t.Context(), JobSweep)
		}
		var keys []string
		if err := w.DB.Read().NewSelect().Model((*answerRow)(nil)).Column("key").Scan(t.Context(), &keys); err != nil {
			t.Fatal(err)
		}
		if err != nil || len(keys) != 1 || keys[0] != "new" {
			t.Errorf("%v, %v", keys, err)
		}
	})
}

// killMark makes the test binary a process that is killed in the middle of a request:
// after the handler has written, before its answer is kept.
const killMark = "GUIYI_TEST_API_KILL"

func TestMain(m *testing.M) {
	if os.Getenv(killMark) != "" {
		os.Args = append(os.Args[:1], "-test.run=^TestKilledChild$", "-test.count=1")
	}
	os.Exit(m.Run())
}

// TestKilledChild is no test of its own; see TestKilledInTheMiddle.
func TestKilledChild(t *testing.T) {
	dsn := os.Getenv(killMark)
	if dsn == "" {
		t.Skip("is run by TestKilledInTheMiddle")
	}
	db, err := store.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, log: &syncLog{}, clock: time.Now, secret: os.Getenv(killMark + "_SECRET")}
	w.gate = func(ctx context.Context) {
		if _, err := w.make(ctx, "half"); err != nil {
			t.Error(err)
		}
		p, _ := os.FindProcess(os.Getpid())
		_ = p.Kill()
		select {}
	}
	w.API = newAPIOn(w, db)
	w.mount()
	w.call("POST", os.Getenv(killMark+"_PATH"), `{"text":"a"}`, keyHeader, "k", "Content-Type",
		os.Getenv(killMark+"_TYPE"))
	t.Fatal("it should be dead")
}

// kill -9 in the middle of a keyed request: sent again, it has one effect and one answer.
func TestKilledInTheMiddle(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		w := newWorld(t, storetest.Open(t, dsn))
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), killMark+"="+dsn, killMark+"_SECRET="+w.secret, killMark+"_PATH=/notes",
			killMark+"_TYPE=application/json")
		out, err := cmd.CombinedOutput()
		if err == nil || strings.Contains(string(out), "FAIL") || cmd.ProcessState.ExitCode() != -1 {
			t.Fatalf("the child was not killed: %v %s", err, out)
		}
		if w.notes() != 0 {
			t.Errorf("%d notes of the killed request", w.notes())
		}
		for range 2 {
			if rec := w.call("POST", "/notes", `{"text":"a"}`, keyHeader, "k"); rec.Code != 201 {
				t.Errorf("sent again: %d %s", rec.Code, rec.Body)
			}
		}
		if w.notes() != 1 {
			t.Errorf("%d notes", w.notes())
		}
	})
}
