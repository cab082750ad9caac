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

// BodyPace limits slow request bodies, as a protection against slow-body attacks. Only the time that the edge waits for
// the client counts. Zero fields have default values.
type BodyPace struct {
	// Grace is the time that a body of any size may take; default 5 s.
	Grace time.Duration
	// BytesPerSecond is the minimum average rate after Grace; default 1024.
	BytesPerSecond int64
	// SlowAfter is the time after which a body counts as slow; default 2 s.
	SlowAfter time.Duration
	// MaxSlow is the maximum number of slow bodies per IPv4 address or IPv6 /64 network; default 16.
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

// Errors of rejected bodies.
var (
	errTooSlow     = errors.New("body slower than the least rate")
	errTooManySlow = errors.New("too many slow bodies from one address")
)

// slowBodies counts current slow bodies by client network.
type slowBodies struct {
	pace BodyPace
	mu   sync.Mutex
	open map[netip.Prefix]int
}

// enter adds a slow body, and reports whether the network is within its limit.
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

// network returns the unit that limits apply to: an IPv4 address, or an IPv6 /64 network, which a household has.
func network(a netip.Addr) netip.Prefix {
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the zero Prefix for the zero Addr
	return p
}

type bodyKey struct{}

// body is the body of a request that is forwarded to the portal. It records errors of the client, so that they are not
// taken for errors of the portal, and rejects a body that is too slow.
type body struct {
	io.ReadCloser
	slow *slowBodies
	from netip.Prefix
	cut  func() // unblocks a waiting Read

	mu      sync.Mutex
	err     error // error caused by the client
	got     int64
	waited  time.Duration // total time waited for the client, without the current Read
	since   time.Time     // start of the current Read; zero outside Read
	counted bool          // in slowBodies
	over    bool
	timer   *time.Timer
}

// newBody wraps the body of r; from is the address of the client.
func (e *Edge) newBody(w http.ResponseWriter, r *http.Request, from netip.Addr) *body {
	b := &body{
		ReadCloser: http.MaxBytesReader(w, r.Body, e.bodyLimit),
		slow:       e.slow,
		from:       network(from),
		cut: func() {
			// without deadlines the writer is not a network connection
			_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
		},
	}
	b.mu.Lock() // checkPace waits until the timer is in its place
	defer b.mu.Unlock()
	b.timer = time.AfterFunc(e.slow.pace.SlowAfter, b.checkPace)
	return b
}

// clientFault returns the error that the client caused while sending the body, or nil.
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

// checkPace checks the rate of the body; a timer calls it.
func (b *body) checkPace() {
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

// stop ends the body with an error. The caller must hold the lock.
func (b *body) stop(err error) {
	b.err = err
	b.finish()
	b.cut()
}

// finish removes the body from slowBodies. The caller must hold the lock.
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

// end is called after the response.
func (b *body) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finish()
}

// rejectBody responds to a request whose body could not be read because of the client.
func (a *answer) rejectBody(err error) {
	h := a.w.Header()
	if a.r.ProtoMajor == 1 {
		h["Connection"] = headerValue("close") // the start of the next request is unknown
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		a.notice(http.StatusRequestEntityTooLarge)
	case errors.Is(err, errTooManySlow):
		h["Retry-After"] = headerValue("10")
		a.notice(http.StatusTooManyRequests)
	case errors.Is(err, errTooSlow):
		a.notice(http.StatusRequestTimeout)
	default:
		a.notice(http.StatusBadRequest)
	}
}
