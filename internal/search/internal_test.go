package search

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// shape writes clauses as text: the terms of a clause joined by |, with their field.
func shape(clauses [][]Term) string {
	var out []string
	for _, c := range clauses {
		var any []string
		for _, t := range c {
			any = append(any, t.Field+":"+t.Text)
		}
		out = append(out, strings.Join(any, "|"))
	}
	return strings.Join(out, " ")
}

func TestParse(t *testing.T) {
	for text, want := range map[string]struct {
		clauses, loose string
		phrases        []string
	}{
		"公积金":       {"bi:公积 bi:积金", "bi:公积 bi:积金", nil},
		"公积金 公积":    {"bi:公积 bi:积金", "bi:公积 bi:积金", nil},
		"第3季度":      {"uni:第 bi:3 bi:季度", "uni:第 bi:3 bi:季度", nil},
		"税":         {"uni:税", "uni:税", nil},
		"公 告":       {"uni:公 uni:告", "uni:公 uni:告", nil},
		"请问公告在哪里":   {"bi:公告", "bi:公告", nil},
		"怎么办":       {"bi:怎么 bi:么办", "bi:怎么 bi:么办", nil},
		"吗":         {"uni:吗", "uni:吗", nil},
		"关于供热的问题":   {"bi:供热", "bi:供热", nil},
		"“公积金”报名":   {"bi:公积 bi:积金 bi:报名", "bi:公积 bi:积金 bi:报名", []string{"公积金"}},
		"“公积金":      {"bi:公积 bi:积金", "bi:公积 bi:积金", nil},
		"“ ”\"\"":   {"", "", nil},
		"？！":        {"", "", nil},
		"GB/T 2026": {"bi:gb bi:t bi:2026", "bi:gb bi:t bi:2026", nil},
		"清政发〔2026〕18号通知": {"bi:清政发2026#18|no:清政发2026#18",
			"bi:清政 bi:政发 bi:2026 bi:18 bi:号通 bi:通知", nil},
		"闽清政发[2026]18": {"bi:闽清政发2026#18|no:闽清政发2026#18|bi:清政发2026#18|no:清政发2026#18", "bi:闽清 bi:清政 bi:政发 bi:2026 bi:18",
			nil},
	} {
		p := parse(text)
		if got := shape(p.clauses); got != want.clauses {
			t.Errorf("%q: %q, want %q", text, got, want.clauses)
		}
		if got := shape(p.loose); got != want.loose {
			t.Errorf("%q loose: %q, want %q", text, got, want.loose)
		}
		if !slices.Equal(p.phrases, want.phrases) || len(p.typed) != len(p.phrases) {
			t.Errorf("%q: phrases %q, typed %q", text, p.phrases, p.typed)
		}
	}
}

func TestParseIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range 10_000 {
		b.WriteRune(rune(0x4e00 + i))
	}
	if p := parse(b.String()); len(p.clauses) != maxTerms || len(p.loose) != maxTerms {
		t.Errorf("%d clauses, %d loose", len(p.clauses), len(p.loose))
	}
	if got := cut("甲乙丙", 2); got != "甲乙" {
		t.Errorf("%q", got)
	}
}

func TestBounded(t *testing.T) {
	for in, want := range map[[2]int][2]int{
		{0, 0}: {1, DefaultSize}, {-3, -1}: {1, DefaultSize}, {2, 20}: {2, 20}, {1, 999}: {1, MaxSize},
		{101, 10}: {100, 10}, {1 << 40, 50}: {20, 50}, {999, 7}: {143, 7},
	} {
		q := Query{Page: in[0], Size: in[1]}.bounded()
		if q.Page != want[0] || q.Size != want[1] {
			t.Errorf("%v: page %d of %d, want %v", in, q.Page, q.Size, want)
		}
	}
}

func TestCodec(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	in := &record{Document: Document{ID: "1", ItemID: 1, Title: "题", Body: "正\x00文" + strings.Repeat("长", 9000),
		Places: []Place{{Site: "a"}}, Tags: []string{"b"}}, Lengths: [3]int64{1, 2, 3}}
	data, err := c.pack(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.unpack(data)
	if err != nil || !reflect.DeepEqual(in, out) {
		t.Errorf("%v: %+v", err, out)
	}
	for i := 0; i < len(data); i += 7 { // the checksum detects every change
		wrong := bytes.Clone(data)
		wrong[i] ^= 0x21
		if r, err := c.unpack(wrong); err != nil && !errors.Is(err, ErrCorrupt) || err == nil &&
			!reflect.DeepEqual(in, r) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	for name, raw := range map[string][]byte{"empty": nil, "head too long": {0xff, 0x01, '{'},
		"no JSON": {2, '{', 'x'}} {
		if _, err := c.unpack(c.enc.EncodeAll(raw, nil)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEntryOfLongBody(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	e, rec, err := c.entry(Document{ID: "1", Title: "题目", Body: strings.Repeat("长文本。", maxBody/12+5)})
	if err != nil || len(rec.Body) > maxBody || e.Counts[FieldPairs]["文本"] == 0 {
		t.Errorf("%v, %d bytes", err, len(rec.Body))
	}
}

func TestKeywords(t *testing.T) {
	// 2027-01-01 00:00 in Shanghai
	d := Document{ItemID: 7, Type: "公告", DocNo: "清政发[2026]018号", IndexNo: "000014349/2026-00123",
		PublishedAt: 1_798_732_800_000,
		Places:      []Place{{Site: "a", Column: "x/y"}, {Site: "b", Column: "x"}, {Site: "a"}}}
	k := d.keywords()
	for field, want := range map[string]string{
		FieldItem: "[7]", FieldYear: "[2027]", FieldType: "[公告]", FieldNumber: "[清政发2026#18 000014349202600123]",
		FieldSite:   "[a b]",
		FieldColumn: "[x/y a:x/y x a:x b:x]", FieldValidity: "[]",
	} {
		if got := fmt.Sprint(k[field]); got != want {
			t.Errorf("%s: %s, want %s", field, got, want)
		}
	}
}

func TestRankPrefersOwnNumberThenScore(t *testing.T) {
	w := []weight{{term: Term{FieldPairs, "a"}, field: 0, weight: 1}}
	hits := []Found{{ID: "low", Freq: []Freq{{1, 100}}}, {ID: "high", Freq: []Freq{{9, 10}}},
		{ID: "none", Freq: []Freq{{}}}, {ID: "own", Freq: []Freq{{}}}, {ID: "also", Freq: []Freq{{}}}}
	rank(hits, Result{DF: []int64{2}, Docs: 10}, w, meta{Documents: 10, Lengths: [3]int64{500}},
		map[string]int{"own": 1})
	var order []string
	for _, h := range hits {
		order = append(order, h.ID)
	}
	if got := strings.Join(order, " "); got != "own high low also none" {
		t.Errorf("%s", got)
	}
}

func TestCurrentFile(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"gen-3", "gen-4"} {
		if err := writeCurrent(dir, name); err != nil {
			t.Fatal(err)
		}
		if got, err := readCurrent(dir); err != nil || got != name {
			t.Errorf("%q %v", got, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("left behind: %q", left)
	}
	if err := writeCurrent(filepath.Join(dir, "none"), "gen-1"); err == nil {
		t.Error("wrote into a folder that is not there")
	}
	if err := os.Remove(filepath.Join(dir, currentFile)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, currentFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := readCurrent(dir); err == nil {
		t.Error("read a folder")
	}
	if got := nextName("gen-9") + nextName("x"); got != "gen-10gen-1" {
		t.Errorf("%s", got)
	}
}

func TestHeadKeepsCharactersWhole(t *testing.T) {
	for n := range 8 {
		if got := head("甲乙", n); !strings.HasPrefix("甲乙", got) || len(got)%3 != 0 {
			t.Errorf("%d: %q", n, got)
		}
	}
}
