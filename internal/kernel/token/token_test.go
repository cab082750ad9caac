package token

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

// world is a desk with a clock of its own and a log that can be read.
type world struct {
	*Desk
	t     *testing.T
	clock time.Time
	log   bytes.Buffer
	root  context.Context
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), Migrations(), audit.Migrations()); err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, clock: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC),
			root: actor.With(t.Context(), actor.Unlimited("cli"))}
		known := []string{"read", "write", string(Write), string(Read)}
		w.Desk = &Desk{DB: db, Known: known, Now: func() time.Time { return w.clock },
			Log: slog.New(slog.NewTextHandler(&w.log, nil))}
		fn(t, w)
	})
}

func (w *world) wish() Request {
	return Request{Name: "对接系统", Permissions: []string{"read"}, Owners: []int64{7},
		ExpiresAt: w.clock.Add(24 * time.Hour).UnixMilli()}
}

func (w *world) create(ctx context.Context, wish Request) (*Token, string) {
	w.t.Helper()
	t, secret, err := w.Create(ctx, wish)
	if err != nil {
		w.t.Fatal(err)
	}
	return t, secret
}

func TestSecretLetsIn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		made, secret := w.create(w.root, w.wish())
		got, err := w.Authenticate(t.Context(), secret)
		if err != nil || got.ID != made.ID || !got.Actor().Can("read") ||
			got.Actor().Can("write") || got.Actor().Can("") {
			t.Fatalf("%+v, %v", got, err)
		}
		ctx := actor.With(t.Context(), got.Actor())
		by, err := actor.From(ctx)
		if err != nil || !by.Scope.Allows(7) || by.Scope.Allows(8) || by.Scope.All ||
			by.String() != fmt.Sprintf("token:%d", made.ID) {
			t.Errorf("actor %+v, %v", by, err)
		}
	})
}

// Whatever is wrong with a secret, the answer is the same and the log holds none of it.
func TestRefused(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		_, good := w.create(w.root, w.wish())
		gone, revoked := w.create(w.root, w.wish())
		if err := w.Revoke(w.root, gone.ID); err != nil {
			t.Fatal(err)
		}
		wish := w.wish()
		wish.ExpiresAt = w.clock.Add(time.Minute).UnixMilli()
		_, expired := w.create(w.root, wish)
		w.clock = w.clock.Add(time.Minute)
		id, random, _ := strings.Cut(strings.TrimPrefix(good, prefix), "_")
		texts := map[string]bool{}
		for name, secret := range map[string]string{"revoked": revoked, "expired": expired, "empty": "",
			"prefix only": prefix, "no id": prefix + "_" + random,
			"other id": prefix + "1_" + random, "other secret": prefix + id + "_" + strings.Repeat("A", 26),
			"no secret": prefix + id + "_", "hash": prefix + id + "_" + hash(random), "half": good[:len(good)-1],
			"longer": good + "A"} {
			_, err := w.Authenticate(t.Context(), secret)
			if !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s: %v", name, err)
			}
			texts[fault.Text(err)] = true
			if _, part, _ := strings.Cut(strings.TrimPrefix(secret, prefix), "_"); len(part) > 20 &&
				strings.Contains(w.log.String(), part) {
				t.Errorf("%s: the log holds the secret", name)
			}
		}
		if len(texts) != 1 {
			t.Errorf("the answers tell what was wrong: %v", texts)
		}
		if log := w.log.String(); !strings.Contains(log, "reason=revoked") ||
			!strings.Contains(log, "reason=expired") || !strings.Contains(log, "reason=unknown") {
			t.Errorf("log: %s", log)
		}
		if _, err := w.Authenticate(t.Context(), good); err != nil {
			t.Errorf("the good one: %v", err)
		}
	})
}

func TestDatabaseHoldsNoSecret(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		_, secret := w.create(w.root, w.wish())
		var rows []row
		if err := w.DB.Read().NewSelect().Model(&rows).Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		random := secret[strings.LastIndex(secret, "_")+1:]
		if len(rows) != 1 || len(random) != 26 || strings.Contains(rows[0].Hash, random) || len(rows[0].Hash) != 64 {
			t.Errorf("%+v", rows)
		}
	})
}

func TestCreateRefused(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			change func(*Request)
			field  string
		}{
			"no name":       {func(w *Request) { w.Name = " " }, "name"},
			"long name":     {func(w *Request) { w.Name = strings.Repeat("长", 101) }, "name"},
			"no permission": {func(w *Request) { w.Permissions = nil }, "permissions"},
			"unknown":       {func(w *Request) { w.Permissions = []string{"read", "root"} }, "permissions"},
			"no owner":      {func(w *Request) { w.Owners = nil }, "sites"},
			"owner and all": {func(w *Request) { w.All = true }, "sites"},
			"past":          {func(x *Request) { x.ExpiresAt = w.clock.UnixMilli() }, "expires"},
			"no end":        {func(x *Request) { x.ExpiresAt = 0 }, "expires"},
			"after too long": {func(x *Request) { x.ExpiresAt = w.clock.Add(MaxLife + time.Second).UnixMilli() },
				"expires"},
		} {
			wish := w.wish()
			c.change(&wish)
			_, _, err := w.Create(w.root, wish)
			if !fault.Is(err, fault.Invalid) || fault.FieldsOf(err)[c.field] == "" {
				t.Errorf("%s: %v %v", name, err, fault.FieldsOf(err))
			}
		}
		if _, _, err := w.Create(t.Context(), w.wish()); !fault.Is(err, fault.Forbidden) {
			t.Errorf("without a scope: %v", err)
		}
	})
}

// A token cannot create one that may do more.
func TestHandedOn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		wish := w.wish()
		wish.Permissions, wish.Owners = []string{"read", string(Write), string(Read)}, []int64{7, 8}
		parent, _ := w.create(w.root, wish)
		ctx := actor.With(t.Context(), parent.Actor())
		for name, change := range map[string]func(*Request){
			"permission": func(w *Request) { w.Permissions = []string{"write"} },
			"owner":      func(w *Request) { w.Owners = []int64{7, 9} },
			"all":        func(w *Request) { w.All, w.Owners = true, nil },
			"end":        func(w *Request) { w.ExpiresAt++ },
		} {
			wish := w.wish()
			change(&wish)
			if _, _, err := w.Create(ctx, wish); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		child, _ := w.create(ctx, w.wish())
		if child.CreatedBy != parent.Actor().String() {
			t.Errorf("made by %s", child.CreatedBy)
		}
	})
}

func TestListAndRevokeKeepToTheScope(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		mine, _ := w.create(w.root, w.wish())
		wish := w.wish()
		wish.Owners = []int64{7, 9}
		wider, _ := w.create(w.root, wish)
		wish.Owners, wish.All = nil, true
		all, secret := w.create(w.root, wish)
		ctx := actor.With(t.Context(), actor.Unlimited("x").In(7))
		if got, err := w.List(ctx, 0, 10); err != nil || len(got) != 1 || got[0].ID != mine.ID {
			t.Errorf("%v, %v", got, err)
		}
		if got, _ := w.List(w.root, 0, 10); len(got) != 3 || got[0].ID != all.ID {
			t.Errorf("all: %v", got)
		}
		if got, _ := w.List(w.root, wider.ID, 1); len(got) != 1 || got[0].ID != mine.ID {
			t.Errorf("second page: %v", got)
		}
		for _, id := range []int64{wider.ID, all.ID, 12345} {
			if err := w.Revoke(ctx, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("revoke %d: %v", id, err)
			}
		}
		for range 2 { // again changes nothing
			if err := w.Revoke(w.root, all.ID); err != nil {
				t.Error(err)
			}
		}
		if _, err := w.Authenticate(t.Context(), secret); err == nil {
			t.Error("a revoked token lets in")
		}
		for name, err := range map[string]error{"list": second(w.List(t.Context(), 0, 1)),
			"revoke": w.Revoke(t.Context(), mine.ID)} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s without a scope: %v", name, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestUseIsNotedOnceAMinute(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		made, secret := w.create(w.root, w.wish())
		start := w.clock
		for _, step := range []struct {
			after time.Duration
			noted time.Duration
		}{{0, 0}, {30 * time.Second, 0}, {61 * time.Second, 61 * time.Second}} {
			w.clock = start.Add(step.after)
			if _, err := w.Authenticate(t.Context(), secret); err != nil {
				t.Fatal(err)
			}
			r := &row{ID: made.ID}
			if err := w.DB.Read().NewSelect().Model(r).WherePK().Scan(t.Context()); err != nil ||
				r.UsedAt != start.Add(step.noted).UnixMilli() {
				t.Errorf("after %s: %d, %v", step.after, r.UsedAt, err)
			}
		}
		if err := w.DB.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewDropTable().Model((*row)(nil)).Exec(ctx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Authenticate(t.Context(), secret); err == nil || fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a broken database is not a wrong token: %v", err)
		}
	})
}

// FuzzAuthenticate: only the secret is accepted; everything else is Unauthenticated, never an internal error.
func FuzzAuthenticate(f *testing.F) {
	db := storetest.Open(f, storetest.SQLite(f))
	if err := db.Migrate(f.Context(), Migrations(), audit.Migrations()); err != nil {
		f.Fatal(err)
	}
	clock := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	d := &Desk{DB: db, Known: []string{"read"}, Now: func() time.Time { return clock },
		Log: slog.New(slog.DiscardHandler)}
	made, secret, err := d.Create(actor.With(f.Context(), actor.Unlimited("cli")),
		Request{Name: "甲", Permissions: []string{"read"}, Owners: []int64{7},
			ExpiresAt: clock.Add(time.Hour).UnixMilli()})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{secret, secret + "x", secret[1:], "gy1_1_", "gy1__", "gy1_-9223372036854775808_a",
		"gy1_\x00_", ""} {
		f.Add(s)
	}
	_, random, _ := strings.Cut(strings.TrimPrefix(secret, prefix), "_")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := d.Authenticate(t.Context(), s)
		switch {
		case err != nil && !fault.Is(err, fault.Unauthenticated):
			t.Errorf("%q: %v", s, err)
		case err == nil && (got.ID != made.ID || !strings.HasSuffix(s, "_"+random)):
			t.Errorf("%q lets in as %d", s, got.ID)
		case s == secret && err != nil:
			t.Error(err)
		}
	})
}
