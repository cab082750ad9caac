// Package recycle (回收站到期) removes items that were discarded long ago, with everything that hangs on them. How long
// they are kept is the rule row resource.discard.days. It runs as a job once a night and deletes rows of the resource_
// tables; package resource puts items into the recycle bin and takes them out.
package recycle

import (
	"context"
	_ "embed"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource"
)

//go:embed rules.yaml
var ruleText []byte

// Job is the kind of the job.
const Job = "resource.purge"

// atOnce is the maximum number of items that one transaction removes.
const atOnce = 100

// Days returns how many days a discarded item is kept, by the rules valid at now.
func Days(now time.Time) (int, error) {
	rows, err := rule.Parse(ruleText)
	if err != nil {
		return 0, err
	}
	return rule.NewBook(rows).Int("resource.discard.days", now)
}

// Schedule registers the job and its time.
func Schedule(db *store.DB, board *jobs.Board, now func() time.Time) {
	board.Handle(Job, func(ctx context.Context, _ []jobs.Job) error { return purge(ctx, db, now()) },
		jobs.HandleOptions{Queue: "resource", Permissions: []actor.Permission{resource.Write}})
	board.Cron(Job, "20 3 * * *", "", Job)
}

func purge(ctx context.Context, db *store.DB, now time.Time) error {
	days, err := Days(now)
	if err != nil {
		return err
	}
	for n := atOnce; n == atOnce; {
		if n, err = purgeSome(ctx, db, now.AddDate(0, 0, -days).UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

// purgeSome removes at most atOnce items that were discarded before a time. Items with an approval stay: it records
// what somebody decided.
func purgeSome(ctx context.Context, db *store.DB, before int64) (n int, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []struct{ ID, Owner int64 }
		if err := tx.NewSelect().TableExpr("resource_item AS i").Column("id", "owner").
			Where("state = ? AND updated_at < ?", resource.Discarded, before).
			Where("NOT EXISTS (SELECT 1 FROM resource_approval AS a WHERE a.item_id = i.id)").
			OrderExpr("id").Limit(atOnce).Scan(ctx, &rows); err != nil {
			return err
		}
		if n = len(rows); n == 0 {
			return nil
		}
		ids, entries := make([]int64, n), make([]audit.Entry, n)
		for i, r := range rows {
			ids[i] = r.ID
			entries[i] = audit.Entry{
				Action: resource.Write,
				Object: "item",
				ID:     r.ID,
				Owner:  r.Owner,
				Detail: "回收站到期，彻底删除",
			}
		}
		for _, t := range []struct{ table, column string }{
			{"resource_link", "from_item"}, {"resource_link", "to_item"}, {"resource_pending_link", "from_item"},
			{"resource_tag", "item_id"}, {"resource_provenance", "item_id"}, {"resource_address", "item_id"},
			{"resource_old_address", "item_id"}, {"resource_finding", "item_id"}, {"resource_unplaced", "item_id"},
			{"resource_index_no", "item_id"}, {"resource_placement", "item_id"}, {"resource_edition", "item_id"},
			{"resource_item", "id"},
		} {
			if _, err := tx.NewDelete().Table(t.table).Where("? IN (?)", bun.Ident(t.column),
				bun.List(ids)).Exec(ctx); err != nil {
				return err
			}
		}
		return audit.Append(ctx, tx, entries...)
	})
	return n, err
}
