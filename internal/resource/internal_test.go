package resource

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

// The payload of the largest event stays small enough for a job.
func TestLargestEvent(t *testing.T) {
	ev := ChangedEvent{}
	for i := range int64(maxEventItems) {
		id := 1<<62 + i
		ev.Items = append(ev.Items, Change{Item: id,
			Spots: []Spot{{id, id, 1_700_000_000_000}, {id, id, 1_700_000_000_000}}, Links: []int64{id}})
	}
	b, err := json.Marshal(ev)
	if err != nil || len(b) > 2<<20 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

// The search for equal texts goes by the index of the texts: an owner's library grows
// for ever, a batch does not.
func TestTextsAreLookedUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if db.Postgres() {
			t.Skip("PostgreSQL plans by what the tables hold")
		}
		var plan []struct {
			ID, Parent, Notused int64
			Detail              string
		}
		keys := make([]string, 100)
		for i := range keys {
			keys[i] = fmt.Sprint("key", i)
		}
		err := db.Read().NewRaw("EXPLAIN QUERY PLAN "+textsQuery(db.Read(), 1, keys).String()).Scan(t.Context(), &plan)
		if err != nil || len(plan) != 1 ||
			!strings.Contains(plan[0].Detail, "resource_item_merge (owner=? AND merge_key=?)") {
			t.Errorf("plan %+v, %v", plan, err)
		}
	}, Migrations())
}

// Numbers of a counter are never handed out twice, in whatever portions.
func TestNextNumbers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		want := int64(1)
		for _, n := range []int64{1, 3, 1, 10, 2} {
			err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				first, err := nextNumbers(ctx, tx, "x", n)
				if first != want {
					t.Errorf("%d numbers from %d, want from %d", n, first, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			want += n
		}
	}, Migrations())
}

func TestAddressUsesShanghaiDay(t *testing.T) {
	at := store.Milli(time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC)) // already 2027 in Shanghai
	if got := addressOf("zwgk/zcwj", at, 3051); got != "/zwgk/zcwj/202701/t20270101_3051.html" {
		t.Errorf("address %s", got)
	}
}

// Older versions of the library hashed an update with the number they gave it.
func TestNumberedDocumentIsTheSources(t *testing.T) {
	e := &Edition{Title: "第三版", Document: &DocumentInfo{SignedOn: "2023-01-02"}}
	known := provenanceRow{ContentHash: ContentHash(Document, e)}
	e.Document = &DocumentInfo{SignedOn: "2023-01-02", IndexNo: "11441700007280420Y/2023-00001"}
	e.Hash = ContentHash(Document, e)
	row, it := rowOfEdition(e), &itemRow{Item: Item{Class: Document}}
	if row.Hash == known.ContentHash || !fromSource(it, row, &known) {
		t.Error("a numbered document of an older version counts as people's work")
	}
	row = rowOfEdition(e)
	if row.Title = "人工"; fromSource(it, row, &known) {
		t.Error("people's work counts as the source's")
	}
}

// What is absent is nil for whoever reads an item, and an empty object in its row.
func TestAbsentParts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		bare := Edition{ID: 1, ItemID: 1}
		whole := Edition{ID: 2, ItemID: 2, Cover: &Media{Hash: "a"}, Document: &DocumentInfo{DocNo: "b"},
			Interpretation: &InterpretationInfo{Form: "c"}, Keywords: []string{"d"}}
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			items := []*itemRow{{Item: Item{ID: 1, Withdrawal: &Withdrawal{}}},
				{Item: Item{ID: 2, Withdrawal: &Withdrawal{Kind: InError}}}}
			if err := insertAll(ctx, tx, items); err != nil {
				return err
			}
			return insertAll(ctx, tx, []*editionRow{rowOfEdition(&bare), rowOfEdition(&whole)})
		})
		if err != nil {
			t.Fatal(err)
		}
		var found []Edition
		if err := db.Read().NewSelect().Model(&found).ModelTableExpr("resource_edition AS edition").Order("id").
			Scan(t.Context()); err != nil || len(found) != 2 {
			t.Fatal(found, err)
		}
		if e := found[0]; e.Cover != nil || e.Document != nil || e.Interpretation != nil {
			t.Errorf("absent parts %+v", e)
		}
		if e := found[1]; *e.Cover != *whole.Cover || *e.Document != *whole.Document ||
			*e.Interpretation != *whole.Interpretation || e.Keywords[0] != "d" {
			t.Errorf("parts %+v", e)
		}
		var items []Item
		if err := db.Read().NewSelect().Model(&items).ModelTableExpr("resource_item AS item").Order("id").
			Scan(t.Context()); err != nil || items[0].Withdrawal != nil ||
			*items[1].Withdrawal != (Withdrawal{Kind: InError}) {
			t.Errorf("items %+v, %v", items, err)
		}
		var stored []struct{ Cover, Official, Reading, Keywords, Media, Files string }
		if err := db.Read().NewSelect().Table("resource_edition").
			Column("cover", "official", "reading", "keywords", "media", "files").Where("id = 1").
			Scan(t.Context(), &stored); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(stored); !strings.HasSuffix(got, " {} {} [] [] []}]") || strings.Contains(got, "null") {
			t.Errorf("stored %s", got)
		}
	}, Migrations())
}

// What was imported before a field was there is unchanged: the hash of an edition that does not have it
// is that of the first version.
func TestHashOfTheFirstVersion(t *testing.T) {
	e := &Edition{Title: "a", Subtitle: "b", Summary: "c", Source: "d", Author: "e", Editor: "f",
		Keywords: []string{"g"},
		Body:     "h", PublishedAt: 7, Document: &DocumentInfo{DocNo: "i"}}
	first, err := json.Marshal([]any{Document, "a", "b", "c", "d", "e", "f", []string{"g"}, "h", 7, &Media{}, []File{},
		&DocumentInfo{DocNo: "i"}, &InterpretationInfo{}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ContentHash(Document, e), fmt.Sprintf("%x", sha256.Sum256(append(first, '\n'))); got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
	for i, change := range []func(*Edition){func(e *Edition) { e.Title = "" }, func(e *Edition) { e.Editor = "x" },
		func(e *Edition) { e.Keywords = nil },
		func(e *Edition) { e.Interpretation = &InterpretationInfo{Form: "文字"} }} {
		other := *e
		if change(&other); ContentHash(Document, &other) == ContentHash(Document, e) {
			t.Errorf("change %d is not seen", i)
		}
	}
}
