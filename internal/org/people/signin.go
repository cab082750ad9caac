package people

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// ownAccount is the action of audit rows about what officers do with their own account. It is no permission that can
// be granted: everybody has it for himself.
const ownAccount actor.Permission = "org.self"

// SignIn is an attempt to sign in.
type SignIn struct {
	Account  string
	Password string
	Address  string // of the browser
}

// refused is the one answer to a wrong account, a wrong password and a disabled account.
func refused() error {
	return fault.New(fault.Unauthenticated, "账户或密码不正确，或账户已停用。请核对后重试，忘记密码时请联系系统管理员。")
}

func locked(until int64) error {
	return fault.New(fault.Unauthenticated, "连续失败次数过多，账户已锁定到 %s。请届时重试，或联系安全管理员解锁。",
		store.FromMilli(until).Format("2006-01-02 15:04"))
}

// SignIn returns the officer with an account and a password, or an Unauthenticated fault.
func (d *Desk) SignIn(ctx context.Context, s SignIn) (_ *Officer, err error) {
	defer fault.Annotate(&err, "people.SignIn")
	account := fold(s.Account)
	var lockedNow int64
	if accountShape.MatchString(account) { // nobody has another one
		if lockedNow, err = d.attempt(ctx, account); err != nil {
			return nil, err
		}
	} else {
		account = ""
	}
	o := &officerRow{}
	err = d.db.Read().NewSelect().Model(o).Where("account = ?", account).Scan(ctx)
	if err != nil && !store.NotFound(err) {
		return nil, err
	}
	phc, err := d.passwordOf(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	right, err := d.hash.matches(ctx, s.Password, phc)
	if err != nil {
		return nil, err
	}
	if !right || o.State != Active {
		return nil, d.failed(ctx, o, s, lockedNow)
	}
	err = d.db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error { return d.forgive(ctx, tx, account) })
	if err != nil {
		return nil, err
	}
	return d.officer(ctx, o.ID)
}

// passwordOf returns the hash of an officer's password, "" without one.
func (d *Desk) passwordOf(ctx context.Context, officer int64) (string, error) {
	c := &credentialRow{}
	err := d.db.Read().NewSelect().Model(c).Where("officer_id = ? AND kind = ?", officer, kindPassword).Scan(ctx)
	if store.NotFound(err) {
		return "", nil
	}
	return c.Data, err
}

// attempt counts an attempt on an account before the password is looked at, so that guesses at the same time count as
// well. It refuses a locked account; lockedUntil is when the account is locked if this attempt fails, else 0.
func (d *Desk) attempt(ctx context.Context, account string) (lockedUntil int64, err error) {
	most, err := d.limit("org.lock.count")
	if err != nil {
		return 0, err
	}
	lock, err := d.span("org.lock.minutes", time.Minute)
	if err != nil {
		return 0, err
	}
	now := d.now()
	err = d.db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		lockedUntil = 0
		var rows []attemptRow
		_, err := tx.NewInsert().Model(&attemptRow{Account: account, Failed: 1, TriedAt: now.UnixMilli()}).
			On("CONFLICT (account) DO UPDATE").
			Set("failed = CASE WHEN a.tried_at < ? THEN 1 ELSE a.failed + 1 END",
				now.Add(-lock).UnixMilli()).
			Set("tried_at = EXCLUDED.tried_at").Set("locked_until = 0").
			Where("a.locked_until <= ?", now.UnixMilli()).Returning("failed").Exec(ctx, &rows)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			r := &attemptRow{}
			if err := tx.NewSelect().Model(r).Where("account = ?", account).Scan(ctx); err != nil {
				return err
			}
			return locked(r.LockedUntil)
		}
		if rows[0].Failed < int64(most) {
			return nil
		}
		lockedUntil = now.Add(lock).UnixMilli()
		_, err = tx.NewUpdate().Model((*attemptRow)(nil)).Set("locked_until = ?", lockedUntil).
			Where("account = ?", account).Exec(ctx)
		return err
	})
	return lockedUntil, err
}

// forgive forgets the failures of an account.
func (d *Desk) forgive(ctx context.Context, tx bun.Tx, account string) error {
	_, err := tx.NewDelete().Model((*attemptRow)(nil)).Where("account = ?", account).Exec(ctx)
	return err
}

// failed records a failure and returns the answer. Failures of accounts that nobody has are in the log only: whoever
// can reach the listener could fill the audit with them.
func (d *Desk) failed(ctx context.Context, o *officerRow, s SignIn, lockedUntil int64) error {
	d.log.WarnContext(ctx, "sign-in failed", "officer", o.ID, "address", s.Address, "locked", lockedUntil != 0)
	detail := "登录失败，来自 " + s.Address
	if lockedUntil != 0 {
		detail += "，账户锁定"
	}
	ctx = actor.With(ctx, actor.Actor{Kind: actor.System, ID: "sign-in"})
	err := d.db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Model((*attemptRow)(nil)).Where("tried_at < ?",
			d.now().Add(-attemptsKept).UnixMilli()).Exec(ctx); err != nil || o.ID == 0 {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Action: ownAccount, Object: "officer", ID: o.ID, Detail: detail})
	})
	switch {
	case err != nil:
		return err
	case lockedUntil != 0:
		return locked(lockedUntil)
	}
	return refused()
}

// attemptsKept bounds the rows of names that nobody has.
const attemptsKept = 24 * time.Hour

// Unlock forgets the failures of an officer's account. It requires Grant.
func (d *Desk) Unlock(ctx context.Context, id int64) (err error) {
	defer fault.Annotate(&err, "people.Unlock(%d)", id)
	if _, err := allowed(ctx, Grant); err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		o, err := officerByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := d.forgive(ctx, tx, o.Account); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Action: Grant, Object: "officer", ID: id, Detail: "解锁"})
	})
}

// self is an officer who acts on his own account: it has no permission.
func (d *Desk) self(o *officerRow) actor.Actor {
	return actor.Actor{Kind: actor.Officer, ID: subject(o.ID), Name: o.Name}
}

// signedIn is the detail of the audit row of a new session.
func signedIn(from Browser) string { return fmt.Sprintf("登录，来自 %s", from.Address) }
