package resource

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/store"
)

// Summary is an item in a work list.
type Summary struct {
	Item   Item
	Title  string
	At     int64
	Column int64 // of the primary placement on the owner's site; 0 = none
}

// Filter selects items of a work list. A zero field does not limit the list.
type Filter struct {
	Owner     int64
	Class     Class
	State     State
	Column    int64
	DocNo     string
	Title     string // part of the title, upper and lower case alike
	UpdatedBy string // kind and id of who changed the item last
	After     int64  // id of the last item of the previous page; 0 = first page
	Limit     int    // 0 = 50; at most 500
	// Scan is the maximum number of items that are compared with the filter; 0 = 10,000. Filters that no index answers
	// alone, such as a part of the title, can so give a short page while there is more: see Listing.Next.
	Scan int
}

// Listing is a page of a work list.
type Listing struct {
	Items []Summary
	Next  int64 // Filter.After of the next page; 0 = this is the last one
}

const maxScan = 10_000

// key is the index that the list follows, newest first.
type key struct {
	from   string // table with its alias
	id     string // the item in it
	column string // column of the index after the owner; "" = none
	value  any
	owner  bool // the index begins with the owner
}

// key returns the index that leaves the fewest items to compare.
func (f *Filter) key() key {
	k := key{from: "resource_item AS k", id: "k.id", owner: true}
	switch {
	case f.DocNo != "":
		return key{from: "resource_edition AS k", id: "k.item_id", column: "k.doc_no", value: f.DocNo}
	case f.Column != 0:
		return key{from: "resource_placement AS k", id: "k.item_id", column: "k.column_id", value: f.Column}
	case f.State != "":
		k.column, k.value = "k.state", f.State
	case f.UpdatedBy != "":
		k.column, k.value = "k.updated_by", f.UpdatedBy
	case f.Class != "":
		k.column, k.value = "k.class", f.Class
	}
	return k
}

// List returns the selected items, newest first. It reads a bounded number of rows, however many items there are, when
// the filter names an owner.
func (l *Library) List(ctx context.Context, f Filter) (*Listing, error) {
	by, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	if f.Scan <= 0 {
		f.Scan = maxScan
	}
	f.Limit = min(f.Limit, 500)
	low, err := l.windowEnd(ctx, by, f)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		itemRow
		Title       string `bun:"title"`
		PublishedAt int64  `bun:"published_at"`
	}
	q := l.db.Read().NewSelect().ColumnExpr("i.*, e.title, e.published_at")
	q = f.narrow(f.along(q, by, low), by).Limit(int64(f.Limit) + 1)
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := &Listing{}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		out.Next = rows[f.Limit-1].ID
	} else if low != 0 {
		out.Next = low
	}
	for i := range rows {
		out.Items = append(out.Items, Summary{Item: *rows[i].item(), Title: rows[i].Title, At: rows[i].PublishedAt})
	}
	return out, l.addColumns(ctx, out.Items)
}

// along follows the index of the filter from After down to low.
func (f *Filter) along(q *bun.SelectQuery, by actor.Actor, low int64) *bun.SelectQuery {
	k := f.key()
	q = q.TableExpr(k.from).OrderExpr(k.id + " DESC")
	if k.owner && f.Owner != 0 {
		q = q.Where("k.owner = ?", f.Owner)
	} else if k.owner {
		q = by.Scope.Where(q, "k.owner")
	}
	if k.column != "" {
		q = q.Where(k.column+" = ?", k.value)
	}
	if f.DocNo != "" { // the partial index has only editions with a number
		q = q.Where("k.doc_no <> ''")
	}
	if f.After != 0 {
		q = q.Where(k.id+" < ?", f.After)
	}
	if low != 0 {
		q = q.Where(k.id+" >= ?", low)
	}
	return q
}

// windowEnd returns the last item that this page compares with the filter, or 0 if it compares all that are left. It
// reads the index only.
func (l *Library) windowEnd(ctx context.Context, by actor.Actor, f Filter) (low int64, err error) {
	k := f.key()
	rest := f.Title != "" || f.Class != "" && k.column != "k.class" ||
		f.UpdatedBy != "" && k.column != "k.updated_by" || f.State != "" && k.column != "k.state" || !k.owner
	if !rest {
		return 0, nil
	}
	q := f.along(l.db.Read().NewSelect().ColumnExpr(k.id), by, 0).Limit(1).Offset(int64(f.Scan) - 1)
	if err = q.Scan(ctx, &low); store.NotFound(err) {
		return 0, nil
	}
	return low, err
}

// narrow adds the conditions that the index does not answer, and the scope.
func (f *Filter) narrow(q *bun.SelectQuery, by actor.Actor) *bun.SelectQuery {
	// CROSS JOIN keeps SQLite on the index that along follows.
	q = q.Join("CROSS JOIN resource_item AS i CROSS JOIN resource_edition AS e").Where("i.id = " + f.key().id).
		Where("e.id = CASE WHEN i.draft_edition <> 0 THEN i.draft_edition ELSE i.live_edition END")
	q = by.Scope.Where(q, "i.owner")
	for _, c := range []struct {
		column string
		value  any
		set    bool
	}{
		{"i.owner", f.Owner, f.Owner != 0},
		{"i.class", f.Class, f.Class != ""},
		{"i.state", f.State, f.State != ""},
		{"i.updated_by", f.UpdatedBy, f.UpdatedBy != ""},
	} {
		if c.set {
			q = q.Where(c.column+" = ?", c.value)
		}
	}
	if f.State == "" {
		q = q.Where("i.state <> ?", Discarded) // the recycle bin is a list of its own; it is small, see purge
	}
	if f.DocNo != "" {
		q = q.Where("k.id = e.id")
	}
	if f.Column != 0 && f.DocNo != "" {
		q = q.Where("EXISTS (SELECT 1 FROM resource_placement AS p WHERE p.item_id = i.id AND p.column_id = ?)",
			f.Column)
	}
	if f.Title != "" {
		literal := strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(f.Title))
		q = q.Where(`LOWER(e.title) LIKE ? ESCAPE '\'`, "%"+literal+"%")
	}
	return q
}

// addColumns sets the column of each item.
func (l *Library) addColumns(ctx context.Context, items []Summary) error {
	ids, at := []int64{}, map[int64]*Summary{}
	for i := range items {
		ids, at[items[i].Item.ID] = append(ids, items[i].Item.ID), &items[i]
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []placementRow
	err := l.db.Read().NewSelect().Model(&rows).Column("item_id", "site_id", "column_id").
		Where("item_id IN (?) AND is_primary = ?", bun.List(ids), true).Scan(ctx)
	for _, r := range rows {
		if s := at[r.ItemID]; s.Item.Owner == r.SiteID {
			s.Column = r.ColumnID
		}
	}
	return err
}

// maxCount is where Counts stops counting.
const maxCount = 1000

// Counts returns how many items of an owner have each state, maxCount at most: a list shows "1000+", and no count reads
// the whole library.
func (l *Library) Counts(ctx context.Context, owner int64) (map[State]int64, error) {
	by, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	out := map[State]int64{}
	if !by.Scope.Allows(owner) {
		return out, nil
	}
	for _, s := range []State{Draft, Scheduled, Live, Withdrawn, Discarded} {
		some := l.db.Read().NewSelect().Model((*itemRow)(nil)).Column("id").Where("owner = ? AND state = ?", owner, s).
			Limit(maxCount)
		n, err := l.db.Read().NewSelect().TableExpr("(?) AS counted", some).Count(ctx)
		if err != nil {
			return nil, err
		}
		out[s] = n
	}
	return out, nil
}
