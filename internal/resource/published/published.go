package published

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/resource"
)

// Reader reads live and withdrawn items. It does not return drafts.
type Reader struct{ db *store.DB }

// New returns a Reader on db.
func New(db *store.DB) *Reader { return &Reader{db: db} }

// Key is the sort key of an item in a column. Lists are sorted by At and then by Item, both descending.
type Key struct {
	At   int64 `bun:"at"`
	Item int64 `bun:"item_id"`
}

// NewerThan reports whether k is before o in a list. If both have the same time, the higher id is newer.
func (k Key) NewerThan(o Key) bool {
	return k.At > o.At || k.At == o.At && k.Item > o.Item
}

// Oldest and Newest are below and above all keys.
var (
	Oldest = Key{At: -1 << 62, Item: -1 << 62}
	Newest = Key{At: 1 << 62, Item: 1 << 62}
)

// Entry is an item in a list.
type Entry struct {
	Key
	Site           int64                        `bun:"site_id"`
	Column         int64                        `bun:"column_id"`
	Class          resource.Class               `bun:"class"`
	Title          string                       `bun:"title"` // the placement's headline, else the edition's title
	Summary        string                       `bun:"summary"`
	Source         string                       `bun:"source"`
	Path           string                       `bun:"path"` // address of the page on this site; "" in page columns
	Cover          *resource.Media              `bun:"cover,type:text"`
	Document       *resource.DocumentInfo       `bun:"official,type:text"`
	Interpretation *resource.InterpretationInfo `bun:"reading,type:text"`
}

// AfterScanRow sets empty objects to nil, see resource.Item.AfterScanRow.
func (e *Entry) AfterScanRow(ctx context.Context) error {
	of := resource.Edition{Cover: e.Cover, Document: e.Document, Interpretation: e.Interpretation}
	err := of.AfterScanRow(ctx)
	e.Cover, e.Document, e.Interpretation = of.Cover, of.Document, of.Interpretation
	return err
}

// entries returns the query for Entry.
func (r *Reader) entries() *bun.SelectQuery {
	return r.db.Read().NewSelect().ColumnExpr("p.at, p.item_id, p.site_id, p.column_id, i.class").
		ColumnExpr("CASE WHEN p.headline <> '' THEN p.headline ELSE e.title END AS title").
		ColumnExpr("e.summary, e.source, COALESCE(a.path, '') AS path, e.cover, e.official, e.reading").
		TableExpr("resource_placement AS p").
		Join("JOIN resource_item AS i ON i.id = p.item_id").
		Join("JOIN resource_edition AS e ON e.id = i.live_edition").
		Join("LEFT JOIN resource_address AS a ON a.site_id = p.site_id AND a.item_id = p.item_id")
}

func scanEntries(ctx context.Context, q *bun.SelectQuery) ([]Entry, error) {
	var out []Entry
	err := q.Scan(ctx, &out)
	return out, err
}

// Between returns the live entries of a column with low ≤ key < high, newest first, at
// most limit.
func (r *Reader) Between(ctx context.Context, column int64, low, high Key, limit int) ([]Entry, error) {
	return scanEntries(ctx, r.entries().Where("p.column_id = ? AND p.live = ?", column, true).
		Where("(p.at, p.item_id) >= (?, ?) AND (p.at, p.item_id) < (?, ?)", low.At, low.Item, high.At, high.Item).
		OrderExpr("p.at DESC, p.item_id DESC").Limit(int64(limit)))
}

// Top returns the newest live entries of a column.
func (r *Reader) Top(ctx context.Context, column int64, limit int) ([]Entry, error) {
	return r.Between(ctx, column, Oldest, Newest, limit)
}

// KeysUp returns the live keys of a column with low ≤ key in ascending order, at most limit.
func (r *Reader) KeysUp(ctx context.Context, column int64, low Key, limit int) ([]Key, error) {
	return r.keys(ctx, r.db.Read().NewSelect().ColumnExpr("at, item_id").TableExpr("resource_placement").
		Where("column_id = ? AND live = ?", column, true).
		Where("(at, item_id) >= (?, ?)", low.At, low.Item).OrderExpr("at, item_id").Limit(int64(limit)))
}

// SiteKeysUp is KeysUp for the primary placements of a site.
func (r *Reader) SiteKeysUp(ctx context.Context, site int64, low Key, limit int) ([]Key, error) {
	return r.keys(ctx, r.db.Read().NewSelect().ColumnExpr("at, item_id").TableExpr("resource_placement").
		Where("site_id = ? AND live = ? AND is_primary = ?", site, true, true).
		Where("(at, item_id) >= (?, ?)", low.At, low.Item).OrderExpr("at, item_id").Limit(int64(limit)))
}

func (r *Reader) keys(ctx context.Context, q *bun.SelectQuery) ([]Key, error) {
	var out []Key
	err := q.Scan(ctx, &out)
	return out, err
}

// SiteBetween is Between for the primary placements of a site.
func (r *Reader) SiteBetween(ctx context.Context, site int64, low, high Key, limit int) ([]Entry, error) {
	return scanEntries(ctx, r.entries().Where("p.site_id = ? AND p.live = ? AND p.is_primary = ?", site, true, true).
		Where("(p.at, p.item_id) >= (?, ?) AND (p.at, p.item_id) < (?, ?)", low.At, low.Item, high.At, high.Item).
		OrderExpr("p.at DESC, p.item_id DESC").Limit(int64(limit)))
}

// Neighbours returns the next newer and the next older entry of a key in a column. At the ends of the list they are
// nil.
func (r *Reader) Neighbours(ctx context.Context, column int64, k Key) (newer, older *Entry, err error) {
	up, err := scanEntries(ctx, r.entries().Where("p.column_id = ? AND p.live = ?", column, true).
		Where("(p.at, p.item_id) > (?, ?)", k.At, k.Item).OrderExpr("p.at, p.item_id").Limit(1))
	if err != nil {
		return nil, nil, err
	}
	down, err := r.Between(ctx, column, Oldest, k, 1)
	if err != nil {
		return nil, nil, err
	}
	if len(up) > 0 {
		newer = &up[0]
	}
	if len(down) > 0 {
		older = &down[0]
	}
	return newer, older, nil
}

// Shown is an item with the data for its page on a site.
type Shown struct {
	Item      *resource.Item
	Edition   *resource.Edition
	Placement resource.Placement // the primary one on the site
	Path      string             // "" in page columns
}

// Entry returns the item as an entry of the column of its primary placement.
func (s *Shown) Entry() Entry {
	out := Entry{
		Key:    Key{s.Placement.At, s.Item.ID},
		Site:   s.Placement.SiteID,
		Column: s.Placement.ColumnID,
		Class:  s.Item.Class,
		Title:  s.Placement.Headline,
		Path:   s.Path,
	}
	if e := s.Edition; e != nil {
		out.Title, out.Summary, out.Source = cmp.Or(out.Title, e.Title), e.Summary, e.Source
		out.Cover, out.Document, out.Interpretation = e.Cover, e.Document, e.Interpretation
	}
	return out
}

// OnSite returns items with the data for their pages on a site, by item id. It includes withdrawn items and items that
// are no longer placed on the site, because their addresses must still answer; then Placement is zero. It does not
// include items that were never public.
func (r *Reader) OnSite(ctx context.Context, site int64, ids []int64) (map[int64]*Shown, error) {
	out := map[int64]*Shown{}
	for chunk := range slices.Chunk(ids, 400) {
		if err := r.onSite(ctx, site, chunk, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Tables of package resource with their aliases.
const (
	items      = "resource_item AS item"
	editions   = "resource_edition AS edition"
	placements = "resource_placement AS placement"
	links      = "resource_link AS link"
)

// wasPublic returns the states of items that are or were public.
func wasPublic() any { return bun.List([]resource.State{resource.Live, resource.Withdrawn}) }

func (r *Reader) onSite(ctx context.Context, site int64, ids []int64, out map[int64]*Shown) error {
	db := r.db.Read()
	var found []*resource.Item
	if err := db.NewSelect().Model(&found).ModelTableExpr(items).Where("id IN (?) AND state IN (?)", bun.List(ids),
		wasPublic()).Scan(ctx); err != nil {
		return err
	}
	var live []int64
	byEdition := map[int64]*Shown{}
	for _, it := range found {
		s := &Shown{Item: it}
		out[it.ID] = s
		byEdition[it.LiveEdition] = s
		live = append(live, it.LiveEdition)
	}
	if len(live) == 0 {
		return nil
	}
	var texts []*resource.Edition
	if err := db.NewSelect().Model(&texts).ModelTableExpr(editions).Where("id IN (?)",
		bun.List(live)).Scan(ctx); err != nil {
		return err
	}
	for _, e := range texts {
		byEdition[e.ID].Edition = e
	}
	var places []resource.Placement
	if err := db.NewSelect().Model(&places).ModelTableExpr(placements).
		Where("site_id = ? AND item_id IN (?) AND is_primary = ?", site, bun.List(ids), true).Scan(ctx); err != nil {
		return err
	}
	for _, p := range places {
		if s := out[p.ItemID]; s != nil {
			s.Placement = p
		}
	}
	var paths []string
	var pathOf []int64
	if err := db.NewSelect().Column("path", "item_id").Table("resource_address").Where(
		"site_id = ? AND item_id IN (?)", site, bun.List(ids)).Scan(ctx, &paths, &pathOf); err != nil {
		return err
	}
	for i, id := range pathOf {
		if s := out[id]; s != nil {
			s.Path = paths[i]
		}
	}
	return nil
}

// Relation is a link of an item with the item at its other end.
type Relation struct {
	Kind    resource.LinkKind
	Forward bool  // the link starts from the item
	Other   Entry // see seenFrom; Entry.Site may be another site
}

// Relations returns the accepted links of items whose other end is live, by item. site is the site of the page that
// shows the links.
func (r *Reader) Relations(ctx context.Context, site int64, of []int64) (map[int64][]Relation, error) {
	out := map[int64][]Relation{}
	if len(of) == 0 {
		return out, nil
	}
	var found []resource.Link
	err := r.db.Read().NewSelect().Model(&found).ModelTableExpr(links).Where("from_item IN (?) OR to_item IN (?)",
		bun.List(of), bun.List(of)).Where("state = ?", resource.LinkAccepted).
		Order("from_item DESC", "to_item", "kind").Scan(ctx)
	if err != nil || len(found) == 0 {
		return out, err
	}
	var others []int64
	for _, l := range found {
		others = append(others, l.From, l.To)
	}
	best, err := r.seenFrom(ctx, site, others)
	if err != nil {
		return nil, err
	}
	for _, item := range of {
		for _, l := range found {
			if l.From != item && l.To != item {
				continue
			}
			if e, ok := best[l.From+l.To-item]; ok {
				out[item] = append(out[item], Relation{Kind: l.Kind, Forward: l.From == item, Other: e})
			}
		}
	}
	return out, nil
}

// seenFrom returns the entries with which a page of a site refers to items. It uses the placement on that site, else
// the one on the owner's site, else any other. It does not use the headline of such another site.
func (r *Reader) seenFrom(ctx context.Context, site int64, of []int64) (map[int64]Entry, error) {
	var rows []struct {
		Entry
		Owner    int64  `bun:"owner"`
		OwnTitle string `bun:"own_title"`
	}
	err := r.entries().ColumnExpr("p.owner, e.title AS own_title").
		Where("p.item_id IN (?) AND p.live = ? AND p.is_primary = ?", bun.List(of), true, true).OrderExpr("p.id").Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	best, rank := map[int64]Entry{}, map[int64]int{}
	for _, row := range rows {
		here := 1 // neither this site nor the owner's
		switch row.Site {
		case site:
			here = 3
		case row.Owner:
			here = 2
		default:
			row.Title = row.OwnTitle
		}
		if here > rank[row.Item] {
			best[row.Item], rank[row.Item] = row.Entry, here
		}
	}
	return best, nil
}

// OldAddresses returns the old addresses on a site that redirect to the items, with the ids of the items.
func (r *Reader) OldAddresses(ctx context.Context, site int64, ids []int64) (map[string]int64, error) {
	out := map[string]int64{}
	for chunk := range slices.Chunk(ids, 400) {
		var paths []string
		var leadTo []int64
		if err := r.db.Read().NewSelect().Column("path", "item_id").Table("resource_old_address").
			Where("site_id = ? AND item_id IN (?)", site, bun.List(chunk)).Scan(ctx, &paths, &leadTo); err != nil {
			return nil, err
		}
		for i, path := range paths {
			out[path] = leadTo[i]
		}
	}
	return out, nil
}

// ItemsOnSite calls fn with chunks of the ids of all items that are placed or have an address on a site. The ids are in
// ascending order.
func (r *Reader) ItemsOnSite(ctx context.Context, site int64, fn func(ids []int64) error) error {
	last := int64(-1)
	for {
		var ids []int64
		// Each SELECT has its own LIMIT; otherwise every query would read all remaining rows.
		err := r.db.Read().NewRaw(`SELECT item_id FROM (
			SELECT item_id FROM (SELECT DISTINCT item_id FROM resource_placement WHERE site_id = ? AND item_id > ? ORDER BY item_id LIMIT 500) AS placed
			UNION SELECT item_id FROM (SELECT item_id FROM resource_address WHERE site_id = ? AND item_id > ? ORDER BY item_id LIMIT 500) AS known
			) AS u ORDER BY item_id LIMIT 500`,
			site, last, site, last).Scan(ctx, &ids)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := fn(ids); err != nil {
			return err
		}
		last = ids[len(ids)-1]
	}
}

// Count returns the number of live items in a column.
func (r *Reader) Count(ctx context.Context, column int64) (int64, error) {
	return r.db.Read().NewSelect().TableExpr("resource_placement").Where("column_id = ? AND live = ?", column,
		true).Count(ctx)
}

// Placements returns all placements of items by item, oldest first. It leaves out items that were never public.
func (r *Reader) Placements(ctx context.Context, ids []int64) (map[int64][]resource.Placement, error) {
	out := map[int64][]resource.Placement{}
	for chunk := range slices.Chunk(ids, 400) {
		var found []resource.Placement
		if err := r.db.Read().NewSelect().Model(&found).ModelTableExpr(placements).Where("item_id IN (?)",
			bun.List(chunk)).Where("item_id IN (SELECT id FROM resource_item WHERE id IN (?) AND state IN (?))",
			bun.List(chunk), wasPublic()).Order("id").Scan(ctx); err != nil {
			return nil, err
		}
		for _, p := range found {
			out[p.ItemID] = append(out[p.ItemID], p)
		}
	}
	return out, nil
}

// Withdrawn returns the withdrawn items on a site with their spots on it.
func (r *Reader) Withdrawn(ctx context.Context, site int64) ([]resource.Change, error) {
	var found []resource.Placement
	err := r.db.Read().NewSelect().Model(&found).ModelTableExpr(placements).
		Join("JOIN resource_item AS i ON i.id = placement.item_id").
		Where("i.state = ? AND placement.site_id = ?", resource.Withdrawn, site).
		Order("i.id", "placement.id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	var out []resource.Change
	for _, p := range found {
		if n := len(out); n == 0 || out[n-1].Item != p.ItemID {
			out = append(out, resource.Change{Item: p.ItemID})
		}
		last := &out[len(out)-1]
		last.Spots = append(last.Spots, resource.Spot{Site: p.SiteID, Column: p.ColumnID, At: p.At})
	}
	return out, nil
}
