package edge

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"guiyi/internal/edge/audit"
	"guiyi/internal/edge/verified"
)

// Kinds of events.
const (
	Tampered  = verified.Tampered // stored bytes do not have their hash
	Missing   = verified.Missing  // stored bytes are not there or cannot be read
	Planted   = audit.Planted     // an object that nothing published
	Unlinked  = audit.Unlinked    // a pack that no current snapshot uses; normal unless nothing ever published it
	Refused   = "refused"         // a head was not accepted
	Waiting   = "waiting"         // a good head has a host that another site still has; normal while domains move
	HeadFile  = "head-file"       // a file of HeadsDir was edited, rolled back, removed or planted
	DiskFault = "disk-fault"      // HeadsDir cannot be written
)

// Event is something that an operator must know.
type Event = verified.Event

const (
	quietTime = time.Minute
	maxQuiet  = 10_000
)

// reporter counts every event and passes on each (kind, site, where) at most once a minute.
type reporter struct {
	log     *slog.Logger
	onEvent func(Event)
	now     func() time.Time
	metrics *metrics

	mu   sync.Mutex
	last map[[3]string]time.Time
}

// report returns the event with its time.
func (r *reporter) report(ev Event) Event {
	ev.At = r.now()
	r.metrics.events.WithLabelValues(ev.Kind).Inc()
	if r.quiet(ev) {
		return ev
	}
	level := slog.LevelError
	switch ev.Kind {
	case Unlinked:
		level = slog.LevelInfo
	case Waiting:
		level = slog.LevelWarn
	}
	r.log.Log(context.Background(), level, "edge: "+ev.Kind,
		"site", ev.Site, "revision", ev.Revision, "path", ev.Path, "where", ev.Where, "detail", ev.Detail)
	if r.onEvent != nil {
		r.onEvent(ev)
	}
	return ev
}

func (r *reporter) quiet(ev Event) bool {
	k := [3]string{ev.Kind, ev.Site, ev.Where}
	r.mu.Lock()
	defer r.mu.Unlock()
	if t, ok := r.last[k]; ok && ev.At.Sub(t) < quietTime {
		return true
	}
	if len(r.last) >= maxQuiet || r.last == nil {
		r.last = map[[3]string]time.Time{}
	}
	r.last[k] = ev.At
	return false
}
