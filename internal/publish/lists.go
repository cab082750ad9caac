package publish

import (
	"context"
	"slices"
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

// pageOf returns the page a key belongs to.
func (l *lists) pageOf(ctx context.Context, column int64, k resource.Key) (*listRow, error) {
	last, err := l.last(ctx, column)
	if err != nil || last.No == 1 || !last.low().Before(k) {
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
	pages        []int64 // numbers to render again; the open page is among them when it changed
	before, last int64   // number of the open page, then and now
}

// cut is what a page holds against its bounds.
type cut int

const (
	fits   cut = iota
	uneven     // too many items, or none in a closed page
	vacant     // the open page ran empty although there are older ones: the one before opens again
)

func judge(inside, n int, open bool, no int64) cut {
	switch {
	case open && inside >= 2*n, !open && (inside > 2*n || inside == 0):
		return uneven
	case open && inside == 0 && no > 1:
		return vacant
	}
	return fits
}

// touch brings the bounds of a list in line after something changed at keys, which
// must ascend. Each page is looked at once, however many of the keys it holds.
func (l *lists) touch(ctx context.Context, column int64, keys []resource.Key) (out touched, err error) {
	last, err := l.last(ctx, column)
	if err != nil {
		return out, err
	}
	out.before, out.last = last.No, last.No
	settled := resource.Oldest // what is older needs no look
	for _, k := range keys {
		if settled.Before(k) {
			continue
		}
		row, err := l.pageOf(ctx, column, k)
		if err != nil {
			return out, err
		}
		if settled, err = l.high(ctx, row); err != nil {
			return out, err
		}
		inside, err := l.inside(ctx, row, settled)
		if err != nil {
			return out, err
		}
		verdict := judge(inside, size(column), row.No == last.No, row.No)
		if verdict == fits {
			out.pages = append(out.pages, row.No)
			continue
		}
		from := row.No
		if verdict == vacant {
			from--
		}
		again, err := l.recut(ctx, column, from)
		out.pages, out.last = append(out.pages, again...), again[len(again)-1]
		return out, err // everything newer was cut anew
	}
	return out, nil
}

// inside counts the items of a page, up to one more than it may hold.
func (l *lists) inside(ctx context.Context, row *listRow, high resource.Key) (int, error) {
	keys, err := l.keysUp(ctx, row.ColumnID, row.low(), 2*size(row.ColumnID)+1)
	n := 0
	for _, k := range keys {
		if high.Before(k) {
			n++
		}
	}
	return n, err
}

// slab is how many keys are read at once when whole lists are walked.
const slab = 2000

// recut cuts a list anew from page no on and returns the numbers of those pages. Pages
// before it keep everything, unless nothing is left from no on: then the page before
// opens again.
func (l *lists) recut(ctx context.Context, column, no int64) ([]int64, error) {
	start, err := l.page(ctx, column, no)
	if err != nil {
		return []int64{no}, err
	}
	if _, err := l.db.NewDelete().Model((*listRow)(nil)).Where("site_id = ? AND column_id = ? AND no > ?", l.site, column, no).Exec(ctx); err != nil {
		return []int64{no}, err
	}
	out, open, n := []int64{no}, start, size(column)
	var fresh []listRow
	var in []resource.Key // of the open page
	err = l.walk(ctx, column, start.low(), func(k resource.Key) {
		if in = append(in, k); len(in) == 2*n {
			open = &listRow{SiteID: l.site, ColumnID: column, No: open.No + 1, LowAt: in[n].At, LowItem: in[n].Item}
			fresh, out = append(fresh, *open), append(out, open.No)
			in = append([]resource.Key(nil), in[n:]...)
		}
	})
	if err != nil {
		return out, err
	}
	if len(in) == 0 && no > 1 {
		return l.recut(ctx, column, no-1)
	}
	for chunk := range slices.Chunk(fresh, 400) {
		if _, err := l.db.NewInsert().Model(&chunk).Exec(ctx); err != nil {
			return out, err
		}
	}
	l.mu.Lock()
	l.opens[column] = open
	l.mu.Unlock()
	return out, nil
}

// walk calls fn with every live key of a list from low on, ascending.
func (l *lists) walk(ctx context.Context, column int64, low resource.Key, fn func(resource.Key)) error {
	for {
		keys, err := l.keysUp(ctx, column, low, slab)
		if err != nil {
			return err
		}
		for _, k := range keys {
			fn(k)
		}
		if len(keys) < slab {
			return nil
		}
		low = keys[len(keys)-1]
		low.Item++
	}
}

// settle looks at every page of a list, cuts anew from the first one that does not hold
// what it should, and returns the numbers of all its pages. Good cuts stay as they are:
// addresses of list pages do not change because a site is rendered again.
func (l *lists) settle(ctx context.Context, column int64) (touched, error) {
	last, err := l.last(ctx, column)
	if err != nil {
		return touched{}, err
	}
	out := touched{before: last.No, last: last.No}
	var rows []listRow
	if err := l.db.NewSelect().Model(&rows).Where("site_id = ? AND column_id = ?", l.site, column).Order("no").Scan(ctx); err != nil {
		return out, err
	}
	held, at := make([]int, len(rows)), 0
	err = l.walk(ctx, column, resource.Oldest, func(k resource.Key) {
		for at+1 < len(rows) && !rows[at+1].low().Before(k) {
			at++
		}
		held[at]++
	})
	if err != nil {
		return out, err
	}
	for i := range rows {
		out.pages = append(out.pages, rows[i].No)
		verdict := judge(held[i], size(column), i == len(rows)-1, rows[i].No)
		if verdict == fits {
			continue
		}
		from := rows[i].No
		if verdict == vacant {
			from--
		}
		again, err := l.recut(ctx, column, from)
		for no := int64(1); no < again[0]; no++ {
			again = append(again, no)
		}
		slices.Sort(again)
		out.pages, out.last = again, again[len(again)-1]
		return out, err
	}
	return out, nil
}
