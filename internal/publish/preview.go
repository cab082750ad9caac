package publish

import (
	"context"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource/published"
	"guiyi/internal/theme"
)

// Preview renders the page of an item on a site as it looks when it.Edition is released. It publishes nothing.
func (p *Publisher) Preview(ctx context.Context, site int64, it *published.Shown) (_ []byte, err error) {
	defer fault.Annotate(&err, "publish.Preview(site %d, item %d)", site, it.Item.ID)
	f, err := p.frame(ctx, site)
	if err != nil {
		return nil, err
	}
	return f.Preview(ctx, it)
}

// ThemeFile returns a file of the theme of a site by its path, such as "/_a/0123456789ab.site.css".
func (p *Publisher) ThemeFile(ctx context.Context, site int64, path string) (*theme.Asset, error) {
	f, err := p.frame(ctx, site)
	if err != nil {
		return nil, err
	}
	for _, a := range f.Set.Assets() {
		if a.Path == path {
			return &a, nil
		}
	}
	return nil, fault.New(fault.NotFound, "主题没有这个文件")
}
