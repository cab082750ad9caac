package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
)

const (
	retries      = 12 // attempts of one transaction
	firstBackoff = 4 * time.Millisecond
	lastBackoff  = 500 * time.Millisecond
)

type txKey struct{}

// running is the transaction carried by a context.
type running struct {
	db *DB
	tx bun.Tx

	mu    sync.Mutex
	done  bool
	fault error // of a nested call: the whole transaction must fail
	after []func()
}

// InTx runs fn in a write transaction and commits it when fn returns nil. A call
// inside a running transaction of the same DB joins it; when the inner fn fails the
// outer transaction cannot commit any more. fn is repeated when the engine asks for
// it (busy file, serialization failure, deadlock), at most 12 times, never after ctx ended.
func (db *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	return db.inTx(ctx, sql.LevelSerializable, fn)
}

// InTxReadCommitted is InTx at READ COMMITTED: every statement sees what was committed when it
// began. It is for work that takes row locks first (ForUpdate, SkipLocked), where a SERIALIZABLE
// transaction would fail instead of waiting or skipping, and for statements that are right each
// by itself. On SQLite, which has one writer at a time, it is InTx.
func (db *DB) InTxReadCommitted(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	return db.inTx(ctx, sql.LevelReadCommitted, fn)
}

func (db *DB) inTx(ctx context.Context, level sql.IsolationLevel, fn func(context.Context, bun.Tx) error) error {
	if outer := current(ctx); outer != nil && outer.db == db {
		err := fn(ctx, outer.tx)
		if err != nil {
			outer.doom(err)
		}
		return err
	}
	if !db.postgres {
		level = sql.LevelDefault
	}
	var after []func()
	err := retry(ctx, func() (err error) {
		after, err = db.once(ctx, level, fn)
		return err
	})
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		err = errors.Join(context.Cause(ctx), err) // database/sql rolled back because ctx ended
	}
	if err != nil {
		return err
	}
	for _, f := range after {
		f()
	}
	return nil
}

func (db *DB) once(ctx context.Context, level sql.IsolationLevel,
	fn func(context.Context, bun.Tx) error) (after []func(), err error) {
	tx, err := db.write.BeginTx(ctx, &sql.TxOptions{Isolation: level})
	if err != nil {
		return nil, err
	}
	run := &running{db: db, tx: tx}
	defer func() { // also when fn panics
		_, _ = run.finish()
		if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) && err == nil {
			err = rerr
		}
	}()
	if err := fn(context.WithValue(ctx, txKey{}, run), tx); err != nil {
		return nil, err
	}
	if after, err = run.finish(); err != nil {
		return nil, fault.Wrap(fault.KindOf(err), err, "操作未完成，已全部撤销，请重试。")
	}
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	return after, nil
}

// AfterCommit runs f after the transaction of ctx has really been committed, in the
// order given; never when it fails. Outside a transaction f runs at once.
func AfterCommit(ctx context.Context, f func()) {
	run := current(ctx)
	if run == nil {
		f()
		return
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	run.after = append(run.after, f)
}

// current returns the running transaction of ctx. A finished one does not count:
// its context may have been kept by a hook.
func current(ctx context.Context) *running {
	run, _ := ctx.Value(txKey{}).(*running)
	if run == nil {
		return nil
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	if run.done {
		return nil
	}
	return run
}

func (r *running) doom(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = errors.Join(r.fault, err)
}

func (r *running) finish() ([]func(), error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = true
	return r.after, r.fault
}

// retry repeats f while the engine says "try again".
func retry(ctx context.Context, f func() error) error {
	pause := firstBackoff
	for attempt := 1; ; attempt++ {
		err := f()
		if err == nil || !transient(err) || attempt == retries {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		case <-time.After(pause/2 + rand.N(pause)):
		}
		pause = min(2*pause, lastBackoff)
	}
}
