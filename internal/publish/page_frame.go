package publish

import (
	"context"

	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// PageFrame returns the theme of a site and the head and frame of a page outside its
// column tree, so that dynamic pages look like the published ones.
func (p *Publisher) PageFrame(ctx context.Context, s *site.Site) (*theme.Set, theme.Page, error) {
	f, err := p.frame(ctx, s.ID)
	if err != nil {
		return nil, theme.Page{}, err
	}
	page, err := f.BasePage("", s.Name, nil)
	page.Canonical, page.OG = "", theme.OG{}
	return f.Set, page, err
}
