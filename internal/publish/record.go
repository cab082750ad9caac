package publish

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/publish/render"
)

// listedBefore returns where pages stood among all pages of the site when they were
// rendered last, by path.
func listedBefore(ctx context.Context, db bun.IDB, site int64, pages []itemPage) (map[string]int64, error) {
	out := map[string]int64{}
	for chunk := range slices.Chunk(pages, 400) {
		paths := make([]string, len(chunk))
		for i, p := range chunk {
			paths[i] = p.Path
		}
		var rows []pageRow
		if err := db.NewSelect().Model(&rows).Column("path", "listed_at").Where("site_id = ? AND path IN (?)", site, bun.List(paths)).Scan(ctx); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Path] = r.ListedAt
		}
	}
	return out, nil
}

// recorded returns what is recorded of pages, by path.
func recorded(ctx context.Context, db bun.IDB, site int64, paths []string) (map[string]pageRow, error) {
	out := map[string]pageRow{}
	for chunk := range slices.Chunk(paths, 400) {
		var rows []pageRow
		if err := db.NewSelect().Model(&rows).Where("site_id = ? AND path IN (?)", site, bun.List(chunk)).Scan(ctx); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Path] = r
		}
	}
	return out, nil
}

// saveReads replaces what is recorded of pages by what they read now.
func saveReads(ctx context.Context, tx bun.Tx, site int64, done []noted, revision int64) error {
	for chunk := range slices.Chunk(done, 300) {
		if err := savePages(ctx, tx, site, chunk, revision); err != nil {
			return err
		}
	}
	return saveWindows(ctx, tx, site, done)
}

func savePages(ctx context.Context, tx bun.Tx, site int64, done []noted, revision int64) error {
	paths := make([]string, len(done))
	for i := range done {
		paths[i] = done[i].Path
	}
	before, err := recorded(ctx, tx, site, paths)
	if err != nil {
		return err
	}
	var rows []pageRow
	var add, drop []depRow
	for i := range done {
		d := &done[i]
		now := pageRow{SiteID: site, Path: d.Path, Kind: d.Kind, Ref: d.Ref, No: d.No, Deps: strings.Join(d.deps, "\n"),
			Revision: revision, ListedAt: d.listedAt}
		old, known := before[now.Path]
		if d.same && known {
			now.Revision = old.Revision
		}
		if now == old {
			continue
		}
		rows = append(rows, now)
		had := splitDeps(old.Deps)
		add = append(add, depsWithout(site, now.Path, d.deps, had)...)
		drop = append(drop, depsWithout(site, now.Path, had, d.deps)...)
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
		Set("kind = EXCLUDED.kind, ref = EXCLUDED.ref, no = EXCLUDED.no, deps = EXCLUDED.deps, revision = EXCLUDED.revision, listed_at = EXCLUDED.listed_at").Exec(ctx)
	return err
}

// depsWithout returns the deps of a page that are not among others; both are sorted.
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

func splitDeps(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// looksAtWindows reports whether pages of a kind show the newest of a column.
func looksAtWindows(k render.Kind) bool {
	return k != render.KindItem && k != render.KindOld && k != render.KindOlder
}

// saveWindows replaces the windows of pages. Most pages have none and never had, so
// only kinds of page that look at windows are touched.
func saveWindows(ctx context.Context, tx bun.Tx, site int64, done []noted) error {
	var paths []string
	var rows []windowRow
	for i := range done {
		d := &done[i]
		if !looksAtWindows(d.Kind) {
			continue
		}
		paths = append(paths, d.Path)
		for column, low := range d.windows {
			rows = append(rows, windowRow{SiteID: site, ColumnID: column, Path: d.Path, LowAt: low.At, LowItem: low.Item})
		}
	}
	if err := forgetWindows(ctx, tx, site, paths); err != nil {
		return err
	}
	for chunk := range slices.Chunk(rows, 400) {
		if _, err := tx.NewInsert().Model(&chunk).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func forgetWindows(ctx context.Context, tx bun.Tx, site int64, paths []string) error {
	for chunk := range slices.Chunk(paths, 400) {
		if _, err := tx.NewDelete().Model((*windowRow)(nil)).Where("site_id = ? AND path IN (?)", site, bun.List(chunk)).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// forgetPages drops what is recorded of pages that no longer exist.
func forgetPages(ctx context.Context, tx bun.Tx, site int64, paths []string) error {
	before, err := recorded(ctx, tx, site, paths)
	if err != nil {
		return err
	}
	for path, row := range before {
		if err := removeDeps(ctx, tx, depsWithout(site, path, splitDeps(row.Deps), nil)); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(paths, 400) {
		if _, err := tx.NewDelete().Model((*pageRow)(nil)).Where("site_id = ? AND path IN (?)", site, bun.List(chunk)).Exec(ctx); err != nil {
			return err
		}
	}
	return forgetWindows(ctx, tx, site, paths)
}
