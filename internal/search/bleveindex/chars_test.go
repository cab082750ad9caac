package bleveindex

import (
	"testing"

	"guiyi/internal/search"
)

func TestCharsArePacked(t *testing.T) {
	counts := map[string]int{"一": 1, "公": 300, "积": 2, "𠮷": 4, "㐀": 5}
	packed := packChars(counts)
	var features []search.Term
	for _, text := range []string{"公", "无", "𠮷", "积金", "一"} {
		features = append(features, search.Term{Field: search.FieldChars, Text: text})
	}
	features = append(features, search.Term{Field: search.FieldTitle, Text: "积"})
	got := make([]search.Freq, len(features))
	readChars(packed, wantedChars(features), got)
	for i, n := range []float64{300, 0, 4, 0, 1, 0} {
		if got[i].N != n || n > 0 && got[i].Len != 312 {
			t.Errorf("%s: %+v, want %v of 312", features[i].Text, got[i], n)
		}
	}
}

func TestDamagedCharsEnd(t *testing.T) {
	packed := packChars(map[string]int{"公": 300, "积": 2})
	for n := range packed {
		readChars(packed[:n], []wantedChar{{'公', 0}}, make([]search.Freq, 1))
	}
	readChars([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, []wantedChar{{'公', 0}},
		make([]search.Freq, 1))
}

// TestCharsAgreeWithTheirPostings: the stored character counts equal those in the postings.
func TestCharsAgreeWithTheirPostings(t *testing.T) {
	d := opened(t, t.TempDir())
	for id, counts := range map[string]map[string]int{"a": {"公": 3, "积": 1}, "b": {"公": 1}, "c": {"积": 7, "金": 2}} {
		apply(t, d,
			search.Batch{Put: []search.Entry{{ID: id, Counts: map[string]map[string]int{search.FieldChars: counts}}}})
	}
	r, err := d.Find(t.Context(), search.Request{Limit: 9,
		Features: []search.Term{{Field: search.FieldChars, Text: "公"}, {Field: search.FieldChars, Text: "积"}}})
	if err != nil || r.DF[0] != 2 || r.DF[1] != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	want := map[string][2]search.Freq{"a": {{N: 3, Len: 4}, {N: 1, Len: 4}}, "b": {{N: 1, Len: 1}},
		"c": {1: {N: 7, Len: 9}}}
	for _, h := range r.Hits {
		if [2]search.Freq(h.Freq) != want[h.ID] {
			t.Errorf("%s: %v", h.ID, h.Freq)
		}
	}
}
