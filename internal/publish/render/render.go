package render

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"guiyi/internal/address"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/compress"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/page"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/theme"
)

// Rendered is the result of rendering one page: its entry without position in a pack, its bytes and its dependencies.
type Rendered struct {
	Page     page.Page
	Absent   bool  // nothing is published at this address any more
	Same     bool  // equal to what is published
	Fault    error // this page could not be rendered
	Entry    manifest.Entry
	Body     []byte
	Forms    []compress.Form // compressed; made by the caller
	Deps     []string
	ListedAt int64 // of an item's page: its position in the list of all pages of the site
	Members  int64 // number of entries on the list page
	Windows  map[int64]published.Key
	Media    map[string]resource.Media

	entries []*published.Entry // that the page links to
	pager   []page.Page
}

// Links yields the pages of a site that the page links to.
func (r *Rendered) Links(site int64) iter.Seq[page.Page] {
	return func(yield func(page.Page) bool) {
		for _, e := range r.entries {
			if e.Site == site && e.Path != "" && !yield(page.OfItem(e.Path, e.Item)) {
				return
			}
		}
		for _, p := range r.pager {
			if !yield(p) {
				return
			}
		}
	}
}

// pageFault is an error of one page, in its template or data. Other pages are still rendered; every other error (the
// database, a full disk) stops the build.
type pageFault struct{ err error }

func (e *pageFault) Error() string { return e.err.Error() }
func (e *pageFault) Unwrap() error { return e.err }

const htmlType = "text/html; charset=utf-8"

// task is a page to be rendered by a worker.
type task struct {
	page  page.Page
	batch *batch
}

// RenderAll renders pages in parallel. It calls finish for each page in the goroutine that rendered it, and then done,
// for one page at a time in no particular order. The next pages are read while earlier ones are rendered. The buffer of
// a body is reused after done, so neither function may keep it.
func (f *Frame) RenderAll(ctx context.Context, pages []page.Page, finish func(context.Context, *Rendered) error,
	done func(Rendered) error) error {
	g, ctx := errgroup.WithContext(ctx)
	in, out := make(chan task, batchPages/2), make(chan Rendered, 64)
	g.Go(func() error {
		defer close(in)
		return f.batches(ctx, pages, func(b *batch) error {
			for _, p := range b.pages {
				select {
				case in <- task{p, b}:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	workers, wctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() error { return f.work(wctx, in, out, finish) })
	}
	g.Go(func() error { defer close(out); return workers.Wait() })
	g.Go(func() error {
		var failed error
		for r := range out { // always drained, so that no worker blocks forever
			body := r.Body
			if failed == nil {
				failed = done(r)
			}
			returnBody(body)
		}
		return failed
	})
	return g.Wait()
}

func (f *Frame) work(ctx context.Context, in <-chan task, out chan<- Rendered,
	finish func(context.Context, *Rendered) error) error {
	for t := range in {
		r, err := f.render(ctx, t)
		body := r.Body
		if err == nil {
			err = finish(ctx, &r)
		}
		if r.Body == nil {
			returnBody(body)
		}
		if fault, ok := errors.AsType[*pageFault](err); ok {
			r.Fault, err = fault, nil
		}
		if err != nil {
			return err
		}
		select {
		case out <- r:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (f *Frame) render(ctx context.Context, t task) (out Rendered, err error) {
	p := t.page
	defer fault.Annotate(&err, "publish: render %s%s", f.Site.Code, p.Path)
	r := NewReads(f, t.batch)
	out = Rendered{Page: p, Entry: manifest.Entry{Path: p.Path, Status: http.StatusOK}}
	defer func() {
		if v := recover(); v != nil { // a panic fails one page only
			err = &pageFault{fmt.Errorf("panic: %v\n%s", v, debug.Stack())}
		}
	}()
	made := f.makers[p.Kind]
	if made == nil {
		return out, &pageFault{fmt.Errorf("unknown kind of page %q", p.Kind)}
	}
	err = made(f, ctx, r, &out)
	out.Deps, out.Windows, out.Media = r.depList(), r.windows, r.media
	out.Members, out.entries, out.pager = r.members, r.entries, r.pager
	return out, err
}

// renderItem renders the response at an item's address: the page, or what remains after the item was withdrawn or left
// the site.
func (f *Frame) renderItem(ctx context.Context, r *reads, out *Rendered) error {
	it := r.batch.items[out.Page.Ref]
	if it == nil {
		out.Absent = true
		return nil
	}
	out.ListedAt = page.ListedAt(it)
	to, public, err := f.answer(ctx, r, it)
	if err != nil {
		return err
	}
	if to != "" {
		redirect(out, to)
		return nil
	}
	if !public {
		return f.gone(out)
	}
	v, err := f.itemView(ctx, r, it)
	if err != nil {
		return err
	}
	return f.html(out, v)
}

// answer decides the response: the item's page when it is public, a redirect to its replacement, or 410.
func (f *Frame) answer(ctx context.Context, r *reads, it *published.Shown) (to string, public bool, err error) {
	w := it.Item.Withdrawal
	if it.Item.State != resource.Withdrawn {
		w = nil
	}
	switch {
	case it.Placement.ID == 0 && it.Item.Owner != f.Site.ID: // this site stopped showing an item of another site
		r.follows(it.Item.ID)
		return "", false, nil
	case w != nil && w.Kind == resource.Consolidated:
		r.follows(it.Item.ID) // the item may change after it left the site
		to, err = f.successor(ctx, r, it)
		return to, false, err
	case it.Placement.ID == 0:
		r.follows(it.Item.ID)
		return "", false, nil
	case w != nil && w.Kind == resource.InError, it.Item.State != resource.Live && it.Item.State != resource.Withdrawn:
		return "", false, nil
	}
	return "", true, nil
}

func (f *Frame) gone(out *Rendered) error {
	v, err := f.goneView()
	if err != nil {
		return err
	}
	out.Entry.Status = http.StatusGone
	return f.html(out, v)
}

func redirect(out *Rendered, to string) {
	out.Entry.Status, out.Entry.Location = http.StatusMovedPermanently, to
}

// maxSuccessors is the longest chain of replacements that is followed.
const maxSuccessors = 16

// successor returns the address of the item that replaces another one, here or on another site; "" when the chain ends
// at no public item.
func (f *Frame) successor(ctx context.Context, r *reads, it *published.Shown) (string, error) {
	id := it.Item.Withdrawal.Successor
	for range maxSuccessors {
		r.follows(id)
		own, err := f.Pub.OnSite(ctx, f.Site.ID, []int64{id})
		if err != nil || own[id] == nil {
			return "", err
		}
		next := own[id]
		w := next.Item.Withdrawal
		switch {
		case next.Item.State != resource.Withdrawn:
		case w != nil && w.Kind == resource.Consolidated:
			id = w.Successor
			continue
		case w == nil || w.Kind == resource.InError:
			return "", nil
		}
		if next.Placement.ID == 0 {
			return f.elsewhere(ctx, id)
		}
		return f.addressOf(next), nil
	}
	return "", nil
}

// addressOf returns the address of an item placed on this site.
func (f *Frame) addressOf(it *published.Shown) string {
	if it.Path != "" {
		return it.Path
	}
	if c := f.Tree.ID(it.Placement.ColumnID); c != nil {
		return page.ColumnPath(c)
	}
	return ""
}

// elsewhere returns the address of an item on another site of the network.
func (f *Frame) elsewhere(ctx context.Context, id int64) (string, error) {
	places, err := f.Pub.Placements(ctx, []int64{id})
	if err != nil {
		return "", err
	}
	foreign := func(p resource.Placement) int {
		if p.SiteID == p.Owner {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(places[id], func(a, b resource.Placement) int { return foreign(a) - foreign(b) })
	var sites []int64
	for _, p := range places[id] {
		sites = append(sites, p.SiteID)
	}
	if err := f.others.load(ctx, sites...); err != nil {
		return "", err
	}
	for _, p := range places[id] {
		s := f.others.get(p.SiteID)
		if s == nil || !p.Primary || s.MainDomain() == "" {
			continue
		}
		there, err := f.Pub.OnSite(ctx, p.SiteID, []int64{id})
		if err != nil {
			return "", err
		}
		if there[id] != nil && there[id].Path != "" {
			return s.URL(there[id].Path), nil
		}
	}
	return "", nil
}

// redirectOld redirects a former address to the item's current address; 410 when it has none.
func (f *Frame) redirectOld(ctx context.Context, r *reads, out *Rendered) error {
	it := r.batch.items[out.Page.Ref]
	if it == nil {
		out.Absent = true
		return nil
	}
	to, public, err := f.answer(ctx, r, it)
	if err != nil {
		return err
	}
	if public {
		to = f.addressOf(it)
	}
	switch to {
	case "":
		out.Entry.Status = http.StatusGone
	case out.Page.Path:
		out.Absent = true // the item's own page is at this address
	default:
		redirect(out, to)
	}
	return nil
}

// renderColumn renders a page of a column. An address that no longer exists redirects: a list page to its column, a
// retired column to the site map.
func (f *Frame) renderColumn(ctx context.Context, r *reads, out *Rendered) error {
	c := f.Tree.ID(out.Page.Ref)
	if c == nil || !page.HasPage(c) {
		redirect(out, address.SiteMap)
		return nil
	}
	if out.Page.Kind == page.Older {
		last, err := f.lastPage(ctx, c)
		if err != nil {
			return err
		}
		if out.Page.No >= last.No || !page.IsList(c) {
			redirect(out, page.ColumnPath(c))
			return nil
		}
	}
	view := f.columns[c.Kind]
	if view == nil {
		return &pageFault{fmt.Errorf("unknown kind of column %q", c.Kind)}
	}
	v, err := view(f, ctx, r, c, out.Page.No)
	if err != nil {
		return err
	}
	return f.html(out, v)
}

// bodies holds buffers for reuse: a build makes thousands of pages of about the same size.
var bodies sync.Pool

func takeBody() []byte {
	if b, ok := bodies.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return make([]byte, 0, 32<<10)
}

func returnBody(b []byte) {
	if cap(b) > 0 && cap(b) <= maxPooled {
		bodies.Put(&b)
	}
}

// maxPooled is the largest buffer kept for reuse, in bytes.
const maxPooled = 1 << 20

func (f *Frame) html(out *Rendered, v theme.View) error {
	var err error
	if out.Body, err = f.Set.Append(takeBody(), v); err != nil {
		return &pageFault{err}
	}
	out.seal(htmlType, manifest.CachePage)
	return nil
}

// seal sets type, cache class, size and hash of the entry.
func (r *Rendered) seal(contentType, cache string) {
	if r.Absent {
		return
	}
	e := &r.Entry
	e.Type, e.Cache, e.Size, e.Hash = contentType, cache, int64(len(r.Body)), manifest.Sum(r.Body)
}
