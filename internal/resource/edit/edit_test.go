package edit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/kernel/tenant"
	"guiyi/internal/resource"
	"guiyi/internal/resource/edit"
	"guiyi/internal/site"
)

// world is a library with two sites, each with two columns.
type world struct {
	*edit.Desk
	t       *testing.T
	city    int64
	county  int64
	columns map[string]int64
	mine    context.Context // a scope over the city
	other   context.Context // and over the county
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), jobs.Migrations(), site.Migrations(), resource.Migrations()); err != nil {
			t.Fatal(err)
		}
		board := jobs.New(db, jobs.Options{})
		w := &world{t: t, columns: map[string]int64{},
			Desk: &edit.Desk{DB: db, Items: resource.NewDesk(db, board, time.Now), Now: time.Now}}
		w.city, w.county = w.site(board, "city"), w.site(board, "county")
		w.mine = tenant.With(t.Context(), tenant.Scope{Actor: "a", Owners: []int64{w.city}})
		w.other = tenant.With(t.Context(), tenant.Scope{Actor: "b", Owners: []int64{w.county}})
		fn(t, w)
	})
}

func (w *world) site(board *jobs.Board, code string) int64 {
	w.t.Helper()
	root := tenant.With(w.t.Context(), tenant.System("test"))
	s, _, err := site.NewDesk(w.DB, board, nil, time.Now).Declare(root, site.Declaration{Site: code, Name: code,
		Columns: []site.ColumnDecl{{Slug: "xwdt", Name: "新闻"}, {Slug: "tzgg", Name: "公告"}}}, 0, false)
	w.must(err)
	tree, err := site.NewRegister(w.DB).Columns(root, s.ID)
	w.must(err)
	for _, c := range tree.All() {
		w.columns[code+"/"+c.Path] = c.ID
	}
	return s.ID
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) incoming(title string, columns ...string) resource.Incoming {
	in := resource.Incoming{Owner: w.city, Class: resource.Article,
		Edition: resource.Edition{Title: title, Body: "<p>正文</p>", Text: "正文", Source: "本站",
			PublishedAt: 1_790_000_000_000}}
	for _, at := range columns {
		in.Places = append(in.Places, w.place(at))
	}
	return in
}

func (w *world) place(at string) resource.Place {
	code, path, _ := strings.Cut(at, "/")
	return resource.Place{SiteID: map[string]int64{"city": w.city, "county": w.county}[code], ColumnID: w.columns[at],
		ColumnPath: path, OwnPage: true}
}

// live makes a draft and releases it.
func (w *world) live(title string, columns ...string) edit.Head {
	w.t.Helper()
	h, _, err := w.Draft(w.mine, w.incoming(title, columns...))
	w.must(err)
	h, err = w.Release(w.mine, h.ID, h.Version, 0)
	w.must(err)
	return h
}

func TestDraft(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first := w.live("一样的标题", "city/xwdt")
		second, findings, err := w.Draft(w.mine, w.incoming("一样的标题", "city/xwdt"))
		if err != nil || second.ID == first.ID || second.State != resource.Draft || second.Version != 1 ||
			resourceError(findings) {
			t.Errorf("equal text is merged or released: %+v, %v", second, err)
		}
		if _, findings, err = w.Draft(w.mine, resource.Incoming{Owner: w.city, Class: resource.Article,
			Edition: resource.Edition{Title: "空"}}); err != nil || len(findings) == 0 {
			t.Errorf("an empty draft has no findings: %v", err)
		}
		for what, err := range map[string]error{
			"another's site":   third(w.Draft(w.other, w.incoming("x"))),
			"another's column": third(w.Draft(w.mine, w.incoming("x", "county/xwdt"))),
			"no scope":         third(w.Draft(t.Context(), w.incoming("x"))),
		} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func third(_ edit.Head, _ any, err error) error { return err }

func resourceError[T any](fs []T) bool {
	for _, f := range fs {
		if strings.Contains(fmt.Sprint(f), "error") {
			return true
		}
	}
	return false
}

// A hash that somebody has learnt opens nothing: only files kept for the owner, and
// those the item had, may be named.
func TestFilesAreTheOwners(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		hash := func(c string) string { return strings.Repeat(c, 64) }
		w.must(w.Keep(w.mine, w.city, resource.File{Name: "a.pdf", Hash: hash("a"), Type: "application/pdf", Ext: "pdf",
			Size: 1}))
		w.must(w.Keep(w.other, w.county, resource.File{Name: "b.pdf", Hash: hash("b"), Type: "application/pdf",
			Ext: "pdf", Size: 1}))
		if err := w.Keep(w.other, w.city, resource.File{Hash: hash("c")}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("kept for another: %v", err)
		}
		draft := func(change func(*resource.Edition)) (edit.Head, error) {
			in := w.incoming("附件")
			change(&in.Edition)
			h, _, err := w.Draft(w.mine, in)
			return h, err
		}
		h, err := draft(func(e *resource.Edition) { e.Files = []resource.File{{Hash: hash("a")}} })
		w.must(err)
		for what, change := range map[string]func(*resource.Edition){
			"file":    func(e *resource.Edition) { e.Files = []resource.File{{Hash: hash("b")}} },
			"picture": func(e *resource.Edition) { e.Media = []resource.Media{{Hash: hash("b")}} },
			"cover":   func(e *resource.Edition) { e.Cover = &resource.Media{Hash: hash("b")} },
		} {
			if _, err := draft(change); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s of another site: %v", what, err)
			}
			_, err := w.Revise(w.mine, h.ID, h.Version,
				func(_ *resource.Item, e *resource.Edition) error { change(e); return nil })
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s of another site in a revision: %v", what, err)
			}
		}
		h, err = w.Revise(w.mine, h.ID, h.Version,
			func(_ *resource.Item, e *resource.Edition) error { e.Title = "附件仍在"; return nil })
		if err != nil || h.Version != 2 {
			t.Errorf("the item's own file: %+v, %v", h, err)
		}
		if got, err := w.Files(w.mine, w.city, h.ID, []string{hash("a"), hash("b")}); err != nil || len(got) != 1 {
			t.Errorf("%v, %v", got, err)
		}
		if _, err := w.Files(w.other, w.city, h.ID, []string{hash("a")}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("another asks: %v", err)
		}
	})
}

// Everything that changes an item names the version that was seen.
func TestSeenVersion(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		h, _, err := w.Draft(w.mine, w.incoming("稿件", "city/xwdt"))
		w.must(err)
		stale, future := h.Version, time.Now().Add(time.Hour).UnixMilli()
		h, err = w.Revise(w.mine, h.ID, h.Version,
			func(_ *resource.Item, e *resource.Edition) error { e.Title = "改过"; return nil })
		w.must(err)
		withdraw := func(ctx context.Context, version int64, at int64) error {
			_, err := w.Withdraw(ctx, version, resource.WithdrawOrder{Items: []int64{h.ID}, Kind: resource.InError,
				Reason: "误", At: at})
			return err
		}
		revise := func(ctx context.Context, version int64) error {
			_, err := w.Revise(ctx, h.ID, version, func(*resource.Item, *resource.Edition) error { return nil })
			return err
		}
		release := func(ctx context.Context, version, at int64) error {
			_, err := w.Release(ctx, h.ID, version, at)
			return err
		}
		cancel := func(ctx context.Context, version int64) error { _, err := w.Cancel(ctx, h.ID, version); return err }
		for what, c := range map[string]struct {
			err  error
			kind fault.Kind
		}{
			"revise stale":         {revise(w.mine, stale), fault.Conflict},
			"release stale":        {release(w.mine, stale, 0), fault.Conflict},
			"withdraw stale":       {withdraw(w.mine, stale, 0), fault.Conflict},
			"cancel stale":         {cancel(w.mine, stale), fault.Conflict},
			"revise another's":     {revise(w.other, h.Version), fault.NotFound},
			"release another's":    {release(w.other, h.Version, 0), fault.NotFound},
			"withdraw another's":   {withdraw(w.other, h.Version, 0), fault.NotFound},
			"cancel another's":     {cancel(w.other, h.Version), fault.NotFound},
			"release in the past":  {release(w.mine, h.Version, 1), fault.Invalid},
			"withdraw in the past": {withdraw(w.mine, h.Version, 1), fault.Invalid},
			"no plan":              {cancel(w.mine, h.Version), fault.Conflict},
			"no scope":             {release(t.Context(), h.Version, 0), fault.Forbidden},
		} {
			if !fault.Is(c.err, c.kind) {
				t.Errorf("%s: %v, want %s", what, c.err, c.kind)
			}
		}
		h, err = w.Release(w.mine, h.ID, h.Version, future)
		if err != nil || h.State != resource.Scheduled || h.ReleaseAt != future {
			t.Errorf("%+v, %v", h, err)
		}
		h, err = w.Cancel(w.mine, h.ID, h.Version)
		if err != nil || h.State != resource.Draft || h.ReleaseAt != 0 {
			t.Errorf("%+v, %v", h, err)
		}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = revise(w.mine, h.Version) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !fault.Is(errors.Join(errs...), fault.Conflict) {
			t.Errorf("two at once: %v", errs)
		}
	})
}

func TestPlacements(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		h := w.live("信息", "city/xwdt")
		at := int64(1_790_000_500_000)
		p := w.place("city/xwdt")
		p.Headline, p.At = "另题", at
		w.must(w.Items.Place(w.mine, h.ID, p))
		w.must(w.Move(w.mine, h.ID, w.columns["city/xwdt"], w.place("city/tzgg")))
		got, err := w.Placements(w.mine, h.ID)
		if err != nil || len(got) != 1 || got[0].ColumnID != w.columns["city/tzgg"] || got[0].Headline != "另题" ||
			got[0].At != at || !got[0].Primary {
			t.Errorf("%+v, %v", got, err)
		}
		if addresses, err := w.Addresses(w.mine, h.ID); err != nil || len(addresses) != 1 ||
			!strings.HasPrefix(addresses[0].Path, "/xwdt/") {
			t.Errorf("the address moved: %+v, %v", addresses, err)
		}
		if err := w.Move(w.mine, h.ID, w.columns["city/xwdt"], w.place("city/tzgg")); !fault.Is(err, fault.NotFound) {
			t.Errorf("moved from where it is not: %v", err)
		}
		if got, _ := w.Placements(w.mine, h.ID); len(got) != 1 || got[0].Headline != "另题" {
			t.Errorf("a refused move changed something: %+v", got)
		}
		for what, err := range map[string]error{"placements": second(w.Placements(w.other, h.ID)),
			"addresses": second(w.Addresses(w.other, h.ID)), "links": second(w.Links(w.other, h.ID))} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s of another's: %v", what, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

// A column is listed in pages that stay whole while others come in; drafts of other
// owners are not shown.
func TestColumn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for i := range 7 {
			in := w.incoming(fmt.Sprintf("第%d条", i), "city/xwdt")
			in.Edition.PublishedAt += int64(i/2) * 1000 // pairs of the same time
			_, _, err := w.Draft(w.mine, in)
			w.must(err)
		}
		seen := map[int64]bool{}
		for at, item := int64(0), int64(0); ; {
			page, err := w.Column(w.mine, w.city, w.columns["city/xwdt"], at, item, 3)
			w.must(err)
			for _, p := range page {
				if seen[p.ItemID] || p.Title == "" {
					t.Errorf("%+v comes twice or has no title", p)
				}
				seen[p.ItemID] = true
				at, item = p.At, p.ItemID
			}
			if len(page) < 3 {
				break
			}
			in := w.incoming("插进来的", "city/xwdt")
			in.Edition.PublishedAt += 1_000_000 // newer than all that were read
			_, _, err = w.Draft(w.mine, in)
			w.must(err)
			if len(seen) > 20 {
				t.Fatal("the list does not end")
			}
		}
		if len(seen) != 7 {
			t.Errorf("%d entries", len(seen))
		}
		both := tenant.With(t.Context(), tenant.System("test"))
		draft, _, err := w.Draft(w.mine, w.incoming("市里的草稿"))
		w.must(err)
		w.must(w.Items.Place(both, draft.ID, w.place("county/xwdt")))
		if page, err := w.Column(w.other, w.county, w.columns["county/xwdt"], 0, 0, 10); err != nil || len(page) != 0 {
			t.Errorf("a draft of another owner is shown: %+v, %v", page, err)
		}
		if page, _ := w.Column(w.other, w.city, w.columns["city/xwdt"], 0, 0, 10); len(page) != 0 {
			t.Errorf("another's column is shown: %+v", page)
		}
	})
}

func TestUnlink(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		a, b := w.live("甲"), w.live("乙")
		l := resource.Link{From: a.ID, To: b.ID, Kind: resource.Related}
		w.must(w.Items.Link(w.mine, l))
		if got, err := w.Links(w.mine, b.ID); err != nil || len(got) != 1 || got[0] != l {
			t.Errorf("%v, %v", got, err)
		}
		if err := w.Unlink(w.other, l); !fault.Is(err, fault.NotFound) {
			t.Errorf("unlinked by another: %v", err)
		}
		w.must(w.Unlink(w.mine, l))
		if err := w.Unlink(w.mine, l); !fault.Is(err, fault.NotFound) {
			t.Errorf("twice: %v", err)
		}
		if got, _ := w.Links(w.mine, a.ID); len(got) != 0 {
			t.Errorf("%v", got)
		}
	})
}

// A new body brings the files it shows, once each, and forgets those of the one before.
func TestSetBody(t *testing.T) {
	hash := func(c string) string { return strings.Repeat(c, 64) }
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(w.Keep(w.mine, w.city, resource.File{Name: "a.png", Hash: hash("a"), Type: "image/png", Ext: "png",
			Size: 1}))
		h := w.live("有图", "city/xwdt")
		path := func(name string) string { return "/_m/" + hash(name) + ".png" }
		set := func(pictures ...string) (media []resource.Media, err error) {
			after, err := w.Revise(w.mine, h.ID, h.Version, func(it *resource.Item, e *resource.Edition) error {
				e.Media = []resource.Media{{Hash: hash("before")}}
				err := w.SetBody(w.mine, it, e, edit.Body{HTML: "<p>新</p>", Text: "新", Pictures: pictures})
				media = e.Media
				return err
			})
			if err == nil {
				h = after
			}
			return media, err
		}
		if media, err := set(path("a"), path("a")); err != nil || len(media) != 1 || media[0].Hash != hash("a") ||
			media[0].Type != "image/png" {
			t.Errorf("%+v, %v", media, err)
		}
		if media, err := set(); err != nil || len(media) != 0 {
			t.Errorf("without pictures: %+v, %v", media, err)
		}
		for _, address := range []string{path("b"), "https://other.example/a.png", "data:image/png;base64,AA"} {
			if _, err := set(address); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", address, err)
			}
		}
	})
}
