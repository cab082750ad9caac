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

// Bucket is the bus bucket for requests of edges: key = site code, value = request as JSON.
const Bucket = "repair"

const (
	batchDelay    = 300 * time.Millisecond // how long requests are collected before they are sent
	maxPaths      = 64                     // maximum number of pages in a request; for more, the whole site
	repeatAfter   = 30 * time.Second       // interval before the same page is requested again
	maxRemembered = 10_000                 // maximum number of pages remembered
	triesPerHour  = 3                      // repairs of one page by one worker
	maxRequestAge = 10 * time.Minute       // older requests are ignored
)

// request lists damaged pages of a site.
type request struct {
	Paths []string `json:"paths"`
	Whole bool     `json:"whole"` // the whole site: too many pages to list
	At    int64    `json:"at"`    // unix milliseconds
}

// Bus is the part of *bus.Bus that this package uses.
type Bus interface {
	Put(ctx context.Context, bucket, key string, v []byte) (uint64, error)
	Watch(ctx context.Context, bucket string) (<-chan bus.Entry, error)
}

// Requester sends the pages that an edge found damaged to the workers.
type Requester struct {
	now func() time.Time
	due chan struct{}

	mu      sync.Mutex
	pending map[string]*request
	recent  map[[2]string]time.Time
}

// NewRequester returns a requester without pending requests.
func NewRequester(now func() time.Time) *Requester {
	return &Requester{now: now, due: make(chan struct{}, 1), pending: map[string]*request{},
		recent: map[[2]string]time.Time{}}
}

// Request adds a page to the pending requests. It does not block. A page that was requested a moment ago is ignored.
func (a *Requester) Request(site, path string) {
	if site == "" || path == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	key, now := [2]string{site, path}, a.now()
	if at, ok := a.recent[key]; ok && now.Sub(at) < repeatAfter && !now.Before(at) {
		return
	}
	if len(a.recent) >= maxRemembered {
		clear(a.recent)
	}
	a.recent[key] = now
	q := a.pending[site]
	if q == nil {
		q = &request{}
		a.pending[site] = q
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

// Run sends pending requests over the bus until ctx ends. A failed request is not repeated; the edge requests the page
// again when it finds the damage again.
func (a *Requester) Run(ctx context.Context, b Bus, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.due:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(batchDelay):
		}
		a.mu.Lock()
		want := a.pending
		a.pending = map[string]*request{}
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

// Watch handles the requests of edges until ctx ends.
func (r *Repairer) Watch(ctx context.Context, b Bus) error {
	in, err := b.Watch(ctx, Bucket)
	if err != nil {
		return err
	}
	t := rateLimit{now: r.Now, pages: map[string][]time.Time{}, whole: map[string]time.Time{}}
	for e := range in {
		var q request
		if json.Unmarshal(e.Value, &q) != nil || r.Now().Sub(time.UnixMilli(q.At)) > maxRequestAge {
			continue
		}
		if err := r.handle(ctx, e.Key, q, &t); err != nil && ctx.Err() == nil {
			r.Log.ErrorContext(ctx, "damaged pages could not be repaired", "site", e.Key, "err", err)
		}
	}
	return ctx.Err()
}

func (r *Repairer) handle(ctx context.Context, code string, q request, t *rateLimit) error {
	id, err := r.siteID(ctx, code)
	if err != nil || id == 0 {
		return err
	}
	// A store that is gone or not mounted is no damage of single pages: a repair would sign sites without pictures.
	empty, err := r.Blobs.Empty(ctx)
	if err != nil {
		return err
	}
	if empty {
		return fault.New(fault.Unavailable, "文件存储是空的，没有自行修复：请检查存储卷是否已挂载，或恢复备份")
	}
	paths := t.allowPages(code, q.Paths)
	if q.Whole {
		return r.handleSite(ctx, id, code, t)
	}
	if len(paths) == 0 {
		return nil
	}
	rep, more, err := r.Pages(ctx, id, paths)
	if err != nil {
		return err
	}
	r.log(ctx, rep)
	if more {
		return r.handleSite(ctx, id, code, t)
	}
	return nil
}

func (r *Repairer) handleSite(ctx context.Context, id int64, code string, t *rateLimit) error {
	if !t.allowSite(code) {
		return nil
	}
	rep, err := r.Site(ctx, id, false)
	if err == nil {
		r.log(ctx, rep)
	}
	return err
}

// log logs a report, unless nothing was damaged.
func (r *Repairer) log(ctx context.Context, rep Report) {
	if rep.Damaged == 0 && rep.Refused == "" {
		return
	}
	level := slog.LevelWarn
	if !rep.OK() {
		level = slog.LevelError
	}
	r.Log.Log(ctx, level, "damaged pages repaired", "site", rep.Site, "damaged", rep.Damaged, "mended", rep.Repaired,
		"revision", rep.Replaced, "lost", len(rep.Lost), "refused", rep.Refused, "evidence", rep.Evidence)
}

// siteID returns the id of a published site by its code, or 0 if there is none.
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

// Pages repairs pages of a site that an edge found damaged. If more is true, this was not enough and the whole site
// must be repaired: a node is lost, or a page cannot be rendered with the same hash.
func (r *Repairer) Pages(ctx context.Context, id int64, paths []string) (rep Report, more bool, err error) {
	defer fault.Annotate(&err, "repair.Pages(%d)", id)
	unlock, err := r.lock(ctx, false)
	if err != nil {
		return rep, false, err
	}
	defer unlock()
	w, err := r.newRun(ctx, id, false)
	if err != nil || w.rep.Refused != "" {
		return w.rep, false, err
	}
	checked := map[manifest.Hash]manifest.Loc{}
	for _, path := range paths {
		e, found, err := manifest.Find(ctx, w.node, w.head.Root, path)
		if err != nil {
			if derr := unlessDamage(ctx, err); ctx.Err() != nil || fault.Is(derr, fault.Unavailable) {
				return w.rep, false, err
			}
			more = true
			continue
		}
		if !found {
			continue
		}
		if err := w.checkEntry(ctx, &e, w.head.Revision, checked); err != nil {
			return w.rep, more, err
		}
	}
	if err := w.repair(ctx); err != nil {
		return w.rep, more, err
	}
	more = more || slices.ContainsFunc(w.bad, func(p *object) bool { return p.loc.Pack != "" && !p.repaired() })
	w.rep.Evidence = w.evidence.path
	return w.rep, more, nil
}

// rateLimit bounds how often a page or site is repaired. Damage that returns needs an operator.
type rateLimit struct {
	now   func() time.Time
	pages map[string][]time.Time // times of repairs in the last hour, by site code and path
	whole map[string]time.Time   // time of the last repair of a whole site, by site code
}

func (t *rateLimit) allowPages(site string, paths []string) (out []string) {
	now := t.now()
	if len(t.pages) >= maxRemembered {
		clear(t.pages)
	}
	for _, path := range paths {
		key := site + " " + path
		recent := slices.DeleteFunc(t.pages[key], func(at time.Time) bool { return now.Sub(at) >= time.Hour })
		if len(recent) < triesPerHour {
			recent = append(recent, now)
			out = append(out, path)
		}
		t.pages[key] = recent
	}
	return out
}

func (t *rateLimit) allowSite(code string) bool {
	now := t.now()
	if at, ok := t.whole[code]; ok && now.Sub(at) < time.Hour {
		return false
	}
	t.whole[code] = now
	return true
}
