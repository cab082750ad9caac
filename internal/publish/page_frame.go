package publish

import (
	"context"

	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// PageFrame returns the theme of a site and the common part (head, navigation, footer) of a page that belongs to no
// column. Dynamic pages use it to look like published pages.
func (p *Publisher) PageFrame(ctx context.Context, s *site.Site) (*theme.Set, theme.Page, error) {
	f, err := p.frame(ctx, s.ID)
	if err != nil {
		return nil, theme.Page{}, err
	}
	page, err := f.BasePage("", s.Name, nil)
	page.Canonical, page.OG = "", theme.OG{}
	return f.Set, page, err
}
