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

// Marks gives access to the marks of one site: the pages that must be rendered again. Only this type reads and writes
// publish_dirty.
//
// Each call of Mark gives its marks a new sequence number. A build loads the marks and, in the transaction of its
// revision, removes them by their sequence numbers. A page that was marked again meanwhile has a newer number and stays
// marked.
type Marks struct{ site int64 }

// DirtyMarks gives access to the marks of a site.
func DirtyMarks(site int64) Marks { return Marks{site} }

type dirtyRow struct {
	bun.BaseModel `bun:"table:publish_dirty"`

	SiteID int64     `bun:"site_id,pk"`
	Path   string    `bun:"path,pk"`
	Kind   page.Kind `bun:"kind"`
	Ref    int64     `bun:"ref"`
	No     int64     `bun:"no"`
	Seq    int64     `bun:"seq"`
	Fault  string    `bun:"fault"` // error of the last rendering, "" if it did not fail
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

// Mark marks pages and returns the sequence number of the marks. A page that is already marked gets the new number.
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

// Batch is the set of marks that a build has loaded.
type Batch struct {
	Pages  []page.Page // sorted by path
	Failed []Failed    // the pages among them whose last rendering failed
	seqs   map[int64]bool
}

// Failed is a page whose last rendering failed, with the error text.
type Failed struct {
	page.Page
	Reason string
}

// Has reports whether the batch contains marks with this sequence number.
func (t *Batch) Has(seq int64) bool { return t.seqs[seq] }

// Load reads all marks of the site. It uses a single statement, because Clear removes all marks with a sequence number,
// so all of them must have been read.
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

// Clear removes the marks of a batch. Failed pages stay marked, with the error.
func (m Marks) Clear(ctx context.Context, tx bun.Tx, batch *Batch, failed []Failed) error {
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(batch.seqs)), 400) {
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
		// A page that was marked again meanwhile keeps its newer mark.
		if _, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Count returns the number of marked pages, and how many of them have failed.
func (m Marks) Count(ctx context.Context, db bun.IDB) (waiting, failed int64, err error) {
	err = db.NewSelect().Model((*dirtyRow)(nil)).ColumnExpr("count(*)").
		ColumnExpr("count(CASE WHEN fault <> '' THEN 1 END)").Where("site_id = ?", m.site).Scan(ctx, &waiting, &failed)
	return waiting, failed, err
}

// maxFault is the maximum length of a stored error text, in bytes.
const maxFault = 2000

// clip truncates an error text to maxFault bytes of valid UTF-8 without NUL, which PostgreSQL does not accept.
func clip(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s[:min(len(s), maxFault)], ""), "\x00", "")
}
