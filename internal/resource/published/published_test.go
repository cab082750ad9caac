package published_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/resource/resourcetest"
)

// fill puts n live items and some drafts and withdrawn ones into a column, many of them
// with the same date, and returns the keys of the live ones, newest first.
func fill(w *resourcetest.World, column string, n int, rng *rand.Rand) []published.Key {
	w.T.Helper()
	var keys []published.Key
	var withdrawn []int64
	for start := 0; start < n; start += 50 {
		var batch []resource.Incoming
		for i := range min(50, n-start) {
			in := w.Incoming(fmt.Sprint(column, start+i), column)
			in.Edition.PublishedAt = 1_700_000_000_000 + rng.Int64N(int64(n)/4)*1000
			in.AsDraft = rng.IntN(8) == 0
			batch = append(batch, in)
		}
		for i, o := range w.Take(batch...) {
			switch {
			case batch[i].AsDraft:
			case rng.IntN(8) == 0:
				withdrawn = append(withdrawn, o.ItemID)
			default:
				keys = append(keys, published.Key{batch[i].Edition.PublishedAt, o.ItemID})
			}
		}
	}
	w.Gone(resource.InError, withdrawn...)
	slices.SortFunc(keys, func(a, b published.Key) int {
		if a.NewerThan(b) {
			return -1
		}
		return 1
	})
	return keys
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *resourcetest.World)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, resourcetest.New(t, db)) }, resourcetest.Tables()...)
}

// titles are the titles a column lists, newest first.
func titles(w *resourcetest.World, column string) (out []string) {
	w.T.Helper()
	entries, err := w.Public.Top(w.All, w.Columns[column], 100)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Title)
	}
	return out
}

func keysOf(entries []published.Entry) (keys []published.Key) {
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return keys
}

// Every way to read a list agrees with sorting all of it by hand, equal dates included.
func TestListsAgreeWithAModel(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *resourcetest.World) {
		rng := rand.New(rand.NewPCG(7, 11))
		model := fill(w, "city/xwdt", 150, rng)
		column := w.Columns["city/xwdt"]
		between := func(low, high published.Key, limit int) (want []published.Key) {
			for _, k := range model {
				if !low.NewerThan(k) && high.NewerThan(k) && len(want) < limit {
					want = append(want, k)
				}
			}
			return want
		}
		up := func(low published.Key, limit int) []published.Key {
			all := between(low, published.Newest, len(model))
			slices.Reverse(all)
			return all[:min(limit, len(all))]
		}
		anyKey := func() published.Key {
			switch k := model[rng.IntN(len(model))]; rng.IntN(4) {
			case 0:
				return published.Key{k.At, k.Item + 1} // between two items of one moment
			case 1:
				return published.Key{k.At + 1, 0}
			default:
				return k
			}
		}
		n, err := w.Public.Count(w.All, column)
		if err != nil || n != int64(len(model)) {
			t.Fatalf("count %d, want %d, %v", n, len(model), err)
		}
		for range 60 {
			low, high, limit := anyKey(), anyKey(), 1+rng.IntN(40)
			entries, err := w.Public.Between(w.All, column, low, high, limit)
			siteEntries, err2 := w.Public.SiteBetween(w.All, w.Sites["city"], low, high, limit)
			if want := between(low, high, limit); !slices.Equal(keysOf(entries), want) ||
				!slices.Equal(keysOf(siteEntries), want) {
				t.Fatalf("between %v and %v: %v and %v, want %v", low, high, keysOf(entries), keysOf(siteEntries), want)
			}
			ascending, err3 := w.Public.KeysUp(w.All, column, low, limit)
			siteAscending, err4 := w.Public.SiteKeysUp(w.All, w.Sites["city"], low, limit)
			if want := up(low, limit); !slices.Equal(ascending, want) || !slices.Equal(siteAscending, want) {
				t.Fatalf("up from %v: %v and %v, want %v", low, ascending, siteAscending, want)
			}
			at := rng.IntN(len(model))
			newer, older, err5 := w.Public.Neighbours(w.All, column, model[at])
			if (newer == nil) != (at == 0) || (older == nil) != (at == len(model)-1) ||
				newer != nil && newer.Key != model[at-1] || older != nil && older.Key != model[at+1] {
				t.Fatalf("neighbours of %d: %+v, %+v", at, newer, older)
			}
			if err := errors.Join(err, err2, err3, err4, err5); err != nil {
				t.Fatal(err)
			}
		}
		if top, err := w.Public.Top(w.All, column, 10); err != nil || !slices.Equal(keysOf(top), model[:10]) {
			t.Errorf("top %v, %v", keysOf(top), err)
		}
	})
}

// Nothing that Published returns shows a word of a draft.
func TestPublishedNeverReturnsDrafts(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *resourcetest.World) {
		held := w.Incoming("held", "city/xwdt", "county/tzgg")
		held.AsDraft, held.OldPaths = true, []resource.OldPath{{SiteID: w.Sites["city"], Path: "/old.html"}}
		held.LinksTo = []resource.ExternalLink{{Kind: resource.Related, ExternalID: "live"}}
		live := w.Incoming("live")
		out := w.Take(held, live)
		draft, id := out[0].ItemID, out[1].ItemID
		w.Rewrite(id, "秘密的改动")
		ids := []int64{draft, id}
		for _, scheduled := range []bool{false, true} {
			if scheduled {
				later := w.Now().Add(time.Hour).UnixMilli()
				if _, err := w.Release(w.All, later, w.Seen(draft)...); err != nil {
					t.Fatal(err)
				}
			}
			shown, err := w.Public.OnSite(w.All, w.Sites["city"], ids)
			if err != nil || len(shown) != 1 || shown[id].Edition.Title != "标题live" ||
				shown[id].Edition.State != "live" {
				t.Errorf("on site %+v, %v", shown, err)
			}
			entries, err := w.Public.SiteBetween(w.All, w.Sites["city"], published.Oldest, published.Newest, 10)
			if err != nil || len(entries) != 1 || entries[0].Title != "标题live" {
				t.Errorf("entries %+v, %v", entries, err)
			}
			if got := append(titles(w, "city/xwdt"), titles(w, "county/tzgg")...); !slices.Equal(got,
				[]string{"标题live"}) {
				t.Errorf("titles %v", got)
			}
			rel, err := w.Public.Relations(w.All, w.Sites["city"], ids)
			if err != nil || len(rel[id]) != 0 {
				t.Errorf("relations %+v, %v", rel, err)
			}
			places, err := w.Public.Placements(w.All, ids)
			if err != nil || len(places) != 1 || len(places[id]) != 1 {
				t.Errorf("placements %+v, %v", places, err)
			}
			gone, err := w.Public.Withdrawn(w.All, w.Sites["city"])
			if err != nil || len(gone) != 0 {
				t.Errorf("withdrawn %+v, %v", gone, err)
			}
		}
	})
}

func TestRelationsPreferTheSite(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *resourcetest.World) {
		reading := w.Incoming("reading", "city/xwdt")
		reading.LinksTo = []resource.ExternalLink{{Kind: resource.Interprets, ExternalID: "doc"}}
		doc := w.Incoming("doc", "city/zcwj", "city/tzgg", "county/zcwj")
		reading.Class, doc.Class = resource.Interpretation, resource.Document
		out := w.Take(reading, doc)
		from, to := out[0].ItemID, out[1].ItemID
		for siteID, column := range map[int64]string{w.Sites["city"]: "city/zcwj", w.Sites["county"]: "county/zcwj"} {
			rel, err := w.Public.Relations(w.All, siteID, []int64{from, to})
			if err != nil || len(rel[from]) != 1 || rel[from][0].Other.Site != siteID ||
				rel[from][0].Other.Column != w.Columns[column] || rel[from][0].Other.Path == "" {
				t.Errorf("seen from %s: %+v, %v", column, rel[from], err)
			}
			if len(rel[to]) != 1 || rel[to][0].Other.Site != w.Sites["city"] || rel[to][0].Forward {
				t.Errorf("the interpretation is only on its own site: %+v", rel[to])
			}
		}
		w.Gone(resource.WithBanner, to)
		if rel, err := w.Public.Relations(w.All, w.Sites["city"], []int64{from}); err != nil || len(rel) != 0 {
			t.Errorf("to a withdrawn document: %+v, %v", rel, err)
		}
		if rel, err := w.Public.Relations(w.All, w.Sites["city"], nil); err != nil || len(rel) != 0 {
			t.Errorf("of nothing: %+v, %v", rel, err)
		}
	})
}

func TestOldAddressesOfManyItems(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *resourcetest.World) {
		var batch []resource.Incoming
		for i := range 450 { // more than one query holds
			in := w.Incoming(fmt.Sprint(i))
			in.OldPaths = []resource.OldPath{{SiteID: w.Sites["city"], Path: fmt.Sprintf("/a/%d.html", i)},
				{SiteID: w.Sites["city"], Path: fmt.Sprintf("/b/%d.html", i)},
				{SiteID: w.Sites["county"], Path: "/c.html"}}
			batch = append(batch, in)
		}
		want := map[string]int64{}
		var ids []int64
		for i, o := range w.Take(batch...) {
			ids = append(ids, o.ItemID)
			want[fmt.Sprintf("/a/%d.html", i)], want[fmt.Sprintf("/b/%d.html", i)] = o.ItemID, o.ItemID
		}
		got, err := w.Public.OldAddresses(w.All, w.Sites["city"], ids)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d addresses, want %d, %v", len(got), len(want), err)
		}
		for path, id := range want {
			if got[path] != id {
				t.Errorf("%s leads to %d, want %d", path, got[path], id)
			}
		}
		// An address two items had leads to the one that came first.
		if got, err := w.Public.OldAddresses(w.All, w.Sites["county"], ids); err != nil || len(got) != 1 ||
			got["/c.html"] != ids[0] {
			t.Errorf("on the county's site %v, %v", got, err)
		}
		var walked []int64
		err = w.Public.ItemsOnSite(w.All, w.Sites["city"], func(chunk []int64) error {
			walked = append(walked,
				chunk...)
			return nil
		})
		slices.Sort(ids)
		if err != nil || !slices.Equal(walked, ids) {
			t.Errorf("walked over %d items, %v", len(walked), err)
		}
		stop := errors.New("stop")
		if err := w.Public.ItemsOnSite(w.All, w.Sites["city"], func([]int64) error { return stop }); !errors.Is(err,
			stop) {
			t.Errorf("stopped walk: %v", err)
		}
	})
}

func TestItemsOnSiteKeepThoseThatLeft(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *resourcetest.World) {
		id := w.One("a")
		if err := w.Unplace(w.All, id, w.Columns["city/xwdt"]); err != nil {
			t.Fatal(err)
		}
		var walked []int64
		if err := w.Public.ItemsOnSite(w.All, w.Sites["city"],
			func(ids []int64) error { walked = append(walked, ids...); return nil }); err != nil ||
			!slices.Equal(walked, []int64{id}) {
			t.Errorf("walked %v, %v", walked, err)
		}
	})
}

func TestWithdrawn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *resourcetest.World) {
		a, b := w.One("a", "city/xwdt", "city/tzgg", "county/tzgg"), w.One("b")
		w.One("c")
		for _, id := range []int64{a, b} {
			w.Gone(resource.InError, id)
		}
		w.Rewrite(a, "以后再发") // it stays withdrawn
		for site, want := range map[int64][]int64{w.Sites["city"]: {a, b}, w.Sites["county"]: {a}, 42: nil} {
			got, err := w.Public.Withdrawn(w.All, site)
			var ids []int64
			for _, ch := range got {
				ids = append(ids, ch.Item)
			}
			if err != nil || !slices.Equal(ids, want) {
				t.Errorf("site %d: %v, %v, want %v", site, ids, err, want)
			}
			if len(ids) == 2 && len(got[0].Spots) != 2 {
				t.Errorf("spots on the site %+v", got[0].Spots)
			}
		}
	})
}
