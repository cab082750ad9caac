package publish

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"runtime"

	"golang.org/x/sync/errgroup"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/theme"
	"guiyi/internal/resource"
)

// rendered is what a page came to: its entry without place, its bytes, and what it read.
type rendered struct {
	page     page
	absent   bool // there is nothing at this address any more
	same     bool // what is published already is the same
	entry    manifest.Entry
	body     []byte
	variants []variant
	deps     []string
	members  int64 // entries of the list this page is part of
	windows  map[int64]resource.Key
	media    map[string]resource.Media
}

const htmlType = "text/html; charset=utf-8"

// renderAll renders pages in parallel, calls finish on each in the same goroutine, and
// hands them to done, one at a time, in no particular order.
func (f *frame) renderAll(ctx context.Context, pages []page, finish func(context.Context, *rendered) error, done func(rendered) error) error {
	items, err := f.load(ctx, pages)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	in, out := make(chan page), make(chan rendered, 64)
	g.Go(func() error {
		defer close(in)
		for _, p := range pages {
			select {
			case in <- p:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	workers, wctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() error { return f.work(wctx, items, in, out, finish) })
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

func (f *frame) work(ctx context.Context, items map[int64]*resource.Shown, in <-chan page, out chan<- rendered, finish func(context.Context, *rendered) error) error {
	for p := range in {
		r, err := f.render(ctx, p, items)
		if err == nil {
			err = finish(ctx, &r)
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

// load reads the items of all pages together: one page at a time would cost a query each.
func (f *frame) load(ctx context.Context, pages []page) (map[int64]*resource.Shown, error) {
	var ids []int64
	for _, p := range pages {
		if p.kind == kindItem || p.kind == kindOld {
			ids = append(ids, p.ref)
		}
	}
	items, err := f.pub.OnSite(ctx, f.site.ID, ids)
	if err != nil {
		return nil, err
	}
	var successors []int64
	for _, it := range items {
		if w := it.Item.Withdrawal; w != nil && w.Successor != 0 && items[w.Successor] == nil {
			successors = append(successors, w.Successor)
		}
	}
	more, err := f.pub.OnSite(ctx, f.site.ID, successors)
	for id, it := range more {
		items[id] = it
	}
	return items, err
}

func (f *frame) render(ctx context.Context, p page, items map[int64]*resource.Shown) (out rendered, err error) {
	defer fault.Annotate(&err, "publish: render %s%s", f.site.Code, p.path)
	r := newReads(f.pub, f.site.ID)
	out = rendered{page: p, entry: manifest.Entry{Path: p.path, Status: http.StatusOK}}
	switch p.kind {
	case kindItem:
		err = f.renderItem(ctx, r, &out, items[p.ref])
	case kindOld:
		f.redirectOld(&out, items)
	default:
		err = f.renderOther(ctx, r, &out)
	}
	out.deps, out.windows, out.media, out.members = r.depList(), r.windows, r.media, r.members
	return out, err
}

// renderItem makes what an item's address answers: its page, or what withdrawing or
// leaving the site turned it into.
func (f *frame) renderItem(ctx context.Context, r *reads, out *rendered, it *resource.Shown) error {
	switch {
	case it == nil:
		out.absent = true
		return nil
	case it.Item.Withdrawal != nil && it.Item.Withdrawal.Kind == resource.Consolidated:
		if to := f.successor(ctx, it); to != "" {
			redirect(out, to)
			return nil
		}
		return f.gone(out)
	case it.Placement.ID == 0, it.Item.Withdrawal != nil && it.Item.Withdrawal.Kind == resource.InError, it.Item.State != resource.Live && it.Item.State != resource.Withdrawn:
		return f.gone(out)
	}
	v, err := f.itemView(ctx, r, it)
	if err != nil {
		return err
	}
	return f.html(out, v)
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

// successor is the address of the item that replaces it, here or on another site.
func (f *frame) successor(ctx context.Context, it *resource.Shown) string {
	id := it.Item.Withdrawal.Successor
	for range 8 { // a chain of replacements
		own, err := f.pub.OnSite(ctx, f.site.ID, []int64{id})
		if err != nil || own[id] == nil {
			return ""
		}
		next := own[id]
		if w := next.Item.Withdrawal; w != nil && w.Kind == resource.Consolidated {
			id = w.Successor
			continue
		}
		if next.Placement.ID != 0 && next.Path != "" {
			return next.Path
		}
		return f.elsewhere(ctx, id)
	}
	return ""
}

// elsewhere is the address of an item on another site of the network.
func (f *frame) elsewhere(ctx context.Context, id int64) string {
	places, err := f.pub.Placements(ctx, []int64{id})
	if err != nil {
		return ""
	}
	for _, p := range places[id] {
		s := f.others[p.SiteID]
		if s == nil || !p.Primary {
			continue
		}
		there, err := f.pub.OnSite(ctx, p.SiteID, []int64{id})
		if err == nil && there[id] != nil && there[id].Path != "" && s.MainDomain() != "" {
			return s.URL(there[id].Path)
		}
	}
	return ""
}

// redirectOld answers an address from before with a redirect to the item, or with what
// the item's own address answers when that is 410.
func (f *frame) redirectOld(out *rendered, items map[int64]*resource.Shown) {
	it := items[out.page.ref]
	switch {
	case it == nil:
		out.absent = true
	case it.Item.Withdrawal != nil && it.Item.Withdrawal.Kind == resource.InError, it.Placement.ID == 0:
		out.entry.Status = http.StatusGone
	case it.Path != "" && it.Path != out.page.path:
		redirect(out, it.Path)
	case it.Path == "":
		if c := f.tree.ID(it.Placement.ColumnID); c != nil {
			redirect(out, columnPath(c))
		}
	default:
		out.absent = true // the item's own page answers here
	}
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
		last, err := f.lists.last(ctx, c.ID)
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
		return err
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
