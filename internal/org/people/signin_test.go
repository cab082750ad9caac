package people

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
)

// A wrong account, a wrong password, an account without a password and a disabled one get the same answers, also when
// they are locked, and nothing of a password is written anywhere.
func TestSignInTellsNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.officer("right", "writer")
		off := w.officer("off", "writer")
		disabled := Disabled
		_, err := w.ChangeOfficer(w.root, off.ID, off.Version, OfficerChange{State: &disabled})
		w.must(err)
		_, err = w.AddOfficer(w.root, NewOfficer{Account: "fresh", Name: "新人"})
		w.must(err)
		const wrong = "Wrong-Password-77"
		answers := map[string][]string{}
		for account, password := range map[string]string{"right": wrong, "off": good, "fresh": "", "nobody": wrong} {
			for range 6 {
				err := w.signIn(account, password)
				w.is(err, fault.Unauthenticated, account)
				answers[account] = append(answers[account], fault.Text(err))
			}
		}
		for account, got := range answers {
			if fmt.Sprint(got) != fmt.Sprint(answers["nobody"]) {
				t.Errorf("%s: %q, nobody: %q", account, got, answers["nobody"])
			}
			if got[0] == got[5] || !strings.Contains(got[5], "2026-11-29 17:30") {
				t.Errorf("%s: the sixth answer is %q", account, got[5])
			}
		}
		w.is(w.signIn("' OR 1=1 --", "x"), fault.Unauthenticated, "hostile")
		w.is(w.signIn("a\x00b", "\xff"), fault.Unauthenticated, "no text")
		var rows []audit.Row
		w.must(w.db.Read().NewSelect().Model(&rows).Scan(t.Context()))
		for _, text := range append([]string{w.logged()}, fmt.Sprint(rows)) {
			for _, secret := range []string{wrong, good, "argon2"} {
				if strings.Contains(text, secret) {
					t.Errorf("%q is written: %s", secret, text)
				}
			}
		}
	})
}

// The work is the same for an account that nobody has, for one without a password and for one that is disabled.
func TestSignInAlwaysHashes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.officer("right", "writer")
		off := w.officer("off", "writer")
		disabled := Disabled
		_, err := w.ChangeOfficer(w.root, off.ID, off.Version, OfficerChange{State: &disabled})
		w.must(err)
		_, err = w.AddOfficer(w.root, NewOfficer{Account: "fresh", Name: "新人"})
		w.must(err)
		var work []string
		w.hash.derive = func(password, salt []byte, times, memory uint32, threads uint8, length uint32) []byte {
			work = append(work, fmt.Sprint(times, memory, threads, length, len(salt)))
			return argon2.IDKey(password, salt, times, memory, threads, length)
		}
		for _, account := range []string{"right", "off", "fresh", "nobody", "NOT an account"} {
			work = nil
			w.is(w.signIn(account, "x"), fault.Unauthenticated, account)
			want := fmt.Sprint(argonTime, argonMemory, argonThreads, argonKey, argonSalt)
			if len(work) != 1 || work[0] != want {
				t.Errorf("%s: %q, want %s once", account, work, want)
			}
		}
	})
}

func TestHashes(t *testing.T) {
	h := newHasher(4)
	phc, err := h.make(t.Context(), good)
	if err != nil || !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%q %v", phc, err)
	}
	if ok, err := h.matches(t.Context(), good, phc); !ok || err != nil {
		t.Errorf("the right one: %v", err)
	}
	if ok, err := h.matches(t.Context(), good+" ", phc); ok || err != nil {
		t.Errorf("a wrong one: %v", err)
	}
	for _, broken := range []string{"x", "$argon2id$v=19$m=1,t=0,p=0$AAAA$AAAA", "$argon2i$v=19$m=1,t=1,p=1$AAAA$AAAA",
		"$argon2id$v=19$m=1,t=1,p=1$!$AAAA"} {
		if ok, err := h.matches(t.Context(), good, broken); ok || !fault.Is(err, fault.Internal) {
			t.Errorf("%q: %t %v", broken, ok, err)
		}
	}
}

// Five failures lock, also when they are tried at the same time; the lock ends by time, by Unlock and by a new
// password; a success in between begins the count anew.
func TestLockOut(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o := w.officer("chen", "writer")
		var looked atomic.Int64
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if err := w.signIn("chen", "wrong"); !strings.Contains(fault.Text(err), "锁定") {
					looked.Add(1)
				}
			})
		}
		all.Wait()
		if n := looked.Load(); n != 4 { // the fifth answer says that it locks
			t.Errorf("%d guesses of 20 at once were looked at and not locked", n)
		}
		w.is(w.signIn("CHEN ", good), fault.Unauthenticated, "the right password of a locked account")
		start := w.clock
		w.clock = start.Add(30*time.Minute - time.Millisecond)
		w.is(w.signIn("chen", good), fault.Unauthenticated, "before the lock ends")
		w.clock = start.Add(30 * time.Minute)
		w.must(w.signIn("chen", good))

		fail := func(n int) {
			t.Helper()
			for range n {
				w.is(w.signIn("chen", "wrong"), fault.Unauthenticated, "a failure")
			}
		}
		fail(4)
		w.must(w.signIn("chen", good))
		fail(4)
		w.must(w.signIn("chen", good))
		fail(5)
		w.is(w.signIn("chen", good), fault.Unauthenticated, "after five")
		w.is(w.Unlock(w.as(o), o.ID), fault.Forbidden, "unlocking himself")
		w.must(w.Unlock(w.root, o.ID))
		w.must(w.signIn("chen", good))
		fail(5)
		secret, _, err := w.PasswordLink(w.root, o.ID)
		w.must(err)
		_, err = w.UseLink(t.Context(), LinkUse{Secret: secret, Password: another})
		w.must(err)
		w.must(w.signIn("chen", another))
		fail(4)
		w.clock = w.clock.Add(31 * time.Minute)
		fail(4) // the old ones are forgotten
		w.must(w.signIn("chen", another))
	})
}

func TestPasswordRules(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o := w.officer("sun", "writer")
		set := func(password string) error {
			t.Helper()
			secret, _, err := w.PasswordLink(w.root, o.ID)
			w.must(err)
			_, err = w.UseLink(t.Context(), LinkUse{Secret: secret, Password: password})
			return err
		}
		for what, p := range map[string]string{"empty": "", "short": "Abcdefg-123", "two classes": "abcdefghij-klmn",
			"with the account": "My-SUN-is-2026-x", "control": "Abcdefgh-123\n", "not UTF-8": "Abcdefgh-123\xff",
			"too long": "Ab1-" + strings.Repeat("x", 253), "the present one": good} {
			err := set(p)
			w.is(err, fault.Invalid, what)
			if fault.FieldsOf(err)["password"] == "" {
				t.Errorf("%s: no field: %v", what, err)
			}
		}
		for i := range 5 { // good is now the sixth
			w.must(set(fmt.Sprintf("Number-%d-of-2026", i)))
			if i < 4 {
				w.is(set(good), fault.Invalid, fmt.Sprintf("one of the last %d", i+2))
			}
		}
		w.must(set(good))
		if n, err := w.db.Read().NewSelect().Model((*credentialRow)(nil)).Count(t.Context()); err != nil || n != 5 {
			t.Errorf("%d passwords are kept, %v", n, err)
		}
		w.must(set("中文密码是可以用的呀一二三四Aa1"))
		rules, err := w.PasswordRules()
		if err != nil || len(rules) != 5 || rules[0] != "至少 12 个字符" {
			t.Errorf("%q %v", rules, err)
		}
	})
}

// A session ends by idle time (a shorter one for administrators), by its age, by leaving, and when the officer is
// disabled; each request of an hour keeps it.
func TestSessions(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		writer, boss := w.officer("writer", "writer"), w.officer("boss", SystemAdmin)
		start := w.clock
		begin := func(o *Officer, id string) *Visit {
			t.Helper()
			v, err := w.Begin(t.Context(), o.ID, id, Browser{Address: "10.1.1.1",
				Agent: "a\x00b" + strings.Repeat("中", 99)})
			w.must(err)
			return v
		}
		after := func(id string, d time.Duration, want bool) {
			t.Helper()
			w.clock = w.clock.Add(d)
			_, err := w.Visit(t.Context(), id)
			if (err == nil) != want || err != nil && !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s after %s: %v", id, w.clock.Sub(start), err)
			}
		}
		if v := begin(writer, "w"); v.Idle != 30*time.Minute || len(v.Permissions()) == 0 {
			t.Errorf("%+v", v)
		}
		if v := begin(boss, "b"); v.Idle != 15*time.Minute {
			t.Errorf("an administrator's idle time is %s", v.Idle)
		}
		after("w", 15*time.Minute, true)
		after("b", 0, true)
		after("b", 15*time.Minute+time.Millisecond, false)
		after("w", 0, true)
		after("w", 30*time.Minute+time.Millisecond, false)
		begin(writer, "w2")
		for range 24 {
			after("w2", 29*time.Minute, true)
		}
		after("w2", 25*time.Minute, false) // 12 hours
		begin(writer, "w5")
		for range 3 {
			w.clock = w.clock.Add(10 * time.Minute)
			_, err := w.Look(t.Context(), "w5")
			w.must(err)
		}
		w.clock = w.clock.Add(time.Minute)
		_, err := w.Look(t.Context(), "w5")
		w.is(err, fault.Unauthenticated, "a browser that asks by itself")
		begin(writer, "w3")
		begin(writer, "w4")
		w.must(w.Leave(t.Context(), "w3"))
		w.must(w.Leave(t.Context(), "w3"))
		w.must(w.Leave(t.Context(), "unknown"))
		after("w3", 0, false)
		after("w4", 0, true)
		after("unknown", 0, false)
		disabled, active := Disabled, Active
		o, err := w.ChangeOfficer(w.root, writer.ID, 1, OfficerChange{State: &disabled})
		w.must(err)
		after("w4", 0, false)
		_, err = w.ChangeOfficer(w.root, writer.ID, o.Version, OfficerChange{State: &active})
		w.must(err)
		after("w4", 0, false)
	})
}

// What an officer may do follows his grants at once, in their places only.
func TestActorOfGrants(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o, err := w.AddOfficer(w.root, NewOfficer{Account: "he", Name: "何"})
		w.must(err)
		_, err = w.Begin(t.Context(), o.ID, "c", Browser{})
		w.must(err)
		may := func(p actor.Permission, site int64) bool {
			t.Helper()
			v, err := w.Visit(t.Context(), "c")
			w.must(err)
			return v.Actor().May(p, actor.At(site))
		}
		if may("item.write", 7) {
			t.Error("an officer without a grant may write")
		}
		g, err := w.Give(w.root, GrantRequest{Officer: o.ID, Role: "writer", Sites: []int64{7, 7}})
		w.must(err)
		if !may("item.write", 7) || may("item.write", 8) || may("item.release", 7) {
			t.Error("a writer of site 7 does not write there only")
		}
		also, err := w.Give(w.root, GrantRequest{Officer: o.ID, Role: "reviewer", Sites: []int64{8}})
		w.must(err)
		if !may("item.release", 8) || may("item.release", 7) || may("item.write", 8) || !may("item.write", 7) {
			t.Error("a role of one site is valid in that of another")
		}
		w.must(w.Take(w.root, also.ID))
		w.must(w.Take(w.root, g.ID))
		if may("item.write", 7) {
			t.Error("a grant that was taken away is valid")
		}
		w.is(w.Take(w.root, g.ID), fault.NotFound, "taking twice")
		for what, g := range map[string]GrantRequest{"no place": {Role: "writer"},
			"both":                 {Role: "writer", AllSites: true, Sites: []int64{1}},
			"columns of all sites": {Role: "writer", AllSites: true, Branches: []int64{1}},
			"unknown role":         {Role: "root", AllSites: true},
			"unknown unit":         {Role: "writer", AllSites: true, Units: []string{"none"}},
			"admin of one site":    {Role: Auditor, Sites: []int64{1}}} {
			g.Officer = o.ID
			_, err := w.Give(w.root, g)
			w.is(err, fault.Invalid, what)
		}
		_, err = w.Give(w.root, GrantRequest{Officer: 99, Role: "writer", AllSites: true})
		w.is(err, fault.NotFound, "unknown officer")
	})
}

// Whoever lacks the permission changes nothing and reads nothing, however far his scope.
func TestPermissions(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o := w.officer("target", "writer")
		limited := actor.With(t.Context(), actor.Unlimited("x").In(7))
		nobody := actor.With(t.Context(), actor.Actor{Scope: actor.Scope{All: true}})
		name := "改名"
		for what, call := range map[string]func(context.Context) error{
			"add": func(c context.Context) error {
				return second(w.AddOfficer(c, NewOfficer{Account: "new", Name: "新"}))
			},
			"change": func(c context.Context) error {
				return second(w.ChangeOfficer(c, o.ID, 1, OfficerChange{Name: &name}))
			},
			"list":        func(c context.Context) error { return second(w.Officers(c, OfficerFilter{Limit: 9})) },
			"read":        func(c context.Context) error { return second(w.Officer(c, o.ID)) },
			"account":     func(c context.Context) error { return second(w.ByAccount(c, "target")) },
			"departments": func(c context.Context) error { return second(w.Departments(c)) },
			"department":  func(c context.Context) error { return second(w.AddDepartment(c, "rsj", "人社局", 0)) },
			"give": func(c context.Context) error {
				return second(w.Give(c, GrantRequest{Officer: o.ID, Role: "writer", Sites: []int64{7}}))
			},
			"take":   func(c context.Context) error { return w.Take(c, o.Grants[0].ID) },
			"unlock": func(c context.Context) error { return w.Unlock(c, o.ID) },
			"first":  func(c context.Context) error { return second(w.FirstLink(c)) },
			"demo": func(c context.Context) error {
				return second(w.DemoLink(c, DemoOfficer{Account: "demo-x", Name: "名"}))
			},
			"link": func(c context.Context) error {
				_, _, err := w.PasswordLink(c, o.ID)
				return err
			},
		} {
			for who, ctx := range map[string]context.Context{"nobody": t.Context(), "without permissions": nobody,
				"of one site": limited} {
				w.is(call(ctx), fault.Forbidden, what+" by "+who)
			}
		}
		if n, err := w.db.Read().NewSelect().Model((*officerRow)(nil)).Count(t.Context()); err != nil || n != 1 {
			t.Errorf("%d officers, %v", n, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// Everything that changes people leaves an audit row that names no person.
func TestAudited(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o := w.officer("gao", "writer")
		w.must(w.signIn("gao", good))
		_, err := w.Begin(t.Context(), o.ID, "c", Browser{Address: "10.9.9.9"})
		w.must(err)
		_ = w.signIn("gao", "wrong")
		_ = w.signIn("nobody", "wrong")
		w.must(w.Leave(t.Context(), "c"))
		var rows []audit.Row
		w.must(w.db.Read().NewSelect().Model(&rows).Order("id").Scan(t.Context()))
		var got []string
		for _, r := range rows {
			got = append(got, fmt.Sprintf("%s %s %s", r.Kind, r.Object, r.Detail))
			if strings.Contains(r.Detail, "姓名") {
				t.Errorf("a row names a person: %s", r.Detail)
			}
		}
		want := []string{"system officer 建立账户 gao",
			"system officer 授予 writer，全部站点 true，站点 []，栏目 []，部门 []",
			"system officer 签发设置密码的链接", "officer officer 用链接设置密码", "officer session 登录，来自 10.9.9.9",
			"system officer 登录失败，来自 10.0.0.1", "officer session 退出"}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %q\nwant %q", got, want)
		}
	})
}
