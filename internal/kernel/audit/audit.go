package audit

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations returns the migrations of the two tables.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrations, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "audit", FS: sub}
}

// Read is the permission to read the audit rows of the sites in the actor's scope.
const Read actor.Permission = "audit.read" // 查看审计记录

// Entry describes a change. The caller must not put secrets or personal data of citizens into it. A reason that an
// officer gives is stored as written.
type Entry struct {
	Action actor.Permission // the permission that the change required
	Object string           // kind of the changed object: "site", "column", "item", "token", …
	ID     int64            // of the object
	Owner  int64            // id of the site that the object belongs to; 0 = none
	// Detail says briefly what changed. It must not contain a blob's hash: a blob named in the database is never
	// removed.
	Detail string
}

// Row is an entry as stored in audit_row.
type Row struct {
	bun.BaseModel `bun:"table:audit_row,alias:r"`

	ID      int64      `bun:"id,pk"`
	At      int64      `bun:"at"` // unix ms
	Kind    actor.Kind `bun:"kind"`
	Actor   string     `bun:"actor"`
	Action  string     `bun:"action"`
	Object  string     `bun:"object"`
	Number  int64      `bun:"number"`
	Owner   int64      `bun:"owner"`
	Detail  string     `bun:"detail"`
	Request string     `bun:"request"`
}

// maxDetail is the maximum length of a detail, in bytes.
const maxDetail = 1000

type requestKey struct{}

// WithRequest stores the request id in the context. Append writes it into the rows.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// Append adds a row for each entry in the transaction of the change. It takes the actor from the context. When there is
// none, it returns a Forbidden fault.
func Append(ctx context.Context, tx bun.IDB, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	who, err := actor.From(ctx)
	if err != nil {
		return err
	}
	request, _ := ctx.Value(requestKey{}).(string)
	rows := make([]Row, len(entries))
	for i, e := range entries {
		rows[i] = Row{
			ID:      store.NewID(),
			At:      store.NowMilli(),
			Kind:    who.Kind,
			Actor:   who.ID,
			Action:  string(e.Action),
			Object:  e.Object,
			Number:  e.ID,
			Owner:   e.Owner,
			Detail:  clip(e.Detail),
			Request: request,
		}
	}
	_, err = tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

// clip truncates a text to maxDetail bytes. It replaces invalid UTF-8 and removes NUL.
func clip(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "")
	for len(s) > maxDetail {
		_, n := utf8.DecodeLastRuneInString(s[:maxDetail+1])
		s = s[:maxDetail+1-n]
	}
	return s
}

// hash returns the hash of a row in the chain. It hashes the previous hash and every field of the row. Integers have
// 8 bytes; texts are prefixed by their length.
func (r *Row) hash(previous string) string {
	h := sha256.New()
	part := func(s string) {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s))))
		h.Write([]byte(s))
	}
	number := func(n int64) { h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	part(previous)
	number(r.ID)
	number(r.At)
	number(r.Number)
	number(r.Owner)
	for _, s := range []string{string(r.Kind), r.Actor, r.Action, r.Object, r.Detail, r.Request} {
		part(s)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Filter selects rows within the caller's scope.
type Filter struct {
	Owner  int64  // id of a site; 0 = every site in the scope
	Object string // kind of object; "" = all
	ID     int64  // of the object; 0 = all
	Before int64  // only rows with a smaller id; 0 = from the newest row
	Limit  int64
}

// List returns the selected rows, newest first. It requires the permission Read.
func List(ctx context.Context, db bun.IDB, f Filter) ([]Row, error) {
	who, err := actor.Allowed(ctx, Read)
	if err != nil {
		return nil, err
	}
	rows := []Row{}
	q := who.Scope.Where(db.NewSelect().Model(&rows), "owner").OrderExpr("id DESC").Limit(f.Limit)
	if f.Owner != 0 {
		q = q.Where("owner = ?", f.Owner)
	}
	if f.Object != "" {
		q = q.Where("object = ?", f.Object)
	}
	if f.ID != 0 {
		q = q.Where("number = ?", f.ID)
	}
	if f.Before != 0 {
		q = q.Where("id < ?", f.Before)
	}
	return rows, q.Scan(ctx)
}

// Since returns the rows of every owner with an id above id, newest first, at most limit. It asks for no permission:
// the caller is code of the platform that decides itself who learns of the rows.
func Since(ctx context.Context, db bun.IDB, id int64, limit int) ([]Row, error) {
	rows := []Row{}
	err := db.NewSelect().Model(&rows).Where("id > ?", id).OrderExpr("id DESC").Limit(int64(limit)).Scan(ctx)
	return rows, err
}
