package lease

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

// Migrations returns the migrations of this package.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrations, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "hold", FS: sub}
}

// TTL is the time after which a lease expires unless it is renewed.
const TTL = 15 * time.Minute

type row struct {
	bun.BaseModel `bun:"table:hold_copy"`

	ID     int64  `bun:"id,pk"`
	Reason string `bun:"reason"`
	Until  int64  `bun:"until"` // unix milliseconds
}

// Lease is a lease acquired by this process.
type Lease struct {
	db  *store.DB
	id  int64
	now func() time.Time
}

// Acquire creates a lease. The reason is shown to users whose request to remove blobs is refused meanwhile. Several
// leases may be active at once.
func Acquire(ctx context.Context, db *store.DB, reason string, now func() time.Time) (*Lease, error) {
	l := &Lease{db: db, id: store.NewID(), now: now}
	err := db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r := row{ID: l.id, Reason: reason, Until: l.until()}
		if _, err := tx.NewDelete().Model((*row)(nil)).Where("until <= ?", now().UnixMilli()).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&r).Exec(ctx)
		return err
	})
	return l, err
}

func (l *Lease) until() int64 { return l.now().Add(TTL).UnixMilli() }

// Renew extends the lease to TTL from now. It returns a fault.Conflict if the lease has expired: blobs may have been
// removed since, so the copy must start again.
func (l *Lease) Renew(ctx context.Context) error {
	return l.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().Model((*row)(nil)).Set("until = ?", l.until()).Where("id = ? AND until > ?", l.id,
			l.now().UnixMilli()).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return fault.New(fault.Conflict, "保留已经过期，期间可能有文件被清理，请重新开始")
	})
}

// Release ends the lease. It may be called twice, and with a context that has ended.
func (l *Lease) Release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	return l.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*row)(nil)).Where("id = ?", l.id).Exec(ctx)
		return err
	})
}

// Active returns the reason of an active lease, or "" if there is none. In a transaction the result is valid until the
// commit.
func Active(ctx context.Context, db bun.IDB, now time.Time) (string, error) {
	var r row
	err := db.NewSelect().Model(&r).Where("until > ?", now.UnixMilli()).OrderExpr("until DESC").Limit(1).Scan(ctx)
	if store.NotFound(err) {
		return "", nil
	}
	return r.Reason, err
}
