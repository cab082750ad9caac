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
	lateTime   = 30 * time.Second // how long a head waits for its copy while the store can be reached
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
	l := line{Feed: f, out: out}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case e := <-in:
			l.take(ctx, e)
		case <-l.late:
			l.passReachable(ctx)
		case <-l.retry:
			l.copy(ctx)
		case err := <-l.done:
			l.copied(ctx, err)
		}
	}
	if l.done != nil {
		_ = <-l.done // the copy was stopped with everything else
	}
}

// line is the newest head of a site and how far it has come. Copying goes on beside it: a long copy keeps no news
// waiting.
type line struct {
	Feed
	out    chan<- bus.Entry
	entry  bus.Entry
	head   manifest.Head
	passed bool // to the edge

	copying manifest.Hash    // the head being copied, which may be an older one
	done    <-chan error     // end of the copying; nil while nothing is copied
	late    <-chan time.Time // when the head is passed on without its copy
	retry   <-chan time.Time // when to copy again
	pause   time.Duration    // before that
}

// take begins with an entry.
func (l *line) take(ctx context.Context, e bus.Entry) {
	head, err := manifest.ParseHead(e.Value)
	if err != nil || head.Verify(l.Ring) != nil {
		send(ctx, l.out, e) // the edge reports what is wrong
		return
	}
	l.entry, l.head, l.passed, l.pause = e, head, false, firstPause
	l.late = time.After(lateTime)
	if _, served := l.Edge.Heads()[e.Key]; !served { // a new site is not kept waiting
		l.pass(ctx)
	}
	if l.done == nil {
		l.copy(ctx)
	}
}

func (l *line) pass(ctx context.Context) {
	if !l.passed {
		l.passed, l.late = send(ctx, l.out, l.entry), nil
	}
}

// passReachable passes the head on when the edge can read through: fresh goes before copied.
func (l *line) passReachable(ctx context.Context) {
	if !l.passed && l.reachable(ctx) {
		l.pass(ctx)
	}
}

func (l *line) copy(ctx context.Context) {
	done, head := make(chan error, 1), l.head
	l.copying, l.done, l.retry = head.Hash(), done, nil
	go func() { done <- l.Mirror.Fill(ctx, head) }()
}

// copied goes on after the copying of a head has ended.
func (l *line) copied(ctx context.Context, err error) {
	l.done = nil
	switch {
	case l.copying != l.head.Hash(): // a newer one has come
		l.copy(ctx)
	case err == nil:
		l.pass(ctx)
	default:
		l.Mirror.log.WarnContext(ctx, "mirror: site is not copied whole yet", "site", l.head.Site, "revision",
			l.head.Revision, "err", err)
		l.passReachable(ctx)
		l.retry = time.After(l.pause)
		if l.passed { // the edge reads through meanwhile
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
