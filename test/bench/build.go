package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"guiyi/test/bench/content"
)

// The bounds that we set ourselves, as shares of the faster Hugo's wall time.
const (
	boundBuild     = 0.4
	boundUnchanged = 0.1
)

// The rows of ours.
const (
	oursAll     = "guiyi, every page changed"
	oursSame    = "guiyi publish --full, nothing changed"
	oursNothing = "guiyi publish, nothing changed"
	beforeAll   = "guiyi before, every page changed"
	beforeSame  = "guiyi before, publish --full, nothing changed"
)

// build is part (a): a full build of the same site by guiyi and by Hugo, and the same again when nothing has changed.
func (b *bench) build(ctx context.Context, t *table) error {
	t.Title = fmt.Sprintf("Full build of %d pages", b.pages)
	t.Method = "The same articles (3 KB of Chinese text each), columns and links; lists of 20, feeds, sitemap. Ours, every page changed: something in the frame of " +
		"every page is another; each is rendered from the library, compared, compressed (gzip), hashed, written and covered by a new signed revision. " +
		"Hugo: reads HTML files, with the frame of the pages cached by partialCached, and writes plain files into an empty folder. " +
		"Nothing changed: Hugo is run again over its own result; ours renders every page again and compares it (`publish --full`), which is what Hugo does, " +
		"or finds that there is nothing to do (`publish`), which is what one does. The rows count the start of the program."
	t.Measures = []measure{{"wall", "wall s", 2}, {"cpu", "CPU s", 2}, {"rate", "pages/s", 0}, {"peak", "peak MiB", 0}}
	dir := filepath.Join(b.work, "build")
	all := content.Articles(b.pages, content.BodyBytes)
	hugos, err := b.hugos(ctx, t, dir, all)
	if err != nil {
		return err
	}
	dir = filepath.Join(dir, "guiyi")
	if err := writeGuiyiSite(dir, slices.Values(all)); err != nil {
		return err
	}
	progress("guiyi: importing %d articles", len(all))
	g := newGuiyi(b.bin, filepath.Join(b.work, "build", "data"))
	first, err := g.firstBuild(ctx, dir)
	if err != nil {
		return err
	}
	old := newGuiyi(b.before, filepath.Join(b.work, "build", "data-before"))
	if b.before != "" {
		if _, err := old.firstBuild(ctx, dir); err != nil {
			return fmt.Errorf("the earlier guiyi: %w", err)
		}
	}
	for n := range b.rounds {
		progress("build round %d", n+1)
		if err := b.buildRound(ctx, t, g, old, dir, n, hugos); err != nil {
			return err
		}
	}
	b.addBuild(t.row("guiyi, first build (once)"), first)
	if b.before != "" {
		for _, measure := range []string{"wall", "cpu"} {
			t.relate(oursAll, beforeAll, measure, measure+" time", boundBefore)
			t.relate(oursSame, beforeSame, measure, measure+" time", boundBefore)
		}
	}
	return relateBuilds(t, hugos)
}

// step is one build of a round.
type step struct {
	row  string
	take func() (usage, error)
}

// buildRound lets everybody build once, and once more without a change. old takes part when it has a binary.
func (b *bench) buildRound(ctx context.Context, t *table, g, old guiyi, dir string, n int, hugos []hugo) error {
	steps := []step{
		{oursAll, func() (usage, error) { return g.rebuild(ctx, dir, n+1) }},
		{oursSame, func() (usage, error) { return g.run(ctx, "publish", "--full", siteCode) }},
		{oursNothing, func() (usage, error) { return g.run(ctx, "publish", siteCode) }},
	}
	if old.bin != "" {
		steps = append(steps, step{beforeAll, func() (usage, error) { return old.rebuild(ctx, dir, n+1) }},
			step{beforeSame, func() (usage, error) { return old.run(ctx, "publish", "--full", siteCode) }})
	}
	for _, h := range hugos {
		steps = append(steps, step{h.name, func() (usage, error) { return h.build(ctx) }},
			step{h.again(), func() (usage, error) { return h.rebuild(ctx) }})
	}
	for _, s := range steps {
		u, err := s.take()
		if err != nil {
			return err
		}
		b.addBuild(t.row(s.row), u)
	}
	return nil
}

func (b *bench) addBuild(r *row, u usage) {
	r.add("wall", u.Wall.Seconds())
	r.add("cpu", u.CPU.Seconds())
	r.add("rate", float64(b.pages)/u.Wall.Seconds())
	r.add("peak", u.PeakMiB)
}

// relateBuilds compares with the Hugo that was faster, in each kind of build.
func relateBuilds(t *table, hugos []hugo) error {
	if len(hugos) == 0 {
		return nil
	}
	var full, again []string
	for _, h := range hugos {
		full, again = append(full, h.name), append(again, h.again())
		pages, bytes, err := countPages(h.out)
		if err != nil {
			return err
		}
		t.Notes = append(t.Notes, fmt.Sprintf("%s wrote %d HTML files, %.1f KB each", h.name, pages,
			float64(bytes)/float64(max(pages, 1))/1024))
	}
	t.relate(oursAll, t.best("wall", full...), "wall", "wall time", boundBuild)
	t.relate(oursAll, t.best("cpu", full...), "cpu", "CPU time", 0)
	same := t.best("wall", again...)
	t.relate(oursNothing, same, "wall", "wall time", boundUnchanged)
	t.relate(oursSame, same, "wall", "wall time", boundUnchanged)
	t.relate(oursSame, same, "cpu", "CPU time", 0)
	return nil
}

// hugos are Debian's Hugo and, where it builds, the newer one. All build from one copy of the site.
func (b *bench) hugos(ctx context.Context, t *table, dir string, all []content.Article) ([]hugo, error) {
	if ok, err := b.have(ctx, t, "hugo"); !ok {
		return nil, err
	}
	src := filepath.Join(dir, "hugo")
	if err := writeHugoSite(src, b.root, all); err != nil {
		return nil, err
	}
	bins := []string{program("hugo")}
	if b.quick {
		t.Notes = append(t.Notes, "the newer Hugo is not built in a quick run")
	} else if bin, err := buildHugo(ctx); err != nil {
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
		found = append(found, hugo{name: "Hugo " + version, bin: bin, src: src,
			out: filepath.Join(dir, "out-"+version)})
	}
	return found, nil
}
