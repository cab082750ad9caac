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
	maxDelay   = 30 * time.Second // maximum delay of a head by copying while the store can be reached
	firstPause = time.Second      // first delay between attempts; it doubles
	lastPause  = time.Minute
	trimEvery  = 6 * time.Hour
	checkLimit = 5 * time.Second
)

// Watcher is the source of heads; *bus.Bus implements it.
type Watcher interface {
	Watch(ctx context.Context, bucket string) (<-chan bus.Entry, error)
}

// Edge is the part of *edge.Edge that the mirror uses.
type Edge interface {
	Heads() map[string]manifest.Head
}

// Feed forwards heads to an edge when their objects have been copied.
type Feed struct {
	Mirror *Mirror
	From   Watcher
	Edge   Edge
	Ring   *crypto.Ring
}

// Watch is Watch of From, but each entry is delayed until the edge can serve it from the local disk.
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
		for code, head := range f.Edge.Heads() { // finish the copies of an earlier run, even without the bus
			put(line(code), bus.Entry{Key: code, Value: head.Encode()})
		}
		for e := range in {
			put(line(e.Key), e)
		}
	}()
	return out, nil
}

// put replaces a waiting entry by a newer one. There must be one writer only.
func put(c chan bus.Entry, e bus.Entry) {
	select {
	case <-c:
	default:
	}
	c <- e
}

// site handles the entries of one site; only the newest one counts.
func (f Feed) site(ctx context.Context, in <-chan bus.Entry, out chan<- bus.Entry) {
	l := siteFeed{Feed: f, out: out}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case e := <-in:
			l.accept(ctx, e)
		case <-l.late:
			l.forwardIfReachable(ctx)
		case <-l.retry:
			l.copy(ctx)
		case err := <-l.done:
			l.copied(ctx, err)
		}
	}
	if l.done != nil {
		_ = <-l.done // the context has ended the copy
	}
}

// siteFeed is the state of the newest head of a site. Copying runs concurrently, so a long copy does not delay newer
// heads.
type siteFeed struct {
	Feed
	out       chan<- bus.Entry
	entry     bus.Entry
	head      manifest.Head
	forwarded bool // the head was forwarded to the edge

	copying manifest.Hash    // the head being copied, which may be an older one
	done    <-chan error     // receives the result of copying; nil: no copy is running
	late    <-chan time.Time // fires when the head is forwarded without its copy
	retry   <-chan time.Time // fires when copying is tried again
	pause   time.Duration    // delay before that
}

// accept starts handling an entry.
func (l *siteFeed) accept(ctx context.Context, e bus.Entry) {
	head, err := manifest.ParseHead(e.Value)
	if err != nil || head.Verify(l.Ring) != nil {
		send(ctx, l.out, e) // the edge reports the error
		return
	}
	l.entry, l.head, l.forwarded, l.pause = e, head, false, firstPause
	l.late = time.After(maxDelay)
	if _, served := l.Edge.Heads()[e.Key]; !served { // the first head of a site is not delayed
		l.forward(ctx)
	}
	if l.done == nil {
		l.copy(ctx)
	}
}

func (l *siteFeed) forward(ctx context.Context) {
	if !l.forwarded {
		l.forwarded, l.late = send(ctx, l.out, l.entry), nil
	}
}

// forwardIfReachable forwards the head if the edge can read missing objects from the store.
func (l *siteFeed) forwardIfReachable(ctx context.Context) {
	if !l.forwarded && l.reachable(ctx) {
		l.forward(ctx)
	}
}

func (l *siteFeed) copy(ctx context.Context) {
	done, head := make(chan error, 1), l.head
	l.copying, l.done, l.retry = head.Hash(), done, nil
	go func() { done <- l.Mirror.Fill(ctx, head) }()
}

// copied handles the end of a copy.
func (l *siteFeed) copied(ctx context.Context, err error) {
	l.done = nil
	switch {
	case l.copying != l.head.Hash(): // a newer head has arrived
		l.copy(ctx)
	case err == nil:
		l.forward(ctx)
	default:
		l.Mirror.log.WarnContext(ctx, "mirror: site is not copied whole yet", "site", l.head.Site, "revision",
			l.head.Revision, "err", err)
		l.forwardIfReachable(ctx)
		l.retry = time.After(l.pause)
		if l.forwarded { // the edge reads from the store meanwhile
			l.pause = min(2*l.pause, lastPause)
		}
	}
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
