package site

import (
	"context"
	"slices"

	"github.com/uptrace/bun"
)

// Card has what other sites show about a site, such as its name and domains.
type Card struct {
	ID       int64
	ParentID int64 // 0: no parent
	Code     string
	Name     string
	State    State
	Domains  []string // the first is the main domain
}

// Card returns the card of the site.
func (s *Site) Card() *Card {
	return &Card{
		ID:       s.ID,
		ParentID: s.ParentID,
		Code:     s.Code,
		Name:     s.Name,
		State:    s.State,
		Domains:  s.Domains,
	}
}

// MainDomain returns the first domain, "" when the site has none.
func (c *Card) MainDomain() string { return mainDomain(c.Domains) }

// URL returns the absolute address of path on the main domain. Without a domain it returns path.
func (c *Card) URL(path string) string { return addressOn(c.MainDomain(), path) }

// Relatives are the sites near one site in the network. Its pages name them.
type Relatives struct {
	Above   []*Card // its parent, the parent's parent and so on, up to the top
	Near    []*Card // its children and its siblings, oldest first
	Default bool    // true for the oldest site without a parent, which answers requests for IP addresses and localhost
}

// Relatives returns the relatives of a site. It reads only these sites, with a fixed number of statements.
func (r *Register) Relatives(ctx context.Context, s *Site) (*Relatives, error) {
	out := &Relatives{}
	above, err := r.cards(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("id IN (?)", r.db.Read().NewRaw(`WITH RECURSIVE above (id, parent_id) AS (
			SELECT id, parent_id FROM site_site WHERE id = ?
			UNION SELECT s.id, s.parent_id FROM site_site AS s JOIN above ON s.id = above.parent_id)
			SELECT parent_id FROM above`, s.ID))
	})
	if err != nil {
		return nil, err
	}
	byID := map[int64]*Card{}
	for _, c := range above {
		byID[c.ID] = c
	}
	for up := byID[s.ParentID]; up != nil; up = byID[up.ParentID] {
		out.Above = append(out.Above, up)
		delete(byID, up.ID) // ends the loop when the parents form a cycle
	}
	parents := []int64{s.ID}
	if s.ParentID != 0 {
		parents = append(parents, s.ParentID)
	}
	out.Near, err = r.cards(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("parent_id IN (?) AND id <> ?", bun.List(parents), s.ID).Order("id")
	})
	if err != nil || s.ParentID != 0 {
		return out, err
	}
	var oldest int64
	err = r.db.Read().NewSelect().Model((*siteRow)(nil)).Column("id").Where("parent_id = 0").Order("id").Limit(1).
		Scan(ctx, &oldest)
	out.Default = oldest == s.ID
	return out, err
}

func (r *Register) cards(ctx context.Context, where func(*bun.SelectQuery) *bun.SelectQuery) ([]*Card, error) {
	var rows []siteRow
	if err := where(r.db.Read().NewSelect().Model(&rows).Column("id", "parent_id", "code", "name", "state",
		"domains")).Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]*Card, len(rows))
	for i := range rows {
		out[i] = rows[i].site().Card()
	}
	return out, nil
}

// Cards returns the cards of sites by ID. Unknown IDs are missing in the result.
func (r *Register) Cards(ctx context.Context, ids ...int64) (map[int64]*Card, error) {
	out := map[int64]*Card{}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for chunk := range slices.Chunk(slices.Compact(ids), chunkSize) {
		some, err := r.cards(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("id IN (?)", bun.List(chunk))
		})
		if err != nil {
			return nil, err
		}
		for _, c := range some {
			out[c.ID] = c
		}
	}
	return out, nil
}

// Codes returns the codes of sites by ID. Unknown IDs are missing in the result.
func (r *Register) Codes(ctx context.Context, ids ...int64) (map[int64]string, error) {
	cards, err := r.Cards(ctx, ids...)
	out := map[int64]string{}
	for id, c := range cards {
		out[id] = c.Code
	}
	return out, err
}

// NamedBy returns the IDs of the sites whose pages name the site with this ID. These are its descendants (in the page
// head), and the given parents and their children (in the footer).
func (r *Register) NamedBy(ctx context.Context, id int64, parents ...int64) (ids []int64, err error) {
	parents = slices.DeleteFunc(parents, func(p int64) bool { return p == 0 })
	err = r.db.Read().NewRaw(`WITH RECURSIVE below (id) AS (
		SELECT id FROM site_site WHERE parent_id = ?
		UNION SELECT s.id FROM site_site AS s JOIN below ON s.parent_id = below.id)
		SELECT id FROM below UNION SELECT id FROM site_site WHERE id IN (?) OR parent_id IN (?) ORDER BY id`,
		id, bun.List(parents), bun.List(parents)).Scan(ctx, &ids)
	return slices.DeleteFunc(ids, func(one int64) bool { return one == id }), err
}
