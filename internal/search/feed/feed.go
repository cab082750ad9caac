package feed

import (
	"context"
	"embed"
	"guiyi/internal/kernel/actor"
	"io/fs"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations returns the migrations of the tables of the feed.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrationFiles, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "search", FS: sub}
}

const (
	// KindIndex is the kind of the jobs that append rows. Each resource.Changed and site.Changed event makes one.
	KindIndex = "search.index"
	// KindTrim is the kind of the job that deletes old rows of the feed.
	KindTrim = "search.trim"

	batch  = 200                // maximum number of jobs in one transaction
	insert = 500                // maximum number of rows in one statement
	retain = 7 * 24 * time.Hour // rows older than this are deleted; an index that has not read them is rebuilt
)

// Feed reads and writes the list in the database.
type Feed struct {
	db   *store.DB
	now  func() time.Time
	wake func()
}

// Position is a place in a feed. The reader has processed all rows up to it.
type Position struct {
	Feed int64 `json:"feed"` // identifies the feed; a restored database gets a new one
	Seq  int64 `json:"seq"`
}

// Row names an item or a site to read again.
type Row struct {
	bun.BaseModel `bun:"table:search_feed"`

	Seq  int64 `bun:"seq,pk"`
	Item int64 `bun:"item"` // 0 when the row names a site
	Site int64 `bun:"site"` // 0 when the row names an item
	At   int64 `bun:"at"`   // unix milliseconds
}

type endRow struct {
	bun.BaseModel `bun:"table:search_feed_end,alias:search_feed_end"`

	ID   int   `bun:"id,pk"`
	Feed int64 `bun:"feed"`
	Seq  int64 `bun:"seq"`
}

// New returns the feed and registers its jobs on board. After every append it calls wake, which should notify the
// readers in all processes. wake may be nil.
func New(db *store.DB, board *jobs.Board, now func() time.Time, wake func()) *Feed {
	f := &Feed{db: db, now: now, wake: wake}
	if f.wake == nil {
		f.wake = func() {}
	}
	board.Handle(KindIndex, f.handle, jobs.HandleOptions{Queue: "search", Batch: batch,
		Permissions: []actor.Permission{Index}})
	board.Subscribe(resource.Changed, KindIndex)
	board.Subscribe(site.Changed, KindIndex)
	board.Handle(KindTrim, f.trim, jobs.HandleOptions{Queue: "search", Permissions: []actor.Permission{jobs.Maintain}})
	board.Cron(KindTrim, "17 * * * *", "", KindTrim)
	return f
}

// handle appends one row for each different item and site in a batch of events.
func (f *Feed) handle(ctx context.Context, events []jobs.Job) error {
	failed := map[int64]error{}
	var items, sites []int64
	for _, j := range events {
		var err error
		if j.Event == site.Changed {
			var e site.ChangedEvent
			err = j.Decode(&e)
			sites = append(sites, e.Site)
		} else {
			var e resource.ChangedEvent
			err = j.Decode(&e)
			for _, c := range e.Items {
				items = append(items, c.Item)
			}
		}
		if err != nil {
			failed[j.ID] = err
		}
	}
	slices.Sort(items)
	slices.Sort(sites)
	if err := f.Append(ctx, slices.Compact(items), slices.Compact(sites)); err != nil {
		return err
	}
	if len(failed) > 0 {
		return &jobs.Partial{Failed: failed}
	}
	return nil
}

// Append adds rows at the end. It locks the row of the end until the commit, so that rows become visible in the order
// of their numbers.
func (f *Feed) Append(ctx context.Context, items, sites []int64) (err error) {
	defer fault.Annotate(&err, "feed.Append(%d items, %d sites)", len(items), len(sites))
	n := int64(len(items) + len(sites))
	if n == 0 {
		return nil
	}
	return f.db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		end := endRow{ID: 1, Feed: store.NewID(), Seq: n}
		_, err := tx.NewInsert().Model(&end).On("CONFLICT (id) DO UPDATE").Set(
			"seq = search_feed_end.seq + EXCLUDED.seq").Returning("seq").Exec(ctx)
		if err != nil {
			return err
		}
		rows, seq, at := make([]Row, 0, n), end.Seq-n, f.now().UnixMilli()
		add := func(item, site int64) {
			seq++
			rows = append(rows, Row{Seq: seq, Item: item, Site: site, At: at})
		}
		for _, id := range items {
			add(id, 0)
		}
		for _, id := range sites {
			add(0, id)
		}
		for chunk := range slices.Chunk(rows, insert) {
			if _, err := tx.NewInsert().Model(&chunk).Exec(ctx); err != nil {
				return err
			}
		}
		store.AfterCommit(ctx, f.wake)
		return nil
	})
}

// End returns the position after the newest row.
func (f *Feed) End(ctx context.Context) (Position, error) {
	var end endRow
	err := f.db.Read().NewSelect().Model(&end).Where("id = 1").Scan(ctx)
	if !store.NotFound(err) {
		return Position{end.Feed, end.Seq}, err
	}
	end = endRow{ID: 1, Feed: store.NewID()} // the first reader of a new feed stores its number
	err = f.db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&end).On("CONFLICT (id) DO NOTHING").Exec(ctx); err != nil {
			return err
		}
		return tx.NewSelect().Model(&end).WherePK().Scan(ctx)
	})
	return Position{end.Feed, end.Seq}, err
}

// After returns up to limit rows after p. ok is false when rows after p are missing. Then p belongs to another
// feed, p is after its end, or the next row is already deleted.
func (f *Feed) After(ctx context.Context, p Position, limit int64) (rows []Row, ok bool, err error) {
	end, err := f.End(ctx)
	if err != nil || end == p {
		return nil, true, err
	}
	if end.Feed != p.Feed || end.Seq < p.Seq {
		return nil, false, nil
	}
	err = f.db.Read().NewSelect().Model(&rows).Where("seq > ?", p.Seq).Order("seq").Limit(limit).Scan(ctx)
	return rows, err != nil || len(rows) > 0 && rows[0].Seq == p.Seq+1, err
}

// Restart gives the feed of a restored database a new number. The row numbers that were used after the backup will be
// used again, for other rows. An index that has read the old rows must not count as up to date.
func Restart(ctx context.Context, db *store.DB) error {
	return db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*endRow)(nil)).Set("feed = ?", store.NewID()).Where("id = 1").Exec(ctx)
		return err
	})
}

// trim deletes rows that are older than retain.
func (f *Feed) trim(ctx context.Context, _ []jobs.Job) error {
	return f.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// Delete all rows up to the last old one: the clocks of workers differ, and the numbers must have no gaps.
		_, err := tx.NewDelete().Model((*Row)(nil)).
			Where("seq <= (SELECT COALESCE(MAX(seq), 0) FROM search_feed WHERE at < ?)",
				f.now().Add(-retain).UnixMilli()).Exec(ctx)
		return err
	})
}
