package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// savedPages is how many saved pages are imported; JSON lines take as many articles as the built site has.
const savedPages = 2_000

// taker is one way of taking items in.
type taker struct {
	name  string
	items int
	take  func() (usage, error)
}

// intake is part (c): how fast pages come into the library, each round into an empty one.
func (b *bench) intake(ctx context.Context, t *table) error {
	t.Title = "Import"
	t.Method = "Ours: into an empty library on SQLite, each item with encoding, extraction, cleaning, metadata checks, duplicate check, raw bytes kept and release. " +
		"Saved pages are HTML of an old site, a quarter of them GBK; JSON lines bring the fields apart. " +
		"trafilatura: reads and extracts the same pages and keeps nothing."
	t.Measures = []measure{{"rate", "items/s", 0}, {"wall", "wall s", 2}, {"cpu", "CPU s", 2}, {"peak", "peak MiB", 0}}
	dir := filepath.Join(b.work, "import")
	all := articles(b.pages, bodyBytes)
	if err := writeGuiyiSite(dir, all); err != nil {
		return err
	}
	saved, n := filepath.Join(dir, "pages"), min(savedPages, len(all))
	if err := writeSavedPages(saved, all[:n]); err != nil {
		return err
	}
	ours := fmt.Sprintf("guiyi, %d saved pages", n)
	takers := []taker{
		{ours, n, b.library(ctx, dir, func(g guiyi) (usage, error) { return g.importPages(ctx, dir) })},
		{fmt.Sprintf("guiyi, %d JSON lines", len(all)), len(all), b.library(ctx, dir, func(g guiyi) (usage, error) { return g.importLines(ctx, dir) })},
	}
	peer := fmt.Sprintf("trafilatura %s, %d saved pages", trafilaturaVersion, n)
	if take := b.extraction(ctx, t, saved, n); take != nil {
		takers = append(takers, taker{peer, n, take})
	}
	for round := range b.rounds {
		progress("import round %d", round+1)
		for _, k := range takers {
			u, err := k.take()
			if err != nil {
				return err
			}
			r := t.row(k.name)
			r.add("rate", float64(k.items)/u.Wall.Seconds())
			r.add("wall", u.Wall.Seconds())
			r.add("cpu", u.CPU.Seconds())
			r.add("peak", u.PeakMiB)
		}
	}
	if len(takers) == 3 {
		t.relate(ours, peer, "wall", "wall time")
		t.relate(ours, peer, "cpu", "CPU time")
	}
	return nil
}

// library times one import into a new library.
func (b *bench) library(ctx context.Context, dir string, take func(guiyi) (usage, error)) func() (usage, error) {
	return func() (usage, error) {
		data := filepath.Join(dir, "data")
		if err := os.RemoveAll(data); err != nil {
			return usage{}, err
		}
		g := newGuiyi(b.bin, data)
		if err := g.apply(ctx, dir); err != nil {
			return usage{}, err
		}
		return take(g)
	}
}
