package people

import (
	"context"
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
	Account     string
	Password    string
	Code        string // of the second factor, or a recovery code; "" = not asked for yet
	NewPassword string // when the password is too old; "" = not asked for yet
	Address     string // of the browser
}

// Due is the error of a sign-in with the right password for which something else is due.
type Due struct {
	What string // "code" or "password"
	err  error
}

// Error implements error.
func (d *Due) Error() string { return d.err.Error() }

// Unwrap returns a fault with the text for the officer.
func (d *Due) Unwrap() error { return d.err }

func due(what, text string) error { return &Due{What: what, err: fault.New(fault.Invalid, "%s", text)} }

// refused is the one answer to a wrong account, a wrong password and a disabled account.
func refused() error {
	return fault.New(fault.Unauthenticated, "账户或密码不正确，或账户已停用。请核对后重试，忘记密码时请联系系统管理员。")
}

func locked(until int64) error {
	return fault.New(fault.Unauthenticated, "连续失败次数过多，账户已锁定到 %s。请届时重试，或联系安全管理员解锁。",
		store.FromMilli(until).Format("2006-01-02 15:04"))
}

// SignIn returns the officer with an account and a password, or an Unauthenticated fault. It returns Due when a second
// factor or a new password has to be sent as well.
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
	all, err := passwords(ctx, d.db.Read(), o.ID)
	if err != nil {
		return nil, err
	}
	password := present(all)
	right, err := d.hash.matches(ctx, s.Password, password.Data)
	if err != nil {
		return nil, err
	}
	if !right || o.State != Active {
		return nil, d.failed(ctx, o, s, lockedNow)
	}
	return d.signedIn(ctx, o, s, all, lockedNow)
}

// present returns the password that is valid, an empty row when there is none.
func present(all []credentialRow) credentialRow {
	if len(all) == 0 || all[0].Kind != kindPassword {
		return credentialRow{}
	}
	return all[0]
}

// signedIn asks for what else is due after the right password, all, and ends the sign-in.
func (d *Desk) signedIn(ctx context.Context, o *officerRow, s SignIn, all []credentialRow,
	lockedNow int64) (*Officer, error) {
	second, err := d.HasTOTP(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	if second && s.Code == "" {
		return nil, d.ask(ctx, o, due("code", "请输入动态口令，或一个恢复码"))
	}
	days, err := d.span("org.password.days", 24*time.Hour)
	if err != nil {
		return nil, err
	}
	phc := ""
	if d.now().UnixMilli()-present(all).SetAt >= days.Milliseconds() {
		if s.NewPassword == "" {
			return nil, d.ask(ctx, o, due("password", "密码已到更换的时间，请设置新密码"))
		}
		if phc, err = d.newHash(ctx, s.NewPassword, o.Account, all); err != nil {
			return nil, d.ask(ctx, o, err)
		}
	}
	right := true
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if second {
			if _, right, err = d.useCode(ctx, tx, o.ID, s.Code); err != nil || !right {
				return err
			}
		}
		if phc != "" {
			if err := d.storePassword(ctx, tx, o.ID, phc); err != nil {
				return err
			}
		}
		return d.forgive(ctx, tx, o.Account)
	})
	if err != nil {
		return nil, err
	}
	if !right {
		return nil, d.failed(ctx, o, s, lockedNow)
	}
	return d.officer(ctx, o.ID)
}

// ask takes back the attempt that was counted: the password was right. Wrong codes before it stay counted.
func (d *Desk) ask(ctx context.Context, o *officerRow, answer error) error {
	err := d.db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*attemptRow)(nil)).Set("failed = failed - 1").Set("locked_until = 0").
			Where("account = ?", o.Account).Exec(ctx)
		return err
	})
	if err != nil {
		return err
	}
	return answer
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

// ChangePassword replaces the officer's own password and ends his sessions. The old one confirms that it is he; wrong
// ones count as failed sign-ins.
func (d *Desk) ChangePassword(ctx context.Context, o *Officer, old, fresh, address string) (err error) {
	defer fault.Annotate(&err, "people.ChangePassword(%d)", o.ID)
	lockedNow, err := d.attempt(ctx, o.Account)
	if err != nil {
		return err
	}
	all, err := passwords(ctx, d.db.Read(), o.ID)
	if err != nil {
		return err
	}
	row := &officerRow{ID: o.ID, Account: o.Account, Name: o.Name}
	right, err := d.hash.matches(ctx, old, present(all).Data)
	if err != nil {
		return err
	}
	if !right {
		if err := d.failed(ctx, row, SignIn{Address: address}, lockedNow); lockedNow != 0 {
			return err
		}
		return fault.InvalidFields(map[string]string{"password": "现在的密码不正确"}, "现在的密码不正确，请核对后重试")
	}
	phc, err := d.newHash(ctx, fresh, o.Account, all)
	if err != nil {
		return d.ask(ctx, row, err)
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := d.storePassword(ctx, tx, o.ID, phc); err != nil {
			return err
		}
		if err := d.forgive(ctx, tx, o.Account); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, o.ID, d.now().UnixMilli(), d.self(row)); err != nil {
			return err
		}
		return d.ownRow(ctx, tx, o, "更换密码")
	})
}
