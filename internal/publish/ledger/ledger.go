package ledger

import (
	"context"
	"errors"
	"iter"
	"math"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/manifest"
)

type row struct {
	bun.BaseModel `bun:"table:publish_ledger"`

	SiteID   int64  `bun:"site_id,pk"`
	Revision int64  `bun:"revision,pk"`
	Head     string `bun:"head"`
	Hash     string `bun:"hash"`
	At       int64  `bun:"at"`
}

// head parses the head and checks its stored hash.
func (r *row) head() (manifest.Head, error) {
	h, err := manifest.ParseHead([]byte(r.Head))
	if err == nil && h.Hash().String() != r.Hash {
		err = fault.New(fault.Conflict, "账本第 %d 版的散列与内容不符", r.Revision)
	}
	return h, err
}

// ErrTaken means that the revision exists already: another process has made it.
var ErrTaken = errors.New("ledger: the revision exists")

// Append adds a head to the ledger of a site, or returns ErrTaken.
func Append(ctx context.Context, tx bun.Tx, site int64, h manifest.Head) error {
	r := row{
		SiteID:   site,
		Revision: h.Revision,
		Head:     string(h.Encode()),
		Hash:     h.Hash().String(),
		At:       h.At,
	}
	_, err := tx.NewInsert().Model(&r).Exec(ctx)
	if store.UniqueViolation(err) {
		return errors.Join(ErrTaken, err)
	}
	return err
}

// Revision returns one head of a site, or fault.NotFound. Its signature is not checked.
func Revision(ctx context.Context, db bun.IDB, site, revision int64) (manifest.Head, error) {
	r := new(row)
	err := db.NewSelect().Model(r).Where("site_id = ? AND revision = ?", site, revision).Scan(ctx)
	if store.NotFound(err) {
		return manifest.Head{}, fault.New(fault.NotFound, "没有第 %d 版", revision)
	}
	if err != nil {
		return manifest.Head{}, err
	}
	return r.head()
}

// chunk is the number of heads per query.
const chunk = 200

// Between yields the heads of a site with revisions above after and at most upTo, oldest first. It stops at the first
// error.
func Between(ctx context.Context, db bun.IDB, site, after, upTo int64) iter.Seq2[manifest.Head, error] {
	return func(yield func(manifest.Head, error) bool) {
		for {
			var rows []row
			err := db.NewSelect().Model(&rows).Where("site_id = ? AND revision > ? AND revision <= ?", site, after,
				upTo).
				Order("revision").Limit(chunk).Scan(ctx)
			if err != nil {
				yield(manifest.Head{}, err)
				return
			}
			if len(rows) == 0 {
				return
			}
			for i := range rows {
				if !yield(rows[i].head()) {
					return
				}
			}
			after = rows[len(rows)-1].Revision
		}
	}
}

// All yields all heads of a site, oldest first.
func All(ctx context.Context, db bun.IDB, site int64) iter.Seq2[manifest.Head, error] {
	return Between(ctx, db, site, 0, math.MaxInt64)
}

// Before returns at most limit heads of a site with revisions below before (0: no bound), newest first.
func Before(ctx context.Context, db bun.IDB, site, before int64, limit int) ([]manifest.Head, error) {
	var rows []row
	q := db.NewSelect().Model(&rows).Where("site_id = ?", site).Order("revision DESC").Limit(int64(limit))
	if before != 0 {
		q = q.Where("revision < ?", before)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]manifest.Head, len(rows))
	for i := range rows {
		var err error
		if out[i], err = rows[i].head(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// InForce returns the revision of a site that was the newest one at a time (unix milliseconds), or 1 for a time before
// the first revision.
func InForce(ctx context.Context, db bun.IDB, site, at int64) (revision int64, err error) {
	err = db.NewSelect().Model((*row)(nil)).ColumnExpr("coalesce(max(revision), 1)").Where("site_id = ? AND at <= ?",
		site, at).Scan(ctx, &revision)
	return revision, err
}
