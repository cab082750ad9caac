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

// Head is a link of the chain; by default the newest one.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Chain seals and verifies the rows of a database.
type Chain struct {
	DB   *store.DB
	File string // file outside the database with the head; "" = none
	Log  *slog.Logger

	ticks   int  // used by Run only, like failing
	failing bool // the last Tick failed
}

const (
	sealBatch = 500  // rows sealed in one transaction
	sweep     = 3600 // every so many ticks, rows of any age are sealed
)

// Run seals what is committed, at once and then every second, until ctx ends.
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

// Tick seals once. The first tick, and then one an hour, also seals rows with old ids. A repeated failure is logged
// once, and so is the recovery.
func (c *Chain) Tick(ctx context.Context) {
	_, err := c.seal(ctx, c.ticks%sweep == 0)
	c.ticks++
	switch {
	case ctx.Err() != nil:
	case err != nil && !c.failing:
		if errors.Is(err, ErrHead) {
			c.Log.ErrorContext(ctx, "audit chain and its head file disagree: run guiyi audit verify", "err", err)
		} else {
			c.Log.WarnContext(ctx, "audit rows are not sealed; tried again every second", "err", err)
		}
		c.failing = true
	case err == nil && c.failing:
		c.Log.InfoContext(ctx, "audit rows are sealed again")
		c.failing = false
	}
}

// Seal adds committed rows to the chain and returns how many. Rows whose id is not above idFloor are left to the hourly
// tick of Run.
func (c *Chain) Seal(ctx context.Context) (n int, err error) { return c.seal(ctx, false) }

func (c *Chain) seal(ctx context.Context, all bool) (n int, err error) {
	for {
		// Read first: most of the time there is nothing to seal, and the write lock is not needed.
		waiting, last, err := unsealed(ctx, c.DB.Read(), 1, all)
		if err != nil || len(waiting) == 0 && last.Seq == 0 {
			return n, err
		}
		if len(waiting) == 0 {
			return n, c.note(ctx, Head{last.Seq, last.Hash}) // an earlier write may have failed on a full disk
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
			return n, c.note(ctx, head)
		}
	}
}

// maxCommitDelay is the largest expected age of an id at its commit: ids are assigned before the commit, so a row may
// be committed after one with a newer id was sealed.
const maxCommitDelay = time.Hour

// idFloor returns the id above which a normal tick seals rows: that of maxCommitDelay before now or before the newest
// sealed row, whichever is earlier. Now counts because the clock may have been ahead and then corrected.
func idFloor(newest int64) int64 {
	now := store.IDAt(store.NowMilli())
	return min(newest, now) - (store.IDAt(maxCommitDelay.Milliseconds()) - store.IDAt(0))
}

// unsealed returns committed rows without a place in the chain, oldest first, and the newest link.
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
