package resource_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/resource"
)

// pages follows a list to its end and returns the items of each page.
func (w *world) pages(ctx context.Context, f resource.Filter) (out [][]int64) {
	w.t.Helper()
	for {
		got, err := w.lib.List(ctx, f)
		if err != nil {
			w.t.Fatal(err)
		}
		ids := []int64{}
		for _, s := range got.Items {
			ids = append(ids, s.Item.ID)
		}
		if out = append(out, ids); got.Next == 0 || len(out) > 1000 {
			return out
		}
		f.After = got.Next
	}
}

func TestListByTitle(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var ids []int64
		for _, title := range []string{"关于印发通知的通知", "100%完成_目标", "反斜杠\\标题", "Plan A'B\"", "无关", "PLAN c"} {
			in := w.Incoming(title)
			in.Edition.Title = title
			ids = append(ids, w.Take(in)[0].ItemID)
		}
		foreign := w.Incoming("他站", "county/xwdt")
		foreign.Owner, foreign.Edition.Title = w.county, "他站的通知"
		w.Take(foreign)
		for part, want := range map[string][]int64{
			"通知": {ids[0]}, "印发": {ids[0]}, "知通": {}, "%": {ids[1]}, "_": {ids[1]}, "%完成_": {ids[1]}, "100_": {},
			`\`: {ids[2]}, `杠\标`: {ids[2]}, "'B\"": {ids[3]}, "plan": {ids[5], ids[3]}, "' OR 1=1 --": {}, "他站": {},
		} {
			got := w.pages(w.as(w.city), resource.Filter{Owner: w.city, Title: part})
			if len(got) != 1 || !slices.Equal(got[0], want) {
				t.Errorf("%q: %v, want %v", part, got, want)
			}
			if got := w.pages(w.as(w.city), resource.Filter{Title: part}); !slices.Equal(slices.Concat(got...), want) {
				t.Errorf("%q on all sites: %v, want %v", part, got, want)
			}
		}
	})
}

// A filter that no index answers alone looks at so many items and no more, and says where to go on.
func TestListLooksAtABoundedNumber(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var batch []resource.Incoming
		for i := range 40 {
			in := w.Incoming(fmt.Sprint("n", i), []string{"city/xwdt", "city/tzgg"}[i%2])
			if i == 3 {
				in.Edition.Title = "要找的"
			}
			batch = append(batch, in)
		}
		var ids []int64
		for _, o := range w.Take(batch...) {
			ids = append(ids, o.ItemID)
		}
		for name, f := range map[string]resource.Filter{
			"title":            {Title: "要找的"},
			"title and state":  {Title: "要找的", State: resource.Live},
			"title and column": {Title: "要找的", Column: w.columns["city/tzgg"]},
			"all at once": {Title: "要找的", Column: w.columns["city/tzgg"], State: resource.Live, Class: resource.Article,
				UpdatedBy: "system:test"},
		} {
			f.Owner, f.Limit, f.Scan = w.city, 5, 10
			got := w.pages(w.all, f)
			all := slices.Concat(got...)
			want := 5
			if f.Column != 0 {
				want = 3
			}
			if !slices.Equal(all, []int64{ids[3]}) || len(got) < want-1 || len(got) > want {
				t.Errorf("%s: %d pages %v, want %d with %d", name, len(got), got, want, ids[3])
			}
		}
		// What an index answers fills its pages.
		for name, f := range map[string]resource.Filter{"none": {}, "state": {State: resource.Live},
			"class": {Class: resource.Article}, "who": {UpdatedBy: "system:test"}} {
			f.Owner, f.Limit, f.Scan = w.city, 15, 10
			got := w.pages(w.all, f)
			if len(got) != 3 || len(got[0]) != 15 || len(slices.Concat(got...)) != 40 {
				t.Errorf("%s: %v", name, got)
			}
		}
		drafts := w.pages(w.all, resource.Filter{Owner: w.city, State: resource.Draft})
		if len(drafts) != 1 || len(drafts[0]) != 0 {
			t.Errorf("drafts: %v", drafts)
		}
	})
}

func TestListShowsColumnAndCounts(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.One("a", "city/xwdt", "city/tzgg", "county/zcwj")
		w.Gone(resource.InError, w.One("b"))
		w.draft("草稿")
		got, err := w.lib.List(w.as(w.city), resource.Filter{Column: w.columns["city/tzgg"]})
		if err != nil || len(got.Items) != 1 || got.Items[0].Item.ID != id ||
			got.Items[0].Column != w.columns["city/xwdt"] {
			t.Errorf("%+v, %v", got, err)
		}
		n, err := w.lib.Counts(w.as(w.city), w.city)
		if err != nil || n[resource.Live] != 1 || n[resource.Draft] != 1 || n[resource.Withdrawn] != 1 ||
			n[resource.Scheduled] != 0 {
			t.Errorf("counts %v, %v", n, err)
		}
	})
}

// explain is the plan of a statement, with indexes wherever the engine can use one: a test has too few rows to choose.
func (w *world) explain(query string) (plan string) {
	w.t.Helper()
	w.inTx(func(ctx context.Context, tx bun.Tx) error {
		how := "EXPLAIN QUERY PLAN "
		if w.db.Postgres() {
			how = "EXPLAIN "
			for _, off := range []string{"enable_seqscan", "enable_sort", "enable_bitmapscan", "enable_hashjoin",
				"enable_mergejoin"} {
				if _, err := tx.ExecContext(ctx, "SET LOCAL "+off+" = off"); err != nil {
					return err
				}
			}
		}
		rows, err := tx.QueryContext(ctx, how+query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			line, a, b, c := "", 0, 0, 0
			if w.db.Postgres() {
				err = rows.Scan(&line)
			} else {
				err = rows.Scan(&a, &b, &c, &line)
			}
			if err != nil {
				return err
			}
			plan += line + "\n"
		}
		return rows.Err()
	})
	return plan
}

// TestListsFollowAnIndex: no list of one site scans a table or sorts, so a page costs what it shows and what it
// compares.
func TestListsFollowAnIndex(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.One("a")
		seen := storetest.Watch(t, w.db)
		for name, f := range map[string]resource.Filter{
			"plain": {}, "next page": {After: 1 << 60}, "state": {State: resource.Live},
			"class": {Class: resource.Article}, "who": {UpdatedBy: "officer:1"},
			"column": {Column: w.columns["city/xwdt"]}, "document": {DocNo: "〔2026〕1号"}, "title": {Title: "甲"},
			"title and state": {Title: "甲", State: resource.Draft},
			"everything":      {Title: "甲", State: resource.Draft, Column: w.columns["city/xwdt"], Class: resource.Notice},
		} {
			f.Owner, f.Scan = w.city, 1
			seen.Take()
			if _, err := w.lib.List(w.as(w.city), f); err != nil {
				t.Fatal(err)
			}
			for _, query := range seen.Take() {
				plan := w.explain(query)
				for _, bad := range []string{"SCAN k", "SCAN i", "SCAN e", "SCAN resource", "TEMP B-TREE", "Seq Scan",
					"Sort"} {
					few := name == "document" && (bad == "TEMP B-TREE" || bad == "Sort") // editions of one number
					if !few && strings.Contains(plan, bad) {
						t.Errorf("%s: %s in\n%s\n%s", name, bad, query, plan)
					}
				}
			}
		}
		seen.Take()
		if _, err := w.lib.Counts(w.as(w.city), w.city); err != nil {
			t.Fatal(err)
		}
		for _, query := range seen.Take() {
			if !strings.Contains(query, "LIMIT 1000") {
				t.Errorf("a count without an end: %s", query)
			}
		}
	})
}
