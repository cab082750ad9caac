package people

import (
	"cmp"
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Purpose says what a one-time link (一次性链接) is for.
type Purpose string

// The purposes.
const (
	First    Purpose = "first"    // makes the first system administrator
	Password Purpose = "password" // sets the password of an officer
	Enter    Purpose = "enter"    // signs a demo officer in, without a password
)

// LinkFragment is what stands before the secret in the address of a link. Browsers do not send a fragment, so the
// secret is in no log.
const LinkFragment = "#/enter/"

// gone is the one answer for a link that is used, expired or unknown.
func gone() error {
	return fault.New(fault.NotFound, "链接已使用、已过期或不存在，请向系统管理员索取新的链接。")
}

// FirstLink returns the secret of a link that makes the first system administrator, "" when there is one. The caller
// is the operator of the server: it requires Rescue.
func (d *Desk) FirstLink(ctx context.Context) (secret string, err error) {
	defer fault.Annotate(&err, "people.FirstLink")
	if _, err := allowed(ctx, Rescue); err != nil {
		return "", err
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		some, err := holders(ctx, tx, SystemAdmin)
		if err != nil || some > 0 {
			return err
		}
		secret, _, err = d.insertLink(ctx, tx, First, 0, Rescue)
		return err
	})
	return secret, err
}

// PasswordLink returns the secret of a link by which an officer sets a password, and when it expires. It requires
// Write; for an administrator Rescue, because who can set another's password has both roles.
func (d *Desk) PasswordLink(ctx context.Context, officer int64) (secret string, expires int64, err error) {
	defer fault.Annotate(&err, "people.PasswordLink(%d)", officer)
	by, err := actor.From(ctx)
	if err != nil {
		return "", 0, err
	}
	rescue := by.CheckAll(Rescue) == nil
	if err := by.CheckAll(Write); err != nil && !rescue {
		return "", 0, err
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		o, err := officerByID(ctx, tx, officer)
		if err != nil {
			return err
		}
		if o.State != Active {
			return fault.New(fault.Conflict, "账户 %s 已停用，请先启用", o.Account)
		}
		admin, err := administers(ctx, tx, officer)
		if err != nil {
			return err
		}
		if admin && !rescue {
			return fault.New(fault.Forbidden, "管理员账户的密码链接只能在服务器上用命令签发，请联系运维人员")
		}
		action := Write
		if admin {
			action = Rescue
		}
		secret, expires, err = d.insertLink(ctx, tx, Password, officer, action)
		return err
	})
	return secret, expires, err
}

// administers reports whether an officer has one of the administrator roles.
func administers(ctx context.Context, db bun.IDB, officer int64) (bool, error) {
	return db.NewSelect().Model((*grantRow)(nil)).Where("officer_id = ?", officer).
		Where("role IN (?)", bun.List([]string{SystemAdmin, SecurityAdmin, Auditor})).Exists(ctx)
}

// insertLink adds a link and the audit row, and removes the earlier links of the same purpose and officer.
func (d *Desk) insertLink(ctx context.Context, tx bun.Tx, p Purpose, officer int64,
	action actor.Permission) (string, int64, error) {
	by, err := actor.From(ctx)
	if err != nil {
		return "", 0, err
	}
	life, err := d.span("org.link.hours", time.Hour)
	if err != nil {
		return "", 0, err
	}
	if _, err := tx.NewDelete().Model((*linkRow)(nil)).Where("purpose = ? AND officer_id = ?", p, officer).Exec(
		ctx); err != nil {
		return "", 0, err
	}
	secret, expires := strings.ToLower(rand.Text()), d.now().Add(life).UnixMilli()
	_, err = tx.NewInsert().Model(&linkRow{Hash: hash(secret), Purpose: p, OfficerID: officer, ExpiresAt: expires,
		MadeBy: by.String()}).Exec(ctx)
	if err != nil {
		return "", 0, err
	}
	what := map[Purpose]string{First: "签发首次设置的链接", Password: "签发设置密码的链接", Enter: "签发演示用的链接"}[p]
	return secret, expires, audit.Append(ctx, tx, audit.Entry{Action: action, Object: "officer", ID: officer,
		Detail: what})
}

// Link is what the bearer of its secret is told.
type Link struct {
	Purpose Purpose
	Officer *Officer // nil for the first officer
}

// Link returns the link with a secret that can still be used, or a NotFound fault.
func (d *Desk) Link(ctx context.Context, secret string) (*Link, error) {
	l, o, err := d.link(ctx, d.db.Read(), secret)
	if err != nil {
		return nil, err
	}
	out := &Link{Purpose: l.Purpose}
	if o != nil {
		out.Officer = o.officer()
	}
	return out, nil
}

func (d *Desk) link(ctx context.Context, db bun.IDB, secret string) (*linkRow, *officerRow, error) {
	l := &linkRow{}
	err := db.NewSelect().Model(l).Where("hash = ?", hash(secret)).Scan(ctx)
	if store.NotFound(err) {
		return nil, nil, gone()
	}
	if err != nil {
		return nil, nil, err
	}
	if l.UsedAt != 0 || d.now().UnixMilli() >= l.ExpiresAt {
		return nil, nil, gone()
	}
	if l.Purpose == First {
		if some, err := holders(ctx, db, SystemAdmin); err != nil || some > 0 {
			return nil, nil, cmp.Or(err, gone())
		}
		return l, nil, nil
	}
	o, err := officerByID(ctx, db, l.OfficerID)
	if err != nil {
		return nil, nil, err
	}
	if o.State != Active || l.Purpose == Enter && !o.Demo {
		return nil, nil, gone()
	}
	return l, o, nil
}

// LinkUse is what the bearer of a link sends.
type LinkUse struct {
	Secret   string
	Account  string // First
	Name     string // First
	Password string // First, Password
}

// UseLink uses a link up and returns the officer whom it lets in.
func (d *Desk) UseLink(ctx context.Context, u LinkUse) (_ *Officer, err error) {
	defer fault.Annotate(&err, "people.UseLink")
	l, o, err := d.link(ctx, d.db.Read(), u.Secret)
	if err != nil {
		return nil, err
	}
	n := NewOfficer{Account: u.Account, Name: u.Name}
	var former []credentialRow
	switch l.Purpose {
	case First:
		if wrong := n.check(); len(wrong) > 0 {
			return nil, fault.InvalidFields(wrong, "有 %d 处要更正", len(wrong))
		}
	case Password:
		n.Account = o.Account
		if former, err = passwords(ctx, d.db.Read(), o.ID); err != nil {
			return nil, err
		}
	case Enter:
	}
	phc := ""
	if l.Purpose != Enter { // outside of the transaction: it takes long
		if phc, err = d.newHash(ctx, u.Password, n.Account, former); err != nil {
			return nil, err
		}
	}
	var id int64
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		id, err = d.useLink(ctx, tx, u.Secret, n, phc)
		return err
	})
	if err != nil {
		return nil, err
	}
	return d.officer(ctx, id)
}

// useLink looks at the link again, in the transaction that uses it up.
func (d *Desk) useLink(ctx context.Context, tx bun.Tx, secret string, n NewOfficer, phc string) (int64, error) {
	l, o, err := d.link(ctx, tx, secret)
	if err != nil {
		return 0, err
	}
	if _, err := tx.NewUpdate().Model(l).Set("used_at = ?", d.now().UnixMilli()).WherePK().Exec(ctx); err != nil {
		return 0, err
	}
	switch l.Purpose {
	case First:
		return d.insertFirst(ctx, tx, n, phc)
	case Password:
		ctx = actor.With(ctx, d.self(o))
		if err := d.storePassword(ctx, tx, o.ID, phc); err != nil {
			return 0, err
		}
		if err := d.forgive(ctx, tx, o.Account); err != nil {
			return 0, err
		}
		if err := endSessions(ctx, tx, o.ID, d.now().UnixMilli(), d.self(o)); err != nil {
			return 0, err
		}
		return o.ID, audit.Append(ctx, tx, audit.Entry{Action: ownAccount, Object: "officer", ID: o.ID,
			Detail: "用链接设置密码"})
	case Enter:
	}
	return o.ID, nil
}

// insertFirst makes the first system administrator.
func (d *Desk) insertFirst(ctx context.Context, tx bun.Tx, n NewOfficer, phc string) (int64, error) {
	by := actor.Actor{Kind: actor.System, ID: "first-link"}
	ctx = actor.With(ctx, by)
	o, err := d.insertOfficer(ctx, tx, n, false, by)
	if err != nil {
		return 0, err
	}
	if err := d.storePassword(ctx, tx, o.ID, phc); err != nil {
		return 0, err
	}
	role, _ := d.Role(SystemAdmin)
	g := GrantRequest{Officer: o.ID, Role: role.Code, AllSites: true}
	g.check(role)
	_, err = d.insertGrant(ctx, tx, g, role, Grant, by)
	return o.ID, err
}
