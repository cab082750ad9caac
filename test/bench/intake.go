package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// savedPages is how many saved pages are imported; JSON lines take as many articles as the built site has.
const savedPages = 2_000

// intake is part (c): how fast pages come into the library, each round into an empty one.
func (b *bench) intake(ctx context.Context, t *table) error {
	t.Title = "Import"
	t.Method = "Into an empty library on SQLite: encoding, extraction, cleaning, metadata checks, duplicate check and release of each page. " +
		"Saved pages are HTML of an old site, a quarter of them GBK; JSON lines bring the fields apart."
	t.Measures = []measure{{"rate", "items/s", 0}, {"wall", "wall s", 2}, {"cpu", "CPU s", 2}, {"peak", "peak MiB", 0}}
	dir := filepath.Join(b.work, "import")
	all := articles(b.pages, bodyBytes)
	if err := writeGuiyiSite(dir, all); err != nil {
		return err
	}
	pages := all[:min(savedPages, len(all))]
	if err := writeSavedPages(filepath.Join(dir, "pages"), pages); err != nil {
		return err
	}
	kinds := []struct {
		name  string
		items int
		take  func(guiyi) (usage, error)
	}{
		{fmt.Sprintf("%d saved pages", len(pages)), len(pages), func(g guiyi) (usage, error) { return g.importPages(ctx, dir) }},
		{fmt.Sprintf("%d JSON lines", len(all)), len(all), func(g guiyi) (usage, error) { return g.importLines(ctx, dir) }},
	}
	for n := range b.rounds {
		progress("import round %d", n+1)
		for _, k := range kinds {
			data := filepath.Join(dir, "data")
			g := newGuiyi(b.bin, data)
			if err := g.apply(ctx, dir); err != nil {
				return err
			}
			u, err := k.take(g)
			if err != nil {
				return err
			}
			r := t.row(k.name)
			r.add("rate", float64(k.items)/u.Wall.Seconds())
			r.add("wall", u.Wall.Seconds())
			r.add("cpu", u.CPU.Seconds())
			r.add("peak", u.PeakMiB)
			if err := os.RemoveAll(data); err != nil {
				return err
			}
		}
	}
	return nil
}
