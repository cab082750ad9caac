package token

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// MaxLife is the longest time for which a token may be valid.
const MaxLife = 366 * 24 * time.Hour

const (
	prefix  = "gy1_"
	maxName = 100 // characters
	touch   = time.Minute
)

// Desk creates, checks and revokes tokens.
type Desk struct {
	DB    *store.DB
	Known []string // the permissions there are
	Now   func() time.Time
	Log   *slog.Logger
}

// Request describes a new token.
type Request struct {
	Name        string
	Permissions []string
	All         bool
	Owners      []int64
	ExpiresAt   int64 // unix ms
}

// Create creates a token and returns its secret, which cannot be read again. The new token can do no more than the
// caller's scope and, when the caller uses a token, than that token.
func (d *Desk) Create(ctx context.Context, w Request) (_ *Token, secret string, err error) {
	defer fault.Annotate(&err, "token.Create")
	by, err := actor.Allowed(ctx, Write)
	if err != nil {
		return nil, "", err
	}
	now := d.Now()
	if err := d.check(&w, now); err != nil {
		return nil, "", err
	}
	slices.Sort(w.Permissions)
	slices.Sort(w.Owners)
	r := &row{
		ID:          store.NewID(),
		Name:        w.Name,
		Permissions: slices.Compact(w.Permissions),
		All:         w.All,
		Owners:      slices.Compact(w.Owners),
		CreatedBy:   by.String(),
		CreatedAt:   now.UnixMilli(),
		ExpiresAt:   w.ExpiresAt,
	}
	if r.Owners == nil {
		r.Owners = []int64{}
	}
	t := r.token()
	if err := bounded(by, t); err != nil {
		return nil, "", err
	}
	random := rand.Text()
	r.Hash = hash(random)
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(r).Exec(ctx); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Action: Write, Object: "token", ID: r.ID,
			Detail: fmt.Sprintf("签发，权限 %v，全部站点 %t，站点 %v", r.Permissions, r.All, r.Owners)})
	})
	if err != nil {
		return nil, "", err
	}
	d.Log.InfoContext(ctx, "token created", "token", t.ID, "by", by.String(), "permissions", t.Permissions, "all",
		t.All, "owners", t.Owners)
	return t, prefix + strconv.FormatInt(t.ID, 10) + "_" + random, nil
}

func (d *Desk) check(w *Request, now time.Time) error {
	wrong := map[string]string{}
	if n := utf8.RuneCountInString(strings.TrimSpace(w.Name)); n == 0 || n > maxName {
		wrong["name"] = "请填写用途或使用者，不超过 100 个字"
	}
	if len(w.Permissions) == 0 {
		wrong["permissions"] = "请至少选择一项权限"
	}
	for _, p := range w.Permissions {
		if !slices.Contains(d.Known, p) {
			wrong["permissions"] = "没有名为“" + p + "”的权限，可用：" + strings.Join(d.Known, "、")
		}
	}
	if w.All == (len(w.Owners) > 0) {
		wrong["sites"] = "请指明站点，或全部站点，二者选一"
	}
	if end := time.UnixMilli(w.ExpiresAt); !end.After(now) || end.After(now.Add(MaxLife)) {
		wrong["expires"] = "到期时间应在将来，且不超过 366 天"
	}
	if len(wrong) > 0 {
		return fault.InvalidFields(wrong, "令牌有 %d 处要更正", len(wrong))
	}
	return nil
}

// bounded refuses a token that may do more than the actor who creates it.
func bounded(by actor.Actor, t *Token) error {
	scope := t.Actor().Scope
	if !by.Covers(Write, scope) {
		return fault.New(fault.Forbidden, "新令牌的站点不能超出您自己的范围")
	}
	for _, p := range t.Permissions {
		if !by.Covers(Grant, scope) && !by.Covers(actor.Permission(p), scope) {
			return fault.New(fault.Forbidden, "您自己在这些站点没有权限 %s，不能授予别人", p)
		}
	}
	if by.Until != 0 && t.ExpiresAt > by.Until {
		return fault.New(fault.Forbidden, "新令牌的到期时间不能晚于您自己的有效期")
	}
	return nil
}

func hash(random string) string {
	sum := sha256.Sum256([]byte(random))
	return hex.EncodeToString(sum[:])
}

// Authenticate returns the valid token of a secret, or Unauthenticated.
func (d *Desk) Authenticate(ctx context.Context, secret string) (*Token, error) {
	refuse := func(reason string, id int64) error {
		d.Log.WarnContext(ctx, "token refused", "reason", reason, "token", id)
		return fault.New(fault.Unauthenticated, "令牌无效、已过期或已吊销。请核对令牌，或向平台管理员重新申请。")
	}
	rest, ok := strings.CutPrefix(secret, prefix)
	number, random, ok2 := strings.Cut(rest, "_")
	id, err := strconv.ParseInt(number, 10, 64)
	if !ok || !ok2 || err != nil {
		return nil, refuse("malformed", 0)
	}
	r := &row{}
	err = d.DB.Read().NewSelect().Model(r).Where("id = ?", id).Scan(ctx)
	if err != nil && !store.NotFound(err) {
		return nil, err
	}
	switch t := r.token(); { // an absent row has an empty hash, which nothing equals
	case subtle.ConstantTimeCompare([]byte(hash(random)), []byte(r.Hash)) != 1:
		return nil, refuse("unknown", 0)
	case t.RevokedAt != 0:
		return nil, refuse("revoked", t.ID)
	case !t.Live(d.Now().UnixMilli()):
		return nil, refuse("expired", t.ID)
	default:
		if err := d.used(ctx, t); err != nil { // informative only, no reason to refuse
			d.Log.WarnContext(ctx, "use of token not noted", "token", t.ID, "err", err)
		}
		return t, nil
	}
}

// used records the time of use, once a minute at most.
func (d *Desk) used(ctx context.Context, t *Token) error {
	now := d.Now().UnixMilli()
	if now-t.UsedAt < touch.Milliseconds() {
		return nil
	}
	t.UsedAt = now
	return d.DB.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*row)(nil)).Set("used_at = ?", now).Where("id = ? AND used_at < ?", t.ID,
			now).Exec(ctx)
		return err
	})
}

// List returns at most limit tokens whose scope is within the caller's, newest first. before is the id of the last
// token of the previous page; 0 begins with the newest.
func (d *Desk) List(ctx context.Context, before int64, limit int) ([]*Token, error) {
	by, err := actor.Allowed(ctx, Read)
	if err != nil {
		return nil, err
	}
	q := d.DB.Read().NewSelect().Order("id DESC")
	if before != 0 {
		q = q.Where("id < ?", before)
	}
	var rows []*row // a city has hundreds
	if err := q.Model(&rows).Scan(ctx); err != nil {
		return nil, err
	}
	var out []*Token
	for _, r := range rows {
		if t := r.token(); by.Covers(Read, t.Actor().Scope) && len(out) < limit {
			out = append(out, t)
		}
	}
	return out, nil
}

// Revoke revokes a token immediately. Revoking it again changes nothing.
func (d *Desk) Revoke(ctx context.Context, id int64) (err error) {
	defer fault.Annotate(&err, "token.Revoke(%d)", id)
	by, err := actor.Allowed(ctx, Write)
	if err != nil {
		return err
	}
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r := &row{}
		err := tx.NewSelect().Model(r).Where("id = ?", id).Scan(ctx)
		if store.NotFound(err) || err == nil && !by.Covers(Write, r.token().Actor().Scope) {
			return fault.New(fault.NotFound, "没有编号为 %d 的令牌，或您没有它的权限", id)
		}
		if err != nil || r.RevokedAt != 0 {
			return err
		}
		r.RevokedAt, r.RevokedBy = d.Now().UnixMilli(), by.String()
		if _, err = tx.NewUpdate().Model(r).Column("revoked_at", "revoked_by").WherePK().Exec(ctx); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Action: Write, Object: "token", ID: id, Detail: "吊销"})
	})
	if err == nil {
		d.Log.InfoContext(ctx, "token revoked", "token", id, "by", by.String())
	}
	return err
}
