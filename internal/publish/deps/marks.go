package deps

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/page"
)

// Marks are the marks of one site: the pages that wait to be rendered again. It is the only
// code that reads or writes publish_dirty.
//
// Marks made together have one number, and every marking has a new one. A build takes marks
// and, in the transaction of its revision, removes those that it took by their numbers: a page
// that was marked again meanwhile keeps its newer mark.
type Marks struct{ site int64 }

// DirtyMarks returns the marks of a site.
func DirtyMarks(site int64) Marks { return Marks{site} }

type dirtyRow struct {
	bun.BaseModel `bun:"table:publish_dirty"`

	SiteID int64     `bun:"site_id,pk"`
	Path   string    `bun:"path,pk"`
	Kind   page.Kind `bun:"kind"`
	Ref    int64     `bun:"ref"`
	No     int64     `bun:"no"`
	Seq    int64     `bun:"seq"`
	Fault  string    `bun:"fault"` // why the last attempt to render it failed
}

func (m Marks) row(p page.Page, seq int64) dirtyRow {
	return dirtyRow{
		SiteID: m.site,
		Path:   p.Path,
		Kind:   p.Kind,
		Ref:    p.Ref,
		No:     p.No,
		Seq:    seq,
	}
}

// Mark marks pages and returns the number of the marks. A page that is marked already gets
// the new number.
func (m Marks) Mark(ctx context.Context, tx bun.IDB, pages []page.Page) (seq int64, err error) {
	seq = store.NewID()
	for chunk := range slices.Chunk(pages, 500) {
		rows := make([]dirtyRow, len(chunk))
		for i, p := range chunk {
			rows[i] = m.row(p, seq)
		}
		_, err := tx.NewInsert().Model(&rows).On("CONFLICT (site_id, path) DO UPDATE").
			Set("kind = EXCLUDED.kind, ref = EXCLUDED.ref, no = EXCLUDED.no, seq = EXCLUDED.seq, fault = ''").Exec(ctx)
		if err != nil {
			return 0, err
		}
	}
	return seq, nil
}

// Batch are the marks that a build has read.
type Batch struct {
	Pages  []page.Page // by address
	Failed []Failed    // those among them that could not be rendered the last time
	seqs   map[int64]bool
}

// Failed is a marked page that could not be rendered, and why.
type Failed struct {
	page.Page
	Reason string
}

// Has reports whether marks with this number are among those taken.
func (t *Batch) Has(seq int64) bool { return t.seqs[seq] }

// Load reads all marks. It is one statement, because marks that were made together must be
// seen together: Done removes all marks with their number.
func (m Marks) Load(ctx context.Context, db bun.IDB) (*Batch, error) {
	var rows []dirtyRow
	if err := db.NewSelect().Model(&rows).Where("site_id = ?", m.site).Order("path").Scan(ctx); err != nil {
		return nil, err
	}
	t := &Batch{Pages: make([]page.Page, len(rows)), seqs: map[int64]bool{}}
	for i := range rows {
		r := &rows[i]
		t.Pages[i] = page.Page{Path: r.Path, Kind: r.Kind, Ref: r.Ref, No: r.No}
		t.seqs[r.Seq] = true
		if r.Fault != "" {
			t.Failed = append(t.Failed, Failed{t.Pages[i], r.Fault})
		}
	}
	return t, nil
}

// Clear removes the marks that were taken. Pages that failed stay marked, with the reason.
func (m Marks) Clear(ctx context.Context, tx bun.Tx, taken *Batch, failed []Failed) error {
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(taken.seqs)), 400) {
		if _, err := tx.NewDelete().Model((*dirtyRow)(nil)).Where("site_id = ? AND seq IN (?)", m.site,
			bun.List(chunk)).Exec(ctx); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(failed, 300) {
		rows := make([]dirtyRow, len(chunk))
		for i, f := range chunk {
			rows[i] = m.row(f.Page, store.NewID())
			rows[i].Fault = clip(f.Reason)
		}
		// A page that was marked again meanwhile has a newer mark, and keeps it.
		if _, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Count is how many pages are marked, and how many of them failed the last time.
func (m Marks) Count(ctx context.Context, db bun.IDB) (waiting, failed int64, err error) {
	err = db.NewSelect().Model((*dirtyRow)(nil)).ColumnExpr("count(*)").
		ColumnExpr("count(CASE WHEN fault <> '' THEN 1 END)").Where("site_id = ?", m.site).Scan(ctx, &waiting, &failed)
	return waiting, failed, err
}

// maxFault bounds the stored reason of a failure, in bytes.
const maxFault = 2000

// clip keeps the beginning of a reason, valid UTF-8 without NUL, which PostgreSQL refuses.
func clip(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s[:min(len(s), maxFault)], ""), "\x00", "")
}
