package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"guiyi/test/bench/content"
)

const (
	// compared is how many saved pages trafilatura gets too; it is slow.
	compared = 1_000
	// repeated is the size up to which an import is run in every round; larger ones are run once.
	repeated = 20_000
	// boundFlat is how much more memory the largest import may take than the smallest.
	boundFlat = 1.5
)

// taker is one way of taking items in.
type taker struct {
	name  string
	items int
	take  func() (usage, error)
}

// intake is part (d): how fast items come into the library, each time into an empty one, and how much memory that
// takes.
func (b *bench) intake(ctx context.Context, t *table) error {
	t.Title = "Import"
	t.Method = "Ours: into an empty library on SQLite, each item with encoding, extraction, cleaning, metadata checks, duplicate check, raw bytes kept and release. " +
		"Saved pages are HTML of an old site, a quarter of them GBK; JSON lines bring the fields apart. Imports of more than " + fmt.Sprint(repeated) + " items are run once. " +
		"trafilatura: reads and extracts the same pages and keeps nothing. Memory is the largest resident set of the command."
	t.Measures = []measure{{"rate", "items/s", 0}, {"wall", "wall s", 2}, {"cpu", "CPU s", 2}, {"peak", "peak MiB", 0}}
	dir := filepath.Join(b.work, "import")
	if err := writeGuiyiSite(dir, content.Generated(0, content.BodyBytes)); err != nil {
		return err
	}
	few := min(compared, slices.Min(b.imports))
	takers := []taker{b.pagesTaker(ctx, dir, few)}
	ours, peer := takers[0].name, fmt.Sprintf("trafilatura %s, %d saved pages", trafilaturaVersion, few)
	if take := b.extraction(ctx, t, pagesIn(dir, few), few); take != nil {
		takers = append(takers, taker{peer, few, take})
	}
	for _, n := range b.imports {
		if n != few {
			takers = append(takers, b.pagesTaker(ctx, dir, n))
		}
		takers = append(takers, b.linesTaker(ctx, dir, n))
	}
	for round := range b.rounds {
		for _, k := range takers {
			if round > 0 && k.items > repeated {
				continue
			}
			progress("import round %d: %s", round+1, k.name)
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
	t.relate(ours, peer, "wall", "wall time", 0)
	t.relate(ours, peer, "cpu", "CPU time", 0)
	small, large := slices.Min(b.imports), slices.Max(b.imports)
	for _, name := range []func(int) string{pagesName, linesName} {
		if large > small {
			t.relate(name(large), name(small), "peak", "peak memory", boundFlat)
		}
	}
	return nil
}

func pagesName(n int) string { return fmt.Sprintf("guiyi, %d saved pages", n) }
func linesName(n int) string { return fmt.Sprintf("guiyi, %d JSON lines", n) }

func pagesIn(dir string, n int) string { return filepath.Join(dir, fmt.Sprint("pages", n)) }

// pagesTaker imports n saved pages. They are written when they are first wanted, and those of a large import go after
// it.
func (b *bench) pagesTaker(ctx context.Context, dir string, n int) taker {
	pages := pagesIn(dir, n)
	return taker{pagesName(n), n, b.library(ctx, dir, func() error {
		if _, err := os.Stat(pages); err == nil {
			return nil
		}
		return content.WriteSavedPages(pages, content.Generated(n, content.BodyBytes))
	}, func(g guiyi) (usage, error) {
		u, err := g.importPages(ctx, pages)
		if n > repeated {
			err = errors.Join(err, os.RemoveAll(pages))
		}
		return u, err
	})}
}

// linesTaker imports n JSON lines.
func (b *bench) linesTaker(ctx context.Context, dir string, n int) taker {
	file := fmt.Sprintf("lines%d.jsonl", n)
	return taker{linesName(n), n, b.library(ctx, dir, func() error {
		if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
			return nil
		}
		return writeLines(filepath.Join(dir, file), content.Generated(n, content.BodyBytes))
	}, func(g guiyi) (usage, error) { return g.importFile(ctx, dir, file, siteCode) })}
}

// library times one import into a new library, after what it needs has been made.
func (b *bench) library(ctx context.Context, dir string, prepare func() error,
	take func(guiyi) (usage, error)) func() (usage, error) {
	return func() (usage, error) {
		if err := prepare(); err != nil {
			return usage{}, err
		}
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
