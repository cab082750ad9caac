package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

type sealRow struct {
	bun.BaseModel `bun:"table:audit_seal,alias:s"`

	Seq   int64  `bun:"seq,pk"`
	RowID int64  `bun:"row_id"`
	Hash  string `bun:"hash"`
}

// Head is the newest link of the chain.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Chain seals and verifies the rows of a database.
type Chain struct {
	DB   *store.DB
	File string // file outside the database with the head; "" = none
	Log  *slog.Logger

	failing bool // the last Tick failed; used by Run only
}

// sealBatch is how many rows are sealed in one transaction.
const sealBatch = 500

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

// Tick seals once. A lasting failure is logged once, and so is its end.
func (c *Chain) Tick(ctx context.Context) {
	switch _, err := c.Seal(ctx); {
	case ctx.Err() != nil:
	case err != nil && !c.failing:
		c.Log.WarnContext(ctx, "audit rows are not sealed; tried again every second", "err", err)
		c.failing = true
	case err == nil && c.failing:
		c.Log.InfoContext(ctx, "audit rows are sealed again")
		c.failing = false
	}
}

// Seal gives all committed rows their place in the chain and returns how many there were.
func (c *Chain) Seal(ctx context.Context) (n int, err error) {
	for {
		// Read first: most of the time there is nothing to seal, and the write lock is not needed.
		waiting, last, err := unsealed(ctx, c.DB.Read(), 1)
		if err != nil || len(waiting) == 0 && last.Seq == 0 {
			return n, err
		}
		if len(waiting) == 0 {
			return n, c.note(Head{last.Seq, last.Hash}) // an earlier write may have failed on a full disk
		}
		some := 0
		head := Head{}
		err = c.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			some, head, err = sealSome(ctx, tx)
			return err
		})
		if err != nil {
			return n, err
		}
		if some > 0 {
			if err := c.note(head); err != nil {
				return n, err
			}
		}
		if n += some; some < sealBatch {
			return n, nil
		}
	}
}

// slack is how much older than the newest sealed row a row may be that is committed later: ids are assigned before
// the commit.
const slack = int64(time.Hour/time.Millisecond) << 22

// unsealed returns committed rows without a place in the chain, oldest first, and the newest link.
func unsealed(ctx context.Context, db bun.IDB, limit int64) (rows []Row, last sealRow, err error) {
	err = db.NewSelect().Model(&last).OrderExpr("seq DESC").Limit(1).Scan(ctx)
	if err != nil && !store.NotFound(err) {
		return nil, last, err
	}
	var newest int64
	if err := db.NewRaw("SELECT coalesce(max(row_id), 0) FROM audit_seal WHERE seq > ?", last.Seq-sealBatch).
		Scan(ctx, &newest); err != nil {
		return nil, last, err
	}
	err = db.NewSelect().Model(&rows).Where("r.id > ?", newest-slack).
		Where("NOT EXISTS (SELECT 1 FROM audit_seal AS s WHERE s.row_id = r.id)").
		OrderExpr("r.id").Limit(limit).Scan(ctx)
	return rows, last, err
}

func sealSome(ctx context.Context, tx bun.Tx) (n int, head Head, err error) {
	rows, last, err := unsealed(ctx, tx, sealBatch)
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

// note writes the head to the file, unless a later one is there. Of two concurrent writers one wins; both heads are
// valid.
func (c *Chain) note(h Head) error {
	if c.File == "" {
		return nil
	}
	if had, err := c.noted(); err == nil && had.Seq >= h.Seq {
		return nil
	}
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.File), 0o750); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(c.File), ".audit-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), c.File)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// noted reads the head from the file; zero when none was written.
func (c *Chain) noted() (h Head, err error) {
	if c.File == "" {
		return h, nil
	}
	b, err := os.ReadFile(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &h)
	}
	return h, err
}

// Report is what Verify found.
type Report struct {
	Sealed   int64    // rows whose place in the chain was verified
	Unsealed int64    // rows that have none yet
	Faults   []string // the first maxFaults, in words
	Broken   int64    // all of them
}

const maxFaults = 20

func (r *Report) fault(format string, a ...any) {
	if r.Broken++; r.Broken <= maxFaults {
		r.Faults = append(r.Faults, fmt.Sprintf(format, a...))
	}
}

// Verify reads the whole chain and reports which rows were changed.
func (c *Chain) Verify(ctx context.Context) (rep Report, err error) {
	noted, err := c.noted()
	if err != nil {
		return rep, fault.Wrap(fault.Invalid, err, "审计链的水位文件 %s 读不了，可能被改动", c.File)
	}
	err = c.DB.Snapshot(ctx, func(ctx context.Context, tx bun.IDB) error {
		head, err := walk(ctx, tx, &rep, noted)
		if err != nil {
			return err
		}
		if noted.Seq > head.Seq {
			rep.fault("链的末尾被截去：水位文件记到第 %d 条，库里只到第 %d 条", noted.Seq, head.Seq)
		}
		total := int64(0)
		err = tx.NewRaw("SELECT count(*) FROM audit_row AS r WHERE NOT EXISTS"+
			" (SELECT 1 FROM audit_seal AS s WHERE s.row_id = r.id)").Scan(ctx, &total)
		rep.Unsealed = total
		return err
	})
	return rep, err
}

// link is a seal with its row; ID is 0 when the row is missing.
type link struct {
	sealRow
	Row Row
}

// walk follows the chain from its first link to its last.
func walk(ctx context.Context, tx bun.IDB, rep *Report, noted Head) (head Head, err error) {
	for {
		links, err := linksAfter(ctx, tx, head.Seq)
		if err != nil || len(links) == 0 {
			return head, err
		}
		for _, l := range links {
			rep.Sealed++
			switch {
			case l.Seq != head.Seq+1:
				rep.fault("第 %d 条之后缺少 %d 条封记", head.Seq, l.Seq-head.Seq-1)
			case l.Row.ID == 0:
				rep.fault("第 %d 条记录（编号 %d）被删除", l.Seq, l.RowID)
			case l.Row.hash(head.Hash) != l.Hash:
				rep.fault("第 %d 条记录（编号 %d，%s）与封记不符，记录或封记被改动", l.Seq, l.RowID, l.Row.Action)
			}
			if l.Seq == noted.Seq && l.Hash != noted.Hash {
				rep.fault("第 %d 条的封记与水位文件不同，整条链可能被重新计算过", l.Seq)
			}
			head = Head{l.Seq, l.Hash}
		}
	}
}

func linksAfter(ctx context.Context, tx bun.IDB, seq int64) ([]link, error) {
	var seals []sealRow
	if err := tx.NewSelect().Model(&seals).Where("seq > ?", seq).OrderExpr("seq").Limit(sealBatch).
		Scan(ctx); err != nil || len(seals) == 0 {
		return nil, err
	}
	ids := make([]int64, len(seals))
	for i, s := range seals {
		ids[i] = s.RowID
	}
	var rows []Row
	if err := tx.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	by := map[int64]Row{}
	for _, r := range rows {
		by[r.ID] = r
	}
	out := make([]link, len(seals))
	for i, s := range seals {
		out[i] = link{s, by[s.RowID]}
	}
	return out, nil
}
