package edge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// BodyPace bounds how slowly the bodies of requests may come, so that nobody can hold many requests open by sending a
// byte now and then. Only the time that the edge waits for the client counts. A zero field takes the default.
type BodyPace struct {
	// Grace is how long a body may take whatever its size; default 5 s.
	Grace time.Duration
	// BytesPerSecond is what must come in each second after Grace, on average; default 1024.
	BytesPerSecond int64
	// SlowAfter is when a body counts as slow; default 2 s.
	SlowAfter time.Duration
	// MaxSlow is how many slow bodies one address (of IPv6 one network of 64 bits) may be sending; default 16.
	MaxSlow int
}

func (p BodyPace) orDefaults() BodyPace {
	return BodyPace{
		Grace:          orDefault(p.Grace, 5*time.Second),
		BytesPerSecond: orDefault(p.BytesPerSecond, 1024),
		SlowAfter:      orDefault(p.SlowAfter, 2*time.Second),
		MaxSlow:        orDefault(p.MaxSlow, 16),
	}
}

func orDefault[T ~int | ~int64](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

// Errors of bodies that are cut off.
var (
	errTooSlow     = errors.New("body slower than the least rate")
	errTooManySlow = errors.New("too many slow bodies from one address")
)

// slowBodies counts the slow bodies under way, by address.
type slowBodies struct {
	pace BodyPace
	mu   sync.Mutex
	open map[netip.Prefix]int
}

// enter counts one more, and reports whether the address may send it.
func (s *slowBodies) enter(from netip.Prefix) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[from] >= s.pace.MaxSlow {
		return false
	}
	s.open[from]++
	return true
}

func (s *slowBodies) leave(from netip.Prefix) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[from]--; s.open[from] <= 0 {
		delete(s.open, from)
	}
}

// network is what counts as one address: of IPv6 a household has a whole network.
func network(a netip.Addr) netip.Prefix {
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the zero Prefix for the zero Addr
	return p
}

type bodyKey struct{}

// body is the body of a request on its way to the portal. It remembers what went wrong on the client's side, so that
// nobody takes that for a fault of the portal, and cuts off a client that is too slow.
type body struct {
	io.ReadCloser
	slow *slowBodies
	from netip.Prefix
	cut  func() // makes a Read that waits return

	mu      sync.Mutex
	err     error // of the client
	got     int64
	waited  time.Duration // for the client, before the present Read
	since   time.Time     // of the present Read; zero outside one
	counted bool          // as slow
	over    bool
	timer   *time.Timer
}

// newBody wraps the body that r has; from is who sends it.
func (e *Edge) newBody(w http.ResponseWriter, r *http.Request, from netip.Addr) *body {
	b := &body{
		ReadCloser: http.MaxBytesReader(w, r.Body, e.bodyLimit),
		slow:       e.slow,
		from:       network(from),
		cut: func() {
			// a writer without deadlines is none of the network
			_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
		},
	}
	b.timer = time.AfterFunc(e.slow.pace.SlowAfter, b.look)
	return b
}

// clientFault is what the client of this request did wrong while it sent the body, nil when nothing.
func clientFault(ctx context.Context) error {
	b, ok := ctx.Value(bodyKey{}).(*body)
	if !ok {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	b.since = time.Now()
	b.mu.Unlock()
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waited += time.Since(b.since)
	b.since = time.Time{}
	b.got += int64(n)
	if err != nil && !errors.Is(err, io.EOF) && b.err == nil && !b.over {
		b.err = err
	}
	if err != nil {
		b.finish()
	}
	return n, err
}

// look checks the pace, now and then.
func (b *body) look() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return
	}
	pace, waited := b.slow.pace, b.waited
	if !b.since.IsZero() {
		waited += time.Since(b.since)
	}
	if waited >= pace.SlowAfter && !b.counted {
		if !b.slow.enter(b.from) {
			b.stop(errTooManySlow)
			return
		}
		b.counted = true
	}
	if late := waited - pace.Grace; late > 0 && float64(b.got) < late.Seconds()*float64(pace.BytesPerSecond) {
		b.stop(errTooSlow)
		return
	}
	b.timer.Reset(min(time.Second, pace.SlowAfter))
}

// stop ends the body with an error. It needs the lock.
func (b *body) stop(err error) {
	b.err = err
	b.finish()
	b.cut()
}

// finish counts the body no more. It needs the lock.
func (b *body) finish() {
	if b.over {
		return
	}
	b.over = true
	b.timer.Stop()
	if b.counted {
		b.slow.leave(b.from)
	}
}

// end is called when the request has been answered.
func (b *body) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finish()
}

// refuse answers a request whose body could not be read, because of its client.
func (a *answer) refuse(err error) {
	h := a.w.Header()
	if a.r.ProtoMajor == 1 {
		h["Connection"] = one("close") // where the next request begins is not known
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		a.notice(http.StatusRequestEntityTooLarge)
	case errors.Is(err, errTooManySlow):
		h["Retry-After"] = one("10")
		a.notice(http.StatusTooManyRequests)
	case errors.Is(err, errTooSlow):
		a.notice(http.StatusRequestTimeout)
	default:
		a.notice(http.StatusBadRequest)
	}
}
