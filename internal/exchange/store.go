package exchange

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"io/fs"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations returns the migrations of the tables of this slice.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrationFiles, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "exchange", FS: sub}
}

type runRow struct {
	bun.BaseModel `bun:"table:exchange_run"`

	ID         int64  `bun:"id,pk"`
	Owner      int64  `bun:"owner"`
	Source     string `bun:"source"`
	Origin     string `bun:"origin"`
	StartedAt  int64  `bun:"started_at"`
	FinishedAt int64  `bun:"finished_at"`
	Totals     string `bun:"totals"`
}

type quarantineRow struct {
	bun.BaseModel `bun:"table:exchange_quarantine"`

	Owner      int64  `bun:"owner,pk"`
	Source     string `bun:"source,pk"`
	ExternalID string `bun:"external_id,pk"`
	RunID      int64  `bun:"run_id"`
	Name       string `bun:"name"`
	Reason     string `bun:"reason"`
	Detail     string `bun:"detail"`
	RawHash    string `bun:"raw_hash"`
	At         int64  `bun:"at"`
}

// undatedRow stores the time that was given to an input without a time. The next run gives the input the same time.
type undatedRow struct {
	bun.BaseModel `bun:"table:exchange_undated"`

	Owner      int64  `bun:"owner,pk"`
	Source     string `bun:"source,pk"`
	ExternalID string `bun:"external_id,pk"`
	At         int64  `bun:"at"`
}

func (r *run) begin(ctx context.Context) error {
	if r.o.DryRun {
		return nil
	}
	row := runRow{
		ID:        r.id,
		Owner:     r.site.ID,
		Source:    r.o.Name,
		Origin:    r.o.Source.Label(),
		StartedAt: r.report.Started.UnixMilli(),
		Totals:    "{}",
	}
	return r.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{
			Action: Write,
			Object: "run",
			ID:     r.id,
			Owner:  r.site.ID,
			Detail: "开始导入，来源 " + r.o.Name,
		})
	})
}

func (r *run) finish(ctx context.Context) error {
	r.report.Finished = r.Now()
	if r.o.DryRun {
		return nil
	}
	totals, err := json.Marshal(r.report.Totals)
	if err != nil {
		return err
	}
	return r.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*runRow)(nil)).Set("finished_at = ?, totals = ?", r.report.Finished.UnixMilli(),
			string(totals)).Where("id = ?", r.id).Exec(ctx)
		return err
	})
}

// saveQuarantine writes the quarantined inputs that are not yet written.
func (r *run) saveQuarantine(ctx context.Context) error {
	if len(r.quarantined) == 0 {
		return nil
	}
	rows := r.quarantined
	r.quarantined = nil
	return r.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&rows).On("CONFLICT (owner, source, external_id) DO UPDATE").
			Set(
				"run_id = EXCLUDED.run_id, name = EXCLUDED.name, reason = EXCLUDED.reason, detail = EXCLUDED.detail, raw_hash = EXCLUDED.raw_hash, at = EXCLUDED.at").Exec(ctx)
		return err
	})
}

// hasQuarantined reports whether an input of a source is in quarantine.
func (d *Desk) hasQuarantined(ctx context.Context, owner int64, name string) (bool, error) {
	return d.DB.Read().NewSelect().Model((*quarantineRow)(nil)).Where("owner = ? AND source = ?", owner,
		name).Exists(ctx)
}

// release removes inputs from quarantine that this run has imported.
func (r *run) release(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return r.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*quarantineRow)(nil)).Where("owner = ? AND source = ? AND external_id IN (?)",
			r.site.ID, r.o.Name, bun.List(ids)).Exec(ctx)
		return err
	})
}

// dateUndated sets the time of inputs without a time to the one that their first import gave them. A new input gets the
// time of its file or response, or else the current time.
func (r *run) dateUndated(ctx context.Context, batch []resource.Incoming, notes []pending) error {
	var rows []undatedRow
	var ids []string
	for i, n := range notes {
		if n.undated {
			p := batch[i].Provenance
			ids = append(ids, p.ExternalID)
			rows = append(rows, undatedRow{Owner: r.site.ID, Source: r.o.Name, ExternalID: p.ExternalID,
				At: cmp.Or(n.modified, p.FetchedAt)})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	first := map[string]int64{}
	err := r.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
		var known []undatedRow
		err := tx.NewSelect().Model(&known).Where("owner = ? AND source = ? AND external_id IN (?)", r.site.ID,
			r.o.Name, bun.List(ids)).Scan(ctx)
		for _, k := range known {
			first[k.ExternalID] = k.At
		}
		return err
	})
	for i, n := range notes {
		if n.undated {
			batch[i].Edition.PublishedAt = first[batch[i].Provenance.ExternalID]
			for j := range batch[i].Places { // a guessed time must not put an item at the top of a list
				if p := &batch[i].Places[j]; p.At == 0 {
					p.At = resource.AtEnd
				}
			}
		}
	}
	return err
}

// QuarantinedInput is an input in quarantine.
type QuarantinedInput struct {
	Source, ExternalID, Name, Reason, Detail, RawHash string
	At                                                int64 // unix milliseconds
}

// Quarantine calls visit for each input in quarantine, newest first: of the site with this code, or for "" of all sites
// in the caller's scope.
func (d *Desk) Quarantine(ctx context.Context, code string, visit func(QuarantinedInput) error) error {
	by, err := actor.Allowed(ctx, Read)
	if err != nil {
		return err
	}
	var owner int64
	if code != "" {
		s, err := d.Sites.ByCode(ctx, code)
		if err != nil {
			return err
		}
		owner = s.ID
	}
	var last *quarantineRow
	for {
		var rows []quarantineRow
		q := by.Scope.Where(d.DB.Read().NewSelect().Model(&rows),
			"owner").OrderExpr("at DESC, owner DESC, source DESC, external_id DESC").Limit(quarantinePage)
		if owner != 0 {
			q = q.Where("owner = ?", owner)
		}
		if last != nil {
			q = q.Where("(at, owner, source, external_id) < (?, ?, ?, ?)", last.At, last.Owner, last.Source,
				last.ExternalID)
		}
		if err := q.Scan(ctx); err != nil {
			return err
		}
		for _, h := range quarantinedInputs(rows) {
			if err := visit(h); err != nil {
				return err
			}
		}
		if len(rows) < quarantinePage {
			return nil
		}
		last = &rows[len(rows)-1]
	}
}

// quarantinePage is the number of rows that one statement reads.
const quarantinePage = 1000

// QuarantinedBy returns the inputs of an owner that a run put into quarantine, sorted by external ID. It returns only
// those whose external ID is greater than aboveID.
func (d *Desk) QuarantinedBy(ctx context.Context, owner, run int64, aboveID string,
	limit int) ([]QuarantinedInput, error) {
	by, err := actor.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := by.Check(Read, actor.At(owner)); err != nil {
		return nil, err
	}
	var rows []quarantineRow
	err = d.DB.Read().NewSelect().Model(&rows).Where("run_id = ? AND owner = ?", run, owner).Where("external_id > ?",
		aboveID).Order("external_id").Limit(int64(limit)).Scan(ctx)
	return quarantinedInputs(rows), err
}

func quarantinedInputs(rows []quarantineRow) []QuarantinedInput {
	out := make([]QuarantinedInput, len(rows))
	for i, r := range rows {
		out[i] = QuarantinedInput{
			Source:     r.Source,
			ExternalID: r.ExternalID,
			Name:       r.Name,
			Reason:     r.Reason,
			Detail:     r.Detail,
			RawHash:    r.RawHash,
			At:         r.At,
		}
	}
	return out
}
