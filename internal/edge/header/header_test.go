package header

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"bytes=0-1", "bytes=-5", "bytes=5-", "bytes=1-2,3-4", "bytes=99999999999999999999-1"} {
		f.Add(s, int64(10))
	}
	f.Fuzz(func(t *testing.T, s string, size int64) {
		if size < 0 {
			return
		}
		x, kind := ParseRange([]string{s}, size)
		if kind == Part && (x.From < 0 || x.Length <= 0 || x.From+x.Length > size) {
			t.Errorf("%q of %d: %+v", s, size, x)
		}
	})
}

func TestParseAccept(t *testing.T) {
	for accept, want := range map[string]Coding{
		"": Plain, "gzip": Gzip, "gzip, deflate, br, zstd": Brotli, "zstd, gzip": Zstd, "br;q=0, gzip": Gzip,
		"br;q=0.1, gzip;q=0.9": Gzip,
		"*":                    Brotli, "*;q=0": Plain, "identity": Plain, "identity;q=1, gzip;q=0.5": Plain,
		" GZIP ; Q = 0.5 ": Gzip,
		"x-gzip":           Gzip, "gzip;q=1.5": Plain,
		"gzip;q=0.0001": Plain, "gzip;q=.5": Plain, "gzip;level=1": Plain, ",,,gzip": Gzip, "*;q=0.5, br;q=0.4": Zstd,
		"gzip;q=a": Plain, "gzip;q=0.5;x=1": Plain,
	} {
		w := ParseAccept([]string{accept})
		best := Plain
		for _, c := range []Coding{Brotli, Zstd, Gzip} {
			if w.Better(c, best) {
				best = c
			}
		}
		if best != want {
			t.Errorf("%q: %s, want %s", accept, best.Name(), want.Name())
		}
	}
	if w := ParseAccept([]string{"br", "gzip;q=0.3"}); w[Brotli] != 1000 || w[Gzip] != 300 || w[Zstd] != 0 {
		t.Errorf("two headers: %v", w)
	}
}

func FuzzParseAccept(f *testing.F) {
	for _, s := range []string{"gzip;q=0.5, *", "identity;q=0", ";;;q=,,", "br;q=1.000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, q := range ParseAccept([]string{s}) {
			if q < 0 || q > 1000 {
				t.Errorf("%q: %d", s, q)
			}
		}
	})
}

func TestParseRange(t *testing.T) {
	for spec, want := range map[string]ByteRange{
		"bytes=0-0": {0, 1}, "bytes=0-": {0, 10}, "bytes=-3": {7, 3}, "bytes=-30": {0, 10}, "bytes=9-": {9, 1},
		"bytes=2-99999999999999999999": {2, 8}, "bytes= 1-2 ": {1, 2},
	} {
		if x, kind := ParseRange([]string{spec}, 10); kind != Part || x != want {
			t.Errorf("%s: %v %v", spec, x, kind)
		}
	}
	for spec, want := range map[string]RangeKind{
		"bytes=10-": Unsatisfiable, "bytes=-0": Unsatisfiable, "bytes=99999999999999999999-": Unsatisfiable,
		"bytes=1-2,3-4": Whole, "bytes=2-1": Whole, "bytes": Whole, "": Whole, "bytes=1": Whole, "Bytes=0-1": Whole,
		"bytes=-": Whole, "bytes=１-２": Whole,
	} {
		if _, kind := ParseRange([]string{spec}, 10); kind != want {
			t.Errorf("%s: %v", spec, kind)
		}
	}
	if _, kind := ParseRange([]string{"bytes=0-1", "bytes=0-1"}, 10); kind != Whole {
		t.Error("two headers")
	}
	if _, kind := ParseRange([]string{"bytes=0-"}, 0); kind != Unsatisfiable {
		t.Error("a range of an empty file")
	}
}

func TestETagMatches(t *testing.T) {
	for list, want := range map[string][2]bool{ // weak, strong
		`"a"`: {true, true}, `W/"a"`: {true, false}, `"b", "a"`: {true, true}, `"b" , W/"a"`: {true, false},
		`*`: {true, true}, `"b"`: {false, false},
		`a`: {false, false}, `"a`: {false, false}, ``: {false, false}, `"b",,"a"`: {true, true},
		`w/"a"`: {false, false}, `"x" junk "a"`: {false, false},
	} {
		if weak, strong := ETagMatches([]string{list}, `"a"`, false),
			ETagMatches([]string{list}, `"a"`, true); weak != want[0] || strong != want[1] {
			t.Errorf("%s: weak %v strong %v", list, weak, strong)
		}
	}
	if !ETagMatches([]string{`"a"`}, `W/"a"`, false) || ETagMatches([]string{`"a"`}, `W/"a"`, true) {
		t.Error("a weak tag of ours")
	}
}

func FuzzETagMatches(f *testing.F) {
	f.Add(`"a", W/"b", *`)
	f.Fuzz(func(t *testing.T, s string) {
		if ETagMatches([]string{s}, `"0123456789"`, false) && !strings.Contains(s, `"0123456789"`) &&
			!strings.Contains(s, "*") {
			t.Errorf("%q matched", s)
		}
	})
}

func TestConditions(t *testing.T) {
	modified := time.Date(2026, 11, 18, 11, 6, 40, 0, time.UTC)
	at := func(d time.Duration) string { return modified.Add(d).Format(http.TimeFormat) }
	for _, tc := range []struct {
		headers []string
		want    Outcome
	}{
		{nil, Proceed},
		{[]string{"If-None-Match", `"a"`}, NotModified},
		{[]string{"If-None-Match", `"b"`, "If-Modified-Since", at(time.Hour)}, Proceed}, // the tag decides alone
		{[]string{"If-Modified-Since", at(0)}, NotModified},
		{[]string{"If-Modified-Since", at(-time.Second)}, Proceed},
		{[]string{"If-Modified-Since", at(0), "If-Modified-Since", at(0)}, Proceed},
		{[]string{"If-Match", `"b"`}, Failed},
		{[]string{"If-Match", `"a"`, "If-Unmodified-Since", at(-time.Hour)}, Proceed},
		{[]string{"If-Match", `"a"`, "If-None-Match", `"a"`}, NotModified},
		{[]string{"If-Unmodified-Since", at(-time.Hour)}, Failed},
	} {
		h := http.Header{}
		for i := 0; i < len(tc.headers); i += 2 {
			h.Add(tc.headers[i], tc.headers[i+1])
		}
		if got := Conditions(h, `"a"`, modified); got != tc.want {
			t.Errorf("%v: %v", tc.headers, got)
		}
	}
	if Conditions(http.Header{"If-Modified-Since": {at(0)}}, `"a"`, time.Time{}) != Proceed {
		t.Error("a form without a date is never unmodified by date")
	}
}

func TestIfRange(t *testing.T) {
	for v, want := range map[string]bool{`"a"`: true, `W/"a"`: false, `"b"`: false, "Mon": true, "Tue": false,
		"": false} {
		if IfRange(http.Header{"If-Range": {v}}, `"a"`, "Mon") != want {
			t.Errorf("%q", v)
		}
	}
	if !IfRange(http.Header{}, `"a"`, "") || IfRange(http.Header{"If-Range": {""}}, `"a"`, "") ||
		IfRange(http.Header{"If-Range": {`"a"`, `"a"`}}, `"a"`, "") {
		t.Error("absent, empty, double")
	}
}
