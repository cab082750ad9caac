package deps

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/page"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
)

// ListedAt returns the positions of pages in the list of all pages of the site, at their last rendering, by path.
func ListedAt(ctx context.Context, db bun.IDB, site int64, paths []string) (map[string]int64, error) {
	out := map[string]int64{}
	for chunk := range slices.Chunk(paths, 400) {
		var rows []PageRow
		if err := db.NewSelect().Model(&rows).Column("path", "listed_at").Where("site_id = ? AND path IN (?)", site,
			bun.List(chunk)).Scan(ctx); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Path] = r.ListedAt
		}
	}
	return out, nil
}

// PageRows returns the rows of pages, by path.
func PageRows(ctx context.Context, db bun.IDB, site int64, paths []string) (map[string]PageRow, error) {
	out := map[string]PageRow{}
	for chunk := range slices.Chunk(paths, 400) {
		var rows []PageRow
		if err := db.NewSelect().Model(&rows).Where("site_id = ? AND path IN (?)", site,
			bun.List(chunk)).Scan(ctx); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Path] = r
		}
	}
	return out, nil
}

// Record is the result of rendering a page that is stored at commit, without its body. A build may have a hundred
// thousand of them in memory.
type Record struct {
	page.Page
	Same     bool                      // unchanged since the last revision
	Deps     []string                  // sorted keys
	ListedAt int64                     // see page.ListedAt; 0: not listed
	Windows  map[int64]published.Key   // column → oldest entry shown
	Media    map[string]resource.Media // by path
}

// Save replaces the stored dependencies of pages.
func Save(ctx context.Context, tx bun.Tx, site int64, done []Record, revision int64) error {
	for chunk := range slices.Chunk(done, 300) {
		if err := savePages(ctx, tx, site, chunk, revision); err != nil {
			return err
		}
	}
	return saveWindows(ctx, tx, site, done)
}

func savePages(ctx context.Context, tx bun.Tx, site int64, done []Record, revision int64) error {
	paths := make([]string, len(done))
	for i := range done {
		paths[i] = done[i].Path
	}
	before, err := PageRows(ctx, tx, site, paths)
	if err != nil {
		return err
	}
	var rows []PageRow
	var add, drop []depRow
	for i := range done {
		d := &done[i]
		now := PageRow{
			SiteID:   site,
			Path:     d.Path,
			Kind:     d.Kind,
			Ref:      d.Ref,
			No:       d.No,
			Deps:     strings.Join(d.Deps, "\n"),
			Revision: revision,
			ListedAt: d.ListedAt,
		}
		old, known := before[now.Path]
		if d.Same && known {
			now.Revision = old.Revision
		}
		if now == old {
			continue
		}
		rows = append(rows, now)
		had := SplitDeps(old.Deps)
		add = append(add, depsWithout(site, now.Path, d.Deps, had)...)
		drop = append(drop, depsWithout(site, now.Path, had, d.Deps)...)
	}
	if err := removeDeps(ctx, tx, drop); err != nil {
		return err
	}
	for chunk := range slices.Chunk(add, 500) {
		if _, err := tx.NewInsert().Model(&chunk).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err = tx.NewInsert().Model(&rows).On("CONFLICT (site_id, path) DO UPDATE").
		Set(
			"kind = EXCLUDED.kind, ref = EXCLUDED.ref, no = EXCLUDED.no, deps = EXCLUDED.deps, revision = EXCLUDED.revision, listed_at = EXCLUDED.listed_at").Exec(ctx)
	return err
}

// depsWithout returns rows for the keys in deps that are not in others. Both must be sorted.
func depsWithout(site int64, path string, deps, others []string) (out []depRow) {
	for _, d := range deps {
		if _, found := slices.BinarySearch(others, d); !found {
			out = append(out, depRow{SiteID: site, Dep: d, Path: path})
		}
	}
	return out
}

func removeDeps(ctx context.Context, tx bun.Tx, rows []depRow) error {
	for i := range rows {
		if _, err := tx.NewDelete().Model(&rows[i]).WherePK().Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// SplitDeps splits PageRow.Deps into keys.
func SplitDeps(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// saveWindows replaces the windows of pages. It skips the kinds of page that cannot have windows.
func saveWindows(ctx context.Context, tx bun.Tx, site int64, done []Record) error {
	var paths []string
	var rows []windowRow
	for i := range done {
		d := &done[i]
		if !d.Kind.Traits().Windows {
			if len(d.Windows) > 0 { // would not be stored, and changes would not mark the page
				return fault.New(fault.Internal, "a page of kind %s has a window, but Kind.Traits does not allow it",
					d.Kind)
			}
			continue
		}
		paths = append(paths, d.Path)
		for column, low := range d.Windows {
			rows = append(rows, windowRow{
				SiteID:   site,
				ColumnID: column,
				Path:     d.Path,
				LowAt:    low.At,
				LowItem:  low.Item,
			})
		}
	}
	if err := deleteWindows(ctx, tx, site, paths); err != nil {
		return err
	}
	for chunk := range slices.Chunk(rows, 400) {
		if _, err := tx.NewInsert().Model(&chunk).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func deleteWindows(ctx context.Context, tx bun.Tx, site int64, paths []string) error {
	for chunk := range slices.Chunk(paths, 400) {
		if _, err := tx.NewDelete().Model((*windowRow)(nil)).Where("site_id = ? AND path IN (?)", site,
			bun.List(chunk)).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Delete removes the rows and dependencies of pages that no longer exist.
func Delete(ctx context.Context, tx bun.Tx, site int64, paths []string) error {
	before, err := PageRows(ctx, tx, site, paths)
	if err != nil {
		return err
	}
	for path, row := range before {
		if err := removeDeps(ctx, tx, depsWithout(site, path, SplitDeps(row.Deps), nil)); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(paths, 400) {
		if _, err := tx.NewDelete().Model((*PageRow)(nil)).Where("site_id = ? AND path IN (?)", site,
			bun.List(chunk)).Exec(ctx); err != nil {
			return err
		}
	}
	return deleteWindows(ctx, tx, site, paths)
}

// PathsReading returns the paths of the pages of a site that depend on a key.
func PathsReading(ctx context.Context, db bun.IDB, site int64, dep string) (paths []string, err error) {
	err = db.NewSelect().Model((*depRow)(nil)).Column("path").Where("site_id = ? AND dep = ?", site, dep).Scan(ctx,
		&paths)
	return paths, err
}
