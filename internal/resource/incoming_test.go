package resource_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/resource"
)

func TestReceiveImportsLive(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in := w.Incoming("a", "city/xwdt", "city/tzgg", "county/xwdt")
		in.Places[1].Headline, in.Places[1].At = "短标题", 1_700_000_500_000
		in.Tags, in.OldPaths = []string{"供热", "供热"}, []resource.OldPath{{SiteID: w.city, Path: "/art/1.html?id=7"}}
		in.Edition.Cover = &resource.Media{Hash: "c0", Type: "image/png", Ext: "png", Size: 3}
		in.Edition.Files = []resource.File{{Name: "附件.pdf", Hash: "f0", Type: "application/pdf", Ext: "pdf", Size: 9}}
		out := w.Take(in)
		id := out[0].ItemID
		ev := w.wantNews(id)
		if out[0].Status != resource.Imported || len(ev.Items[0].Spots) != 3 {
			t.Errorf("outcome %+v, event %+v", out, ev)
		}
		it, e := w.item(id)
		if it.State != resource.Live || it.Version != 1 || it.Owner != w.city || e.State != "live" || e.No != 1 ||
			e.Cover.Path() != "/_m/c0.png" || e.Files[0].Path() != "/_m/f0.pdf" || e.Document != nil {
			t.Errorf("item %+v, edition %+v", it, e)
		}
		if got := w.titles("city/tzgg"); !slices.Equal(got, []string{"短标题"}) {
			t.Errorf("titles %v", got)
		}
		here := w.shown(w.city, id)
		if here.Path != "/xwdt/202311/t20231115_1.html" || here.Placement.ColumnID != w.columns["city/xwdt"] ||
			!here.Placement.Primary {
			t.Errorf("shown %+v", here)
		}
		if there := w.shown(w.county, id); there.Path != "/xwdt/202311/t20231115_1.html" ||
			there.Placement.SiteID != w.county {
			t.Errorf("on the other site %+v", there)
		}
		old, err := w.pub.OldAddresses(w.all, w.city, []int64{id})
		if err != nil || old["/art/1.html?id=7"] != id {
			t.Errorf("old addresses %v, %v", old, err)
		}
		from, err := w.lib.Provenance(w.all, id)
		if err != nil || len(from) != 1 || from[0].RawHash != "raw-a" {
			t.Errorf("provenance %+v, %v", from, err)
		}
	})
}

// The same batch twice changes nothing: no row, no version, no event.
func TestReceiveTwiceChangesNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var batch []resource.Incoming
		for i := range 30 {
			in := w.Incoming(fmt.Sprint(i), "city/xwdt", "county/tzgg")
			in.Tags, in.OldPaths = []string{"t", fmt.Sprint("t", i)},
				[]resource.OldPath{{SiteID: w.city, Path: fmt.Sprintf("/old/%d.html", i)}}
			in.LinksTo = []resource.ExternalLink{{resource.Related, fmt.Sprint((i + 7) % 40)}} // some never come
			in.Findings = []rule.Finding{{Code: "import.time", Level: rule.Warn, Field: "发布时间", Text: "没有"}}
			if i%3 == 0 {
				in.Class, in.IndexOrg = resource.Document, "11441700007280420Y"
				in.Edition.Document = &resource.DocumentInfo{SignedOn: "2023-01-02"}
			}
			batch = append(batch, in)
		}
		same := w.Incoming("copy", "city/tzgg") // says the same as item 3
		same.Edition.Title, same.Edition.Text = batch[3].Edition.Title, " "+batch[3].Edition.Text
		batch = append(batch, same, batch[5])
		out := w.Take(batch...)
		if out[30].Status != resource.Merged || out[30].ItemID != out[3].ItemID || out[31].ItemID != out[5].ItemID {
			t.Fatalf("outcomes %+v", out[30:])
		}
		w.news()
		before := w.dump()
		for _, o := range w.Take(batch...) {
			if o.Status != resource.Unchanged && o.ItemID != out[5].ItemID {
				t.Errorf("again: %+v", o)
			}
		}
		if after := w.dump(); after != before {
			t.Errorf("the second import changed rows:\n%s\n%s", before, after)
		}
		w.wantNews()
		// The same once more item by item: what is in a batch together must not matter.
		for i := range batch {
			w.Take(batch[i])
		}
		if w.dump() != before {
			t.Error("item by item the import changed rows")
		}
	})
}

func TestReceiveRepeatsInOneBatch(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first, second := w.Incoming("a"), w.Incoming("a")
		second.Edition.Title = "新标题"
		out := w.Take(first, second)
		if out[0].Status != resource.Merged || out[1].Status != resource.Imported || out[0].ItemID != out[1].ItemID {
			t.Fatalf("outcomes %+v", out)
		}
		w.news()
		before := w.dump()
		if out := w.Take(first, second); out[1].Status != resource.Unchanged || w.dump() != before {
			t.Errorf("again %+v", out)
		}
		if got := w.titles("city/xwdt"); !slices.Equal(got, []string{"新标题"}) {
			t.Errorf("titles %v", got)
		}
	})
}

func TestReceiveUpdates(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.One("a")
		address := w.shown(w.city, id).Path
		w.news()
		in := w.Incoming("a")
		in.Edition.Title, in.Edition.PublishedAt = "更正后的标题", 1_710_000_000_000
		out := w.Take(in)
		if out[0].Status != resource.Updated || out[0].ItemID != id {
			t.Fatalf("%+v", out)
		}
		w.wantNews(id)
		it, e := w.item(id)
		all, err := w.lib.Editions(w.all, id)
		if err != nil || len(all) != 2 || all[0].State != "live" || all[1].State != "superseded" || e.No != 2 ||
			it.LiveEdition != e.ID || it.DraftEdition != 0 || it.Version < 2 {
			t.Errorf("item %+v, editions %+v, %v", it, all, err)
		}
		if got := w.shown(w.city, id); got.Path != address || got.Edition.Title != "更正后的标题" {
			t.Errorf("shown %+v", got)
		}
		// The old text belongs to nobody now: who brings it makes a new item.
		copyOf := w.Incoming("a")
		copyOf.Provenance.ExternalID = "z"
		if out := w.Take(copyOf); out[0].Status != resource.Imported {
			t.Errorf("the text that was replaced: %+v", out)
		}
	})
}

// What a source adds to a text it does not change: placements and addresses.
func TestReceiveAddsToUnchanged(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.One("a")
		w.news()
		in := w.Incoming("a", "city/xwdt", "city/zcwj")
		if out := w.Take(in); out[0].Status != resource.Updated || len(w.titles("city/zcwj")) != 1 {
			t.Errorf("%+v", out)
		}
		w.wantNews(id)
		in.OldPaths = []resource.OldPath{{SiteID: w.city, Path: "/old.html"}}
		if out := w.Take(in); out[0].Status != resource.Updated {
			t.Errorf("%+v", out)
		}
		w.wantNews(id)
		if it, _ := w.item(id); it.Version != 1 {
			t.Errorf("version %d: the item itself did not change", it.Version)
		}
	})
}

func TestReceiveKeepsWhatPeopleDecided(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.One("a", "city/xwdt", "city/tzgg")
		if err := w.Unplace(w.all, id, w.columns["city/tzgg"]); err != nil {
			t.Fatal(err)
		}
		in := w.Incoming("a", "city/xwdt", "city/tzgg")
		if out := w.Take(in); out[0].Status != resource.Unchanged || len(w.titles("city/tzgg")) != 0 {
			t.Errorf("the import put it back: %+v", out)
		}
		if err := w.Place(w.all, id, w.Spot("city/tzgg")); err != nil || len(w.titles("city/tzgg")) != 1 {
			t.Errorf("by hand it goes back: %v", err)
		}
		if err := w.doWithdraw(w.all,
			resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.InError, Reason: "错稿"}); err != nil {
			t.Fatal(err)
		}
		in.Edition.Title = "新标题"
		if out := w.Take(in); out[0].Status != resource.Updated {
			t.Errorf("%+v", out)
		}
		it, e := w.item(id)
		if it.State != resource.Withdrawn || it.DraftEdition != e.ID || e.State != "draft" || it.Withdrawal == nil ||
			len(w.titles("city/xwdt")) != 0 {
			t.Errorf("withdrawn item %+v, %+v", it, e)
		}
		if err := w.doRelease(w.all, 0, id); err != nil {
			t.Fatal(err)
		}
		if got := w.titles("city/xwdt"); !slices.Equal(got, []string{"新标题"}) {
			t.Errorf("titles after the release %v", got)
		}
	})
}

func TestReceiveMerges(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.One("a")
		w.news()
		dup := w.Incoming("b", "city/tzgg", "county/xwdt")
		dup.Edition.Title, dup.Edition.Text = "标 题　A", "正文a\n"
		dup.Provenance.Source, dup.OldPaths = "other", []resource.OldPath{{SiteID: w.city, Path: "/dup.html"}}
		out := w.Take(dup)
		if out[0].Status != resource.Merged || out[0].ItemID != id {
			t.Fatalf("%+v", out)
		}
		w.wantNews(id)
		if got := slices.Concat(w.titles("city/tzgg"), w.titles("county/xwdt")); !slices.Equal(got,
			[]string{"标题a", "标题a"}) {
			t.Errorf("titles %v", got)
		}
		from, err := w.lib.Provenance(w.all, id)
		if err != nil || len(from) != 2 {
			t.Errorf("provenance %+v, %v", from, err)
		}
		dup.Edition.Source = "另一个来源" // says something new, but not in its text
		if out := w.Take(dup); out[0].Status != resource.Merged || out[0].ItemID != id {
			t.Errorf("still the same text: %+v", out)
		}
		if out := w.Take(dup); out[0].Status != resource.Unchanged {
			t.Errorf("again: %+v", out)
		}
		if _, e := w.item(id); e.No != 1 || e.Source != "市政府办公室" {
			t.Errorf("a duplicate must not write over the item: %+v", e)
		}
		w.news()

		dup.Edition.Text, dup.Edition.Body = "正文已经不同", "<p>正文已经不同</p>"
		out = w.Take(dup)
		if out[0].Status != resource.Imported || out[0].ItemID == id {
			t.Fatalf("a duplicate that went its own way: %+v", out)
		}
		w.wantNews(id, out[0].ItemID)
		old, err := w.pub.OldAddresses(w.all, w.city, []int64{id, out[0].ItemID})
		if err != nil || old["/dup.html"] != out[0].ItemID {
			t.Errorf("its old address leads to %v, %v", old, err)
		}
		before := w.dump()
		if out := w.Take(dup, w.Incoming("a")); out[0].Status != resource.Unchanged ||
			out[1].Status != resource.Unchanged ||
			w.dump() != before {
			t.Errorf("again %+v", out)
		}
		// The other owner's library is not searched for duplicates.
		foreign := w.Incoming("a", "county/xwdt")
		foreign.Owner = w.county
		if out := w.Take(foreign); out[0].Status != resource.Imported {
			t.Errorf("merged over the border of an owner: %+v", out)
		}
		textless := w.Incoming("p")
		textless.Edition.Text = " "
		again := textless
		again.Provenance.ExternalID = "q"
		if out := w.Take(textless, again); out[1].Status != resource.Imported {
			t.Errorf("items without text are never the same: %+v", out)
		}
	})
}

func TestReceiveTiesLinks(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		reading := w.Incoming("reading")
		reading.Class, reading.LinksTo = resource.Interpretation,
			[]resource.ExternalLink{{resource.Interprets, "doc"}, {resource.Related, "reading"}}
		from := w.Take(reading)[0].ItemID
		w.news()
		doc := w.Incoming("doc", "city/zcwj")
		doc.LinksTo = []resource.ExternalLink{{resource.Repeals, "older"}}
		older := w.Incoming("older", "city/zcwj")
		doc.Class, older.Class = resource.Document, resource.Document
		out := w.Take(doc, older) // the target of one comes later, of the other in the same batch
		to, old := out[0].ItemID, out[1].ItemID
		w.wantNews(from, to, old)
		rel, err := w.pub.Relations(w.all, w.city, []int64{from, to, old})
		if err != nil {
			t.Fatal(err)
		}
		if len(rel[from]) != 1 || !rel[from][0].Forward || rel[from][0].Kind != resource.Interprets ||
			rel[from][0].Other.Item != to {
			t.Errorf("from the interpretation: %+v", rel[from])
		}
		if len(rel[to]) != 2 || len(rel[old]) != 1 || rel[old][0].Forward || rel[old][0].Other.Title != "标题doc" {
			t.Errorf("from the documents: %+v, %+v", rel[to], rel[old])
		}
		w.Take(reading, doc)
		w.wantNews()
	})
}

func TestReceiveReplacesFindings(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in := w.Incoming("a")
		in.Edition.Title, in.Edition.Source = strings.Repeat("长", 201), ""
		in.Findings = []rule.Finding{{Code: "import.time", Level: rule.Warn, Field: "发布时间", Text: "没有"}}
		out := w.Take(in)
		codes := func() (got []string) {
			fs, err := w.lib.Findings(w.all, out[0].ItemID)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range fs {
				got = append(got, string(f.Level)+" "+f.Code)
			}
			return got
		}
		if got := strings.Join(codes(),
			", "); got != "error metadata.ResName, warn import.time, warn metadata.Source" ||
			len(out[0].Findings) != 3 {
			t.Errorf("findings %s, outcome %+v", got, out[0])
		}
		in.Edition.Source, in.Findings = "市政府办公室", nil
		w.Take(in)
		if got := strings.Join(codes(), ", "); got != "error metadata.ResName" {
			t.Errorf("findings after the update %s", got)
		}
	})
}

func TestReceiveRefuses(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		other := w.Incoming("a")
		other.Places[0].SiteID = w.county // the column is the city's
		organ := w.Incoming("a")
		organ.IndexOrg = "11441700007280420X"
		before := w.dump()
		for name, c := range map[string]struct {
			in   resource.Incoming
			kind fault.Kind
		}{"column of another site": {other, fault.NotFound}, "organ code": {organ, fault.Invalid}} {
			if _, err := w.Receive(w.all, []resource.Incoming{w.Incoming("good"), c.in}); !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if w.dump() != before {
			t.Error("a refused batch wrote something")
		}
		if out, err := w.Receive(w.all, nil); err != nil || len(out) != 0 {
			t.Errorf("an empty batch: %v, %v", out, err)
		}
	})
}

// TestOldAddressOfTwoSites: two old sites had the same address for two pages. Each keeps it on its own host; a third
// from one of these hosts is told that it gets none.
func TestOldAddressOfTwoSites(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		take := func(title, host string) resource.Outcome {
			in := w.Incoming(title)
			in.OldPaths = []resource.OldPath{{SiteID: w.city, Path: "/show.asp?id=1", Host: host}}
			return w.Take(in)[0]
		}
		first, second, third := take("甲", "a.gov.cn"), take("乙", "b.gov.cn"), take("丙", "b.gov.cn")
		got, err := w.pub.OldAddresses(t.Context(), w.city, []int64{first.ItemID, second.ItemID, third.ItemID})
		w.must(err)
		want := map[string]int64{"/show.asp?id=1": first.ItemID, "/_old/b.gov.cn/show.asp?id=1": second.ItemID}
		if !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		told := func(o resource.Outcome) bool {
			all, err := w.lib.Findings(w.as(w.city), o.ItemID)
			w.must(err)
			return slices.ContainsFunc(all, func(f rule.Finding) bool { return f.Code == "import.old-address" })
		}
		if told(first) || told(second) || !told(third) {
			t.Error("only the third has no address, and only it says so")
		}
		if again := take("甲", "a.gov.cn"); again.ItemID == third.ItemID {
			t.Error("the same text became another item")
		}
	})
}
