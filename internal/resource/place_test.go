package resource_test

import (
	"slices"
	"testing"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

func TestPlaceByReference(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.One("a")
		w.news()
		p := w.Spot("county/tzgg")
		p.Headline, p.At = "转发：标题", 1_700_086_400_000
		if err := w.Place(w.as(w.county), id, p); err != nil { // live items are shared in the library
			t.Fatal(err)
		}
		ev := w.wantNews(id)
		if !slices.Contains(ev.Items[0].Spots, resource.Spot{w.county, p.ColumnID, p.At}) {
			t.Errorf("event %+v", ev)
		}
		entries, err := w.pub.Top(w.all, p.ColumnID, 10)
		if err != nil || len(entries) != 1 || entries[0].Title != "转发：标题" || entries[0].At != p.At ||
			entries[0].Path != "/tzgg/202311/t20231116_1.html" {
			t.Errorf("entries %+v, %v", entries, err)
		}
		if got := w.titles("city/xwdt"); !slices.Equal(got, []string{"标题a"}) {
			t.Errorf("the owner's own headline became %v", got)
		}
		// Placing again changes headline and date; the page that showed the old date hears of it.
		was := p.At
		p.Headline, p.At = "", 1_700_172_800_000
		if err := w.Place(w.as(w.county), id, p); err != nil {
			t.Fatal(err)
		}
		if ev := w.wantNews(id); !slices.Contains(ev.Items[0].Spots, resource.Spot{w.county, p.ColumnID, was}) ||
			!slices.Contains(ev.Items[0].Spots, resource.Spot{w.county, p.ColumnID, p.At}) {
			t.Errorf("event %+v", ev)
		}
		got := w.shown(w.county, id)
		if got.Path != "/tzgg/202311/t20231116_1.html" || got.Placement.At != p.At || got.Placement.Headline != "" {
			t.Errorf("shown %+v", got)
		}
		// Withdrawn by its owner, it leaves every site.
		err = w.doWithdraw(w.as(w.city),
			resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.InError, Reason: "错稿"})
		if err != nil {
			t.Fatal(err)
		}
		if len(w.titles("county/tzgg")) != 0 {
			t.Error("still on the other site")
		}
	})
}

func TestPlaceRefuses(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.One("a")
		held := w.Incoming("held")
		held.AsDraft = true
		draft := w.Take(held)[0].ItemID
		crossed := w.Spot("city/tzgg")
		crossed.SiteID = w.county
		unknown := w.Spot("county/tzgg")
		unknown.ColumnID = 42
		before := w.dump()
		for name, c := range map[string]struct {
			id   int64
			p    resource.Place
			kind fault.Kind
		}{
			"on another's site":      {id, w.Spot("city/tzgg"), fault.Forbidden},
			"column of another site": {id, crossed, fault.NotFound},
			"no such column":         {id, unknown, fault.NotFound},
			"no such item":           {42, w.Spot("county/tzgg"), fault.NotFound},
			"another's draft":        {draft, w.Spot("county/tzgg"), fault.NotFound},
		} {
			if err := w.Place(w.as(w.county), c.id, c.p); !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if w.dump() != before {
			t.Error("a refused placement changed something")
		}
	})
}

// The address is given once and stays, whatever happens to the placements.
func TestAddressStays(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.One("a", "city/xwdt", "city/tzgg")
		address := w.shown(w.city, id).Path
		w.One("b")
		w.news()
		if err := w.Unplace(w.all, id, w.columns["city/xwdt"]); err != nil {
			t.Fatal(err)
		}
		w.wantNews(id)
		got := w.shown(w.city, id)
		if got.Path != address || got.Placement.ColumnID != w.columns["city/tzgg"] || !got.Placement.Primary {
			t.Errorf("the next placement must become primary: %+v", got)
		}
		if err := w.Unplace(w.all, id, w.columns["city/tzgg"]); err != nil {
			t.Fatal(err)
		}
		if got := w.shown(w.city, id); got.Path != address || got.Placement != (resource.Placement{}) {
			t.Errorf("off the site %+v", got)
		}
		if err := w.Unplace(w.all, id, w.columns["city/tzgg"]); !fault.Is(err, fault.NotFound) {
			t.Errorf("twice: %v", err)
		}
		w.news()
		if err := w.Place(w.all, id, w.Spot("city/zcwj")); err != nil {
			t.Fatal(err)
		}
		if got := w.shown(w.city, id); got.Path != address || !got.Placement.Primary ||
			got.Placement.At != 1_700_000_000_000 {
			t.Errorf("back in another column %+v", got)
		}
	})
}

// First in a page column, which shows the item itself, then in a list: the list must
// have an address to link to.
func TestPageColumnThenList(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		imported := w.One("a", "city/gywz")
		byHand := w.One("b", "city/gywz")
		if w.shown(w.city, imported).Path != "" {
			t.Error("an item of a page column has no address of its own")
		}
		w.Take(w.Incoming("a", "city/gywz", "city/xwdt"))
		if err := w.Place(w.all, byHand, w.Spot("city/xwdt")); err != nil {
			t.Fatal(err)
		}
		for _, id := range []int64{imported, byHand} {
			if got := w.shown(w.city, id); got.Path == "" {
				t.Errorf("no address: %+v", got)
			}
		}
	})
}

func TestDraftIsPlacedUnseen(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		held := w.Incoming("held")
		held.AsDraft = true
		id := w.Take(held)[0].ItemID
		if err := w.Place(w.all, id, w.Spot("county/tzgg")); err != nil {
			t.Fatal(err)
		}
		if got := w.titles("county/tzgg"); len(got) != 0 {
			t.Errorf("a draft is listed: %v", got)
		}
		if err := w.doRelease(w.all, 0, id); err != nil {
			t.Fatal(err)
		}
		if got := w.titles("county/tzgg"); len(got) != 1 {
			t.Errorf("listed after the release: %v", got)
		}
	})
}

func TestLink(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		reading, doc := w.Incoming("reading"), w.Incoming("doc")
		reading.Class, doc.Class = resource.Interpretation, resource.Document
		out := w.Take(reading, doc)
		from, to := out[0].ItemID, out[1].ItemID
		w.news()
		l := resource.Link{From: from, To: to, Kind: resource.Interprets}
		if err := w.doLink(w.as(w.city), l); err != nil {
			t.Fatal(err)
		}
		ev := w.wantNews(from, to)
		for _, c := range ev.Items {
			if !slices.Equal(c.Links, []int64{from + to - c.Item}) {
				t.Errorf("change %+v", c)
			}
		}
		if err := w.doLink(w.as(w.city), l); err != nil {
			t.Error(err)
		}
		w.wantNews() // twice changes nothing
		for name, bad := range map[string]resource.Link{"itself": {from, from, resource.Related},
			"kind": {from, to, "likes"}} {
			if err := w.doLink(w.all, bad); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := w.doLink(w.all, resource.Link{from, 42, resource.Related}); !fault.Is(err, fault.NotFound) {
			t.Errorf("to nothing: %v", err)
		}
		// A change of one end names the other, whose page shows it.
		w.Pass(time.Minute)
		w.Rewrite(to, "新标题")
		if err := w.doRelease(w.all, 0, to); err != nil {
			t.Fatal(err)
		}
		if ev := w.wantNews(to); !slices.Equal(ev.Items[0].Links, []int64{from}) {
			t.Errorf("event %+v", ev)
		}
	})
}
