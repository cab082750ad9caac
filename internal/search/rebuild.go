package search

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/search/feed"
)

// Limits of one batch of a rebuild. A batch needs about 200 times the size of its text in memory. Small batches make
// the engine merge its files more often.
const (
	rebuildBatch = 1000    // documents
	rebuildText  = 1 << 20 // bytes of text at which the batch is written
)

// Rebuild fills a new index from all live documents while the old one answers queries, then switches to the new one.
// An empty index is filled in place and answers with what it has so far. Changes during the rebuild go into both
// indexes. They win over docs, which may be older. progress may be nil; it gets the number of documents after each
// batch. When a rebuild fails or is cancelled, the old index stays in use.
func (x *Index) Rebuild(ctx context.Context, docs iter.Seq2[Document, error], progress func(done int)) (err error) {
	defer fault.Annotate(&err, "search.Rebuild")
	g, err := x.startBuilding(ctx)
	if err != nil {
		return err
	}
	if err := x.fill(ctx, g, docs, progress); err != nil {
		return errors.Join(err, x.dropBuilding())
	}
	return x.finishBuilding(ctx)
}

func (x *Index) startBuilding(ctx context.Context) (*generation, error) {
	x.write.Lock()
	defer x.write.Unlock()
	if x.building != nil {
		return nil, fault.New(fault.Conflict, "搜索索引正在重建，请等待其完成。")
	}
	x.swap.RLock()
	defer x.swap.RUnlock()
	if x.live == nil {
		return nil, errClosed()
	}
	x.touched, x.incomplete = map[int64]bool{}, false
	if x.inPlace = x.live.stats().fresh(); x.inPlace {
		x.building = x.live
		return x.live, nil
	}
	name := nextName(x.live.name)
	if err := os.RemoveAll(filepath.Join(x.o.Dir, name)); err != nil {
		return nil, err
	}
	g, err := openGeneration(ctx, x.o, name)
	if err != nil {
		return nil, err
	}
	m := g.stats()
	m.Position = x.live.stats().Position // the library is read after this; later changes come through the feed
	g.meta.Store(&m)
	x.building = g
	return g, nil
}

func (x *Index) fill(ctx context.Context, g *generation, docs iter.Seq2[Document, error], progress func(int)) error {
	var batch []Document
	done, text := 0, 0
	flush := func() error {
		x.write.Lock()
		defer x.write.Unlock()
		if x.live == nil {
			return errClosed()
		}
		kept := batch[:0]
		for _, d := range batch {
			if !x.touched[d.ItemID] {
				kept = append(kept, d)
			}
		}
		_, err := x.change(ctx, g, kept, nil, feed.Position{})
		done += len(batch)
		batch, text = batch[:0], 0
		if err == nil && progress != nil {
			progress(done)
		}
		return err
	}
	for d, err := range docs {
		if err == nil {
			err = ctx.Err()
		}
		// the documents of an item come one after another and stay in one batch
		if full := len(batch) >= rebuildBatch || text >= rebuildText; err == nil && full &&
			batch[len(batch)-1].ItemID != d.ItemID {
			err = flush()
		}
		if err != nil {
			return err
		}
		batch, text = append(batch, d), text+len(d.Title)+len(d.Summary)+len(d.Body)
	}
	return flush()
}

func (x *Index) dropBuilding() error {
	x.write.Lock()
	defer x.write.Unlock()
	g := x.building
	x.building, x.touched = nil, nil
	if x.inPlace {
		return nil
	}
	return errors.Join(g.driver.Close(), os.RemoveAll(filepath.Join(x.o.Dir, g.name)))
}

func (x *Index) finishBuilding(ctx context.Context) error {
	x.write.Lock()
	defer x.write.Unlock()
	g := x.building
	if x.inPlace && x.live == nil {
		x.building, x.touched = nil, nil
		return errClosed()
	}
	m := g.stats()
	m.Complete = !x.incomplete
	err := g.apply(ctx, Batch{}, m)
	if x.inPlace {
		x.building, x.touched = nil, nil
		x.needsRebuild.Store(err != nil || !m.Complete)
		return err
	}
	if err == nil {
		err = writeCurrent(x.o.Dir, g.name)
	}
	x.building, x.touched = nil, nil
	if err != nil {
		return errors.Join(err, g.driver.Close(), os.RemoveAll(filepath.Join(x.o.Dir, g.name)))
	}
	x.swap.Lock()
	old := x.live
	x.live = g
	x.swap.Unlock()
	x.needsRebuild.Store(!m.Complete)
	if old == nil { // the index was closed during the rebuild
		return g.driver.Close()
	}
	if cerr := old.driver.Close(); cerr != nil {
		x.o.Log.WarnContext(ctx, "could not close the old search index", "error", cerr)
	}
	return os.RemoveAll(filepath.Join(x.o.Dir, old.name))
}
