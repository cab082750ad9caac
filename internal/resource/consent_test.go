package resource_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
)

// owned receives a live item of a class for a site, in its column zcwj.
func (w *world) owned(code, id string, class resource.Class, change ...func(*resource.Incoming)) int64 {
	w.t.Helper()
	in := w.Incoming(id, code+"/zcwj")
	in.Owner, in.Class = in.Places[0].SiteID, class
	for _, c := range change {
		c(&in)
	}
	return w.Take(in)[0].ItemID
}

func issuedBy(organ string) func(*resource.Incoming) {
	return func(in *resource.Incoming) { in.Edition.Document = &resource.DocumentInfo{Issuer: organ} }
}

func waits(in *resource.Incoming) { in.AsDraft = true }

// shows returns what the pages of both ends show of a link, on both sites.
func (w *world) shows(l resource.Link) bool {
	w.t.Helper()
	n := 0
	for _, siteID := range []int64{w.city, w.county} {
		rel, err := w.pub.Relations(w.all, siteID, []int64{l.From, l.To})
		w.must(err)
		for _, end := range []int64{l.From, l.To} {
			for _, r := range rel[end] {
				if r.Kind == l.Kind && r.Other.Item == l.From+l.To-end {
					n++
				}
			}
		}
	}
	if n != 0 && n != 4 {
		w.t.Errorf("%+v is shown on %d of 4 pages", l, n)
	}
	return n > 0
}

func (w *world) stateOf(ctx context.Context, item int64) (states []resource.LinkState) {
	w.t.Helper()
	all, err := w.lib.Links(ctx, item)
	w.must(err)
	for _, v := range all {
		states = append(states, v.State)
	}
	return states
}

// A link to another owner's item shows nowhere before its owner accepts it, and either end
// may remove it. Every step tells the pages of both ends when, and only when, they change.
func TestLinkNeedsConsent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		doc := w.owned("city", "doc", resource.Document)
		reading := w.owned("county", "reading", resource.Interpretation)
		w.news()
		l := resource.Link{reading, doc, resource.Interprets}
		city, county := w.as(w.city), w.as(w.county)
		propose := func() {
			t.Helper()
			state, err := w.Link(county, l)
			if err != nil || state != resource.LinkProposed || w.shows(l) {
				t.Fatalf("proposed: %s, %v, shown %t", state, err, w.shows(l))
			}
			w.wantNews()
		}
		change := func(what string, do func(context.Context, resource.Link) error, ctx context.Context, shown bool,
			news ...int64) {
			t.Helper()
			if err := do(ctx, l); err != nil || w.shows(l) != shown {
				t.Errorf("%s: %v, shown %t", what, err, w.shows(l))
			}
			w.wantNews(news...)
		}
		propose()
		// The proposal waits for the city, with what it must know.
		waiting, err := w.lib.Proposals(city, 0, resource.Link{}, 10)
		if err != nil || len(waiting) != 1 || waiting[0].Link() != l || waiting[0].From.Title != "标题reading" ||
			waiting[0].From.Owner != w.county || waiting[0].To.Title != "标题doc" {
			t.Errorf("the city's proposals: %+v, %v", waiting, err)
		}
		if none, err := w.lib.Proposals(county, 0, resource.Link{}, 10); err != nil || len(none) != 0 {
			t.Errorf("the county's proposals: %+v, %v", none, err)
		}
		for what, do := range map[string]func(context.Context, resource.Link) error{"accept": w.AcceptLink,
			"refuse": w.RefuseLink} {
			if err := do(county, l); !fault.Is(err, fault.Forbidden) {
				t.Errorf("the county may %s for the city: %v", what, err)
			}
			if err := do(w.as(77), l); !fault.Is(err, fault.NotFound) {
				t.Errorf("a third site: %s: %v", what, err)
			}
		}
		change("accepted", w.AcceptLink, city, true, reading, doc)
		change("accepted again", w.AcceptLink, city, true)
		if state, err := w.Link(county, l); err != nil || state != resource.LinkAccepted {
			t.Errorf("linked again: %s, %v", state, err)
		}
		change("taken back", w.RefuseLink, city, false, reading, doc)
		if state, err := w.Link(county, l); err != nil || state != resource.LinkRefused || w.shows(l) {
			t.Errorf("a refused link is proposed again: %s, %v", state, err)
		}
		if waiting, _ := w.lib.Proposals(city, 0, resource.Link{}, 10); len(waiting) != 0 {
			t.Errorf("a refused link waits: %+v", waiting)
		}
		change("accepted after all", w.AcceptLink, city, true, reading, doc)
		change("removed by the city", w.Unlink, city, false, reading, doc)
		propose()
		change("removed while proposed", w.Unlink, county, false)
		propose()
		change("accepted", w.AcceptLink, city, true, reading, doc)
		change("removed by the county", w.Unlink, county, false, reading, doc)
		for _, ctx := range []context.Context{city, county, w.as(77)} {
			if err := w.Unlink(ctx, l); !fault.Is(err, fault.NotFound) {
				t.Errorf("removed twice: %v", err)
			}
		}
		// Whoever has both rights needs nobody else.
		if state, err := w.Link(w.as(w.city, w.county), l); err != nil || state != resource.LinkAccepted ||
			!w.shows(l) {
			t.Errorf("with both rights: %s, %v", state, err)
		}
	})
}

// A proposal from a draft is known to its owner alone until the draft is released.
func TestDraftsOfOthersDoNotPropose(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		doc := w.owned("city", "doc", resource.Document)
		draft := w.owned("county", "draft", resource.Interpretation, waits)
		l := resource.Link{draft, doc, resource.Interprets}
		city, county := w.as(w.city), w.as(w.county)
		w.must(w.doLink(county, l))
		w.news()
		hidden := func(what string) {
			t.Helper()
			if got := w.stateOf(city, doc); len(got) != 0 {
				t.Errorf("%s: the city sees links %v", what, got)
			}
			if got, err := w.lib.Proposals(city, 0, resource.Link{}, 10); err != nil || len(got) != 0 {
				t.Errorf("%s: the city sees proposals %v, %v", what, got, err)
			}
			for name, do := range map[string]func(context.Context, resource.Link) error{"accept": w.AcceptLink,
				"refuse": w.RefuseLink, "remove": w.Unlink} {
				if err := do(city, l); !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: %s tells of a draft: %v", what, name, err)
				}
			}
		}
		hidden("a draft")
		if got := w.stateOf(county, draft); !slices.Equal(got, []resource.LinkState{resource.LinkProposed}) {
			t.Errorf("its owner sees %v", got)
		}
		w.must(w.doRelease(county, 0, draft))
		w.news()
		if got := w.stateOf(city, doc); !slices.Equal(got, []resource.LinkState{resource.LinkProposed}) || w.shows(l) {
			t.Errorf("after its release: %v, shown %t", got, w.shows(l))
		}
		// A newer draft of the released item keeps its title to itself.
		w.Rewrite(draft, "尚未公开的标题")
		if got, err := w.lib.Links(city, doc); err != nil || len(got) != 1 || got[0].From.Title != "标题draft" {
			t.Errorf("the city sees %+v, %v", got, err)
		}
		if got, err := w.lib.Proposals(city, 0, resource.Link{}, 10); err != nil || len(got) != 1 ||
			got[0].From.Title != "标题draft" {
			t.Errorf("the city sees %+v, %v", got, err)
		}
	})
}

func TestProposalsArePaged(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		doc := w.owned("city", "doc", resource.Document)
		want := map[resource.Link]bool{}
		for i := range 5 {
			reading := w.owned("county", fmt.Sprint("r", i), resource.Interpretation)
			for _, kind := range []resource.LinkKind{resource.Interprets, resource.Related} {
				l := resource.Link{reading, doc, kind}
				w.must(w.doLink(w.as(w.county), l))
				want[l] = true
			}
		}
		var after resource.Link
		for {
			page, err := w.lib.Proposals(w.as(w.city), w.city, after, 3)
			w.must(err)
			for _, v := range page {
				if after = v.Link(); !want[after] {
					t.Errorf("%+v comes twice or was not proposed", after)
				}
				delete(want, after)
			}
			if len(page) < 3 {
				break
			}
		}
		if len(want) != 0 {
			t.Errorf("not listed: %v", want)
		}
	})
}

func TestKindsOfLinks(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		of := map[resource.Class]int64{}
		for _, class := range []resource.Class{resource.Article, resource.Notice, resource.Picture, resource.Document,
			resource.Interpretation, resource.Page} {
			of[class] = w.owned("city", "a-"+string(class), class)
		}
		other := w.owned("city", "other", resource.Document)
		for _, c := range []struct {
			from  resource.Class
			kind  resource.LinkKind
			to    int64
			field string // wrong, "" none
		}{
			{resource.Interpretation, resource.Interprets, other, ""},
			{resource.Notice, resource.Interprets, other, "kind"},
			{resource.Article, resource.Interprets, other, "kind"},
			{resource.Document, resource.Interprets, other, "kind"},
			{resource.Interpretation, resource.Interprets, of[resource.Notice], "to"},
			{resource.Document, resource.Amends, other, ""},
			{resource.Document, resource.Repeals, other, ""},
			{resource.Notice, resource.Repeals, other, ""},
			{resource.Document, resource.Repeals, of[resource.Article], "to"},
			{resource.Document, resource.Amends, of[resource.Interpretation], "to"},
			{resource.Article, resource.Related, of[resource.Picture], ""},
			{resource.Article, resource.DerivedOf, of[resource.Page], ""},
			{resource.Article, "likes", other, "kind"},
			{resource.Article, resource.Related, of[resource.Article], "to"},
		} {
			err := w.doLink(w.as(w.city), resource.Link{of[c.from], c.to, c.kind})
			if got := fault.FieldsOf(err); (err == nil) != (c.field == "") || c.field != "" && got[c.field] == "" {
				t.Errorf("%s %s: %v, %v", c.from, c.kind, err, got)
			}
		}
	})
}

// Who may amend or repeal another owner's document: its issuer, and who stands above it.
func TestRankOfRepeals(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		decl := func(code, parent, sponsor string) {
			t.Helper()
			w.AddSite(code, fmt.Sprintf("parent: %q\ndossier: {sponsor: %q}", parent, sponsor))
		}
		const city, county, bureau = "清河市人民政府", "临江县人民政府", "清河市财政局"
		decl("city", "", city+"办公室")
		decl("county", "city", county)
		for _, code := range []string{"bureau", "town", "alien"} {
			w.AddSite(code)
		}
		decl("bureau", "city", bureau)
		decl("town", "county", "临江镇人民政府")
		decl("alien", "", "邻市人民政府")
		for i, c := range []struct {
			from, to, issuer string
			allowed          bool
		}{
			{"city", "county", county, true},             // above
			{"city", "town", "临江镇人民政府", true},            // two above
			{"city", "county", "", true},                 // of the site's own sponsor
			{"county", "city", city, false},              // below
			{"county", "bureau", bureau, false},          // beside
			{"bureau", "city", city, false},              // below
			{"alien", "city", city, false},               // elsewhere
			{"alien", "county", county, false},           //
			{"bureau", "city", bureau, true},             // its own, on the city's site
			{"bureau", "city", "清河市民政局、" + bureau, true}, // issued together
			{"city", "bureau", city + "办公室", true},       // its own, on the bureau's site
			{"county", "town", city, false},              // above the site, below the issuer
			{"county", "town", "国务院", false},             // an issuer that nobody here stands above
			{"city", "town", county + "办公厅", true},       // the office of a government is of its rank
		} {
			doc := w.owned(c.to, fmt.Sprint("doc", i), resource.Document, issuedBy(c.issuer))
			// What the repealing item says of its own issuer proves nothing.
			newer := w.owned(c.from, fmt.Sprint("new", i), resource.Document, issuedBy(c.issuer))
			for _, kind := range []resource.LinkKind{resource.Repeals, resource.Amends} {
				state, err := w.Link(w.as(w.sites[c.from]), resource.Link{newer, doc, kind})
				switch {
				case c.allowed && (err != nil || state != resource.LinkProposed):
					t.Errorf("%+v: %s, %v", c, state, err)
				case !c.allowed && !fault.Is(err, fault.Forbidden):
					t.Errorf("%+v is not refused: %s, %v", c, state, err)
				}
			}
			state, err := w.Link(w.as(w.sites[c.from]),
				resource.Link{newer, doc, resource.Related}) // only the repeal is refused
			if err != nil || state != resource.LinkProposed {
				t.Errorf("related: %s, %v", state, err)
			}
		}
	})
}

// Links of an import that no rule allows are left out, and said so, once.
func TestImportLinksObeyTheRules(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		doc := w.Incoming("doc")
		notice := w.Incoming("notice")
		notice.Class, doc.Class = resource.Notice, resource.Document
		notice.LinksTo = []resource.ExternalLink{{resource.Interprets, "doc"}, {resource.Related, "doc"}}
		out := w.Take(notice, doc)
		from, to := out[0].ItemID, out[1].ItemID
		if w.shows(resource.Link{from, to, resource.Interprets}); !slices.Equal(w.stateOf(w.all, to),
			[]resource.LinkState{resource.LinkAccepted}) {
			t.Errorf("links %v", w.stateOf(w.all, to))
		}
		count := func() (n int) {
			fs, err := w.lib.Findings(w.all, from)
			w.must(err)
			for _, f := range fs {
				if f.Code == "import.link" {
					n++
				}
			}
			return n
		}
		told := slices.ContainsFunc(out[0].Findings, func(f rule.Finding) bool { return f.Code == "import.link" })
		if n := count(); n != 1 || !told {
			t.Errorf("%d findings, outcome %+v", n, out[0])
		}
		before := w.dump()
		w.Take(notice, doc)
		if n := count(); n != 1 || w.dump() != before {
			t.Errorf("again: %d findings, same rows %t", n, w.dump() == before)
		}
	})
}

// What a third site writes above an item stays on that site, and a relation leads to the
// site of the item's owner.
func TestRelationsShowNothingOfThirdSites(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		a, b := w.owned("city", "a", resource.Article), w.owned("city", "b", resource.Article)
		w.must(w.doLink(w.as(w.city), resource.Link{a, b, resource.Related}))
		p := w.Spot("county/zcwj")
		p.Headline = "县里起的标题"
		w.must(w.Place(w.as(w.county), b, p))
		other := func(siteID int64) published.Entry {
			t.Helper()
			rel, err := w.pub.Relations(w.all, siteID, []int64{a})
			w.must(err)
			if len(rel[a]) != 1 {
				t.Fatalf("relations %+v", rel)
			}
			return rel[a][0].Other
		}
		if e := other(w.city); e.Title != "标题b" || e.Site != w.city {
			t.Errorf("the city shows %+v", e)
		}
		if e := other(w.county); e.Title != p.Headline || e.Site != w.county {
			t.Errorf("the county shows %+v", e)
		}
		w.must(w.Unplace(w.as(w.city), b, w.columns["city/zcwj"])) // only the county has it now
		if e := other(w.city); e.Title != "标题b" || e.Site != w.county {
			t.Errorf("the city shows %+v", e)
		}
	})
}

// Links across owners from before consent was asked for are proposed after the upgrade, and
// the pages that showed them are told.
func TestOldLinksAreAskedFor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		doc, other := w.owned("city", "doc", resource.Document), w.owned("city", "other", resource.Document)
		reading, own := w.owned("county", "reading", resource.Interpretation),
			w.owned("city", "own", resource.Interpretation)
		for _, l := range []resource.Link{{reading, doc, resource.Interprets}, {own, doc, resource.Interprets},
			{doc, other, resource.Related}} {
			w.must(w.doLink(w.all, l))
		}
		w.news()
		w.inTx(func(ctx context.Context, tx bun.Tx) error { // as the migration does
			_, err := tx.NewUpdate().Table("resource_link").Set("state = 'unasked'").
				Where("from_item = ?", reading).Exec(ctx)
			return err
		})
		if w.shows(resource.Link{reading, doc, resource.Interprets}) {
			t.Error("shown without consent")
		}
		if err := w.AskForOldLinks(w.as(w.city)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("by a site: %v", err)
		}
		w.must(w.AskForOldLinks(w.all))
		w.wantNews(reading, doc)
		w.must(w.AskForOldLinks(w.all))
		w.wantNews()
		if got, err := w.lib.Proposals(w.as(w.city), 0, resource.Link{}, 10); err != nil || len(got) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if !slices.Equal(w.stateOf(w.all, other), []resource.LinkState{resource.LinkAccepted}) {
			t.Error("a link inside one owner was touched")
		}
	})
}
