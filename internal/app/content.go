package app

import (
	"context"
	"strconv"
	"strings"
	"time"

	"guiyi/internal/editorial"
	"guiyi/internal/exchange"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
)

// wireContent makes the slices of sites and their content.
func (p *Platform) wireContent() {
	p.SiteDesk = site.NewDesk(p.DB, p.Board, p.Blobs, time.Now)
	p.Items = resource.NewDesk(p.DB, p.Board, p.Blobs, time.Now)
	p.Library = resource.NewLibrary(p.DB)
	p.Published = published.New(p.DB)
	p.Editorial = &editorial.Desk{DB: p.DB, Items: p.Items, Library: p.Library, Now: time.Now}
	p.Exchange = &exchange.Desk{
		DB:    p.DB,
		Blobs: p.Blobs,
		Items: p.Items,
		Sites: p.Sites,
		Now:   time.Now,
		Log:   p.Tel.Log,
	}
	p.Documents = exchange.NewDocuments(p.Items)
}

// names returns the names of persons by kind and id, such as "officer:12". Whoever is no officer has none.
func (p *Platform) names(ctx context.Context, who []string) (map[string]string, error) {
	var ids []int64
	for _, w := range who {
		if id, ok := officerID(w); ok {
			ids = append(ids, id)
		}
	}
	known, err := p.People.Names(ctx, ids...)
	out := map[string]string{}
	for _, w := range who {
		if id, ok := officerID(w); ok && known[id] != "" {
			out[w] = known[id]
		}
	}
	return out, err
}

func officerID(who string) (int64, bool) {
	text, ok := strings.CutPrefix(who, string(actor.Officer)+":")
	id, err := strconv.ParseInt(text, 10, 64)
	return id, ok && err == nil
}
