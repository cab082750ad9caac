package mirror

import (
	"context"
	"sync"
	"time"

	"guiyi/internal/kernel/bus"
	"guiyi/internal/kernel/crypto"
	"guiyi/internal/publish/manifest"
)

const (
	fillTime   = 30 * time.Second // of one attempt to copy what a head needs
	firstPause = time.Second      // between attempts, doubling
	lastPause  = time.Minute
	trimEvery  = 6 * time.Hour
	checkLimit = 5 * time.Second
)

// Watcher is where heads come from; *bus.Bus is one.
type Watcher interface {
	Watch(ctx context.Context, bucket string) (<-chan bus.Entry, error)
}

// Edge is what the mirror asks of the edge it serves.
type Edge interface {
	Heads() map[string]manifest.Head
}

// Feed passes heads on to an edge when their bytes are here.
type Feed struct {
	Mirror *Mirror
	From   Watcher
	Edge   Edge
	Ring   *crypto.Ring
}

// Watch is Watch of From, each entry passed on when the edge can serve it from its own disk.
func (f Feed) Watch(ctx context.Context, bucket string) (<-chan bus.Entry, error) {
	in, err := f.From.Watch(ctx, bucket)
	if err != nil {
		return nil, err
	}
	out := make(chan bus.Entry)
	go func() {
		defer close(out)
		var sites sync.WaitGroup
		defer sites.Wait()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		sites.Go(func() { f.trim(ctx) })
		lines := map[string]chan bus.Entry{}
		line := func(key string) chan bus.Entry {
			if lines[key] == nil {
				c := make(chan bus.Entry, 1)
				lines[key] = c
				sites.Go(func() { f.site(ctx, c, out) })
			}
			return lines[key]
		}
		for code, head := range f.Edge.Heads() { // what an earlier run has not finished, also when the bus is away
			put(line(code), bus.Entry{Key: code, Value: head.Encode()})
		}
		for e := range in {
			put(line(e.Key), e)
		}
	}()
	return out, nil
}

// put replaces what waits: only the newest counts. There is one writer.
func put(c chan bus.Entry, e bus.Entry) {
	select {
	case <-c:
	default:
	}
	c <- e
}

// site works off the entries of one site, the newest at a time.
func (f Feed) site(ctx context.Context, in <-chan bus.Entry, out chan<- bus.Entry) {
	for {
		var e bus.Entry
		select {
		case <-ctx.Done():
			return
		case e = <-in:
		}
		head, err := manifest.ParseHead(e.Value)
		good := err == nil && head.Verify(f.Ring) == nil
		_, served := f.Edge.Heads()[e.Key]
		passed := false
		if !good || !served { // the edge reports what is wrong; a new site is not kept waiting
			passed = send(ctx, out, e)
		}
		pause := firstPause
		for good && ctx.Err() == nil {
			err := f.attempt(ctx, head)
			if !passed && (err == nil || f.reachable(ctx)) { // with the store there, fresh goes before copied
				passed = send(ctx, out, e)
			}
			if err == nil || !f.again(ctx, in, &e, &head, &passed, pause, err) {
				break
			}
			if passed { // the edge reads through meanwhile
				pause = min(2*pause, lastPause)
			}
		}
	}
}

// again waits before the next attempt and takes a newer head when one has come. It reports whether to go on.
func (f Feed) again(ctx context.Context, in <-chan bus.Entry, e *bus.Entry, head *manifest.Head, passed *bool, pause time.Duration, err error) bool {
	f.Mirror.log.WarnContext(ctx, "mirror: site is not copied whole yet", "site", head.Site, "revision", head.Revision, "err", err)
	select {
	case <-ctx.Done():
		return false
	case newer := <-in:
		h, err := manifest.ParseHead(newer.Value)
		if err == nil && h.Verify(f.Ring) == nil {
			*e, *head, *passed = newer, h, false
		}
	case <-time.After(pause):
	}
	return true
}

func (f Feed) attempt(ctx context.Context, head manifest.Head) error {
	ctx, cancel := context.WithTimeout(ctx, fillTime)
	defer cancel()
	return f.Mirror.Fill(ctx, head)
}

func (f Feed) reachable(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	return f.Mirror.remote.Check(ctx) == nil
}

func send(ctx context.Context, out chan<- bus.Entry, e bus.Entry) bool {
	select {
	case <-ctx.Done():
		return false
	case out <- e:
		return true
	}
}

func (f Feed) trim(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(trimEvery):
		}
		var heads []manifest.Head
		for _, h := range f.Edge.Heads() {
			heads = append(heads, h)
		}
		if _, err := f.Mirror.Trim(ctx, heads, time.Now()); err != nil && ctx.Err() == nil {
			f.Mirror.log.WarnContext(ctx, "mirror: what is not used any more could not be removed", "err", err)
		}
	}
}
