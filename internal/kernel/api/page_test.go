package api

import (
	"encoding/base64"
	"net/url"
	"slices"
	"testing"

	"guiyi/internal/kernel/fault"
)

// FuzzCursor: a cursor is read as it was written, by its own list only; any other text is
// refused as the caller's mistake.
func FuzzCursor(f *testing.F) {
	f.Add("notes", int64(7), int64(-1), base64.RawURLEncoding.EncodeToString([]byte(`{"l":"notes","a":[1,2]}`)))
	f.Add("", int64(0), int64(1), "e30")
	f.Add("x", int64(0), int64(1), base64.RawURLEncoding.EncodeToString([]byte(`{"l":"x","a":[1e9,2]}{}`)))
	f.Fuzz(func(t *testing.T, list string, a, b int64, foreign string) {
		out := NewPage(t.Context(), PageInput{Limit: 1}, "notes", []int64{a, b},
			func(n int64) []int64 { return []int64{n, b} })
		got, err := PageInput{Cursor: out.Body.Next}.At("notes", 2)
		if err != nil || !slices.Equal(got, []int64{a, b}) {
			t.Fatalf("%v %v", got, err)
		}
		for _, n := range []int{0, 1, 3} {
			if _, err := (PageInput{Cursor: out.Body.Next}).At("notes", n); !fault.Is(err, fault.Invalid) {
				t.Errorf("read as a cursor of %d numbers: %v", n, err)
			}
		}
		if _, err := (PageInput{Cursor: out.Body.Next}).At(list, 2); (err == nil) != (list == "notes") {
			t.Errorf("read by list %q: %v", list, err)
		}
		at, err := PageInput{Cursor: foreign}.At(list, 2)
		if err != nil && !fault.Is(err, fault.Invalid) || err == nil && foreign != "" && len(at) != 2 {
			t.Errorf("%q: %v %v", foreign, at, err)
		}
		if _, err := url.ParseQuery("cursor=" + out.Body.Next); err != nil {
			t.Errorf("cursor %q needs escaping", out.Body.Next)
		}
	})
}
