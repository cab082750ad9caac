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
	// loadTimeout bounds one load from the blob store; a load goes on when the client that caused it goes away.
	loadTimeout = 20 * time.Second
)

// key is what a cache can be asked for.
type key interface {
	comparable
	shard() byte
}

// cache keeps verified values within a limit and forgets those that were not used lately (CLOCK). Loads of one key are
// done once, however many ask.
type cache[K key, V any] struct {
	shards [cacheShards]cacheShard[K, V]
	loads  flight[K, V]
	held   atomic.Int64 // bytes
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

// newCache makes a cache of at most limit bytes.
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

// put keeps a value unless it is larger than a shard.
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
	c.held.Add(s.size - before)
}

// evict drops the first value after the hand that was not used since the hand passed it. It needs the lock and a value.
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

// load returns the kept value, or makes it once for all who ask meanwhile. make returns the size in bytes.
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

// flight lets one goroutine work for all that want the same key.
type flight[K comparable, V any] struct {
	mu    sync.Mutex
	calls map[K]*call[V]
}

type call[V any] struct {
	done  chan struct{}
	value V
	err   error
}

func (f *flight[K, V]) do(ctx context.Context, k K, work func(context.Context) (V, error)) (V, error) {
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

func (f *flight[K, V]) run(ctx context.Context, k K, c *call[V], work func(context.Context) (V, error)) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil { // on this goroutine nobody else would catch it
			c.err = fault.New(fault.Internal, "load: %v", p)
		}
		f.mu.Lock()
		delete(f.calls, k)
		f.mu.Unlock()
		close(c.done)
	}()
	c.value, c.err = work(ctx)
}
