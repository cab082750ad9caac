package storetest

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
)

// Queries records the statements that a database executes, outside and inside of transactions.
type Queries struct {
	mu  sync.Mutex
	all []string
}

// Watch records all statements that db executes from now on.
func Watch(t testing.TB, db *store.DB) *Queries {
	t.Helper()
	q := &Queries{}
	Hook(t, db, q)
	return q
}

// Hook adds a query hook to both pools of db.
func Hook(t testing.TB, db *store.DB, h bun.QueryHook) {
	t.Helper()
	err := db.InTx(t.Context(), func(_ context.Context, tx bun.Tx) error {
		//lint:ignore SA1019 the pools are open already
		tx.NewSelect().DB().AddQueryHook(h)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read, ok := db.Read().(*bun.DB); ok {
		//lint:ignore SA1019 the pools are open already
		read.AddQueryHook(h)
	}
}

// BeforeQuery implements bun.QueryHook.
func (q *Queries) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery implements bun.QueryHook.
func (q *Queries) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = append(q.all, e.Query)
}

// Take returns the statements since the last call, without BEGIN, COMMIT and ROLLBACK.
func (q *Queries) Take() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []string
	for _, s := range q.all {
		if s != "BEGIN" && s != "COMMIT" && s != "ROLLBACK" {
			out = append(out, s)
		}
	}
	q.all = nil
	return out
}

// Count returns the number of statements that contain part.
func Count(statements []string, part string) (n int) {
	for _, s := range statements {
		if strings.Contains(s, part) {
			n++
		}
	}
	return n
}
