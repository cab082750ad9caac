package search

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/search/feed"
)

// Options configure Open.
type Options struct {
	Dir    string                                                // folder of the index
	Driver func(ctx context.Context, dir string) (Driver, error) // opens or creates the generation in dir
	Log    *slog.Logger
}

// Index is the search index of all sites. It is safe for concurrent use. Only one process at a time may open its
// folder; every process that searches has a folder of its own.
type Index struct {
	o     Options
	codec *codec

	write      sync.Mutex     // serializes changes
	building   *generation    // guarded by write: the generation that a rebuild fills; nil when none runs
	inPlace    bool           // guarded by write: building is the live generation, which was empty
	incomplete bool           // guarded by write: building will lack documents when it is done
	touched    map[int64]bool // guarded by write: items changed during the rebuild

	swap sync.RWMutex // held for reading while live is used
	live *generation  // guarded by swap

	needsRebuild atomic.Bool
}

// Stats describes the index.
type Stats struct {
	Documents    int64
	Generation   string
	NeedsRebuild bool
	Rebuilding   bool
}

// Applied counts what one change did.
type Applied struct {
	Put     int // documents written
	Dropped int // documents removed
	Late    int // documents skipped because the index has a newer revision
}

// Open opens the index under o.Dir. It replaces a damaged generation by an empty one. NeedsRebuild then returns true,
// as for a new index.
func Open(ctx context.Context, o Options) (_ *Index, err error) {
	defer fault.Annotate(&err, "search.Open(%s)", o.Dir)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, disk.Fault(err, "搜索索引的目录 %s 建不了", o.Dir)
	}
	c, err := newCodec()
	if err != nil {
		return nil, err
	}
	x := &Index{o: o, codec: c}
	name, err := readCurrent(o.Dir)
	if err != nil {
		return nil, err
	}
	g, err := openGeneration(ctx, o, name)
	if errors.Is(err, ErrCorrupt) {
		o.Log.ErrorContext(ctx, "search index damaged, starting anew", "generation", name, "error", err)
		g, err = replaceGeneration(ctx, o, name)
	}
	if err != nil {
		return nil, err
	}
	x.live = g
	x.needsRebuild.Store(!g.stats().current())
	removeOthers(o.Dir, g.name)
	return x, nil
}

// NeedsRebuild reports whether the index is incomplete, damaged or made by another version of the analyser.
func (x *Index) NeedsRebuild() bool { return x.needsRebuild.Load() }

// Close closes the index. Later queries and changes return an error.
func (x *Index) Close() error {
	x.write.Lock()
	defer x.write.Unlock()
	x.swap.Lock()
	defer x.swap.Unlock()
	if x.live == nil {
		return nil
	}
	err := x.live.driver.Close()
	x.live = nil
	return err
}

// Stats returns figures about the index.
func (x *Index) Stats(ctx context.Context) (Stats, error) {
	x.write.Lock()
	rebuilding := x.building != nil
	x.write.Unlock()
	s := Stats{NeedsRebuild: x.NeedsRebuild(), Rebuilding: rebuilding}
	err := x.reading(func(g *generation) error {
		s.Generation = g.name
		res, err := g.driver.Find(ctx, Request{})
		s.Documents = res.Docs
		return err
	})
	return s, err
}

// Upsert adds or replaces docs. The documents of an item replace all documents of this item. Documents with an older
// revision than the index has are skipped.
func (x *Index) Upsert(ctx context.Context, docs ...Document) (Applied, error) {
	return x.Apply(ctx, docs, nil)
}

// Delete removes all documents of the items.
func (x *Index) Delete(ctx context.Context, items ...int64) (Applied, error) {
	return x.Apply(ctx, nil, items)
}

// Apply does what Upsert and Delete do, in one step. No query sees a part of the change.
func (x *Index) Apply(ctx context.Context, live []Document, gone []int64) (Applied, error) {
	return x.apply(ctx, live, gone, feed.Position{})
}

// Position returns how far the index has followed the feed. The position is stored in the same step as the changes up
// to it.
func (x *Index) Position() feed.Position {
	x.swap.RLock()
	defer x.swap.RUnlock()
	if x.live == nil {
		return feed.Position{}
	}
	return x.live.stats().Position
}

// restart sets the position in the feed and marks the index as incomplete until it is rebuilt. A running rebuild does
// not make the index complete, because it may have missed changes before this position.
func (x *Index) restart(ctx context.Context, position feed.Position) (err error) {
	defer fault.Annotate(&err, "search.restart")
	x.write.Lock()
	defer x.write.Unlock()
	x.swap.RLock()
	defer x.swap.RUnlock()
	if x.live == nil {
		return errClosed()
	}
	x.incomplete = x.building != nil
	for _, g := range []*generation{x.live, x.nextGeneration()} {
		if g == nil {
			continue
		}
		m := g.stats()
		m.Position, m.Complete = position, false
		if err := g.apply(ctx, Batch{}, m); err != nil {
			return x.check(err)
		}
	}
	x.needsRebuild.Store(true)
	return nil
}

// apply does the work of Apply. position becomes the position in the feed, unless it is zero.
func (x *Index) apply(ctx context.Context, live []Document, gone []int64,
	position feed.Position) (_ Applied, err error) {
	defer fault.Annotate(&err, "search.Apply(%d live, %d gone)", len(live), len(gone))
	x.write.Lock()
	defer x.write.Unlock()
	x.swap.RLock()
	defer x.swap.RUnlock()
	if x.live == nil {
		return Applied{}, errClosed()
	}
	a, err := x.change(ctx, x.live, live, gone, position)
	if err != nil || x.building == nil {
		return a, x.check(err)
	}
	for _, d := range live {
		x.touched[d.ItemID] = true
	}
	for _, item := range gone {
		x.touched[item] = true
	}
	if g := x.nextGeneration(); g != nil {
		_, err = x.change(ctx, g, live, gone, position)
	}
	return a, err
}

// nextGeneration returns the generation that a rebuild fills beside the live one; nil when there is none. The caller
// holds x.write.
func (x *Index) nextGeneration() *generation {
	if x.inPlace {
		return nil
	}
	return x.building
}

// change applies a change to one generation. The caller holds x.write.
func (x *Index) change(ctx context.Context, g *generation, live []Document, gone []int64, to feed.Position) (Applied,
	error) {
	items := slices.Clone(gone)
	for _, d := range live {
		items = append(items, d.ItemID)
	}
	slices.Sort(items)
	old, err := x.existing(ctx, g, slices.Compact(items))
	if err != nil {
		return Applied{}, err
	}
	newest := map[int64]int64{} // item → newest revision in the index
	for _, r := range old {
		newest[r.ItemID] = max(newest[r.ItemID], r.Revision)
	}
	var (
		done Applied
		b    Batch
		meta = g.stats()
		keep = map[string]bool{}
		late = map[int64]bool{}
	)
	for _, d := range lastOf(live) {
		if !slices.Contains(gone, d.ItemID) && d.Revision < newest[d.ItemID] {
			late[d.ItemID] = true
			done.Late++
			continue
		}
		if was := old[d.ID]; was != nil && was.same(&d) {
			delete(old, d.ID)
			continue
		}
		e, rec, err := x.codec.entry(d)
		if err != nil {
			return Applied{}, err
		}
		meta.add(rec, 1)
		keep[d.ID] = true
		b.Put = append(b.Put, e)
	}
	for id, r := range old {
		if late[r.ItemID] {
			continue
		}
		meta.add(r, -1)
		if !keep[id] {
			b.Drop = append(b.Drop, id)
		}
	}
	if to != (feed.Position{}) {
		meta.Position = to
	}
	if len(b.Put) == 0 && len(b.Drop) == 0 && to == (feed.Position{}) {
		return done, nil
	}
	done.Put, done.Dropped = len(b.Put), len(b.Drop)
	return done, g.apply(ctx, b, meta)
}

// lastOf returns, of several documents with the same ID, only the last one.
func lastOf(docs []Document) []Document {
	at := map[string]int{}
	for i, d := range docs {
		at[d.ID] = i
	}
	out := make([]Document, 0, len(at))
	for i, d := range docs {
		if at[d.ID] == i {
			out = append(out, d)
		}
	}
	return out
}

// lookupBatch is the number of items in one request of existing.
const lookupBatch = 500

// existing returns the stored records of the items, by document ID.
func (x *Index) existing(ctx context.Context, g *generation, items []int64) (map[string]*record, error) {
	out := map[string]*record{}
	if g.stats().Documents == 0 {
		return out, nil
	}
	for part := range slices.Chunk(items, lookupBatch) {
		var any []Term
		for _, id := range part {
			any = append(any, Term{FieldItem, strconv.FormatInt(id, 10)})
		}
		res, err := g.driver.Find(ctx, Request{Filters: [][]Term{any}, Limit: int(g.stats().Documents)})
		if err != nil {
			return nil, err
		}
		recs, err := x.load(ctx, g, res.Hits)
		if err != nil {
			return nil, err
		}
		for _, r := range recs {
			out[r.ID] = r
		}
	}
	return out, nil
}

// load returns the records of hits in the order of hits. Documents that were removed in the meantime are missing.
func (x *Index) load(ctx context.Context, g *generation, hits []Found) ([]*record, error) {
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	stored, err := g.driver.Load(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*record, 0, len(ids))
	for _, id := range ids {
		data, ok := stored[id]
		if !ok {
			continue
		}
		r, err := x.codec.unpack(data)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// reading runs f on the live generation and keeps it open until f returns.
func (x *Index) reading(f func(*generation) error) error {
	x.swap.RLock()
	defer x.swap.RUnlock()
	if x.live == nil {
		return errClosed()
	}
	return x.check(f(x.live))
}

// check handles an error of a driver: when the index is damaged, it requests a rebuild and adds a text for the user.
func (x *Index) check(err error) error {
	if !errors.Is(err, ErrCorrupt) {
		return err
	}
	x.needsRebuild.Store(true)
	return fault.Wrap(fault.Unavailable, err, "搜索索引正在修复，请稍后再试。")
}

func errClosed() error {
	return fault.New(fault.Unavailable, "搜索服务正在停止，请稍后再试。")
}
