package resource

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
)

// fill puts n live items and some drafts and withdrawn ones into a column, many of them
// with the same date, and returns the keys of the live ones, newest first.
func (w *world) fill(column string, n int, rng *rand.Rand) []Key {
	w.t.Helper()
	var keys []Key
	var withdrawn []int64
	for start := 0; start < n; start += 50 {
		var batch []Incoming
		for i := range min(50, n-start) {
			in := w.incoming(fmt.Sprint(column, start+i), column)
			in.Edition.PublishedAt = 1_700_000_000_000 + rng.Int64N(int64(n)/4)*1000
			in.AsDraft = rng.IntN(8) == 0
			batch = append(batch, in)
		}
		for i, o := range w.receive(batch...) {
			switch {
			case batch[i].AsDraft:
			case rng.IntN(8) == 0:
				withdrawn = append(withdrawn, o.ItemID)
			default:
				keys = append(keys, Key{batch[i].Edition.PublishedAt, o.ItemID})
			}
		}
	}
	if err := w.doWithdraw(w.all, WithdrawOrder{Items: w.seen(withdrawn...), Kind: InError, Reason: "x"}); err != nil {
		w.t.Fatal(err)
	}
	slices.SortFunc(keys, func(a, b Key) int {
		if a.NewerThan(b) {
			return -1
		}
		return 1
	})
	return keys
}

func keysOf(entries []Entry) (keys []Key) {
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return keys
}

// Every way to read a list agrees with sorting all of it by hand, equal dates included.
func TestListsAgreeWithAModel(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rng := rand.New(rand.NewPCG(7, 11))
		model := w.fill("city/xwdt", 150, rng)
		column := w.columns["city/xwdt"]
		between := func(low, high Key, limit int) (want []Key) {
			for _, k := range model {
				if !low.NewerThan(k) && high.NewerThan(k) && len(want) < limit {
					want = append(want, k)
				}
			}
			return want
		}
		up := func(low Key, limit int) []Key {
			all := between(low, Newest, len(model))
			slices.Reverse(all)
			return all[:min(limit, len(all))]
		}
		anyKey := func() Key {
			switch k := model[rng.IntN(len(model))]; rng.IntN(4) {
			case 0:
				return Key{k.At, k.Item + 1} // between two items of one moment
			case 1:
				return Key{k.At + 1, 0}
			default:
				return k
			}
		}
		n, err := w.pub.Count(w.all, column)
		if err != nil || n != int64(len(model)) {
			t.Fatalf("count %d, want %d, %v", n, len(model), err)
		}
		for range 60 {
			low, high, limit := anyKey(), anyKey(), 1+rng.IntN(40)
			entries, err := w.pub.Between(w.all, column, low, high, limit)
			siteEntries, err2 := w.pub.SiteBetween(w.all, w.city, low, high, limit)
			if want := between(low, high, limit); !slices.Equal(keysOf(entries), want) ||
				!slices.Equal(keysOf(siteEntries), want) {
				t.Fatalf("between %v and %v: %v and %v, want %v", low, high, keysOf(entries), keysOf(siteEntries), want)
			}
			ascending, err3 := w.pub.KeysUp(w.all, column, low, limit)
			siteAscending, err4 := w.pub.SiteKeysUp(w.all, w.city, low, limit)
			if want := up(low, limit); !slices.Equal(ascending, want) || !slices.Equal(siteAscending, want) {
				t.Fatalf("up from %v: %v and %v, want %v", low, ascending, siteAscending, want)
			}
			at := rng.IntN(len(model))
			newer, older, err5 := w.pub.Neighbours(w.all, column, model[at])
			if (newer == nil) != (at == 0) || (older == nil) != (at == len(model)-1) ||
				newer != nil && newer.Key != model[at-1] || older != nil && older.Key != model[at+1] {
				t.Fatalf("neighbours of %d: %+v, %+v", at, newer, older)
			}
			if err := errors.Join(err, err2, err3, err4, err5); err != nil {
				t.Fatal(err)
			}
		}
		if top, err := w.pub.Top(w.all, column, 10); err != nil || !slices.Equal(keysOf(top), model[:10]) {
			t.Errorf("top %v, %v", keysOf(top), err)
		}
	})
}

// Nothing that Published returns shows a word of a draft.
func TestPublishedNeverReturnsDrafts(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		held := w.incoming("held", "city/xwdt", "county/tzgg")
		held.AsDraft, held.OldPaths = true, []OldPath{{SiteID: w.city, Path: "/old.html"}}
		held.LinksTo = []ExternalLink{{Related, "live"}}
		live := w.incoming("live")
		out := w.receive(held, live)
		draft, id := out[0].ItemID, out[1].ItemID
		w.draft(id, "秘密的改动")
		ids := []int64{draft, id}
		for _, scheduled := range []bool{false, true} {
			if scheduled {
				if err := w.doRelease(w.all, w.now().Add(time.Hour).UnixMilli(), draft); err != nil {
					t.Fatal(err)
				}
			}
			shown, err := w.pub.OnSite(w.all, w.city, ids)
			if err != nil || len(shown) != 1 || shown[id].Edition.Title != "标题live" ||
				shown[id].Edition.State != "live" {
				t.Errorf("on site %+v, %v", shown, err)
			}
			entries, err := w.pub.SiteBetween(w.all, w.city, Oldest, Newest, 10)
			if err != nil || len(entries) != 1 || entries[0].Title != "标题live" {
				t.Errorf("entries %+v, %v", entries, err)
			}
			if got := append(w.titles("city/xwdt"), w.titles("county/tzgg")...); !slices.Equal(got,
				[]string{"标题live"}) {
				t.Errorf("titles %v", got)
			}
			rel, err := w.pub.Relations(w.all, w.city, ids)
			if err != nil || len(rel[id]) != 0 {
				t.Errorf("relations %+v, %v", rel, err)
			}
			places, err := w.pub.Placements(w.all, ids)
			if err != nil || len(places) != 1 || len(places[id]) != 1 {
				t.Errorf("placements %+v, %v", places, err)
			}
			gone, err := w.pub.Withdrawn(w.all, w.city)
			if err != nil || len(gone) != 0 {
				t.Errorf("withdrawn %+v, %v", gone, err)
			}
		}
	})
}

func TestRelationsPreferTheSite(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		reading := w.incoming("reading", "city/xwdt")
		reading.LinksTo = []ExternalLink{{Interprets, "doc"}}
		doc := w.incoming("doc", "city/zcwj", "city/tzgg", "county/zcwj")
		reading.Class, doc.Class = Interpretation, Document
		out := w.receive(reading, doc)
		from, to := out[0].ItemID, out[1].ItemID
		for siteID, column := range map[int64]string{w.city: "city/zcwj", w.county: "county/zcwj"} {
			rel, err := w.pub.Relations(w.all, siteID, []int64{from, to})
			if err != nil || len(rel[from]) != 1 || rel[from][0].Other.Site != siteID ||
				rel[from][0].Other.Column != w.columns[column] || rel[from][0].Other.Path == "" {
				t.Errorf("seen from %s: %+v, %v", column, rel[from], err)
			}
			if len(rel[to]) != 1 || rel[to][0].Other.Site != w.city || rel[to][0].Forward {
				t.Errorf("the interpretation is only on its own site: %+v", rel[to])
			}
		}
		if err := w.doWithdraw(w.all, WithdrawOrder{Items: w.seen(to), Kind: WithBanner, Reason: "x"}); err != nil {
			t.Fatal(err)
		}
		if rel, err := w.pub.Relations(w.all, w.city, []int64{from}); err != nil || len(rel) != 0 {
			t.Errorf("to a withdrawn document: %+v, %v", rel, err)
		}
		if rel, err := w.pub.Relations(w.all, w.city, nil); err != nil || len(rel) != 0 {
			t.Errorf("of nothing: %+v, %v", rel, err)
		}
	})
}

func TestOldAddressesOfManyItems(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var batch []Incoming
		for i := range 450 { // more than one query holds
			in := w.incoming(fmt.Sprint(i))
			in.OldPaths = []OldPath{{SiteID: w.city, Path: fmt.Sprintf("/a/%d.html", i)},
				{SiteID: w.city, Path: fmt.Sprintf("/b/%d.html", i)},
				{SiteID: w.county, Path: "/c.html"}}
			batch = append(batch, in)
		}
		want := map[string]int64{}
		var ids []int64
		for i, o := range w.receive(batch...) {
			ids = append(ids, o.ItemID)
			want[fmt.Sprintf("/a/%d.html", i)], want[fmt.Sprintf("/b/%d.html", i)] = o.ItemID, o.ItemID
		}
		got, err := w.pub.OldAddresses(w.all, w.city, ids)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d addresses, want %d, %v", len(got), len(want), err)
		}
		for path, id := range want {
			if got[path] != id {
				t.Errorf("%s leads to %d, want %d", path, got[path], id)
			}
		}
		// An address two items had leads to the one that came first.
		if got, err := w.pub.OldAddresses(w.all, w.county, ids); err != nil || len(got) != 1 ||
			got["/c.html"] != ids[0] {
			t.Errorf("on the county's site %v, %v", got, err)
		}
		var walked []int64
		err = w.pub.ItemsOnSite(w.all, w.city, func(chunk []int64) error {
			walked = append(walked,
				chunk...)
			return nil
		})
		slices.Sort(ids)
		if err != nil || !slices.Equal(walked, ids) {
			t.Errorf("walked over %d items, %v", len(walked), err)
		}
		stop := errors.New("stop")
		if err := w.pub.ItemsOnSite(w.all, w.city, func([]int64) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("stopped walk: %v", err)
		}
	})
}

func TestItemsOnSiteKeepThoseThatLeft(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.one("a")
		if err := w.Unplace(w.all, id, w.columns["city/xwdt"]); err != nil {
			t.Fatal(err)
		}
		var walked []int64
		if err := w.pub.ItemsOnSite(w.all, w.city,
			func(ids []int64) error { walked = append(walked, ids...); return nil }); err != nil ||
			!slices.Equal(walked, []int64{id}) {
			t.Errorf("walked %v, %v", walked, err)
		}
	})
}

func TestWithdrawn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		a, b := w.one("a", "city/xwdt", "city/tzgg", "county/tzgg"), w.one("b")
		w.one("c")
		for _, id := range []int64{a, b} {
			if err := w.doWithdraw(w.all, WithdrawOrder{Items: w.seen(id), Kind: InError, Reason: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		w.draft(a, "以后再发") // it stays withdrawn
		for site, want := range map[int64][]int64{w.city: {a, b}, w.county: {a}, 42: nil} {
			got, err := w.pub.Withdrawn(w.all, site)
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

func TestWorkList(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var ids []int64
		for i := range 5 {
			in := w.incoming(fmt.Sprint(i), []string{"city/xwdt", "city/zcwj"}[i%2])
			if i%2 == 1 {
				in.Class, in.Edition.Document = Document, &DocumentInfo{DocNo: fmt.Sprintf("清政发〔2026〕%d号", i)}
			}
			ids = append(ids, w.receive(in)[0].ItemID)
		}
		w.draft(ids[4], "草稿标题")
		for name, c := range map[string]struct {
			f    Filter
			want []int64
		}{
			"all":       {Filter{}, []int64{ids[4], ids[3], ids[2], ids[1], ids[0]}},
			"page":      {Filter{Limit: 2}, []int64{ids[4], ids[3]}},
			"next page": {Filter{Limit: 2, After: ids[3]}, []int64{ids[2], ids[1]}},
			"class":     {Filter{Class: Document}, []int64{ids[3], ids[1]}},
			"column":    {Filter{Column: w.columns["city/zcwj"]}, []int64{ids[3], ids[1]}},
			"doc no":    {Filter{DocNo: "清政发〔2026〕3号"}, []int64{ids[3]}},
			"state":     {Filter{State: Withdrawn}, nil},
			"owner":     {Filter{Owner: w.county}, nil},
		} {
			got, err := w.lib.List(w.as(w.city), c.f)
			var have []int64
			for _, s := range got {
				have = append(have, s.Item.ID)
			}
			if err != nil || !slices.Equal(have, c.want) {
				t.Errorf("%s: %v, want %v, %v", name, have, c.want, err)
			}
			if name == "all" && (got[0].Title != "草稿标题" || got[1].At != 1_700_000_000_000) {
				t.Errorf("%+v", got)
			}
		}
	})
}

// Numbers of a counter are never handed out twice, in whatever portions.
func TestNextNumbers(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		want := int64(1)
		for _, n := range []int64{1, 3, 1, 10, 2} {
			w.inTx(func(ctx context.Context, tx bun.Tx) error {
				first, err := nextNumbers(ctx, tx, "x", n)
				if first != want {
					t.Errorf("%d numbers from %d, want from %d", n, first, want)
				}
				return err
			})
			want += n
		}
	})
}

func TestAddressUsesShanghaiDay(t *testing.T) {
	at := store.Milli(time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC)) // already 2027 in Shanghai
	if got := addressOf("zwgk/zcwj", at, 3051); got != "/zwgk/zcwj/202701/t20270101_3051.html" {
		t.Errorf("address %s", got)
	}
}
