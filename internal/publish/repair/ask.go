package repair

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"guiyi/internal/kernel/bus"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
)

// Bucket is the bus bucket of what edges ask for: key = site code, value = request.
const Bucket = "repair"

const (
	gather    = 300 * time.Millisecond // how long an asker gathers what is found together
	maxPaths  = 64                     // pages of one request; more ask for the whole site
	askAgain  = 30 * time.Second       // before the same page is asked for again
	maxAsked  = 10_000                 // pages that are remembered
	triesHour = 3                      // of one page, by one worker
	stale     = 10 * time.Minute       // age of a request that is not worth a repair any more
)

// request asks for pages of a site.
type request struct {
	Paths []string `json:"paths"`
	Whole bool     `json:"whole"` // too many to name
	At    int64    `json:"at"`    // unix milliseconds
}

// Bus is what asking and watching need; *bus.Bus is one.
type Bus interface {
	Put(ctx context.Context, bucket, key string, v []byte) (uint64, error)
	Watch(ctx context.Context, bucket string) (<-chan bus.Entry, error)
}

// Asker passes on which pages an edge found damaged.
type Asker struct {
	now func() time.Time
	due chan struct{}

	mu    sync.Mutex
	want  map[string]*request
	asked map[[2]string]time.Time
}

// NewAsker has nothing to ask for yet.
func NewAsker(now func() time.Time) *Asker {
	return &Asker{now: now, due: make(chan struct{}, 1), want: map[string]*request{},
		asked: map[[2]string]time.Time{}}
}

// Ask notes a page. It does not block, and forgets one that was asked for just now.
func (a *Asker) Ask(site, path string) {
	if site == "" || path == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	key, now := [2]string{site, path}, a.now()
	if at, ok := a.asked[key]; ok && now.Sub(at) < askAgain && !now.Before(at) {
		return
	}
	if len(a.asked) >= maxAsked {
		clear(a.asked)
	}
	a.asked[key] = now
	q := a.want[site]
	if q == nil {
		q = &request{}
		a.want[site] = q
	}
	if len(q.Paths) < maxPaths {
		q.Paths = append(q.Paths, path)
	} else {
		q.Whole = true
	}
	select {
	case a.due <- struct{}{}:
	default:
	}
}

// Run puts what was noted on the bus until ctx ends. What cannot be sent is asked for again when it is found again.
func (a *Asker) Run(ctx context.Context, b Bus, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.due:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(gather):
		}
		a.mu.Lock()
		want := a.want
		a.want = map[string]*request{}
		a.mu.Unlock()
		for site, q := range want {
			q.At = a.now().UnixMilli()
			v, err := json.Marshal(q)
			if err == nil {
				_, err = b.Put(ctx, Bucket, site, v)
			}
			if err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "damaged pages are not reported to the workers", "site", site, "err", err)
			}
		}
	}
}

// Watch repairs what edges ask for until ctx ends.
func (r *Repairer) Watch(ctx context.Context, b Bus) error {
	in, err := b.Watch(ctx, Bucket)
	if err != nil {
		return err
	}
	t := tries{now: r.Now, pages: map[string][]time.Time{}, whole: map[string]time.Time{}}
	for e := range in {
		var q request
		if json.Unmarshal(e.Value, &q) != nil || r.Now().Sub(time.UnixMilli(q.At)) > stale {
			continue
		}
		if err := r.serve(ctx, e.Key, q, &t); err != nil && ctx.Err() == nil {
			r.Log.ErrorContext(ctx, "damaged pages could not be repaired", "site", e.Key, "err", err)
		}
	}
	return ctx.Err()
}

func (r *Repairer) serve(ctx context.Context, code string, q request, t *tries) error {
	id, err := r.siteID(ctx, code)
	if err != nil || id == 0 {
		return err
	}
	paths := t.allowed(code, q.Paths)
	if q.Whole {
		return r.serveWhole(ctx, id, code, t)
	}
	if len(paths) == 0 {
		return nil
	}
	rep, more, err := r.Pages(ctx, id, paths)
	if err != nil {
		return err
	}
	r.tell(ctx, rep)
	if more {
		return r.serveWhole(ctx, id, code, t)
	}
	return nil
}

func (r *Repairer) serveWhole(ctx context.Context, id int64, code string, t *tries) error {
	if !t.site(code) {
		return nil
	}
	rep, err := r.Site(ctx, id, false)
	if err == nil {
		r.tell(ctx, rep)
	}
	return err
}

// tell logs what was found; a repair of what is right already is not worth a line.
func (r *Repairer) tell(ctx context.Context, rep Report) {
	if rep.Damaged == 0 && rep.Refused == "" {
		return
	}
	level := slog.LevelWarn
	if !rep.Good() {
		level = slog.LevelError
	}
	r.Log.Log(ctx, level, "damaged pages repaired", "site", rep.Site, "damaged", rep.Damaged, "mended", rep.Mended,
		"revision", rep.Replaced, "lost", len(rep.Lost), "refused", rep.Refused, "evidence", rep.Evidence)
}

// siteID finds a published site by its code, 0 when there is none.
func (r *Repairer) siteID(ctx context.Context, code string) (int64, error) {
	all, err := ledger.Sites(ctx, r.DB.Read())
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(all, func(s ledger.Site) bool {
		h, err := s.Newest()
		return err == nil && h.Site == code
	})
	if i < 0 {
		return 0, nil
	}
	return all[i].SiteID, nil
}

// Pages repairs pages of a site that an edge found damaged. More says that this is not enough: a node is lost, or a
// page comes out otherwise today.
func (r *Repairer) Pages(ctx context.Context, id int64, paths []string) (rep Report, more bool, err error) {
	defer fault.Annotate(&err, "repair.Pages(%d)", id)
	unlock, err := r.lock(ctx, false)
	if err != nil {
		return rep, false, err
	}
	defer unlock()
	w, err := r.work(ctx, id, false)
	if err != nil || w.rep.Refused != "" {
		return w.rep, false, err
	}
	judged := map[manifest.Hash]manifest.Loc{}
	for _, path := range paths {
		e, found, err := manifest.Find(ctx, w.node, w.head.Root, path)
		if err != nil {
			if derr := notDamage(ctx, err); ctx.Err() != nil || fault.Is(derr, fault.Unavailable) {
				return w.rep, false, err
			}
			more = true
			continue
		}
		if !found {
			continue
		}
		if err := w.judge(ctx, &e, w.head.Revision, judged); err != nil {
			return w.rep, more, err
		}
	}
	if err := w.mend(ctx); err != nil {
		return w.rep, more, err
	}
	more = more || slices.ContainsFunc(w.bad, func(p *piece) bool { return p.loc.Pack != "" && !p.mended() })
	w.rep.Evidence = w.kept.made
	return w.rep, more, nil
}

// tries bounds how often something is repaired: what is damaged again and again is for people.
type tries struct {
	now   func() time.Time
	pages map[string][]time.Time
	whole map[string]time.Time
}

func (t *tries) allowed(site string, paths []string) (out []string) {
	now := t.now()
	if len(t.pages) >= maxAsked {
		clear(t.pages)
	}
	for _, path := range paths {
		key := site + " " + path
		recent := slices.DeleteFunc(t.pages[key], func(at time.Time) bool { return now.Sub(at) >= time.Hour })
		if len(recent) < triesHour {
			recent = append(recent, now)
			out = append(out, path)
		}
		t.pages[key] = recent
	}
	return out
}

func (t *tries) site(code string) bool {
	now := t.now()
	if at, ok := t.whole[code]; ok && now.Sub(at) < time.Hour {
		return false
	}
	t.whole[code] = now
	return true
}
