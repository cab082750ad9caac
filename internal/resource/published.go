package resource

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
)

// Published reads what is public: live items and how withdrawn ones must answer. It
// needs no scope, because nothing it returns is secret; drafts cannot be read through it.
type Published struct{ db *store.DB }

// NewPublished reads from db.
func NewPublished(db *store.DB) *Published { return &Published{db: db} }

// Key orders items in a column: newest first, then by id.
type Key struct {
	At   int64
	Item int64
}

// NewerThan reports whether k stands above o in a list, newest first. Of two items of one
// time the one with the higher id counts as newer.
func (k Key) NewerThan(o Key) bool {
	return k.At > o.At || k.At == o.At && k.Item > o.Item
}

// Oldest and Newest are the ends of the order.
var (
	Oldest = Key{At: -1 << 62, Item: -1 << 62}
	Newest = Key{At: 1 << 62, Item: 1 << 62}
)

// Entry is an item as a list shows it.
type Entry struct {
	Key
	Site           int64
	Column         int64
	Class          Class
	Title          string // the placement's headline, else the edition's title
	Summary        string
	Source         string
	Path           string // address of its page on this site; "" in page columns
	Cover          *Media
	Document       *DocumentInfo
	Interpretation *InterpretationInfo
}

type entryRow struct {
	ItemID         int64               `bun:"item_id"`
	SiteID         int64               `bun:"site_id"`
	ColumnID       int64               `bun:"column_id"`
	At             int64               `bun:"at"`
	Headline       string              `bun:"headline"`
	Title          string              `bun:"title"`
	Summary        string              `bun:"summary"`
	Source         string              `bun:"source"`
	Class          Class               `bun:"class"`
	Path           string              `bun:"path"`
	Cover          *Media              `bun:"cover,type:text"`
	Document       *DocumentInfo       `bun:"official,type:text"`
	Interpretation *InterpretationInfo `bun:"reading,type:text"`
}

func (r *entryRow) entry() Entry {
	e := Entry{
		Key:     Key{r.At, r.ItemID},
		Site:    r.SiteID,
		Column:  r.ColumnID,
		Class:   r.Class,
		Title:   r.Headline,
		Summary: r.Summary,
		Source:  r.Source,
		Path:    r.Path,
	}
	if e.Title == "" {
		e.Title = r.Title
	}
	if r.Cover != nil && r.Cover.Hash != "" {
		e.Cover = r.Cover
	}
	if r.Document != nil && *r.Document != (DocumentInfo{}) {
		e.Document = r.Document
	}
	if r.Interpretation != nil && *r.Interpretation != (InterpretationInfo{}) {
		e.Interpretation = r.Interpretation
	}
	return e
}

const entryColumns = "p.item_id, p.site_id, p.column_id, p.at, p.headline, e.title, e.summary, e.source, i.class, COALESCE(a.path, '') AS path, e.cover, e.official, e.reading"

func (p *Published) entries() *bun.SelectQuery {
	return p.db.Read().NewSelect().ColumnExpr(entryColumns).TableExpr("resource_placement AS p").
		Join("JOIN resource_item AS i ON i.id = p.item_id").
		Join("JOIN resource_edition AS e ON e.id = i.live_edition").
		Join("LEFT JOIN resource_address AS a ON a.site_id = p.site_id AND a.item_id = p.item_id")
}

func scanEntries(ctx context.Context, q *bun.SelectQuery) ([]Entry, error) {
	var rows []entryRow
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := make([]Entry, len(rows))
	for i := range rows {
		out[i] = rows[i].entry()
	}
	return out, nil
}

// Between returns the live entries of a column with low ≤ key < high, newest first, at
// most limit.
func (p *Published) Between(ctx context.Context, column int64, low, high Key, limit int) ([]Entry, error) {
	return scanEntries(ctx, p.entries().Where("p.column_id = ? AND p.live = ?", column, true).
		Where("(p.at, p.item_id) >= (?, ?) AND (p.at, p.item_id) < (?, ?)", low.At, low.Item, high.At, high.Item).
		OrderExpr("p.at DESC, p.item_id DESC").Limit(int64(limit)))
}

// Top returns the newest live entries of a column.
func (p *Published) Top(ctx context.Context, column int64, limit int) ([]Entry, error) {
	return p.Between(ctx, column, Oldest, Newest, limit)
}

// KeysUp returns up to limit live keys of a column in ascending order, from low on.
func (p *Published) KeysUp(ctx context.Context, column int64, low Key, limit int) ([]Key, error) {
	return p.keys(ctx, p.db.Read().NewSelect().ColumnExpr("at, item_id").TableExpr("resource_placement").
		Where("column_id = ? AND live = ?", column, true).
		Where("(at, item_id) >= (?, ?)", low.At, low.Item).OrderExpr("at, item_id").Limit(int64(limit)))
}

// SiteKeysUp is KeysUp over all pages of a site: the primary placements.
func (p *Published) SiteKeysUp(ctx context.Context, site int64, low Key, limit int) ([]Key, error) {
	return p.keys(ctx, p.db.Read().NewSelect().ColumnExpr("at, item_id").TableExpr("resource_placement").
		Where("site_id = ? AND live = ? AND is_primary = ?", site, true, true).
		Where("(at, item_id) >= (?, ?)", low.At, low.Item).OrderExpr("at, item_id").Limit(int64(limit)))
}

func (p *Published) keys(ctx context.Context, q *bun.SelectQuery) ([]Key, error) {
	var rows []struct {
		At     int64 `bun:"at"`
		ItemID int64 `bun:"item_id"`
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := make([]Key, len(rows))
	for i, r := range rows {
		out[i] = Key{r.At, r.ItemID}
	}
	return out, nil
}

// SiteBetween returns the pages of a site (primary placements) with low ≤ key < high,
// newest first.
func (p *Published) SiteBetween(ctx context.Context, site int64, low, high Key, limit int) ([]Entry, error) {
	return scanEntries(ctx, p.entries().Where("p.site_id = ? AND p.live = ? AND p.is_primary = ?", site, true, true).
		Where("(p.at, p.item_id) >= (?, ?) AND (p.at, p.item_id) < (?, ?)", low.At, low.Item, high.At, high.Item).
		OrderExpr("p.at DESC, p.item_id DESC").Limit(int64(limit)))
}

// Neighbours returns the entries right above (newer) and below (older) a key in a
// column; nil at the ends.
func (p *Published) Neighbours(ctx context.Context, column int64, k Key) (newer, older *Entry, err error) {
	up, err := scanEntries(ctx, p.entries().Where("p.column_id = ? AND p.live = ?", column, true).
		Where("(p.at, p.item_id) > (?, ?)", k.At, k.Item).OrderExpr("p.at, p.item_id").Limit(1))
	if err != nil {
		return nil, nil, err
	}
	down, err := p.Between(ctx, column, Oldest, k, 1)
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

// Shown is an item with what its page on one site needs.
type Shown struct {
	Item      *Item
	Edition   *Edition
	Placement Placement // the primary one on the site
	Path      string    // "" in page columns
}

// Entry is the item as lists show it where its primary placement is.
func (s *Shown) Entry() Entry {
	row := entryRow{
		ItemID:   s.Item.ID,
		SiteID:   s.Placement.SiteID,
		ColumnID: s.Placement.ColumnID,
		At:       s.Placement.At,
		Headline: s.Placement.Headline,
		Class:    s.Item.Class,
		Path:     s.Path,
	}
	if e := s.Edition; e != nil {
		row.Title, row.Summary, row.Source = e.Title, e.Summary, e.Source
		row.Cover, row.Document, row.Interpretation = e.Cover, e.Document, e.Interpretation
	}
	return row.entry()
}

// OnSite returns the items as their pages on a site show them, by item id. Items that
// were withdrawn or unplaced are included with their state, so that their addresses
// can answer; drafts are not. Placement is zero when the item has left the site.
func (p *Published) OnSite(ctx context.Context, site int64, ids []int64) (map[int64]*Shown, error) {
	out := map[int64]*Shown{}
	for chunk := range slices.Chunk(ids, 400) {
		if err := p.onSite(ctx, site, chunk, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *Published) onSite(ctx context.Context, site int64, ids []int64, out map[int64]*Shown) error {
	db := p.db.Read()
	var items []itemRow
	if err := db.NewSelect().Model(&items).Where("id IN (?) AND state IN (?)", bun.List(ids),
		bun.List([]State{Live, Withdrawn})).Scan(ctx); err != nil {
		return err
	}
	editions := make([]int64, 0, len(items))
	byEdition := map[int64]*Shown{}
	for i := range items {
		s := &Shown{Item: items[i].item()}
		out[items[i].ID] = s
		byEdition[items[i].LiveEdition] = s
		editions = append(editions, items[i].LiveEdition)
	}
	if len(editions) == 0 {
		return nil
	}
	var rows []editionRow
	if err := db.NewSelect().Model(&rows).Where("id IN (?)", bun.List(editions)).Scan(ctx); err != nil {
		return err
	}
	for i := range rows {
		byEdition[rows[i].ID].Edition = rows[i].edition()
	}
	var places []placementRow
	if err := db.NewSelect().Model(&places).Where("site_id = ? AND item_id IN (?) AND is_primary = ?", site,
		bun.List(ids), true).Scan(ctx); err != nil {
		return err
	}
	for i := range places {
		if s := out[places[i].ItemID]; s != nil {
			s.Placement = places[i].Placement
		}
	}
	var addresses []addressRow
	if err := db.NewSelect().Model(&addresses).Where("site_id = ? AND item_id IN (?)", site,
		bun.List(ids)).Scan(ctx); err != nil {
		return err
	}
	for _, a := range addresses {
		if s := out[a.ItemID]; s != nil {
			s.Path = a.Path
		}
	}
	return nil
}

// Relation is a link seen from one item: the other item as an entry on a site.
type Relation struct {
	Kind    LinkKind
	Forward bool  // the link starts from the item asked for
	Other   Entry // as placed on the site asked for, else on another, see Entry.Site
}

// Relations returns the accepted links from and to items whose other end is live, by item. site
// is where the page is: the other end is shown as placed there, else on its own site.
func (p *Published) Relations(ctx context.Context, site int64, items []int64) (map[int64][]Relation, error) {
	out := map[int64][]Relation{}
	if len(items) == 0 {
		return out, nil
	}
	var links []linkRow
	err := p.db.Read().NewSelect().Model(&links).Where("from_item IN (?) OR to_item IN (?)", bun.List(items),
		bun.List(items)).Where("state = ?", LinkAccepted).
		Order("from_item DESC", "to_item", "kind").Scan(ctx)
	if err != nil || len(links) == 0 {
		return out, err
	}
	var others []int64
	for _, l := range links {
		others = append(others, l.From, l.To)
	}
	best, err := p.seenFrom(ctx, site, others)
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		for _, l := range links {
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

// seenFrom returns the items as a page of a site refers to them: as placed on that site,
// else on the site of the item's owner, else on any. What a third site writes above the item
// stays on that site: there the title of the edition counts.
func (p *Published) seenFrom(ctx context.Context, site int64, items []int64) (map[int64]Entry, error) {
	var rows []struct {
		entryRow
		Owner int64 `bun:"owner"`
	}
	err := p.entries().ColumnExpr("p.owner").Where("p.item_id IN (?) AND p.live = ? AND p.is_primary = ?",
		bun.List(items), true, true).OrderExpr("p.id").Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	best, rank := map[int64]Entry{}, map[int64]int{}
	for _, r := range rows {
		here := 1 // on a third site
		switch r.SiteID {
		case site:
			here = 3
		case r.Owner:
			here = 2
		default:
			r.Headline = ""
		}
		if here > rank[r.ItemID] {
			best[r.ItemID], rank[r.ItemID] = r.entry(), here
		}
	}
	return best, nil
}

// OldAddresses returns the addresses on a site that must redirect to an item.
func (p *Published) OldAddresses(ctx context.Context, site int64, ids []int64) (map[string]int64, error) {
	out := map[string]int64{}
	for chunk := range slices.Chunk(ids, 400) {
		var rows []oldAddressRow
		if err := p.db.Read().NewSelect().Model(&rows).Where("site_id = ? AND item_id IN (?)", site,
			bun.List(chunk)).Scan(ctx); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Path] = r.ItemID
		}
	}
	return out, nil
}

// ItemsOnSite calls fn with the ids of all items that have or had a page on a site, in
// ascending order, in chunks.
func (p *Published) ItemsOnSite(ctx context.Context, site int64, fn func(ids []int64) error) error {
	last := int64(-1)
	for {
		var ids []int64
		// Each half is bounded by itself: without, every round would read all that is left.
		err := p.db.Read().NewRaw(`SELECT item_id FROM (
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

// Count returns how many live items a column lists.
func (p *Published) Count(ctx context.Context, column int64) (int64, error) {
	return p.db.Read().NewSelect().TableExpr("resource_placement").Where("column_id = ? AND live = ?", column,
		true).Count(ctx)
}

// Placements returns all placements of the items, by item, oldest first; none of items
// that were never public.
func (p *Published) Placements(ctx context.Context, ids []int64) (map[int64][]Placement, error) {
	out := map[int64][]Placement{}
	for chunk := range slices.Chunk(ids, 400) {
		var rows []placementRow
		if err := p.db.Read().NewSelect().Model(&rows).Where("item_id IN (?)", bun.List(chunk)).
			Where("item_id IN (SELECT id FROM resource_item WHERE id IN (?) AND state IN (?))", bun.List(chunk),
				bun.List([]State{Live, Withdrawn})).Order("id").Scan(ctx); err != nil {
			return nil, err
		}
		for i := range rows {
			out[rows[i].ItemID] = append(out[rows[i].ItemID], rows[i].Placement)
		}
	}
	return out, nil
}

// Withdrawn returns the items of a site that are withdrawn, with the places they had in
// lists.
func (p *Published) Withdrawn(ctx context.Context, site int64) ([]Change, error) {
	var rows []struct {
		itemRow
		SiteID   int64 `bun:"site_id"`
		ColumnID int64 `bun:"column_id"`
		At       int64 `bun:"at"`
	}
	err := p.db.Read().NewSelect().ColumnExpr("i.*, p.site_id, p.column_id, p.at").TableExpr("resource_item AS i").
		Join("JOIN resource_placement AS p ON p.item_id = i.id").
		Where("i.state = ? AND p.site_id = ?", Withdrawn, site).OrderExpr("i.id").Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	c := newChanges()
	for i := range rows {
		ch := c.item(rows[i].ID)
		ch.Spots = appendNew(ch.Spots, Spot{Site: rows[i].SiteID, Column: rows[i].ColumnID, At: rows[i].At})
	}
	out := make([]Change, len(c.order))
	for i, id := range c.order {
		out[i] = *c.by[id]
	}
	return out, nil
}
