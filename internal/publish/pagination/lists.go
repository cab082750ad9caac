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

func (r *listRow) cut() *page.ListPage {
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

// Lists keeps the bounds of one site's lists inside a publishing run.
type Lists struct {
	db    bun.IDB
	write bool // may add the first page of a list
	pub   *published.Reader
	site  int64

	mu        sync.Mutex               // rendering reads bounds from several goroutines
	lastPages map[int64]*page.ListPage // the open page of each list
}

// New gives access to the lists of a site. With write it may add the first page of a list.
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

// Last returns the open page of a list, creating the first one when there is none.
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
	l.lastPages[column] = row.cut()
	return l.lastPages[column], nil
}

// PageOf returns the page a key belongs to.
func (l *Lists) PageOf(ctx context.Context, column int64, k published.Key) (*page.ListPage, error) {
	last, err := l.Last(ctx, column)
	if err != nil || last.No == 1 || !last.Low.NewerThan(k) {
		return last, err
	}
	row := new(listRow)
	err = l.db.NewSelect().Model(row).Where("site_id = ? AND column_id = ? AND (low_at, low_item) <= (?, ?)", l.site,
		column, k.At, k.Item).
		OrderExpr("low_at DESC, low_item DESC").Limit(1).Scan(ctx)
	return row.cut(), err
}

// High returns the upper bound of a page.
func (l *Lists) High(ctx context.Context, c *page.ListPage) (published.Key, error) {
	next, err := l.Page(ctx, c.Column, c.No+1)
	if err != nil || next == nil {
		return published.Newest, err
	}
	return next.Low, nil
}

// Page returns one page by number; nil when there is none.
func (l *Lists) Page(ctx context.Context, column, no int64) (*page.ListPage, error) {
	row := new(listRow)
	err := l.db.NewSelect().Model(row).Where("site_id = ? AND column_id = ? AND no = ?", l.site, column, no).Scan(ctx)
	if store.NotFound(err) {
		return nil, nil
	}
	return row.cut(), err
}

// Affected are the list pages a change reaches.
type Affected struct {
	Pages        []int64 // numbers to render again; the open page is among them when it changed
	Before, Last int64   // number of the open page, then and now
}

// fill is what a page holds against its bounds.
type fill int

const (
	fits      fill = iota
	wrongSize      // too many items, or none in a closed page
	emptied        // the open page ran empty although there are older ones: the one before opens again
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

// Update brings the bounds of a list in line after something changed at keys, which
// must ascend. Each page is looked at once, however many of the keys it holds.
func (l *Lists) Update(ctx context.Context, column int64, keys []published.Key) (out Affected, err error) {
	last, err := l.Last(ctx, column)
	if err != nil {
		return out, err
	}
	out.Before, out.Last = last.No, last.No
	settled := published.Oldest // what is older needs no look
	for _, k := range keys {
		if settled.NewerThan(k) {
			continue
		}
		row, err := l.PageOf(ctx, column, k)
		if err != nil {
			return out, err
		}
		if settled, err = l.High(ctx, row); err != nil {
			return out, err
		}
		inside, err := l.countOnPage(ctx, row, settled)
		if err != nil {
			return out, err
		}
		verdict := checkFill(inside, size(column), row.No == last.No, row.No)
		if verdict == fits {
			out.Pages = append(out.Pages, row.No)
			continue
		}
		from := row.No
		if verdict == emptied {
			from--
		}
		again, err := l.rebuildFrom(ctx, column, from)
		out.Pages, out.Last = append(out.Pages, again...), again[len(again)-1]
		return out, err // everything newer was cut anew
	}
	return out, nil
}

// countOnPage counts the items of a page, up to one more than it may hold.
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

// rebuildFrom cuts a list anew from page no on and returns the numbers of those pages. Pages
// before it keep everything, unless nothing is left from no on: then the page before
// opens again.
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
	var in []published.Key // of the open page
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

// walk calls fn with every live key of a list from low on, ascending.
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

// Rebuild looks at every page of a list, cuts anew from the first one that does not hold
// what it should, and returns the numbers of all its pages. Good cuts stay as they are:
// addresses of list pages do not change because a site is rendered again.
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
	held, at := make([]int, len(rows)), 0
	err = l.walk(ctx, column, published.Oldest, func(k published.Key) {
		for at+1 < len(rows) && !rows[at+1].cut().Low.NewerThan(k) {
			at++
		}
		held[at]++
	})
	if err != nil {
		return out, err
	}
	for i := range rows {
		out.Pages = append(out.Pages, rows[i].No)
		verdict := checkFill(held[i], size(column), i == len(rows)-1, rows[i].No)
		if verdict == fits {
			continue
		}
		from := rows[i].No
		if verdict == emptied {
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
