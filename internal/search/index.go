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

// Options of Open.
type Options struct {
	Dir    string                                                // folder of the index
	Driver func(ctx context.Context, dir string) (Driver, error) // opens or creates a generation
	Log    *slog.Logger
}

// Index is the search index of all sites. It is safe for concurrent use. One process
// at a time may have its folder open; each process that searches has a folder of its own.
type Index struct {
	o     Options
	codec *codec

	write    sync.Mutex     // one change at a time
	building *generation    // guarded by write: the generation being rebuilt, nil when none
	inPlace  bool           // guarded by write: building is live, which was empty
	spoilt   bool           // guarded by write: building will not be complete
	touched  map[int64]bool // guarded by write: items changed while building

	swap sync.RWMutex // readers hold it while they use live
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

// Applied says what a change did.
type Applied struct {
	Put     int // documents written
	Dropped int // documents removed
	Late    int // documents left out because a newer revision is there
}

// Open opens the index under o.Dir. A damaged generation is removed and an empty one put in
// its place; NeedsRebuild then reports true, as it does for a new index.
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

// NeedsRebuild reports that the index lacks documents or was made by another analyser.
func (x *Index) NeedsRebuild() bool { return x.needsRebuild.Load() }

// Close ends the use of the index.
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

// Upsert makes docs findable. The documents given for an item are all it has: others of the
// same item go. Documents older than what is there are left out.
func (x *Index) Upsert(ctx context.Context, docs ...Document) (Applied, error) {
	return x.Apply(ctx, docs, nil)
}

// Delete makes everything of the items unfindable.
func (x *Index) Delete(ctx context.Context, items ...int64) (Applied, error) {
	return x.Apply(ctx, nil, items)
}

// Apply does both in one step that is never half visible.
func (x *Index) Apply(ctx context.Context, live []Document, gone []int64) (Applied, error) {
	return x.apply(ctx, live, gone, feed.Position{})
}

// Position is how far the feed has been followed. It is stored atomically with the
// changes up to it.
func (x *Index) Position() feed.Position {
	x.swap.RLock()
	defer x.swap.RUnlock()
	if x.live == nil {
		return feed.Position{}
	}
	return x.live.stats().Position
}

// restart sets the position in the feed to at and marks the index as incomplete until it is rebuilt. A
// rebuild in progress does not count: it may have read documents before their changes below at.
func (x *Index) restart(ctx context.Context, at feed.Position) (err error) {
	defer fault.Annotate(&err, "search.restart")
	x.write.Lock()
	defer x.write.Unlock()
	x.swap.RLock()
	defer x.swap.RUnlock()
	if x.live == nil {
		return errClosed()
	}
	x.spoilt = x.building != nil
	for _, g := range []*generation{x.live, x.inBuild()} {
		if g == nil {
			continue
		}
		m := g.stats()
		m.Position, m.Complete = at, false
		if err := g.apply(ctx, Batch{}, m); err != nil {
			return x.check(err)
		}
	}
	x.needsRebuild.Store(true)
	return nil
}

// apply is Apply; to, when it is not zero, becomes the position.
func (x *Index) apply(ctx context.Context, live []Document, gone []int64, to feed.Position) (_ Applied, err error) {
	defer fault.Annotate(&err, "search.Apply(%d live, %d gone)", len(live), len(gone))
	x.write.Lock()
	defer x.write.Unlock()
	x.swap.RLock()
	defer x.swap.RUnlock()
	if x.live == nil {
		return Applied{}, errClosed()
	}
	a, err := x.change(ctx, x.live, live, gone, to)
	if err != nil || x.building == nil {
		return a, x.check(err)
	}
	for _, d := range live {
		x.touched[d.ItemID] = true
	}
	for _, item := range gone {
		x.touched[item] = true
	}
	if g := x.inBuild(); g != nil {
		_, err = x.change(ctx, g, live, gone, to)
	}
	return a, err
}

// inBuild returns the generation that is being built next to the live one, nil when there is none. The caller holds
// x.write.
func (x *Index) inBuild() *generation {
	if x.inPlace {
		return nil
	}
	return x.building
}

// change applies to one generation. The caller holds x.write.
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
	newest := map[int64]int64{} // item → revision that is there
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

// lastOf keeps the last document of every ID.
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

// lookup bounds how many items are asked for at once.
const lookup = 500

// existing returns the records of the items by document ID.
func (x *Index) existing(ctx context.Context, g *generation, items []int64) (map[string]*record, error) {
	out := map[string]*record{}
	if g.stats().Documents == 0 {
		return out, nil
	}
	for part := range slices.Chunk(items, lookup) {
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

// load returns the records of hits in their order; a hit removed meanwhile is left out.
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

// reading runs f on the live generation, which stays open meanwhile.
func (x *Index) reading(f func(*generation) error) error {
	x.swap.RLock()
	defer x.swap.RUnlock()
	if x.live == nil {
		return errClosed()
	}
	return x.check(f(x.live))
}

// check records that the index is damaged and returns an error with a text for the user.
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
