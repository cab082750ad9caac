package pagination

import (
	"context"
	"slices"
	"sync"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/page"
	"guiyi/internal/resource/published"
)

type listRow struct {
	bun.BaseModel `bun:"table:publish_list"`

	SiteID   int64 `bun:"site_id,pk"`
	ColumnID int64 `bun:"column_id,pk"`
	No       int64 `bun:"no,pk"`
	LowAt    int64 `bun:"low_at"`
	LowItem  int64 `bun:"low_item"`
}

func (r *listRow) listPage() *page.ListPage {
	return &page.ListPage{Column: r.ColumnID, No: r.No, Low: published.Key{At: r.LowAt, Item: r.LowItem}}
}

func (l *Lists) row(c *page.ListPage) listRow {
	return listRow{
		SiteID:   l.site,
		ColumnID: c.Column,
		No:       c.No,
		LowAt:    c.Low.At,
		LowItem:  c.Low.Item,
	}
}

// Lists gives access to the page bounds of the lists of one site, during one publishing run. It is safe for concurrent
// reads.
type Lists struct {
	db    bun.IDB
	write bool // may insert the first page of a list
	pub   *published.Reader
	site  int64

	mu        sync.Mutex               // rendering reads bounds from several goroutines
	lastPages map[int64]*page.ListPage // the open page of each list
}

// New gives access to the lists of a site. If write is set, reading a list without pages inserts its first page.
func New(db bun.IDB, write bool, pub *published.Reader, site int64) *Lists {
	return &Lists{
		db:        db,
		write:     write,
		pub:       pub,
		site:      site,
		lastPages: map[int64]*page.ListPage{},
	}
}

func size(column int64) int {
	if column == page.SiteWide {
		return page.PerSitemap
	}
	return page.PerPage
}

func (l *Lists) keysUp(ctx context.Context, column int64, low published.Key, limit int) ([]published.Key, error) {
	if column == page.SiteWide {
		return l.pub.SiteKeysUp(ctx, l.site, low, limit)
	}
	return l.pub.KeysUp(ctx, column, low, limit)
}

// Last returns the open page of a list. A list without pages gets its first page, which is stored only if New was
// called with write.
func (l *Lists) Last(ctx context.Context, column int64) (*page.ListPage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.lastPages[column]; c != nil {
		return c, nil
	}
	row := new(listRow)
	err := l.db.NewSelect().Model(row).Where("site_id = ? AND column_id = ?", l.site,
		column).Order("no DESC").Limit(1).Scan(ctx)
	if store.NotFound(err) {
		first := l.row(&page.ListPage{Column: column, No: 1, Low: published.Oldest})
		if row, err = &first, nil; l.write {
			_, err = l.db.NewInsert().Model(row).Exec(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	l.lastPages[column] = row.listPage()
	return l.lastPages[column], nil
}

// PageOf returns the page that contains key k.
func (l *Lists) PageOf(ctx context.Context, column int64, k published.Key) (*page.ListPage, error) {
	last, err := l.Last(ctx, column)
	if err != nil || last.No == 1 || !last.Low.NewerThan(k) {
		return last, err
	}
	row := new(listRow)
	err = l.db.NewSelect().Model(row).Where("site_id = ? AND column_id = ? AND (low_at, low_item) <= (?, ?)", l.site,
		column, k.At, k.Item).
		OrderExpr("low_at DESC, low_item DESC").Limit(1).Scan(ctx)
	return row.listPage(), err
}

// High returns the exclusive upper bound of a page; published.Newest for the open page.
func (l *Lists) High(ctx context.Context, c *page.ListPage) (published.Key, error) {
	next, err := l.Page(ctx, c.Column, c.No+1)
	if err != nil || next == nil {
		return published.Newest, err
	}
	return next.Low, nil
}

// Page returns a page by number, or nil if there is none.
func (l *Lists) Page(ctx context.Context, column, no int64) (*page.ListPage, error) {
	row := new(listRow)
	err := l.db.NewSelect().Model(row).Where("site_id = ? AND column_id = ? AND no = ?", l.site, column, no).Scan(ctx)
	if store.NotFound(err) {
		return nil, nil
	}
	return row.listPage(), err
}

// Affected describes the pages of a list that a change affects.
type Affected struct {
	Pages        []int64 // numbers of the pages to render again, including the open page if it changed
	Before, Last int64   // number of the open page before and after the change
}

// fill says whether the number of items on a page is valid.
type fill int

const (
	fits      fill = iota
	wrongSize      // too many items, or a closed page without items
	emptied        // the open page has no items but there are closed pages: the last of these must be opened again
)

func checkFill(inside, n int, open bool, no int64) fill {
	switch {
	case open && inside >= 2*n, !open && (inside > 2*n || inside == 0):
		return wrongSize
	case open && inside == 0 && no > 1:
		return emptied
	}
	return fits
}

// Update adjusts the bounds of a list after changes at keys, which must be ascending. It checks each affected page
// once, whatever the number of keys on it.
func (l *Lists) Update(ctx context.Context, column int64, keys []published.Key) (out Affected, err error) {
	last, err := l.Last(ctx, column)
	if err != nil {
		return out, err
	}
	out.Before, out.Last = last.No, last.No
	checked := published.Oldest // keys below are on pages that were checked
	for _, k := range keys {
		if checked.NewerThan(k) {
			continue
		}
		row, err := l.PageOf(ctx, column, k)
		if err != nil {
			return out, err
		}
		if checked, err = l.High(ctx, row); err != nil {
			return out, err
		}
		inside, err := l.countOnPage(ctx, row, checked)
		if err != nil {
			return out, err
		}
		state := checkFill(inside, size(column), row.No == last.No, row.No)
		if state == fits {
			out.Pages = append(out.Pages, row.No)
			continue
		}
		from := row.No
		if state == emptied {
			from--
		}
		again, err := l.rebuildFrom(ctx, column, from)
		out.Pages, out.Last = append(out.Pages, again...), again[len(again)-1]
		return out, err // all newer pages were rebuilt too
	}
	return out, nil
}

// countOnPage counts the items of a page, at most one more than it may contain.
func (l *Lists) countOnPage(ctx context.Context, c *page.ListPage, high published.Key) (int, error) {
	keys, err := l.keysUp(ctx, c.Column, c.Low, 2*size(c.Column)+1)
	n := 0
	for _, k := range keys {
		if high.NewerThan(k) {
			n++
		}
	}
	return n, err
}

// rebuildFrom divides a list into new pages from page no on and returns the numbers of these pages. Earlier pages do
// not change, unless no items are left from page no on; then page no-1 becomes the open page.
func (l *Lists) rebuildFrom(ctx context.Context, column, no int64) ([]int64, error) {
	start, err := l.Page(ctx, column, no)
	if err != nil {
		return []int64{no}, err
	}
	if _, err := l.db.NewDelete().Model((*listRow)(nil)).Where("site_id = ? AND column_id = ? AND no > ?", l.site,
		column, no).Exec(ctx); err != nil {
		return []int64{no}, err
	}
	out, open, n := []int64{no}, start, size(column)
	var fresh []listRow
	var in []published.Key // keys on the open page
	err = l.walk(ctx, column, start.Low, func(k published.Key) {
		if in = append(in, k); len(in) == 2*n {
			open = &page.ListPage{Column: column, No: open.No + 1, Low: in[n]}
			fresh, out = append(fresh, l.row(open)), append(out, open.No)
			in = append([]published.Key(nil), in[n:]...)
		}
	})
	if err != nil {
		return out, err
	}
	if len(in) == 0 && no > 1 {
		return l.rebuildFrom(ctx, column, no-1)
	}
	for chunk := range slices.Chunk(fresh, 400) {
		if _, err := l.db.NewInsert().Model(&chunk).Exec(ctx); err != nil {
			return out, err
		}
	}
	l.mu.Lock()
	l.lastPages[column] = open
	l.mu.Unlock()
	return out, nil
}

// walk calls fn with the keys of a list from low on, ascending.
func (l *Lists) walk(ctx context.Context, column int64, low published.Key, fn func(published.Key)) error {
	for {
		keys, err := l.keysUp(ctx, column, low, page.BatchSize)
		if err != nil {
			return err
		}
		for _, k := range keys {
			fn(k)
		}
		if len(keys) < page.BatchSize {
			return nil
		}
		low = keys[len(keys)-1]
		low.Item++
	}
}

// Rebuild checks every page of a list, divides the list into new pages from the first page with an invalid number of
// items on, and returns the numbers of all pages. Valid bounds stay, so that rendering a whole site does not change the
// addresses of list pages.
func (l *Lists) Rebuild(ctx context.Context, column int64) (Affected, error) {
	last, err := l.Last(ctx, column)
	if err != nil {
		return Affected{}, err
	}
	out := Affected{Before: last.No, Last: last.No}
	var rows []listRow
	if err := l.db.NewSelect().Model(&rows).Where("site_id = ? AND column_id = ?", l.site,
		column).Order("no").Scan(ctx); err != nil {
		return out, err
	}
	counts, at := make([]int, len(rows)), 0
	err = l.walk(ctx, column, published.Oldest, func(k published.Key) {
		for at+1 < len(rows) && !rows[at+1].listPage().Low.NewerThan(k) {
			at++
		}
		counts[at]++
	})
	if err != nil {
		return out, err
	}
	for i := range rows {
		out.Pages = append(out.Pages, rows[i].No)
		state := checkFill(counts[i], size(column), i == len(rows)-1, rows[i].No)
		if state == fits {
			continue
		}
		from := rows[i].No
		if state == emptied {
			from--
		}
		again, err := l.rebuildFrom(ctx, column, from)
		for no := int64(1); no < again[0]; no++ {
			again = append(again, no)
		}
		slices.Sort(again)
		out.Pages, out.Last = again, again[len(again)-1]
		return out, err
	}
	return out, nil
}
