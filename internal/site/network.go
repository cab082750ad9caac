package site

import (
	"context"
	"slices"

	"github.com/uptrace/bun"
)

// Card is what other sites show of a site: its name and where it is.
type Card struct {
	ID       int64
	ParentID int64 // 0 for the top of the network
	Code     string
	Name     string
	State    State
	Domains  []string // the first is the main domain
}

// Card returns what other sites show of the site.
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

// MainDomain is the first domain, or "" while the site has none.
func (c *Card) MainDomain() string { return mainDomain(c.Domains) }

// URL is the address of path on the site's main domain. A site without a domain gets
// the path alone.
func (c *Card) URL(path string) string { return addressOn(c.MainDomain(), path) }

// Relatives are the sites around one in the network, as its pages show them.
type Relatives struct {
	Above   []*Card // its parent first, then the parent's parent, up to the top
	Near    []*Card // its children and the other children of its parent, oldest first
	Default bool    // answers requests by IP address or for localhost: the oldest site without a parent
}

// Relatives returns the sites around one: the number of statements does not depend on how many
// sites there are, and only sites that its pages name are read.
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
		delete(byID, up.ID) // a circle ends
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

// Cards returns the cards of sites by id; unknown ones are missing.
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

// Codes returns the codes of sites by id; unknown ones are missing. Names of sites are no secret.
func (r *Register) Codes(ctx context.Context, ids ...int64) (map[int64]string, error) {
	cards, err := r.Cards(ctx, ids...)
	out := map[int64]string{}
	for id, c := range cards {
		out[id] = c.Code
	}
	return out, err
}

// NamedBy returns the ids of the sites whose pages name a site: all its descendants, in the heads of their
// pages, and each of the given parents with all its children, in their footers.
func (r *Register) NamedBy(ctx context.Context, id int64, parents ...int64) (ids []int64, err error) {
	parents = slices.DeleteFunc(parents, func(p int64) bool { return p == 0 })
	err = r.db.Read().NewRaw(`WITH RECURSIVE below (id) AS (
		SELECT id FROM site_site WHERE parent_id = ?
		UNION SELECT s.id FROM site_site AS s JOIN below ON s.parent_id = below.id)
		SELECT id FROM below UNION SELECT id FROM site_site WHERE id IN (?) OR parent_id IN (?) ORDER BY id`,
		id, bun.List(parents), bun.List(parents)).Scan(ctx, &ids)
	return slices.DeleteFunc(ids, func(one int64) bool { return one == id }), err
}
