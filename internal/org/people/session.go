package people

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Browser is where a session is used.
type Browser struct{ Address, Agent string }

const (
	maxAgent     = 200 // bytes of a browser's name that are kept
	seenEvery    = time.Minute
	sessionsKept = 184 * 24 * time.Hour // rows of old sessions; the audit rows stay
)

// Visit is a session with the officer whose it is.
type Visit struct {
	Officer    *Officer
	Department *Department // nil = none
	Session    int64
	Idle       time.Duration // without a request for so long the session ends

	roles []Role
}

// Roles returns the role of each grant, in the order of the officer's grants.
func (v *Visit) Roles() []Role { return v.roles }

// Permissions returns what the officer may do somewhere, sorted.
func (v *Visit) Permissions() []actor.Permission {
	var out []actor.Permission
	for _, r := range v.roles {
		out = append(out, r.Permissions...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Actor returns the officer as an actor: each grant with its own scope.
func (v *Visit) Actor() actor.Actor {
	a := actor.Actor{Kind: actor.Officer, ID: subject(v.Officer.ID), Name: v.Officer.Name}
	for i, g := range v.Officer.Grants {
		if i == 0 {
			a.Permissions, a.Scope = v.roles[i].Permissions, g.scope()
			continue
		}
		a.Also = append(a.Also, actor.Grant{Permissions: v.roles[i].Permissions, Scope: g.scope()})
	}
	return a
}

// Begin stores a session that the officer has just been given; id is the secret in the cookie.
func (d *Desk) Begin(ctx context.Context, officer int64, id string, from Browser) (_ *Visit, err error) {
	defer fault.Annotate(&err, "people.Begin(%d)", officer)
	now := d.now().UnixMilli()
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		o, err := officerByID(ctx, tx, officer)
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("officer_id = ? AND seen_at < ?", officer,
			now-sessionsKept.Milliseconds()).Exec(ctx); err != nil {
			return err
		}
		r := &sessionRow{
			ID:        store.NewID(),
			Hash:      hash(id),
			OfficerID: officer,
			BeganAt:   now,
			SeenAt:    now,
			Address:   from.Address,
			Agent:     clip(from.Agent),
		}
		if _, err := tx.NewInsert().Model(r).Exec(ctx); err != nil {
			return err
		}
		return audit.Append(actor.With(ctx, d.self(o)), tx, audit.Entry{Action: ownAccount, Object: "session", ID: r.ID,
			Detail: "登录，来自 " + from.Address})
	})
	if err != nil {
		return nil, err
	}
	return d.Visit(ctx, id)
}

// clip makes a text from outside fit for a row.
func clip(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), maxAgent)], "")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

// Visit returns the session with the secret id, or an Unauthenticated fault when it has ended. It counts as use. When
// that cannot be written, as on a full disk, the officer still reads; the session then ends as if it was not used.
func (d *Desk) Visit(ctx context.Context, id string) (*Visit, error) {
	v, s, err := d.look(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := d.seen(ctx, s, d.now().UnixMilli()); err != nil {
		d.log.WarnContext(ctx, "use of a session is not written", "officer", s.OfficerID, "err", err)
	}
	return v, nil
}

// Look is Visit for what a browser asks by itself: it does not count as use, so the session of somebody who has gone
// away ends.
func (d *Desk) Look(ctx context.Context, id string) (*Visit, error) {
	v, _, err := d.look(ctx, id)
	return v, err
}

func (d *Desk) look(ctx context.Context, id string) (*Visit, *sessionRow, error) {
	ended := func() error { return fault.New(fault.Unauthenticated, "登录已结束，请重新登录。") }
	s := &sessionRow{}
	err := d.db.Read().NewSelect().Model(s).Where("hash = ?", hash(id)).Scan(ctx)
	if store.NotFound(err) {
		return nil, nil, ended()
	}
	if err != nil {
		return nil, nil, err
	}
	o, err := d.officer(ctx, s.OfficerID)
	if err != nil {
		return nil, nil, err
	}
	v := &Visit{Officer: o, Session: s.ID}
	if err := d.fill(ctx, v); err != nil {
		return nil, nil, err
	}
	longest, err := d.span("org.session.hours", time.Hour)
	if err != nil {
		return nil, nil, err
	}
	now := d.now().UnixMilli()
	if s.EndedAt != 0 || o.State != Active || now-s.SeenAt > v.Idle.Milliseconds() ||
		now-s.BeganAt > longest.Milliseconds() {
		return nil, nil, ended()
	}
	return v, s, nil
}

// fill adds department, roles and idle limit of the officer.
func (d *Desk) fill(ctx context.Context, v *Visit) (err error) {
	limit := "org.idle.minutes"
	for _, g := range v.Officer.Grants {
		role, _ := d.Role(g.Role) // a role that is no longer there has no permission
		v.roles = append(v.roles, role)
		if role.Admin {
			limit = "org.idle.admin.minutes"
		}
	}
	if v.Idle, err = d.span(limit, time.Minute); err != nil {
		return err
	}
	v.Department, err = d.department(ctx, v.Officer.Department)
	return err
}

// seen records the time of use, once a minute at most.
func (d *Desk) seen(ctx context.Context, s *sessionRow, now int64) error {
	if now-s.SeenAt < seenEvery.Milliseconds() {
		return nil
	}
	return d.db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*sessionRow)(nil)).Set("seen_at = ?", now).
			Where("id = ? AND seen_at < ?", s.ID, now).Exec(ctx)
		return err
	})
}

// Leave ends the session with the secret id. An unknown one is no error.
func (d *Desk) Leave(ctx context.Context, id string) (err error) {
	defer fault.Annotate(&err, "people.Leave")
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		s := &sessionRow{}
		err := tx.NewSelect().Model(s).Where("hash = ? AND ended_at = 0", hash(id)).Scan(ctx)
		if store.NotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		o, err := officerByID(ctx, tx, s.OfficerID)
		if err != nil {
			return err
		}
		self := d.self(o)
		s.EndedAt, s.EndedBy = d.now().UnixMilli(), self.String()
		if _, err := tx.NewUpdate().Model(s).Column("ended_at", "ended_by").WherePK().Exec(ctx); err != nil {
			return err
		}
		return audit.Append(actor.With(ctx, self), tx, audit.Entry{Action: ownAccount, Object: "session", ID: s.ID,
			Detail: "退出"})
	})
}

// endSessions ends all sessions of an officer.
func endSessions(ctx context.Context, tx bun.Tx, officer, now int64, by actor.Actor) error {
	_, err := tx.NewUpdate().Model((*sessionRow)(nil)).Set("ended_at = ?", now).Set("ended_by = ?", by.String()).
		Where("officer_id = ? AND ended_at = 0", officer).Exec(ctx)
	return err
}

// Limits are the limits of a cookie: without a request, and in all. Administrators have a shorter one, see Visit.
func (d *Desk) Limits() (idle, longest time.Duration, err error) {
	if idle, err = d.span("org.idle.minutes", time.Minute); err != nil {
		return 0, 0, err
	}
	longest, err = d.span("org.session.hours", time.Hour)
	return idle, longest, err
}
