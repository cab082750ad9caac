package resource_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
	"guiyi/internal/resource/media"
)

// article is an incoming article of the city without provenance.
func (w *world) article(title string, columns ...string) resource.Incoming {
	in := w.Incoming(title, columns...)
	in.Edition.Title = title
	if len(columns) == 0 {
		in.Places = nil
	}
	return in
}

// written makes a draft and releases it.
func (w *world) written(title string, columns ...string) *resource.Item {
	w.t.Helper()
	it, _, err := w.Draft(w.as(w.city), w.article(title, columns...))
	w.must(err)
	all, err := w.Release(w.as(w.city), 0, resource.Seen{it.ID, it.Version})
	w.must(err)
	return all[0]
}

func TestDraft(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first := w.written("一样的标题", "city/xwdt")
		second, findings, err := w.Draft(w.as(w.city), w.article("一样的标题", "city/xwdt"))
		if err != nil || second.ID == first.ID || second.State != resource.Draft || second.Version != 1 ||
			hasError(findings) {
			t.Errorf("equal text is merged or released: %+v, %v", second, err)
		}
		if _, findings, err = w.Draft(w.as(w.city), resource.Incoming{Owner: w.city, Class: resource.Article,
			Edition: resource.Edition{Title: "空"}}); err != nil || len(findings) == 0 {
			t.Errorf("an empty draft has no findings: %v", err)
		}
		for what, err := range map[string]error{
			"another's site":   third(w.Draft(w.as(w.county), w.article("x"))),
			"another's column": third(w.Draft(w.as(w.city), w.article("x", "county/xwdt"))),
			"no scope":         third(w.Draft(t.Context(), w.article("x"))),
		} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func third(_ *resource.Item, _ any, err error) error { return err }

func hasError[T any](fs []T) bool {
	for _, f := range fs {
		if strings.Contains(fmt.Sprint(f), "error") {
			return true
		}
	}
	return false
}

// allow lets an owner name a file.
func (w *world) allow(owner int64, f resource.File) {
	w.t.Helper()
	w.must((&media.Store{DB: w.db, Now: w.Now}).Allow(w.as(owner), owner, f))
}

// A hash that somebody has learnt opens nothing: only files kept for the owner, and
// those the item had, may be named.
func TestFilesAreTheOwners(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		hash := func(c string) string { return strings.Repeat(c, 64) }
		w.allow(w.city, resource.File{Name: "a.pdf", Hash: hash("a"), Type: "application/pdf",
			Ext: "pdf", Size: 1})
		w.allow(w.county, resource.File{Name: "b.pdf", Hash: hash("b"),
			Type: "application/pdf", Ext: "pdf", Size: 1})
		draft := func(change func(*resource.Edition)) (*resource.Item, error) {
			in := w.article("附件")
			change(&in.Edition)
			h, _, err := w.Draft(w.as(w.city), in)
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
			_, err := w.Revise(w.as(w.city), resource.Seen{h.ID, h.Version},
				func(_ *resource.Item, e *resource.Edition) error { change(e); return nil })
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s of another site in a revision: %v", what, err)
			}
		}
		h, err = w.Revise(w.as(w.city), resource.Seen{h.ID, h.Version},
			func(_ *resource.Item, e *resource.Edition) error { e.Title = "附件仍在"; return nil })
		if err != nil || h.Version != 2 {
			t.Errorf("the item's own file: %+v, %v", h, err)
		}
		_, e := w.item(h.ID)
		if len(e.Files) != 1 || e.Files[0].Name != "a.pdf" || e.Files[0].Ext != "pdf" {
			t.Errorf("the file is not completed: %+v", e.Files)
		}
		// What only an earlier edition had may come back, though it was never uploaded.
		imported := w.Incoming("imported")
		imported.Edition.Files = []resource.File{{Name: "旧.doc", Hash: hash("d"), Type: "application/msword",
			Ext: "doc"}}
		id := w.Take(imported)[0].ItemID
		for _, change := range []func(*resource.Edition){
			func(e *resource.Edition) { e.Files = nil },
			func(e *resource.Edition) {
				e.Files = []resource.File{{Hash: hash("d"), Type: "text/html", Ext: "html"}}
			},
		} {
			_, err := w.Revise(w.as(w.city), w.Seen(id)[0],
				func(_ *resource.Item, e *resource.Edition) error { change(e); return nil })
			w.must(err)
		}
		if _, e := w.item(id); len(e.Files) != 1 || e.Files[0] != imported.Edition.Files[0] {
			t.Errorf("the earlier file comes back as %+v", e.Files)
		}
		_, err = w.Revise(w.as(w.city), w.Seen(h.ID)[0],
			func(_ *resource.Item, e *resource.Edition) error {
				e.Cover = &resource.Media{Hash: hash("a")}
				return nil
			})
		if fault.FieldsOf(err)["cover"] == "" {
			t.Errorf("a PDF as cover: %v", err)
		}
	})
}

// Everything that changes an item names the version that was seen.
func TestSeenVersion(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		h, _, err := w.Draft(w.as(w.city), w.article("稿件", "city/xwdt"))
		w.must(err)
		stale, future := h.Version, w.inAnHour()
		h, err = w.Revise(w.as(w.city), resource.Seen{h.ID, h.Version},
			func(_ *resource.Item, e *resource.Edition) error { e.Title = "改过"; return nil })
		w.must(err)
		withdraw := func(ctx context.Context, version int64, at int64) error {
			_, err := w.Withdraw(ctx, resource.WithdrawRequest{Items: []resource.Seen{{h.ID, version}},
				Kind: resource.InError, Reason: "误",
				At: at})
			return err
		}
		revise := func(ctx context.Context, version int64) error {
			_, err := w.Revise(ctx, resource.Seen{h.ID, version},
				func(*resource.Item, *resource.Edition) error { return nil })
			return err
		}
		release := func(ctx context.Context, version, at int64) error {
			_, err := w.Release(ctx, at, resource.Seen{h.ID, version})
			return err
		}
		cancel := func(ctx context.Context, version int64) error {
			_, err := w.CancelPlan(ctx, resource.Seen{h.ID, version})
			return err
		}
		for what, c := range map[string]struct {
			err  error
			kind fault.Kind
		}{
			"revise stale":         {revise(w.as(w.city), stale), fault.Conflict},
			"release stale":        {release(w.as(w.city), stale, 0), fault.Conflict},
			"withdraw stale":       {withdraw(w.as(w.city), stale, 0), fault.Conflict},
			"cancel stale":         {cancel(w.as(w.city), stale), fault.Conflict},
			"revise another's":     {revise(w.as(w.county), h.Version), fault.NotFound},
			"release another's":    {release(w.as(w.county), h.Version, 0), fault.NotFound},
			"withdraw another's":   {withdraw(w.as(w.county), h.Version, 0), fault.NotFound},
			"cancel another's":     {cancel(w.as(w.county), h.Version), fault.NotFound},
			"release in the past":  {release(w.as(w.city), h.Version, 1), fault.Invalid},
			"withdraw in the past": {withdraw(w.as(w.city), h.Version, 1), fault.Invalid},
			"no plan":              {cancel(w.as(w.city), h.Version), fault.Conflict},
			"no scope":             {release(t.Context(), h.Version, 0), fault.Forbidden},
		} {
			if !fault.Is(c.err, c.kind) {
				t.Errorf("%s: %v, want %s", what, c.err, c.kind)
			}
		}
		all, err := w.Release(w.as(w.city), future, resource.Seen{h.ID, h.Version})
		w.must(err)
		if h = all[0]; h.State != resource.Scheduled || h.ReleaseAt != future {
			t.Errorf("%+v, %v", h, err)
		}
		h, err = w.CancelPlan(w.as(w.city), resource.Seen{h.ID, h.Version})
		if err != nil || h.State != resource.Draft || h.ReleaseAt != 0 {
			t.Errorf("%+v, %v", h, err)
		}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = revise(w.as(w.city), h.Version) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !fault.Is(errors.Join(errs...), fault.Conflict) {
			t.Errorf("two at once: %v", errs)
		}
	})
}

func TestPlacements(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		h := w.written("信息", "city/xwdt")
		at := int64(1_790_000_500_000)
		p := w.Spot("city/xwdt")
		p.Headline, p.At = "另题", at
		w.must(w.Place(w.as(w.city), h.ID, p))
		w.must(w.Move(w.as(w.city), h.ID, w.columns["city/xwdt"], w.Spot("city/tzgg")))
		got, err := w.lib.Placements(w.as(w.city), h.ID)
		if err != nil || len(got) != 1 || got[0].ColumnID != w.columns["city/tzgg"] || got[0].Headline != "另题" ||
			got[0].At != at || !got[0].Primary {
			t.Errorf("%+v, %v", got, err)
		}
		if addresses, err := w.lib.Addresses(w.as(w.city), h.ID); err != nil || len(addresses) != 1 ||
			!strings.HasPrefix(addresses[0].Path, "/xwdt/") {
			t.Errorf("the address moved: %+v, %v", addresses, err)
		}
		err = w.Move(w.as(w.city), h.ID, w.columns["city/xwdt"], w.Spot("city/tzgg"))
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("moved from where it is not: %v", err)
		}
		if got, _ := w.lib.Placements(w.as(w.city), h.ID); len(got) != 1 || got[0].Headline != "另题" {
			t.Errorf("a refused move changed something: %+v", got)
		}
		for what, err := range map[string]error{"placements": second(w.lib.Placements(w.as(w.county), h.ID)),
			"addresses": second(w.lib.Addresses(w.as(w.county), h.ID)), "links": second(w.lib.Links(w.as(w.county), h.ID))} {
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
			in := w.article(fmt.Sprintf("第%d条", i), "city/xwdt")
			in.Edition.PublishedAt += int64(i/2) * 1000 // pairs of the same time
			_, _, err := w.Draft(w.as(w.city), in)
			w.must(err)
		}
		seen := map[int64]bool{}
		for at, item := int64(0), int64(0); ; {
			page, err := w.lib.Column(w.as(w.city), w.city, w.columns["city/xwdt"], at, item, 3)
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
			in := w.article("插进来的", "city/xwdt")
			in.Edition.PublishedAt += 1_000_000 // newer than all that were read
			_, _, err = w.Draft(w.as(w.city), in)
			w.must(err)
			if len(seen) > 20 {
				t.Fatal("the list does not end")
			}
		}
		if len(seen) != 7 {
			t.Errorf("%d entries", len(seen))
		}
		both := w.all
		draft, _, err := w.Draft(w.as(w.city), w.article("市里的草稿"))
		w.must(err)
		w.must(w.Place(both, draft.ID, w.Spot("county/xwdt")))
		page, err := w.lib.Column(w.as(w.county), w.county, w.columns["county/xwdt"], 0, 0, 10)
		if err != nil || len(page) != 0 {
			t.Errorf("a draft of another owner is shown: %+v, %v", page, err)
		}
		if page, _ := w.lib.Column(w.as(w.county), w.city, w.columns["city/xwdt"], 0, 0, 10); len(page) != 0 {
			t.Errorf("another's column is shown: %+v", page)
		}
	})
}

func TestUnlink(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		a, b := w.written("甲"), w.written("乙")
		l := resource.Link{From: a.ID, To: b.ID, Kind: resource.Related}
		w.must(w.doLink(w.as(w.city), l))
		if got, err := w.lib.Links(w.as(w.city), b.ID); err != nil || len(got) != 1 || got[0].Link() != l {
			t.Errorf("%v, %v", got, err)
		}
		if err := w.Unlink(w.as(w.county), l); !fault.Is(err, fault.NotFound) {
			t.Errorf("unlinked by another: %v", err)
		}
		w.must(w.Unlink(w.as(w.city), l))
		if err := w.Unlink(w.as(w.city), l); !fault.Is(err, fault.NotFound) {
			t.Errorf("twice: %v", err)
		}
		if got, _ := w.lib.Links(w.as(w.city), a.ID); len(got) != 0 {
			t.Errorf("%v", got)
		}
	})
}

// A new body brings the files it shows, once each, and forgets those of the one before.
func TestSetBody(t *testing.T) {
	hash := func(c string) string { return strings.Repeat(c, 64) }
	eachWorld(t, func(t *testing.T, w *world) {
		w.allow(w.city, resource.File{Name: "a.png", Hash: hash("a"), Type: "image/png",
			Ext: "png", Size: 1})
		h := w.written("有图", "city/xwdt")
		path := func(name string) string { return "/_m/" + hash(name) + ".png" }
		set := func(pictures ...string) (media []resource.Media, err error) {
			after, err := w.Revise(w.as(w.city), resource.Seen{h.ID, h.Version},
				func(it *resource.Item, e *resource.Edition) error {
					e.Media = []resource.Media{{Hash: hash("before")}}
					return e.SetBody(resource.Body{HTML: "<p>新</p>", Text: "新", Pictures: pictures})
				})
			if err != nil {
				return nil, err
			}
			h = after
			_, e := w.item(h.ID)
			return e.Media, nil
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

// A file is told by its bytes, and only uploaded for a site of the caller's.
func TestUploadMedia(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const svg = `<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>`
		for name, c := range map[string]struct {
			body string
			ext  string // "" refused
		}{
			"a.png": {"\x89PNG\r\n\x1a\n" + strings.Repeat("x", 100), "png"}, "b.pdf": {"%PDF-1.7\n1 0 obj", "pdf"},
			"c.svg": {svg, "svg"}, "d.txt": {"说明文字", "txt"},
			"e.svg": {strings.Replace(svg, "<path", "<script>x()</script><path", 1), ""},
			"f.pdf": {"<html><script>", ""}, "g.html": {"<html></html>", ""}, "h.exe": {"MZ\x90\x00", ""},
			"i": {"text", ""},
		} {
			f, err := w.UploadMedia(w.as(w.city), w.city, name, strings.NewReader(c.body))
			if c.ext == "" {
				if !fault.Is(err, fault.Unsupported) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			if err != nil || f.Ext != c.ext || f.Size != int64(len(c.body)) {
				t.Errorf("%s: %+v, %v", name, f, err)
			}
		}
		big := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("x"), media.Max)...)
		_, err := w.UploadMedia(w.as(w.city), w.city, "big.pdf", bytes.NewReader(big))
		if !fault.Is(err, fault.TooLarge) {
			t.Errorf("too large: %v", err)
		}
		if _, err := w.UploadMedia(w.as(w.county), w.city, "a.pdf",
			strings.NewReader("%PDF-1.7")); !fault.Is(err, fault.Forbidden) {
			t.Errorf("another's site: %v", err)
		}
		for _, name := range []string{"", "../a.pdf", ".a.pdf", `c:\a.pdf`, "a\nb.pdf", strings.Repeat("长", 67) + ".pdf"} {
			_, err := w.UploadMedia(w.as(w.city), w.city, name, strings.NewReader("%PDF-1.7"))
			if fault.FieldsOf(err)["name"] == "" {
				t.Errorf("%q: %v", name, err)
			}
		}
	})
}

// TestEditionsSayWhoWroteThem: each edition has the one who wrote it, the item the one who changed it last.
func TestEditionsSayWhoWroteThem(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		by := func(id string) context.Context {
			a := actor.Unlimited(id)
			a.Kind, a.Scope = actor.Officer, actor.Scope{Owners: []int64{w.city}}
			return actor.With(t.Context(), a)
		}
		in := w.Incoming("甲")
		it, _, err := w.Draft(by("wang"), in)
		if err != nil {
			t.Fatal(err)
		}
		it, err = w.Revise(by("li"), resource.Seen{Item: it.ID, Version: it.Version},
			func(_ *resource.Item, e *resource.Edition) error {
				e.Title = "乙"
				return nil
			})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = w.Release(by("zhao"), 0, resource.Seen{Item: it.ID, Version: it.Version}); err != nil {
			t.Fatal(err)
		}
		editions, err := w.lib.Editions(w.all, it.ID)
		if err != nil {
			t.Fatal(err)
		}
		wrote := map[int]string{}
		for _, e := range editions {
			wrote[e.No] = e.CreatedBy
		}
		now, _ := w.item(it.ID)
		if wrote[1] != "officer:wang" || wrote[2] != "officer:li" || now.UpdatedBy != "officer:zhao" {
			t.Errorf("%v, changed last by %q", wrote, now.UpdatedBy)
		}
	})
}
