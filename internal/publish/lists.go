package publish

import (
	"context"
	"sync"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/resource"
)

// A list is cut into pages by lower bounds: page no holds the keys from its own bound up
// to the bound of page no+1, the newest page up to the end. Bounds are rows of
// publish_list. The newest page takes items until it holds twice perPage; then its
// older half is closed and becomes a page with an address of its own, for good.
//
// The site map is a list too: column 0, all pages of the site, larger pieces.
const (
	perPage    = 20
	perSitemap = 500
	siteWide   = 0 // column id of the list of all pages of a site
)

type listRow struct {
	bun.BaseModel `bun:"table:publish_list"`

	SiteID   int64 `bun:"site_id,pk"`
	ColumnID int64 `bun:"column_id,pk"`
	No       int64 `bun:"no,pk"`
	LowAt    int64 `bun:"low_at"`
	LowItem  int64 `bun:"low_item"`
}

func (r *listRow) low() resource.Key { return resource.Key{At: r.LowAt, Item: r.LowItem} }

// lists keeps the bounds of one site's lists inside a publishing run.
type lists struct {
	db    bun.IDB
	write bool // may add the first page of a list
	pub   *resource.Published
	site  int64

	mu    sync.Mutex         // rendering reads bounds from several goroutines
	opens map[int64]*listRow // the open page of each list
}

func newLists(db bun.IDB, write bool, pub *resource.Published, site int64) *lists {
	return &lists{db: db, write: write, pub: pub, site: site, opens: map[int64]*listRow{}}
}

func size(column int64) int {
	if column == siteWide {
		return perSitemap
	}
	return perPage
}

func (l *lists) keysUp(ctx context.Context, column int64, low resource.Key, limit int) ([]resource.Key, error) {
	if column == siteWide {
		return l.pub.SiteKeysUp(ctx, l.site, low, limit)
	}
	return l.pub.KeysUp(ctx, column, low, limit)
}

// last returns the open page of a list, creating the first one when there is none.
func (l *lists) last(ctx context.Context, column int64) (*listRow, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if row := l.opens[column]; row != nil {
		return row, nil
	}
	row := new(listRow)
	err := l.db.NewSelect().Model(row).Where("site_id = ? AND column_id = ?", l.site, column).Order("no DESC").Limit(1).Scan(ctx)
	if store.NotFound(err) {
		row = &listRow{SiteID: l.site, ColumnID: column, No: 1, LowAt: resource.Oldest.At, LowItem: resource.Oldest.Item}
		if err = nil; l.write {
			err = l.add(ctx, row)
		}
	}
	if err != nil {
		return nil, err
	}
	l.opens[column] = row
	return row, nil
}

func (l *lists) add(ctx context.Context, row *listRow) error {
	_, err := l.db.NewInsert().Model(row).Exec(ctx)
	return err
}

// pageOf returns the number of the page a key belongs to.
func (l *lists) pageOf(ctx context.Context, column int64, k resource.Key) (*listRow, error) {
	last, err := l.last(ctx, column)
	if err != nil || !k.Before(last.low()) && k != last.low() && last.No == 1 {
		return last, err
	}
	row := new(listRow)
	err = l.db.NewSelect().Model(row).Where("site_id = ? AND column_id = ? AND (low_at, low_item) <= (?, ?)", l.site, column, k.At, k.Item).
		OrderExpr("low_at DESC, low_item DESC").Limit(1).Scan(ctx)
	return row, err
}

// high returns the upper bound of a page.
func (l *lists) high(ctx context.Context, row *listRow) (resource.Key, error) {
	next := new(listRow)
	err := l.db.NewSelect().Model(next).Where("site_id = ? AND column_id = ? AND no = ?", l.site, row.ColumnID, row.No+1).Scan(ctx)
	if store.NotFound(err) {
		return resource.Newest, nil
	}
	return next.low(), err
}

// page returns one page by number; nil when there is none.
func (l *lists) page(ctx context.Context, column, no int64) (*listRow, error) {
	row := new(listRow)
	err := l.db.NewSelect().Model(row).Where("site_id = ? AND column_id = ? AND no = ?", l.site, column, no).Scan(ctx)
	if store.NotFound(err) {
		return nil, nil
	}
	return row, err
}

// touched are the list pages a change reaches.
type touched struct {
	pages   []int64 // numbers to render again; the open page is among them when it changed
	gone    []int64 // numbers that no longer exist
	shifted bool    // the number of pages changed
}

// touch brings the bounds of a list in line after something changed at key k.
func (l *lists) touch(ctx context.Context, column int64, k resource.Key) (touched, error) {
	row, err := l.pageOf(ctx, column, k)
	if err != nil {
		return touched{}, err
	}
	n := size(column)
	keys, err := l.keysUp(ctx, column, row.low(), 2*n+1)
	if err != nil {
		return touched{}, err
	}
	high, err := l.high(ctx, row)
	if err != nil {
		return touched{}, err
	}
	inside := 0
	for _, key := range keys {
		if high.Before(key) {
			inside++
		}
	}
	last, err := l.last(ctx, column)
	if err != nil {
		return touched{}, err
	}
	switch {
	case row.No == last.No && inside >= 2*n, row.No != last.No && (inside > 2*n || inside == 0):
		return l.recut(ctx, column, row.No)
	case row.No == last.No && inside == 0 && row.No > 1: // the open page ran empty: its older neighbour opens again
		return l.recut(ctx, column, row.No-1)
	}
	return touched{pages: []int64{row.No}}, nil
}

// recut cuts a list anew from page no on. Pages before it keep everything.
func (l *lists) recut(ctx context.Context, column, no int64) (touched, error) {
	start, err := l.page(ctx, column, no)
	if err != nil || start == nil {
		return touched{}, err
	}
	before, err := l.last(ctx, column)
	if err != nil {
		return touched{}, err
	}
	if _, err := l.db.NewDelete().Model((*listRow)(nil)).Where("site_id = ? AND column_id = ? AND no > ?", l.site, column, no).Exec(ctx); err != nil {
		return touched{}, err
	}
	out := touched{pages: []int64{no}}
	open, n := start, size(column)
	var fresh []listRow
	for {
		keys, err := l.keysUp(ctx, column, open.low(), 2*n)
		if err != nil {
			return out, err
		}
		if len(keys) < 2*n {
			break
		}
		open = &listRow{SiteID: l.site, ColumnID: column, No: open.No + 1, LowAt: keys[n].At, LowItem: keys[n].Item}
		fresh = append(fresh, *open)
		out.pages = append(out.pages, open.No)
	}
	if len(fresh) > 0 {
		if _, err := l.db.NewInsert().Model(&fresh).Exec(ctx); err != nil {
			return out, err
		}
	}
	l.mu.Lock()
	l.opens[column] = open
	l.mu.Unlock()
	for gone := open.No + 1; gone <= before.No; gone++ {
		out.gone = append(out.gone, gone)
	}
	out.shifted = open.No != before.No
	return out, nil
}

// all cuts a list from its beginning and returns the numbers of all its pages.
func (l *lists) all(ctx context.Context, column int64) (touched, error) {
	if _, err := l.last(ctx, column); err != nil {
		return touched{}, err
	}
	return l.recut(ctx, column, 1)
}
