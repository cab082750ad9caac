package publish

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"guiyi/internal/address"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/deps"
	"guiyi/internal/publish/page"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
)

// markSiteByID calls markSite for a site by its id. A deleted site is ignored.
func (p *planner) markSiteByID(ctx context.Context, id int64) error {
	s, err := p.site(ctx, id)
	if err != nil || s == nil {
		return err
	}
	return p.markSite(ctx, s)
}

// markSite marks every page that a site has or must have. Existing page bounds of lists stay where they are valid.
func (p *planner) markSite(ctx context.Context, s *plannedSite) error {
	if s.whole {
		return nil
	}
	s.whole = true
	s.add(page.Fixed()...)
	known := map[int64]bool{} // items whose page is marked
	var rows []deps.PageRow
	if err := p.tx.NewSelect().Model(&rows).Column("path", "kind", "ref", "no").Where("site_id = ?",
		s.site.ID).Scan(ctx); err != nil {
		return err
	}
	for i := range rows {
		s.add(rows[i].Page())
		if rows[i].Kind == page.Item {
			known[rows[i].Ref] = true
		}
	}
	for _, c := range s.tree.All() {
		s.add(page.AlwaysOf(c)...)
		if !page.HasPage(c) || !page.IsList(c) {
			continue
		}
		t, err := s.lists.Rebuild(ctx, c.ID)
		if err != nil {
			return err
		}
		s.addListPages(c, t)
	}
	t, err := s.lists.Rebuild(ctx, page.SiteWide)
	if err != nil {
		return err
	}
	s.addSiteMap(t)
	return p.allItems(ctx, s, known)
}

// allItems marks the pages of all items that have or had a page on the site. Items in known are already marked. If
// known is empty (the site was never published), listed items are read in bulk, without their texts.
func (p *planner) allItems(ctx context.Context, s *plannedSite, known map[int64]bool) error {
	for high := published.Newest; len(known) == 0 || high != published.Newest; {
		entries, err := p.pub.SiteBetween(ctx, s.site.ID, published.Oldest, high, page.BatchSize)
		if err != nil {
			return err
		}
		for _, e := range entries {
			known[e.Item] = true
			if e.Path != "" {
				s.add(page.OfItem(e.Path, e.Item))
			}
		}
		if len(entries) < page.BatchSize {
			break
		}
		high = entries[len(entries)-1].Key
	}
	return p.pub.ItemsOnSite(ctx, s.site.ID, func(ids []int64) error {
		var rest []int64
		for _, id := range ids {
			if !known[id] {
				rest = append(rest, id)
			}
		}
		if _, err := p.itemPages(ctx, s, rest, false); err != nil {
			return err
		}
		return p.oldPages(ctx, s, ids)
	})
}

// summary is the data of a site that pages of other sites show.
type summary struct {
	Name   string `json:"name"`
	URL    string `json:"url"`
	Public bool   `json:"public"`
	Parent int64  `json:"parent"`
}

type summaryRow struct {
	bun.BaseModel `bun:"table:publish_card"`

	SiteID int64  `bun:"site_id,pk"`
	Card   string `bun:"card"`
}

// otherSites marks the sites that show the summary of this one, if it has changed: its parent and siblings list it in
// their footers, and its descendants show it in their headers.
func (p *planner) otherSites(ctx context.Context, changed *plannedSite) error {
	was, err := p.replaceSummary(ctx, changed.site)
	if err != nil || was == nil {
		return err
	}
	ids, err := p.reg.NamedBy(ctx, changed.site.ID, was.Parent, changed.site.ParentID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := p.markSiteByID(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// replaceSummary stores the summary of a site and returns the previous one; nil if it is unchanged, an empty summary
// for a new site.
func (p *planner) replaceSummary(ctx context.Context, s *site.Site) (*summary, error) {
	now, err := json.Marshal(summary{Name: s.Name, URL: s.URL(address.Home), Public: s.State.Public(),
		Parent: s.ParentID})
	if err != nil {
		return nil, err
	}
	row, was := &summaryRow{SiteID: s.ID}, new(summary)
	err = p.tx.NewSelect().Model(row).WherePK().Scan(ctx)
	switch {
	case store.NotFound(err):
	case err != nil, row.Card == string(now):
		return nil, err
	default:
		if err := json.Unmarshal([]byte(row.Card), was); err != nil {
			return nil, err
		}
	}
	row.Card = string(now)
	_, err = p.tx.NewInsert().Model(row).On("CONFLICT (site_id) DO UPDATE").Set("card = EXCLUDED.card").Exec(ctx)
	return was, err
}
