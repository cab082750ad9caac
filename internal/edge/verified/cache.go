package verified

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"guiyi/internal/kernel/fault"
)

const (
	cacheShards = 16
	// loadTimeout is the time limit of one load from the blob store. A load continues if its client disconnects.
	loadTimeout = 20 * time.Second
)

// key is the constraint for keys of a cache.
type key interface {
	comparable
	shard() byte
}

// cache is a size-limited cache of verified values with CLOCK eviction. Concurrent loads of a key are done once.
type cache[K key, V any] struct {
	shards [cacheShards]cacheShard[K, V]
	loads  singleFlight[K, V]
	size   atomic.Int64 // bytes
}

type cacheShard[K key, V any] struct {
	mu    sync.RWMutex
	items map[K]*cached[K, V]
	ring  []*cached[K, V]
	hand  int
	size  int64
	limit int64
}

type cached[K key, V any] struct {
	key   K
	value V
	size  int64
	used  atomic.Bool
}

// newCache returns a cache of at most limit bytes.
func newCache[K key, V any](limit int64) *cache[K, V] {
	c := &cache[K, V]{}
	for i := range c.shards {
		c.shards[i].items = map[K]*cached[K, V]{}
		c.shards[i].limit = limit / cacheShards
	}
	return c
}

func (c *cache[K, V]) get(k K) (V, bool) {
	s := &c.shards[k.shard()%cacheShards]
	s.mu.RLock()
	it := s.items[k]
	s.mu.RUnlock()
	if it == nil {
		var none V
		return none, false
	}
	if !it.used.Load() {
		it.used.Store(true)
	}
	return it.value, true
}

// put adds a value unless it is larger than a shard.
func (c *cache[K, V]) put(k K, v V, size int64) {
	s := &c.shards[k.shard()%cacheShards]
	if size > s.limit {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.items[k] != nil {
		return
	}
	before := s.size
	for s.size+size > s.limit {
		s.evict()
	}
	it := &cached[K, V]{key: k, value: v, size: size}
	s.items[k] = it
	s.ring = append(s.ring, it)
	s.size += size
	c.size.Add(s.size - before)
}

// evict removes the first value after the clock hand that was not used since the hand passed it. The caller must hold
// the lock, and the shard must not be empty.
func (s *cacheShard[K, V]) evict() {
	for {
		s.hand %= len(s.ring)
		it := s.ring[s.hand]
		if it.used.Swap(false) {
			s.hand++
			continue
		}
		last := len(s.ring) - 1
		s.ring[s.hand], s.ring[last] = s.ring[last], nil
		s.ring = s.ring[:last]
		delete(s.items, it.key)
		s.size -= it.size
		return
	}
}

// load returns the cached value, or calls make once for all concurrent callers. make also returns the size in bytes.
func (c *cache[K, V]) load(ctx context.Context, k K, make func(context.Context) (V, int64, error)) (v V, hit bool,
	err error) {
	if v, ok := c.get(k); ok {
		return v, true, nil
	}
	v, err = c.loads.do(ctx, k, func(ctx context.Context) (V, error) {
		if v, ok := c.get(k); ok {
			return v, nil
		}
		v, size, err := make(ctx)
		if err == nil {
			c.put(k, v, size)
		}
		return v, err
	})
	return v, false, err
}

// singleFlight runs work once for all concurrent callers with the same key.
type singleFlight[K comparable, V any] struct {
	mu    sync.Mutex
	calls map[K]*call[V]
}

type call[V any] struct {
	done  chan struct{}
	value V
	err   error
}

func (f *singleFlight[K, V]) do(ctx context.Context, k K, work func(context.Context) (V, error)) (V, error) {
	f.mu.Lock()
	c := f.calls[k]
	if c == nil {
		c = &call[V]{done: make(chan struct{})}
		if f.calls == nil {
			f.calls = map[K]*call[V]{}
		}
		f.calls[k] = c
		go f.run(context.WithoutCancel(ctx), k, c, work)
	}
	f.mu.Unlock()
	select {
	case <-c.done:
		return c.value, c.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

func (f *singleFlight[K, V]) run(ctx context.Context, k K, c *call[V], work func(context.Context) (V, error)) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil { // otherwise it would end the process
			c.err = fault.New(fault.Internal, "load: %v", p)
		}
		f.mu.Lock()
		delete(f.calls, k)
		f.mu.Unlock()
		close(c.done)
	}()
	c.value, c.err = work(ctx)
}
