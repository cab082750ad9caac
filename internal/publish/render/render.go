package render

import (
	"context"
	"errors"
	"fmt"
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

// Rendered is what a page came to: its entry without place, its bytes, and what it read.
type Rendered struct {
	Page     page.Page
	Absent   bool  // there is nothing at this address any more
	Same     bool  // what is published already is the same
	Fault    error // the page alone could not be made
	Entry    manifest.Entry
	Body     []byte
	Forms    []compress.Form // compressed; made by the caller
	Deps     []string
	ListedAt int64 // of an item's page: its place among all pages of the site
	Members  int64 // entries of the list this page is part of
	Windows  map[int64]published.Key
	Media    map[string]resource.Media
}

// pageFault is the error of one page: its template, its data. Other pages go on; every
// other error (the database, a full disk) stops the build.
type pageFault struct{ err error }

func (e *pageFault) Error() string { return e.err.Error() }
func (e *pageFault) Unwrap() error { return e.err }

const htmlType = "text/html; charset=utf-8"

// task is a page on its way to a rendering worker.
type task struct {
	page  page.Page
	batch *batch
}

// RenderAll renders pages in parallel, calls finish on each in the same goroutine, and
// hands them to done, one at a time, in no particular order. The next pages are read
// while the ones before are rendered. A body is used again after done: neither function may
// keep it.
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
		for r := range out { // always drained, so that no worker waits for ever
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
		if v := recover(); v != nil { // one page must not take the others with it
			err = &pageFault{fmt.Errorf("panic: %v\n%s", v, debug.Stack())}
		}
	}()
	made := f.makers[p.Kind]
	if made == nil {
		return out, &pageFault{fmt.Errorf("unknown kind of page %q", p.Kind)}
	}
	err = made(f, ctx, r, &out)
	out.Deps, out.Windows, out.Media, out.Members = r.depList(), r.windows, r.media, r.members
	return out, err
}

// renderItem makes what an item's address answers: its page, or what withdrawing or
// leaving the site turned it into.
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

// answer decides between an item's page (public), a redirect to what replaces it, and
// neither: gone.
func (f *Frame) answer(ctx context.Context, r *reads, it *published.Shown) (to string, public bool, err error) {
	w := it.Item.Withdrawal
	if it.Item.State != resource.Withdrawn {
		w = nil
	}
	switch {
	case it.Placement.ID == 0 && it.Item.Owner != f.Site.ID: // this site took another's item off its pages
		r.follows(it.Item.ID)
		return "", false, nil
	case w != nil && w.Kind == resource.Consolidated:
		r.follows(it.Item.ID) // may happen after it left the site
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

// maxSuccessors bounds a chain of replacements.
const maxSuccessors = 16

// successor is the address of the item that replaces one, here or on another site; ""
// when nothing public is at the end of the chain.
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

// addressOf is where an item placed on this site is shown.
func (f *Frame) addressOf(it *published.Shown) string {
	if it.Path != "" {
		return it.Path
	}
	if c := f.Tree.ID(it.Placement.ColumnID); c != nil {
		return page.ColumnPath(c)
	}
	return ""
}

// elsewhere is the address of an item on another site of the network.
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
	if err := f.others.read(ctx, sites...); err != nil {
		return "", err
	}
	for _, p := range places[id] {
		s := f.others.of(p.SiteID)
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

// redirectOld answers an address from before with a redirect to where the item is now,
// or with 410 when it is nowhere.
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
		out.Absent = true // the item's own page answers here
	default:
		redirect(out, to)
	}
	return nil
}

// renderColumn renders a page of a column. What no longer exists leads to what is
// there: a vanished list page to the column, a retired column to the site map.
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

// bodies are the buffers of pages that are done with: a build makes thousands of pages of
// about one size.
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

// maxPooled is the largest buffer that is kept, in bytes.
const maxPooled = 1 << 20

func (f *Frame) html(out *Rendered, v theme.View) error {
	var err error
	if out.Body, err = f.Set.Append(takeBody(), v); err != nil {
		return &pageFault{err}
	}
	out.seal(htmlType, manifest.CachePage)
	return nil
}

// seal fills the entry from the bytes.
func (r *Rendered) seal(contentType, cache string) {
	if r.Absent {
		return
	}
	e := &r.Entry
	e.Type, e.Cache, e.Size, e.Hash = contentType, cache, int64(len(r.Body)), manifest.Sum(r.Body)
}
