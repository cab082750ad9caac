// Package live (实时变更) tells open consoles what has changed, as server-sent events.
//
//	GET /events
//	event: changed
//	data: {"object":"item","id":"123","action":"item.release"}
//
// The audit rows are the source: every use case writes one in its transaction, so nothing changes without an event,
// whichever process did it. One poller per process reads the new rows while at least one console listens. An event
// names an object and no more; what it contains is read by the operations of the API, which ask for the permission.
// An actor gets the events of the sites in its scope; changes without a site only if its scope is every site.
package live

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/web"
)

const (
	pollEvery = time.Second
	beatEvery = 20 * time.Second // also how soon a stream ends after its session
	// overlap is how far back each poll reads again: ids grow by time, but a long transaction commits late.
	overlap    = 30 * time.Second
	maxRows    = 1000 // of one poll; when there are more, clients are told to read everything again
	maxStreams = 20   // of one actor
	queue      = 256  // events that wait for a slow client; then it is told to read everything again
)

// Change is what an event tells.
type Change struct {
	Object string `json:"object"`
	ID     string `json:"id"`
	Action string `json:"action"`

	owner int64
}

// all tells a client to read everything again.
var all = Change{Object: "*"}

// Hub distributes changes to the streams of one process. It is safe for concurrent use.
type Hub struct {
	db  *store.DB
	log *slog.Logger

	mu      sync.Mutex
	streams map[*stream]bool
	seen    map[int64]bool // rows of the last overlap
	stop    context.CancelFunc
}

type stream struct {
	by      actor.Actor
	changes chan Change
}

// empty removes what waits.
func (s *stream) empty() {
	for {
		select {
		case <-s.changes:
		default:
			return
		}
	}
}

// NewHub returns a hub without streams.
func NewHub(db *store.DB, log *slog.Logger) *Hub {
	return &Hub{db: db, log: log, streams: map[*stream]bool{}}
}

// Serve sends events to an actor until the client leaves or still fails: it is asked regularly who the client is.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, by actor.Actor, still func() error) error {
	s := &stream{by: by, changes: make(chan Change, queue)}
	if err := h.add(r.Context(), s); err != nil {
		return err
	}
	defer h.remove(s)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	send := func(text string) error {
		if err := out.SetWriteDeadline(time.Now().Add(beatEvery)); err != nil {
			return err
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return err
		}
		return out.Flush()
	}
	if send("retry: 3000\n\n") != nil {
		return nil // the client has left
	}
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		text := ": beat\n\n"
		select {
		case <-r.Context().Done():
			return nil
		case <-web.Stopping(r.Context()): // the client connects again by itself
			return nil
		case c := <-s.changes:
			raw, err := json.Marshal(c)
			if err != nil {
				return err
			}
			text = fmt.Sprintf("event: changed\ndata: %s\n\n", raw)
		case <-beat.C:
			if still() != nil {
				_ = send("event: ended\ndata: {}\n\n") // the client may have left
				return nil
			}
		}
		if send(text) != nil {
			return nil
		}
	}
}

func (h *Hub) add(ctx context.Context, s *stream) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for other := range h.streams {
		if other.by.String() == s.by.String() {
			n++
		}
	}
	if n >= maxStreams {
		return fault.New(fault.Unavailable, "打开的页面太多，请关闭一些再试")
	}
	h.streams[s] = true
	if h.stop == nil {
		poll, stop := context.WithCancel(context.WithoutCancel(ctx))
		h.stop, h.seen = stop, nil
		go h.poll(poll)
	}
	return nil
}

func (h *Hub) remove(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams, s)
	if len(h.streams) == 0 {
		h.stop()
		h.stop = nil
	}
}

func (h *Hub) poll(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		rows, err := audit.Since(ctx, h.db.Read(), store.IDAt(time.Now().Add(-overlap).UnixMilli()), maxRows)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			h.log.WarnContext(ctx, "changes are not read", "err", err)
		default:
			h.tell(rows)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// tell sends the rows that are new. The first call after a start only notes what is there.
func (h *Hub) tell(rows []audit.Row) {
	h.mu.Lock()
	defer h.mu.Unlock()
	first, seen := h.seen == nil, make(map[int64]bool, len(rows))
	for _, r := range slices.Backward(rows) {
		seen[r.ID] = true
		if first || h.seen[r.ID] {
			continue
		}
		h.send(Change{Object: r.Object, ID: strconv.FormatInt(r.Number, 10), Action: r.Action, owner: r.Owner})
	}
	if len(rows) == maxRows {
		h.send(all)
	}
	h.seen = seen
}

func (h *Hub) send(c Change) {
	for s := range h.streams {
		if c != all && !visible(s.by.Scope, c.owner) {
			continue
		}
		select {
		case s.changes <- c:
		default: // the client is slow: what waits is replaced by one event
			s.empty()
			s.changes <- all // only the hub sends, so there is room
		}
	}
}

// visible reports whether changes of an owner are told in a scope; 0 is no owner.
func visible(s actor.Scope, owner int64) bool {
	if owner == 0 {
		return s.All
	}
	return s.Allows(owner)
}
