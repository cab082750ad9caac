package resource_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/resource"
	"guiyi/internal/resource/metadata"
)

const organ = "11441700007280420Y"

func (w *world) document(id, signed string) resource.Incoming {
	in := w.Incoming(id, "city/zcwj")
	in.Class, in.IndexOrg = resource.Document, organ
	in.Edition.Document = &resource.DocumentInfo{SignedOn: signed}
	return in
}

func (w *world) indexNo(id int64) string {
	w.t.Helper()
	_, e := w.item(id)
	if e.Document == nil {
		return ""
	}
	return e.Document.IndexNo
}

func TestIndexNumberIsGivenOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		batch := []resource.Incoming{w.document("a", "2026-01-02"), w.document("b", "2026-12-31"),
			w.document("c", "2025-06-01"),
			w.document("d", "")}
		batch[3].Edition.Document = nil // not even a head: the year of publishing, 2023
		out := w.Take(batch...)
		for i, want := range []string{"/2026-00001", "/2026-00002", "/2025-00001", "/2023-00001"} {
			got := w.indexNo(out[i].ItemID)
			if got != organ+want || metadata.CheckIndexNo(got) != "" {
				t.Errorf("%d: %s, want %s%s", i, got, organ, want)
			}
		}
		if batch[0].Edition.Document.IndexNo != "" || batch[3].Edition.Document != nil {
			t.Error("the caller's batch was changed")
		}
		before := w.dump()
		if again := w.Take(batch...); again[0].Status != resource.Unchanged || w.dump() != before {
			t.Errorf("again: %+v", again)
		}
		batch[0].Edition.Title = "更正"
		if out := w.Take(batch[0]); out[0].Status != resource.Updated ||
			w.indexNo(out[0].ItemID) != organ+"/2026-00001" {
			t.Errorf("an update must keep the number: %s", w.indexNo(out[0].ItemID))
		}
		plain, nobody := w.document("e", "2026-01-02"), w.document("f", "2026-01-02")
		plain.Class, nobody.IndexOrg = resource.Article, ""
		for i, o := range w.Take(plain, nobody) {
			if got := w.indexNo(o.ItemID); got != "" {
				t.Errorf("%d: number %s for what gets none", i, got)
			}
		}
	})
}

func TestIndexNumberOfTheSourceStands(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		given := func(id, number string) resource.Incoming {
			in := w.document(id, "2026-01-02")
			in.Edition.Document.IndexNo = number
			return in
		}
		// One in the library already, one later in the same batch: the generator passes both.
		w.Take(given("a", organ+"/2026-00001"))
		out := w.Take(w.document("b", "2026-01-02"), given("c", organ+"/2026-00002"), w.document("d", "2026-01-02"))
		for i, want := range []string{"/2026-00003", "/2026-00002", "/2026-00004"} {
			if got := w.indexNo(out[i].ItemID); got != organ+want {
				t.Errorf("%d: %s, want %s", i, got, want)
			}
		}
		twice := w.Take(given("e", organ+"/2026-00003"))
		if got := w.indexNo(twice[0].ItemID); got != organ+"/2026-00003" ||
			!warns(twice[0].Findings, "metadata.IndexNo.repeated") {
			t.Errorf("a number used twice: %s, %+v", got, twice[0].Findings)
		}
		if strings.Contains(fmt.Sprint(twice[0].Findings), fmt.Sprint(out[0].ItemID)) {
			t.Error("the finding names another item, which may be another owner's")
		}
		// A number is never used again, not even when its document got another one.
		w.Take(given("a", organ+"/2026-00099"))
		if got := w.indexNo(w.Take(w.document("g", "2026-01-02"))[0].ItemID); got != organ+"/2026-00005" {
			t.Errorf("next number %s", got)
		}
	})
}

// T-FOI-10: unique also when many come at once.
func TestIndexNumbersAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var wg sync.WaitGroup
		const workers, each = 4, 10
		for n := range workers {
			wg.Go(func() {
				for i := range each {
					if _, err := w.Receive(w.all, []resource.Incoming{w.document(fmt.Sprint(n, "-", i),
						"2026-01-02")}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		all, err := w.lib.List(w.all, resource.Filter{Limit: 500})
		if err != nil || len(all.Items) != workers*each {
			t.Fatalf("%d items, %v", len(all.Items), err)
		}
		seen := map[string]bool{}
		for _, s := range all.Items {
			number := w.indexNo(s.Item.ID)
			if seen[number] || metadata.CheckIndexNo(number) != "" {
				t.Errorf("number %q", number)
			}
			seen[number] = true
		}
	})
}

func warns(fs []rule.Finding, code string) bool {
	return slices.ContainsFunc(fs, func(f rule.Finding) bool {
		return f.Code == code && f.Level == rule.Warn && f.Text != "" && f.Field != ""
	})
}
