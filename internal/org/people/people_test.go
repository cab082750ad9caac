package people

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/crypto/argon2"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

const (
	good    = "Qinghe-2026-river"
	another = "Linjiang-2027-hill"

	peopleKey = "a-key-of-the-tests-32-characters-long"
)

// world is a desk with a clock of its own and a log that can be read.
type world struct {
	*Desk
	t     *testing.T
	mu    sync.Mutex
	clock time.Time
	out   bytes.Buffer
	root  context.Context // may do everything, and is no officer
}

func (w *world) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.String()
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{t: t, clock: time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC),
			root: actor.With(t.Context(), actor.Unlimited("cli"))}
		var err error
		w.Desk, err = New(Options{DB: db, Now: func() time.Time { return w.clock },
			Log:     slog.New(slog.NewTextHandler(w, nil)),
			Secrets: func() ([]string, error) { return []string{peopleKey}, nil }})
		w.must(err)
		w.hash.derive = cheap
		fn(t, w)
	}, audit.Migrations(), Migrations())
}

// cheap is argon2id with next to no work, so that tests with many sign-ins take no minute. TestHashes has the real one.
func cheap(password, salt []byte, _, _ uint32, _ uint8, length uint32) []byte {
	return argon2.IDKey(password, salt, 1, 8, 1, length)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// is checks the kind of an error.
func (w *world) is(err error, k fault.Kind, what string) {
	w.t.Helper()
	if !fault.Is(err, k) {
		w.t.Errorf("%s: %v, want %s", what, err, k)
	}
}

// officer makes an officer with roles everywhere and the password good.
func (w *world) officer(account string, roles ...string) *Officer {
	w.t.Helper()
	o, err := w.AddOfficer(w.root, NewOfficer{Account: account, Name: "姓名" + account})
	w.must(err)
	for _, r := range roles {
		_, err := w.Give(w.root, GrantRequest{Officer: o.ID, Role: r, AllSites: true})
		w.must(err)
	}
	secret, _, err := w.PasswordLink(w.root, o.ID)
	w.must(err)
	o, err = w.UseLink(w.t.Context(), LinkUse{Secret: secret, Password: good})
	w.must(err)
	return o
}

// as is a context in which the officer acts.
func (w *world) as(o *Officer) context.Context {
	w.t.Helper()
	v := &Visit{Officer: o}
	w.must(w.fill(w.t.Context(), v))
	return actor.With(w.t.Context(), v.Actor())
}

func (w *world) signIn(account, password string) error {
	_, err := w.SignIn(w.t.Context(), SignIn{Account: account, Password: password, Address: "10.0.0.1"})
	return err
}

// The way of the thin path: first link, system administrator, security administrator, officers, grants, sessions.
func TestFromTheFirstLink(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if _, err := w.FirstLink(w.as(&Officer{ID: 1})); !fault.Is(err, fault.Forbidden) {
			t.Errorf("whoever comes gets the first link: %v", err)
		}
		old, err := w.FirstLink(w.root)
		w.must(err)
		secret, err := w.FirstLink(w.root)
		w.must(err)
		_, err = w.Link(t.Context(), old)
		w.is(err, fault.NotFound, "a link that another one has replaced")
		l, err := w.Link(t.Context(), secret)
		if err != nil || l.Purpose != First || l.Officer != nil {
			t.Fatalf("%+v %v", l, err)
		}
		use := LinkUse{Secret: secret, Account: " Wang.Ming ", Name: "王明", Password: "short"}
		_, err = w.UseLink(t.Context(), use)
		w.is(err, fault.Invalid, "a weak password")
		use.Password = good
		boss, err := w.UseLink(t.Context(), use)
		w.must(err)
		if boss.Account != "wang.ming" || len(boss.Grants) != 1 || boss.Grants[0].Role != SystemAdmin {
			t.Fatalf("%+v", boss)
		}
		_, err = w.UseLink(t.Context(), use)
		w.is(err, fault.NotFound, "a used link")
		if secret, err := w.FirstLink(w.root); err != nil || secret != "" {
			t.Errorf("a second first link: %q %v", secret, err)
		}
		ctx := w.as(boss)
		li, err := w.AddOfficer(ctx, NewOfficer{Account: "li.hong", Name: "李红"})
		w.must(err)
		_, err = w.Give(ctx, GrantRequest{Officer: li.ID, Role: "writer", AllSites: true})
		w.is(err, fault.Forbidden, "the system administrator grants a role on content")
		_, err = w.Give(ctx, GrantRequest{Officer: boss.ID, Role: SecurityAdmin, AllSites: true})
		w.is(err, fault.Forbidden, "a grant to himself")
		_, err = w.Give(ctx, GrantRequest{Officer: li.ID, Role: SecurityAdmin, AllSites: true})
		w.must(err)
		zhao, err := w.AddOfficer(ctx, NewOfficer{Account: "zhao", Name: "赵"})
		w.must(err)
		_, err = w.Give(ctx, GrantRequest{Officer: zhao.ID, Role: Auditor, AllSites: true})
		w.is(err, fault.Forbidden, "grants after there is a security administrator")
		li, err = w.officerOf(li.ID)
		w.must(err)
		_, err = w.Give(w.as(li), GrantRequest{Officer: zhao.ID, Role: "writer", Sites: []int64{7}})
		w.must(err)
		_, err = w.AddOfficer(w.as(li), NewOfficer{Account: "qian", Name: "钱"})
		w.is(err, fault.Forbidden, "the security administrator makes accounts")
	})
}

func (w *world) officerOf(id int64) (*Officer, error) { return w.Officer(w.root, id) }

// Of two who use first links at the same moment, one becomes the administrator.
func TestFirstLinkOfTwo(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		secret, err := w.FirstLink(w.root)
		w.must(err)
		errs := make([]error, 2)
		var both sync.WaitGroup
		for i, account := range []string{"one", "two"} {
			both.Go(func() {
				_, errs[i] = w.UseLink(t.Context(), LinkUse{Secret: secret, Account: account, Name: "名",
					Password: good})
			})
		}
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !fault.Is(errors.Join(errs...), fault.NotFound) {
			t.Errorf("%v", errs)
		}
		if n, err := holders(t.Context(), w.db.Read(), SystemAdmin); err != nil || n != 1 {
			t.Errorf("%d administrators, %v", n, err)
		}
	})
}

// A link works once, until its end, for its officer only; every other secret gets the same answer.
func TestLinks(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o := w.officer("zhou", "writer")
		secret, expires, err := w.PasswordLink(w.root, o.ID)
		w.must(err)
		if want := w.clock.Add(24 * time.Hour).UnixMilli(); expires != want {
			t.Errorf("expires %d, want %d", expires, want)
		}
		texts := map[string]bool{}
		for what, s := range map[string]string{"unknown": strings.Repeat("a", 26), "empty": "", "half": secret[:13],
			"hash": hash(secret), "longer": secret + "a"} {
			_, err := w.Link(t.Context(), s)
			w.is(err, fault.NotFound, what)
			texts[fault.Text(err)] = true
			_, err = w.UseLink(t.Context(), LinkUse{Secret: s, Password: good})
			w.is(err, fault.NotFound, what)
			texts[fault.Text(err)] = true
		}
		start := w.clock
		w.clock = start.Add(24 * time.Hour)
		_, err = w.UseLink(t.Context(), LinkUse{Secret: secret, Password: another})
		w.is(err, fault.NotFound, "expired")
		texts[fault.Text(err)] = true
		if len(texts) != 1 {
			t.Errorf("the answers tell what was wrong: %v", texts)
		}
		w.clock = start.Add(24*time.Hour - time.Millisecond)
		v, err := w.Begin(t.Context(), o.ID, "cookie", Browser{})
		w.must(err)
		if _, err = w.UseLink(t.Context(), LinkUse{Secret: secret, Password: another}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Visit(t.Context(), "cookie"); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("session %d goes on after the password was replaced: %v", v.Session, err)
		}
		w.is(w.signIn("zhou", good), fault.Unauthenticated, "the former password")
		w.must(w.signIn("zhou", another))
		var rows []linkRow
		w.must(w.db.Read().NewSelect().Model(&rows).Scan(t.Context()))
		for _, r := range rows {
			if strings.Contains(r.Hash, secret) || len(r.Hash) != 64 {
				t.Errorf("the database holds the secret: %+v", r)
			}
		}
		disabled := Disabled
		_, err = w.ChangeOfficer(w.root, o.ID, 1, OfficerChange{State: &disabled})
		w.must(err)
		_, _, err = w.PasswordLink(w.root, o.ID)
		w.is(err, fault.Conflict, "a link of a disabled officer")
	})
}

// Who makes accounts cannot become an administrator by setting the password of one.
func TestLinksOfAdministrators(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		boss := w.officer("boss", SystemAdmin)
		writer := w.officer("writer", "writer")
		if _, _, err := w.PasswordLink(w.as(boss), writer.ID); err != nil {
			t.Error(err)
		}
		for _, role := range []string{SystemAdmin, SecurityAdmin, Auditor} {
			o := w.officer("x-"+role, role)
			_, _, err := w.PasswordLink(w.as(boss), o.ID)
			w.is(err, fault.Forbidden, role)
		}
		_, _, err := w.PasswordLink(w.as(writer), writer.ID)
		w.is(err, fault.Forbidden, "by a writer")
	})
}

// Nobody holds two administrator roles, and an administrator holds nothing else: neither by the desk, nor by two
// writers at once, nor by somebody who writes into the table himself.
func TestSeparatedAdministrators(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		admins := []string{SystemAdmin, SecurityAdmin, Auditor}
		content := []string{"item", "placement", "media", "import", "column", "publish"}
		for _, r := range w.Roles() {
			if r.Admin != slices.Contains(admins, r.Code) {
				t.Errorf("%s: admin %t, and the index of the table names %v", r.Code, r.Admin, admins)
			}
			for _, p := range r.Permissions {
				kind, _, _ := strings.Cut(string(p), ".")
				if r.Admin && slices.Contains(content, kind) {
					t.Errorf("%s may %s: an administrator does not work on content", r.Code, p)
				}
			}
		}
		for _, first := range append(slices.Clone(admins), "writer") {
			for _, second := range append(slices.Clone(admins), "writer") {
				o := w.officer(fmt.Sprintf("o%d", store.NewID()), first)
				_, err := w.Give(w.root, GrantRequest{Officer: o.ID, Role: second, AllSites: true})
				if first == "writer" && second == "writer" {
					w.must(err)
					continue
				}
				w.is(err, fault.Conflict, first+" and "+second)
				if first == "writer" || second == "writer" {
					continue
				}
				err = w.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					row := &grantRow{ID: store.NewID(), OfficerID: o.ID, Role: second}
					_, err := tx.NewInsert().Model(row).Exec(ctx)
					return err
				})
				if !store.UniqueViolation(err) {
					t.Errorf("the table takes %s beside %s: %v", second, first, err)
				}
			}
		}
	})
}

func TestTwoAdministratorRolesAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for range 5 {
			o, err := w.AddOfficer(w.root, NewOfficer{Account: fmt.Sprintf("o%d", store.NewID()), Name: "名"})
			w.must(err)
			var both sync.WaitGroup
			roles := []string{SecurityAdmin, Auditor, "writer"}
			errs := make([]error, len(roles))
			for i, role := range roles {
				both.Go(func() {
					_, errs[i] = w.Give(w.root, GrantRequest{Officer: o.ID, Role: role, AllSites: true})
				})
			}
			both.Wait()
			o, err = w.officerOf(o.ID)
			w.must(err)
			if len(o.Grants) != 1 {
				t.Errorf("grants %+v, %v", o.Grants, errs)
			}
			for _, err := range errs {
				if err != nil && !fault.Is(err, fault.Conflict) {
					t.Errorf("%v", err)
				}
			}
		}
	})
}

// The last one who can manage accounts or rights stays.
func TestLastAdministratorStays(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		disabled, active := Disabled, Active
		for _, role := range []string{SystemAdmin, SecurityAdmin} {
			one, two := w.officer("a-"+role, role), w.officer("b-"+role, role)
			two, err := w.ChangeOfficer(w.root, two.ID, two.Version, OfficerChange{State: &disabled})
			w.must(err)
			_, err = w.ChangeOfficer(w.root, one.ID, one.Version, OfficerChange{State: &disabled})
			w.is(err, fault.Conflict, "disabling the last "+role)
			w.is(w.Take(w.root, one.Grants[0].ID), fault.Conflict, "taking it from the last "+role)
			if _, err = w.ChangeOfficer(w.root, two.ID, two.Version, OfficerChange{State: &active}); err != nil {
				t.Fatal(err)
			}
			w.must(w.Take(w.root, one.Grants[0].ID))
		}
		boss := w.officer("boss", SystemAdmin)
		_, err := w.ChangeOfficer(w.as(boss), boss.ID, boss.Version, OfficerChange{State: &disabled})
		w.is(err, fault.Forbidden, "disabling himself")
	})
}
