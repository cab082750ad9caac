package audit

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
)

type sealRow struct {
	bun.BaseModel `bun:"table:audit_seal,alias:s"`

	Seq   int64  `bun:"seq,pk"`
	RowID int64  `bun:"row_id"`
	Hash  string `bun:"hash"`
}

// Head is the number and hash of a link of the chain, usually of the newest one.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Chain seals and verifies the rows of a database.
type Chain struct {
	DB   *store.DB
	File string // path of the head file; "" = none
	Log  *slog.Logger

	ticks   int  // number of calls of Tick
	failing bool // the last Tick failed
}

const (
	sealBatch = 500  // rows sealed in one transaction
	sweep     = 3600 // number of ticks between two ticks that seal rows of any age
)

// Run seals committed rows immediately and then every second, until ctx ends.
func (c *Chain) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		c.Tick(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Tick seals committed rows once. The first tick, and then one tick per hour, also seals rows with old ids (see
// idFloor). Of consecutive failures, Tick logs the first one. It also logs the recovery.
func (c *Chain) Tick(ctx context.Context) {
	_, err := c.seal(ctx, c.ticks%sweep == 0)
	c.ticks++
	switch {
	case ctx.Err() != nil:
	case err != nil && !c.failing:
		if errors.Is(err, ErrHead) {
			c.Log.ErrorContext(ctx, "audit chain does not match its head file; run guiyi audit verify", "err", err)
		} else {
			c.Log.WarnContext(ctx, "audit rows cannot be sealed; retrying every second", "err", err)
		}
		c.failing = true
	case err == nil && c.failing:
		c.Log.InfoContext(ctx, "audit rows are sealed again")
		c.failing = false
	}
}

// Seal adds committed rows to the chain and returns how many. It leaves out rows whose id is not above idFloor; the
// hourly tick of Run seals them.
func (c *Chain) Seal(ctx context.Context) (n int, err error) { return c.seal(ctx, false) }

func (c *Chain) seal(ctx context.Context, all bool) (n int, err error) {
	for {
		// Read first: usually there is nothing to seal and no need for the write lock.
		waiting, last, err := unsealed(ctx, c.DB.Read(), 1, all)
		if err != nil || len(waiting) == 0 && last.Seq == 0 {
			return n, err
		}
		if len(waiting) == 0 {
			return n, c.recordHead(ctx, Head{last.Seq, last.Hash}) // an earlier write of the head file may have failed
		}
		some := 0
		head := Head{}
		err = c.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			some, head, err = sealSome(ctx, tx, all)
			return err
		})
		if err != nil {
			return n, err
		}
		if n += some; some < sealBatch {
			return n, c.recordHead(ctx, head)
		}
	}
}

// maxCommitDelay is the longest expected time between the creation of an id and the commit of its row. Within this time
// a row may be committed after a row with a newer id was sealed.
const maxCommitDelay = time.Hour

// idFloor returns the id above which a normal tick seals rows. It is maxCommitDelay older than the current time or the
// newest sealed row, whichever is earlier. The newest sealed row may be in the future if the clock was ahead.
func idFloor(newest int64) int64 {
	now := store.IDAt(store.NowMilli())
	return min(newest, now) - (store.IDAt(maxCommitDelay.Milliseconds()) - store.IDAt(0))
}

// unsealed returns committed rows that are not in the chain, oldest first, and the newest link of the chain.
func unsealed(ctx context.Context, db bun.IDB, limit int64, all bool) (rows []Row, last sealRow, err error) {
	err = db.NewSelect().Model(&last).OrderExpr("seq DESC").Limit(1).Scan(ctx)
	if err != nil && !store.NotFound(err) {
		return nil, last, err
	}
	var newest int64
	if err := db.NewRaw("SELECT coalesce(max(row_id), 0) FROM audit_seal WHERE seq > ?", last.Seq-sealBatch).
		Scan(ctx, &newest); err != nil {
		return nil, last, err
	}
	q := db.NewSelect().Model(&rows).Where("NOT EXISTS (SELECT 1 FROM audit_seal AS s WHERE s.row_id = r.id)").
		OrderExpr("r.id").Limit(limit)
	if !all {
		q = q.Where("r.id > ?", idFloor(newest))
	}
	return rows, last, q.Scan(ctx)
}

func sealSome(ctx context.Context, tx bun.Tx, all bool) (n int, head Head, err error) {
	rows, last, err := unsealed(ctx, tx, sealBatch, all)
	if err != nil || len(rows) == 0 {
		return 0, Head{last.Seq, last.Hash}, err
	}
	seals := make([]sealRow, len(rows))
	for i := range rows {
		last = sealRow{Seq: last.Seq + 1, RowID: rows[i].ID, Hash: rows[i].hash(last.Hash)}
		seals[i] = last
	}
	_, err = tx.NewInsert().Model(&seals).Exec(ctx)
	return len(rows), Head{last.Seq, last.Hash}, err
}
