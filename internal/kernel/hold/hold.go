package hold

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations returns the table of this package.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrations, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "hold", FS: sub}
}

// TTL is how long a hold lasts without being renewed.
const TTL = 15 * time.Minute

type row struct {
	bun.BaseModel `bun:"table:hold_copy"`

	ID     int64  `bun:"id,pk"`
	Reason string `bun:"reason"`
	Until  int64  `bun:"until"`
}

// Hold is a hold taken by this process.
type Hold struct {
	db  *store.DB
	id  int64
	now func() time.Time
}

// Take begins a hold. Reason is shown to whoever wants to remove bytes meanwhile.
func Take(ctx context.Context, db *store.DB, reason string, now func() time.Time) (*Hold, error) {
	h := &Hold{db: db, id: store.NewID(), now: now}
	err := db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r := row{ID: h.id, Reason: reason, Until: h.until()}
		if _, err := tx.NewDelete().Model((*row)(nil)).Where("until <= ?", now().UnixMilli()).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&r).Exec(ctx)
		return err
	})
	return h, err
}

func (h *Hold) until() int64 { return h.now().Add(TTL).UnixMilli() }

// Renew prolongs the hold by TTL from now. A hold that ended meanwhile is a Conflict: bytes may
// have been removed since, the copy must begin anew.
func (h *Hold) Renew(ctx context.Context) error {
	return h.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().Model((*row)(nil)).Set("until = ?", h.until()).Where("id = ? AND until > ?", h.id,
			h.now().UnixMilli()).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return fault.New(fault.Conflict, "保留已经过期，期间可能有文件被清理，请重新开始")
	})
}

// Release ends the hold. It may be called twice, and after its context ended.
func (h *Hold) Release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	return h.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*row)(nil)).Where("id = ?", h.id).Exec(ctx)
		return err
	})
}

// Active returns the reason of a hold in force, "" when there is none. Inside a transaction the
// answer holds until it commits.
func Active(ctx context.Context, db bun.IDB, now time.Time) (string, error) {
	var r row
	err := db.NewSelect().Model(&r).Where("until > ?", now.UnixMilli()).OrderExpr("until DESC").Limit(1).Scan(ctx)
	if store.NotFound(err) {
		return "", nil
	}
	return r.Reason, err
}
