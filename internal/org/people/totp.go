package people

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Parameters of the second factor (动态口令, RFC 6238), those that every authenticator app has.
const (
	totpStep   = 30 // seconds
	totpDigits = 6
	totpDrift  = 1  // steps before and after that are accepted: clocks differ
	totpKey    = 20 // bytes
	recoveries = 10 // recovery codes (恢复码)
)

// otp returns the code of a moment, given as the number of the step.
func otp(key []byte, step int64, digits int) string {
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	code := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	mod := uint32(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, code%mod)
}

// stepOf returns the step whose code is the given one, near to now and after the last one that was used; 0 = none.
func stepOf(key []byte, code string, now time.Time, used int64) (found int64) {
	at := now.Unix() / totpStep
	for step := at - totpDrift; step <= at+totpDrift; step++ {
		right := subtle.ConstantTimeCompare([]byte(otp(key, step, totpDigits)), []byte(code)) == 1
		if right && step > used {
			found = step
		}
	}
	return found
}

var keyText = base32.StdEncoding.WithPadding(base32.NoPadding)

// place is what the secret of an officer's second factor is sealed for.
func totpPlace(officer int64) string { return "totp " + subject(officer) }

// Enrolment is what an authenticator app is set up with.
type Enrolment struct {
	Secret string // base32, for typing
	URI    string // otpauth, for a QR code
}

// Enrol begins to set up a second factor: it is valid when a code has confirmed it. An earlier one that was not
// confirmed is replaced; a valid one is not.
func (d *Desk) Enrol(ctx context.Context, o *Officer) (_ *Enrolment, err error) {
	defer fault.Annotate(&err, "people.Enrol(%d)", o.ID)
	key := make([]byte, totpKey)
	_, _ = rand.Read(key) // never fails
	secret := keyText.EncodeToString(key)
	data, err := d.seal.seal(secret, totpPlace(o.ID))
	if err != nil {
		return nil, err
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if some, err := hasCredential(ctx, tx, o.ID, kindTOTP); err != nil || some {
			return orConflict(err, "已设置动态口令；要换一个，请先停用现在的")
		}
		if _, err := tx.NewDelete().Model((*credentialRow)(nil)).Where("officer_id = ? AND kind = ?", o.ID,
			kindTOTPNew).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&credentialRow{ID: store.NewID(), OfficerID: o.ID, Kind: kindTOTPNew, Data: data,
			SetAt: d.now().UnixMilli()}).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	q := url.Values{"secret": {secret}, "issuer": {"归一"}}
	return &Enrolment{Secret: secret, URI: "otpauth://totp/" + url.PathEscape("归一:"+o.Account) + "?" +
		strings.ReplaceAll(q.Encode(), "+", "%20")}, nil
}

// orConflict returns err, or a Conflict fault with the text.
func orConflict(err error, text string) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "%s", text)
}

func hasCredential(ctx context.Context, db bun.IDB, officer int64, kind string) (bool, error) {
	return db.NewSelect().Model((*credentialRow)(nil)).Where("officer_id = ? AND kind = ?", officer, kind).Exists(ctx)
}

func credential(ctx context.Context, db bun.IDB, officer int64, kind string) (*credentialRow, error) {
	c := &credentialRow{}
	err := db.NewSelect().Model(c).Where("officer_id = ? AND kind = ?", officer, kind).Scan(ctx)
	if store.NotFound(err) {
		return nil, nil
	}
	return c, err
}

// wrongCode is the answer to a code that is not accepted.
func wrongCode() error {
	return fault.InvalidFields(map[string]string{"code": "动态口令不正确"},
		"动态口令不正确或已用过，请输入应用里新显示的 6 位数字；仍不正确时请校准手机的时间")
}

// ConfirmTOTP makes the second factor valid and returns the recovery codes, which cannot be read again.
func (d *Desk) ConfirmTOTP(ctx context.Context, o *Officer, code string) (codes []string, err error) {
	defer fault.Annotate(&err, "people.ConfirmTOTP(%d)", o.ID)
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		c, err := credential(ctx, tx, o.ID, kindTOTPNew)
		if err != nil {
			return err
		}
		if c == nil {
			return fault.New(fault.Conflict, "请先开始设置动态口令")
		}
		key, err := d.totpKey(c)
		if err != nil {
			return err
		}
		if c.Used = stepOf(key, digits(code), d.now(), 0); c.Used == 0 {
			return wrongCode()
		}
		c.Kind = kindTOTP
		if _, err := tx.NewUpdate().Model(c).Column("kind", "used").WherePK().Exec(ctx); err != nil {
			return err
		}
		if codes, err = d.insertRecoveries(ctx, tx, o.ID); err != nil {
			return err
		}
		return d.ownRow(ctx, tx, o, "启用动态口令")
	})
	return codes, err
}

// ownRow adds an audit row about what an officer does with his own account.
func (d *Desk) ownRow(ctx context.Context, tx bun.Tx, o *Officer, detail string) error {
	self := actor.Actor{Kind: actor.Officer, ID: subject(o.ID), Name: o.Name}
	return audit.Append(actor.With(ctx, self), tx, audit.Entry{Action: ownAccount, Object: "officer", ID: o.ID,
		Detail: detail})
}

func (d *Desk) totpKey(c *credentialRow) ([]byte, error) {
	secret, err := d.seal.open(c.Data, totpPlace(c.OfficerID))
	if err != nil {
		return nil, err
	}
	return keyText.DecodeString(secret)
}

// insertRecoveries replaces the recovery codes of an officer; only hashes are stored.
func (d *Desk) insertRecoveries(ctx context.Context, tx bun.Tx, officer int64) (codes []string, err error) {
	if _, err := tx.NewDelete().Model((*credentialRow)(nil)).Where("officer_id = ? AND kind = ?", officer,
		kindRecovery).Exec(ctx); err != nil {
		return nil, err
	}
	var rows []credentialRow
	for range recoveries {
		code := strings.ToLower(rand.Text()[:16]) // 80 bits
		codes = append(codes, code[:4]+"-"+code[4:8]+"-"+code[8:12]+"-"+code[12:])
		rows = append(rows, credentialRow{ID: store.NewID(), OfficerID: officer, Kind: kindRecovery, Data: hash(code),
			SetAt: d.now().UnixMilli()})
	}
	_, err = tx.NewInsert().Model(&rows).Exec(ctx)
	return codes, err
}

// digits removes what people type between the characters of a code.
func digits(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))
}

// DropTOTP removes the officer's own second factor; a code confirms that it is he.
func (d *Desk) DropTOTP(ctx context.Context, o *Officer, code string) (err error) {
	defer fault.Annotate(&err, "people.DropTOTP(%d)", o.ID)
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		there, right, err := d.useCode(ctx, tx, o.ID, code)
		if err != nil {
			return err
		}
		if !there {
			return fault.New(fault.Conflict, "还没有设置动态口令")
		}
		if !right {
			return wrongCode()
		}
		if err := removeTOTP(ctx, tx, o.ID); err != nil {
			return err
		}
		return d.ownRow(ctx, tx, o, "停用动态口令")
	})
}

// ResetTOTP removes the second factor of an officer who has lost it. It requires Grant; for an administrator Rescue.
func (d *Desk) ResetTOTP(ctx context.Context, id int64) (err error) {
	defer fault.Annotate(&err, "people.ResetTOTP(%d)", id)
	by, err := actor.From(ctx)
	if err != nil {
		return err
	}
	rescue := by.CheckAll(Rescue) == nil
	if err := by.CheckAll(Grant); err != nil && !rescue {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		o, err := officerByID(ctx, tx, id)
		if err != nil {
			return err
		}
		admin, err := administers(ctx, tx, id)
		if err != nil {
			return err
		}
		if admin && !rescue {
			return fault.New(fault.Forbidden, "管理员账户的动态口令只能在服务器上用命令清除，请联系运维人员")
		}
		if err := removeTOTP(ctx, tx, id); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, id, d.now().UnixMilli(), by); err != nil {
			return err
		}
		action := Grant
		if rescue {
			action = Rescue
		}
		return audit.Append(ctx, tx, audit.Entry{Action: action, Object: "officer", ID: o.ID, Detail: "清除动态口令"})
	})
}

func removeTOTP(ctx context.Context, tx bun.Tx, officer int64) error {
	_, err := tx.NewDelete().Model((*credentialRow)(nil)).Where("officer_id = ?", officer).
		Where("kind IN (?)", bun.List([]string{kindTOTP, kindTOTPNew, kindRecovery})).Exec(ctx)
	return err
}

// HasTOTP reports whether an officer has a second factor.
func (d *Desk) HasTOTP(ctx context.Context, officer int64) (bool, error) {
	return hasCredential(ctx, d.db.Read(), officer, kindTOTP)
}

// useCode uses a code or a recovery code up. there says whether the officer has a second factor at all.
func (d *Desk) useCode(ctx context.Context, tx bun.Tx, officer int64, code string) (there, right bool, err error) {
	c, err := credential(ctx, tx, officer, kindTOTP)
	if err != nil || c == nil {
		return false, false, err
	}
	code = digits(code)
	if len(code) != totpDigits {
		res, err := tx.NewDelete().Model((*credentialRow)(nil)).
			Where("officer_id = ? AND kind = ? AND data = ?", officer, kindRecovery, hash(code)).Exec(ctx)
		if err != nil {
			return true, false, err
		}
		n, err := res.RowsAffected()
		return true, n == 1, err
	}
	key, err := d.totpKey(c)
	if err != nil {
		return true, false, err
	}
	step := stepOf(key, code, d.now(), c.Used)
	if step == 0 {
		return true, false, nil
	}
	c.Used = step
	_, err = tx.NewUpdate().Model(c).Column("used").WherePK().Exec(ctx)
	return true, true, err
}
