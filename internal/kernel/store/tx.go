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
	maxAttempts  = 12 // of one transaction
	firstBackoff = 4 * time.Millisecond
	maxBackoff   = 500 * time.Millisecond
)

type txKey struct{}

// running is a running transaction, stored in a context.
type running struct {
	db *DB
	tx bun.Tx

	mu    sync.Mutex
	done  bool
	fault error    // error of a nested call; the transaction cannot commit
	after []func() // see AfterCommit
}

// InTx runs fn in a write transaction and commits it when fn returns nil. If ctx already contains a transaction of
// db, fn runs in that one; when fn then fails, the outer transaction cannot commit. After a busy file, a
// serialization failure or a deadlock, InTx repeats fn, at most 12 times and not after ctx has ended.
func (db *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	return db.inTx(ctx, sql.LevelSerializable, fn)
}

// InTxReadCommitted is InTx with the isolation level READ COMMITTED: every statement sees what was committed before
// the statement began. Use it for transactions that lock rows first (ForUpdate, SkipLocked), because a SERIALIZABLE
// transaction would fail there. Also use it for statements that do not depend on earlier reads. On SQLite it is the
// same as InTx.
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

// AfterCommit runs f after the commit of the transaction in ctx, in the order of the calls. f does not run if the
// transaction fails. Without a transaction f runs immediately.
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

// current returns the running transaction in ctx. It returns nil when that transaction has ended: a function given to
// AfterCommit may still use its context.
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

// doom makes the commit of the transaction impossible.
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

// retry repeats f while it returns a transient error, at most maxAttempts times.
func retry(ctx context.Context, f func() error) error {
	pause := firstBackoff
	for attempt := 1; ; attempt++ {
		err := f()
		if err == nil || !transient(err) || attempt == maxAttempts {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		case <-time.After(pause/2 + rand.N(pause)):
		}
		pause = min(2*pause, maxBackoff)
	}
}
