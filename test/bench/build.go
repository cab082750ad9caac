package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// build is part (a): a full build of the same site by guiyi and by Hugo.
func (b *bench) build(ctx context.Context, t *table) error {
	t.Title = fmt.Sprintf("Full build of %d pages", b.pages)
	t.Method = "The same articles (3 KB of Chinese text each), columns and links; lists of 20, feeds, sitemap. Ours: something in the frame of every page " +
		"changes; each is rendered from the library, compared, compressed (gzip), hashed, written and covered by a new signed revision. " +
		"Hugo: reads HTML files, with the frame of the pages cached by partialCached, and writes plain files."
	t.Measures = []measure{{"wall", "wall s", 2}, {"cpu", "CPU s", 2}, {"rate", "pages/s", 0}, {"peak", "peak MiB", 0}}
	if err := need(ctx, os.Stderr, "hugo"); err != nil {
		return err
	}
	dir := filepath.Join(b.work, "build")
	all := articles(b.pages, bodyBytes)
	hugos, err := b.hugos(ctx, t, dir, all)
	if err != nil {
		return err
	}
	if err := writeGuiyiSite(filepath.Join(dir, "guiyi"), all); err != nil {
		return err
	}
	progress("guiyi: importing %d articles", len(all))
	first, ours, err := guiyiBuild(ctx, newGuiyi(b.bin, filepath.Join(dir, "data")), filepath.Join(dir, "guiyi"))
	if err != nil {
		return err
	}
	for n := range b.rounds {
		progress("build round %d", n+1)
		if err := b.buildRound(ctx, t, ours, hugos); err != nil {
			return err
		}
	}
	b.addBuild(t.row("guiyi, first build (once)"), first)
	for _, h := range hugos {
		t.relate("guiyi", h.name, "wall", "wall time")
		t.relate("guiyi", h.name, "cpu", "CPU time")
		pages, bytes, err := countPages(h.out)
		if err != nil {
			return err
		}
		t.Notes = append(t.Notes, fmt.Sprintf("%s wrote %d HTML files, %.1f KB each", h.name, pages, float64(bytes)/float64(max(pages, 1))/1024))
	}
	return nil
}

func (b *bench) buildRound(ctx context.Context, t *table, ours func() (usage, error), hugos []hugo) error {
	u, err := ours()
	if err != nil {
		return err
	}
	b.addBuild(t.row("guiyi"), u)
	for _, h := range hugos {
		if u, err = h.build(ctx); err != nil {
			return err
		}
		b.addBuild(t.row(h.name), u)
	}
	return nil
}

func (b *bench) addBuild(r *row, u usage) {
	r.add("wall", u.Wall.Seconds())
	r.add("cpu", u.CPU.Seconds())
	r.add("rate", float64(b.pages)/u.Wall.Seconds())
	r.add("peak", u.PeakMiB)
}

// hugos are Debian's Hugo and, where it builds, the newer one. Both build from one copy of the site.
func (b *bench) hugos(ctx context.Context, t *table, dir string, all []article) ([]hugo, error) {
	src := filepath.Join(dir, "hugo")
	if err := writeHugoSite(src, b.root, all); err != nil {
		return nil, err
	}
	bins := []string{program("hugo")}
	if bin, err := buildHugo(ctx, os.Stderr); err != nil {
		t.Notes = append(t.Notes, "Hugo "+newerHugo+" did not build here and is left out")
	} else {
		bins = append(bins, bin)
	}
	var found []hugo
	for _, bin := range bins {
		version, err := hugoVersion(ctx, bin)
		if err != nil {
			return nil, err
		}
		found = append(found, hugo{name: "Hugo " + version, bin: bin, src: src, out: filepath.Join(dir, "out-"+version)})
	}
	return found, nil
}
