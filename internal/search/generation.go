package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"guiyi/internal/search/analysis"
	"guiyi/internal/search/feed"
)

// layout is the version of entries and records. An index on disk can only be used when layout and analysis.Version are
// those of this program.
const layout = 2

// generation is one complete index in a folder.
type generation struct {
	name   string
	driver Driver
	meta   atomic.Pointer[meta] // replaced as a whole, because queries read it at the same time
}

func (g *generation) stats() meta { return *g.meta.Load() }

// meta is stored in the index itself, in the same batch as the change that it describes.
type meta struct {
	Layout    int                    `json:"layout"`
	Analysis  int                    `json:"analysis"`
	Complete  bool                   `json:"complete"` // a rebuild has filled it
	Documents int64                  `json:"documents"`
	Lengths   [len(textFields)]int64 `json:"lengths"`  // number of terms of each text field
	Position  feed.Position          `json:"position"` // in the feed
}

// current reports whether the index is complete and made by this version of layout and analysis.
func (m meta) current() bool {
	return m.Complete && m.Layout == layout && m.Analysis == analysis.Version
}

// fresh reports whether the index is empty and made by this version of layout and analysis.
func (m meta) fresh() bool {
	return m.Documents == 0 && m.Layout == layout && m.Analysis == analysis.Version
}

func (m *meta) add(r *record, sign int64) {
	m.Documents += sign
	for i, n := range r.Lengths {
		m.Lengths[i] += sign * n
	}
}

// average returns the mean length of text field i, at least 1.
func (m *meta) average(i int) float64 {
	return max(1, float64(m.Lengths[i])/float64(max(1, m.Documents)))
}

func openGeneration(ctx context.Context, o Options, name string) (*generation, error) {
	d, err := o.Driver(ctx, filepath.Join(o.Dir, name))
	if err != nil {
		return nil, err
	}
	m := meta{Layout: layout, Analysis: analysis.Version}
	raw, err := d.Meta(ctx)
	if err == nil && raw != nil {
		if jerr := json.Unmarshal(raw, &m); jerr != nil {
			err = fmt.Errorf("%w: meta: %w", ErrCorrupt, jerr)
		}
	}
	if err == nil {
		err = checkCount(ctx, d, m)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	g := &generation{name: name, driver: d}
	g.meta.Store(&m)
	return g, nil
}

// checkCount returns ErrCorrupt when the engine has another number of documents than m: it has lost some.
func checkCount(ctx context.Context, d Driver, m meta) error {
	res, err := d.Find(ctx, Request{})
	if err == nil && res.Docs != m.Documents {
		err = fmt.Errorf("%w: %d documents, %d expected", ErrCorrupt, res.Docs, m.Documents)
	}
	return err
}

// apply runs b and stores m in the same batch.
func (g *generation) apply(ctx context.Context, b Batch, m meta) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	b.Meta = raw
	if err := g.driver.Apply(ctx, b); err != nil {
		return err
	}
	g.meta.Store(&m)
	return nil
}

// replaceGeneration opens an empty generation in place of a damaged one. Open removes the damaged one afterwards.
func replaceGeneration(ctx context.Context, o Options, name string) (*generation, error) {
	next := nextName(name)
	if err := os.RemoveAll(filepath.Join(o.Dir, next)); err != nil {
		return nil, err
	}
	g, err := openGeneration(ctx, o, next)
	if err != nil {
		return nil, err
	}
	return g, writeCurrent(o.Dir, next)
}

const (
	currentFile = "current"
	namePrefix  = "gen-"
)

// nextName returns the name of the generation after name.
func nextName(name string) string {
	n, err := strconv.Atoi(strings.TrimPrefix(name, namePrefix))
	if err != nil {
		n = 0
	}
	return namePrefix + strconv.Itoa(n+1)
}

// readCurrent returns the name of the live generation. It returns the first name when the file is missing or invalid.
func readCurrent(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, currentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return namePrefix + "1", nil
	}
	name := strings.TrimSpace(string(b))
	if n, aerr := strconv.Atoi(strings.TrimPrefix(name, namePrefix)); err == nil && (aerr != nil || n < 1) {
		return namePrefix + "1", nil
	}
	return name, err
}

// writeCurrent writes the name of the live generation to a temporary file, flushes it and renames it.
func writeCurrent(dir, name string) (err error) {
	f, err := os.CreateTemp(dir, currentFile+".*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeIfExists(f.Name())) }()
	_, werr := f.WriteString(name + "\n")
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, currentFile)); err != nil {
		return err
	}
	return syncDir(dir)
}

func removeIfExists(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// removeOthers deletes all generations except the live one: they are half-built, damaged or old. What cannot be removed
// now is removed at the next start.
func removeOthers(dir, live string) {
	found, _ := filepath.Glob(filepath.Join(dir, namePrefix+"*"))
	for _, path := range found {
		if filepath.Base(path) != live {
			_ = os.RemoveAll(path)
		}
	}
}
