package jobs_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

// BenchmarkJobs measures one job: enqueued in its own transaction, or together with 99 others, and processed in
// batches of 100. Run: test/pg.sh go test -bench Jobs -run - ./internal/kernel/jobs
func BenchmarkJobs(b *testing.B) {
	for name, fresh := range map[string]func(testing.TB, ...store.Migrations) string{
		"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			db := storetest.Open(b, fresh(b))
			if err := db.Migrate(b.Context(), jobs.Migrations()); err != nil {
				b.Fatal(err)
			}
			board := jobs.New(db, jobs.Options{})
			board.Handle("k", func(context.Context, []jobs.Job) error { return nil }, jobs.HandleOptions{Batch: 100})
			b.Run("enqueue", func(b *testing.B) { enqueue(b, db, board, b.N, 1) })
			b.Run("enqueue 100", func(b *testing.B) { enqueue(b, db, board, b.N, 100) })
			if err := board.Drain(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.Run("work", func(b *testing.B) {
				b.StopTimer()
				enqueue(b, db, board, b.N, 1000)
				b.StartTimer()
				if err := board.Drain(b.Context()); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

func enqueue(b *testing.B, db *store.DB, board *jobs.Board, n, each int) {
	for from := 0; from < n; from += each {
		list := make([]jobs.Job, min(each, n-from))
		for i := range list {
			list[i] = jobs.Job{Kind: "k", UniqueKey: fmt.Sprint(b.Name(), b.N, from+i)}
		}
		err := db.InTx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
			return board.Enqueue(ctx, tx, list...)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
