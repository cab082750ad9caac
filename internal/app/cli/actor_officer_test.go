package cli

import (
	"log/slog"
	"regexp"
	"time"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/org/people"
)

// officers runs every command on people, as it is refused and as it is done.
func (w *acted) officers(step func(ok bool, args ...string) string) {
	w.t.Helper()
	const do, refuse = true, false
	step(refuse, "department", "add", "no good", "--name", "名")
	step(do, "department", "add", "rsj", "--name", "市人社局")
	step(do, "officer", "link", "--first")
	step(refuse, "officer", "add", "wang", "--name", "王明", "--department", "none")
	step(do, "officer", "add", "wang", "--name", "王明", "--department", "rsj")
	step(do, "officer", "add", "li", "--name", "李红")
	for _, use := range []string{"link", "disable", "enable", "unlock", "reset-totp"} {
		step(refuse, "officer", use, "none")
	}
	step(do, "officer", "link", "wang")
	step(refuse, "officer", "grant", "wang", "--role", "writer")
	step(do, "officer", "grant", "wang", "--role", "writer", "--site", "test", "--column", "a", "--unit", "rsj")
	step(refuse, "officer", "grant", "wang", "--role", "auditor", "--all-sites")
	step(do, "officer", "grant", "li", "--role", "security-admin", "--all-sites")
	step(refuse, "officer", "disable", "li")
	step(do, "officer", "link", "li")
	desk, err := people.New(people.Options{DB: w.db, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	w.must(err)
	o, err := desk.ByAccount(actor.With(w.t.Context(), actor.Unlimited("test")), "wang")
	w.must(err)
	_, err = desk.Begin(w.t.Context(), o.ID, "cookie", people.Browser{})
	w.must(err)
	first := regexp.MustCompile(`(?m)^(\d+)`)
	step(refuse, "officer", "end", "12")
	step(do, "officer", "end", first.FindString(step(do, "officer", "sessions")))
	// An unlocked account stays as it is; the row says that somebody wanted it open.
	if _, err := desk.SignIn(w.t.Context(), people.SignIn{Account: "wang", Password: "x"}); err == nil {
		w.t.Error("a wrong password is right")
	}
	step(do, "officer", "unlock", "wang")
	grant := regexp.MustCompile(`(\d+) writer`).FindStringSubmatch(step(do, "officer", "list"))
	if grant == nil {
		w.t.Fatal("no grant is listed")
	}
	step(refuse, "officer", "revoke", "12")
	step(do, "officer", "revoke", grant[1])
	step(do, "officer", "disable", "wang")
	step(do, "officer", "enable", "wang")
	w.totp(o)
	step(do, "officer", "reset-totp", "wang")
}

// totp gives an officer a second factor, so that it can be taken away.
func (w *acted) totp(o *people.Officer) {
	w.t.Helper()
	desk, err := people.New(people.Options{DB: w.db, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Secrets: func() ([]string, error) { return []string{"a-key-of-the-tests-32-characters-long"}, nil }})
	w.must(err)
	_, err = desk.Enrol(w.t.Context(), o)
	w.must(err)
}
