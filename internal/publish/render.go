package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"

	"golang.org/x/sync/errgroup"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/theme"
	"guiyi/internal/resource"
)

// rendered is what a page came to: its entry without place, its bytes, and what it read.
type rendered struct {
	page     page
	absent   bool  // there is nothing at this address any more
	same     bool  // what is published already is the same
	fault    error // the page alone could not be made
	entry    manifest.Entry
	body     []byte
	variants []variant
	deps     []string
	listedAt int64 // of an item's page: its place among all pages of the site
	members  int64 // entries of the list this page is part of
	windows  map[int64]resource.Key
	media    map[string]resource.Media
}

// pageFault is the error of one page: its template, its data. Other pages go on; every
// other error (the database, a full disk) stops the build.
type pageFault struct{ err error }

func (e *pageFault) Error() string { return e.err.Error() }
func (e *pageFault) Unwrap() error { return e.err }

const htmlType = "text/html; charset=utf-8"

// task is a page on its way to a rendering worker.
type task struct {
	page  page
	batch *batch
}

// renderAll renders pages in parallel, calls finish on each in the same goroutine, and
// hands them to done, one at a time, in no particular order. The next pages are read
// while the ones before are rendered.
func (f *frame) renderAll(ctx context.Context, pages []page, finish func(context.Context, *rendered) error, done func(rendered) error) error {
	g, ctx := errgroup.WithContext(ctx)
	in, out := make(chan task, batchPages/2), make(chan rendered, 64)
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
			if failed == nil {
				failed = done(r)
			}
		}
		return failed
	})
	return g.Wait()
}

func (f *frame) work(ctx context.Context, in <-chan task, out chan<- rendered, finish func(context.Context, *rendered) error) error {
	for t := range in {
		r, err := f.render(ctx, t)
		if err == nil {
			err = finish(ctx, &r)
		}
		if fault, ok := errors.AsType[*pageFault](err); ok {
			r.fault, err = fault, nil
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

func (f *frame) render(ctx context.Context, t task) (out rendered, err error) {
	p := t.page
	defer fault.Annotate(&err, "publish: render %s%s", f.site.Code, p.path)
	r := newReads(f, t.batch)
	out = rendered{page: p, entry: manifest.Entry{Path: p.path, Status: http.StatusOK}}
	defer func() {
		if v := recover(); v != nil { // one page must not take the others with it
			err = &pageFault{fmt.Errorf("panic: %v\n%s", v, debug.Stack())}
		}
	}()
	switch p.kind {
	case kindItem:
		err = f.renderItem(ctx, r, &out, t.batch.items[p.ref])
	case kindOld:
		err = f.redirectOld(ctx, r, &out, t.batch.items[p.ref])
	default:
		err = f.renderOther(ctx, r, &out)
	}
	out.deps, out.windows, out.media, out.members = r.depList(), r.windows, r.media, r.members
	return out, err
}

// renderItem makes what an item's address answers: its page, or what withdrawing or
// leaving the site turned it into.
func (f *frame) renderItem(ctx context.Context, r *reads, out *rendered, it *resource.Shown) error {
	if it == nil {
		out.absent = true
		return nil
	}
	out.listedAt = listedAt(it)
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
func (f *frame) answer(ctx context.Context, r *reads, it *resource.Shown) (to string, public bool, err error) {
	w := it.Item.Withdrawal
	if it.Item.State != resource.Withdrawn {
		w = nil
	}
	switch {
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

func (f *frame) gone(out *rendered) error {
	v, err := f.goneView()
	if err != nil {
		return err
	}
	out.entry.Status = http.StatusGone
	return f.html(out, v)
}

func redirect(out *rendered, to string) {
	out.entry.Status, out.entry.Location = http.StatusMovedPermanently, to
}

// maxSuccessors bounds a chain of replacements.
const maxSuccessors = 16

// successor is the address of the item that replaces one, here or on another site; ""
// when nothing public is at the end of the chain.
func (f *frame) successor(ctx context.Context, r *reads, it *resource.Shown) (string, error) {
	id := it.Item.Withdrawal.Successor
	for range maxSuccessors {
		r.follows(id)
		own, err := f.pub.OnSite(ctx, f.site.ID, []int64{id})
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
func (f *frame) addressOf(it *resource.Shown) string {
	if it.Path != "" {
		return it.Path
	}
	if c := f.tree.ID(it.Placement.ColumnID); c != nil {
		return columnPath(c)
	}
	return ""
}

// elsewhere is the address of an item on another site of the network.
func (f *frame) elsewhere(ctx context.Context, id int64) (string, error) {
	places, err := f.pub.Placements(ctx, []int64{id})
	if err != nil {
		return "", err
	}
	for _, p := range places[id] {
		s := f.others[p.SiteID]
		if s == nil || !p.Primary || s.MainDomain() == "" {
			continue
		}
		there, err := f.pub.OnSite(ctx, p.SiteID, []int64{id})
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
func (f *frame) redirectOld(ctx context.Context, r *reads, out *rendered, it *resource.Shown) error {
	if it == nil {
		out.absent = true
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
		out.entry.Status = http.StatusGone
	case out.page.path:
		out.absent = true // the item's own page answers here
	default:
		redirect(out, to)
	}
	return nil
}

func (f *frame) renderOther(ctx context.Context, r *reads, out *rendered) (err error) {
	var v theme.View
	switch p := out.page; p.kind {
	case kindHome:
		v, err = f.homeView(ctx, r)
	case kindColumn, kindOlder:
		return f.renderColumn(ctx, r, out)
	case kindMap:
		v, err = f.mapView()
	case kindNotFound:
		v, err = f.notFoundView()
		out.entry.Status = http.StatusNotFound
	case kindClosed:
		v = f.closedView()
		out.entry.Status = http.StatusServiceUnavailable
	case kindRSS, kindAtom, kindSitemap, kindRobots:
		return f.renderData(ctx, r, out)
	default:
		return fmt.Errorf("publish: unknown kind of page %q", p.kind)
	}
	if err != nil {
		return err
	}
	return f.html(out, v)
}

// renderColumn renders a page of a column. What no longer exists leads to what is
// there: a vanished list page to the column, a retired column to the site map.
func (f *frame) renderColumn(ctx context.Context, r *reads, out *rendered) error {
	c := f.tree.ID(out.page.ref)
	if c == nil || !hasPage(c) {
		redirect(out, pathMap)
		return nil
	}
	if out.page.kind == kindOlder {
		last, err := f.lastPage(ctx, c)
		if err != nil {
			return err
		}
		if out.page.no >= last.No || !listed(c) {
			redirect(out, columnPath(c))
			return nil
		}
	}
	v, err := f.columnView(ctx, r, c, out.page.no)
	if err != nil {
		return err
	}
	return f.html(out, v)
}

func (f *frame) renderData(ctx context.Context, r *reads, out *rendered) (err error) {
	p := out.page
	if p.ref != 0 && (f.tree.ID(p.ref) == nil || !listed(f.tree.ID(p.ref)) || f.tree.ID(p.ref).Retired) {
		out.absent = true
		return nil
	}
	contentType := "application/xml; charset=utf-8"
	switch p.kind {
	case kindRSS:
		contentType = "application/rss+xml; charset=utf-8"
		out.body, err = f.rss(ctx, r, p.ref)
	case kindAtom:
		contentType = "application/atom+xml; charset=utf-8"
		out.body, err = f.atom(ctx, r, p.ref, p.path)
	case kindSitemap:
		out.body, err = f.sitemap(ctx, p.no)
		out.absent = out.body == nil && err == nil
	case kindRobots:
		contentType, out.body = "text/plain; charset=utf-8", []byte(f.robots())
	}
	out.seal(contentType, manifest.CacheFeed)
	return err
}

func (f *frame) html(out *rendered, v theme.View) error {
	var b bytes.Buffer
	if err := f.set.Render(&b, v); err != nil {
		return &pageFault{err}
	}
	out.body = b.Bytes()
	out.seal(htmlType, manifest.CachePage)
	return nil
}

// seal fills the entry from the bytes.
func (r *rendered) seal(contentType, cache string) {
	if r.absent {
		return
	}
	e := &r.entry
	e.Type, e.Cache, e.Size, e.Hash = contentType, cache, int64(len(r.body)), manifest.Sum(r.body)
}
