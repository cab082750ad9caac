package api

import (
	"context"
	"embed"
	"guiyi/internal/kernel/actor"
	"io/fs"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations returns the migrations of this package.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrationFiles, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "api", FS: sub}
}

type answerRow struct {
	bun.BaseModel `bun:"table:api_answer"`

	Actor      string `bun:"actor,pk"`
	Key        string `bun:"key,pk"`
	Request    string `bun:"request"`
	Status     int    `bun:"status"`
	Header     string `bun:"header"`
	Body       string `bun:"body"`
	LeaseUntil int64  `bun:"lease_until"`
	CreatedAt  int64  `bun:"created_at"`
}

// insert adds the row of an idempotency key. It returns false if the key exists already.
func insert(ctx context.Context, tx bun.Tx, row *answerRow) (inserted bool, err error) {
	res, err := tx.NewInsert().Model(row).On("CONFLICT (actor, key) DO NOTHING").Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// JobSweep is the kind of job that deletes old stored responses.
const JobSweep = "api.sweep"

// Sweep registers an hourly job that deletes stored responses after 24 hours.
func Sweep(board *jobs.Board, db *store.DB, now func() time.Time) {
	board.Handle(JobSweep, func(ctx context.Context, _ []jobs.Job) error {
		return db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewDelete().Model((*answerRow)(nil)).Where("created_at < ?",
				now().Add(-keepAnswers).UnixMilli()).Exec(ctx)
			return err
		})
	}, jobs.HandleOptions{Permissions: []actor.Permission{jobs.Maintain}})
	board.Cron(JobSweep, "17 * * * *", "", JobSweep)
}
