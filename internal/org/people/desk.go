package people

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	_ "embed" // rules.yaml

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
)

// Options of New.
type Options struct {
	DB  *store.DB
	Now func() time.Time
	Log *slog.Logger
	// Secrets returns what second factors are encrypted with, at least 32 bytes each; the first encrypts. It is called
	// when it is needed.
	Secrets func() ([]string, error)
}

// Desk has the use cases of departments, officers, grants, links, passwords and sessions.
type Desk struct {
	db    *store.DB
	now   func() time.Time
	log   *slog.Logger
	rules *rule.Book
	roles []Role
	hash  hasher
	seal  sealer
}

//go:embed rules.yaml
var ruleFile []byte

// New returns a Desk. It returns a fault when roles.yaml or rules.yaml is wrong.
func New(o Options) (*Desk, error) {
	roles, err := Roles()
	if err != nil {
		return nil, err
	}
	rows, err := rule.Parse(ruleFile)
	if err != nil {
		return nil, err
	}
	return &Desk{
		db:    o.DB,
		now:   o.Now,
		log:   o.Log,
		rules: rule.NewBook(rows),
		roles: roles,
		hash:  newHasher(runtime.NumCPU()),
		seal:  sealer{o.Secrets},
	}, nil
}

// limit returns the value of a rule row that is in force.
func (d *Desk) limit(code string) (int, error) {
	return d.rules.Int(code, d.now().In(store.Shanghai()))
}

// span returns a rule row as a duration in units, such as time.Minute.
func (d *Desk) span(code string, unit time.Duration) (time.Duration, error) {
	n, err := d.limit(code)
	return time.Duration(n) * unit, err
}

// allowed returns the actor in ctx when he has the permission for the whole platform: people belong to no site.
func allowed(ctx context.Context, p actor.Permission) (actor.Actor, error) {
	by, err := actor.From(ctx)
	if err != nil {
		return by, err
	}
	return by, by.CheckAll(p)
}

// changed is what a writer gets who names a version that is no longer the newest.
func changed(name string) error {
	return fault.New(fault.Conflict, "“%s”刚刚被别人改过，请重新打开，核对后再改", name)
}
