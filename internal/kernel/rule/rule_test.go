package rule

import (
	"testing"
	"time"
)

const sample = `
- { code: repost.hours, value: "12", source: 国办发〔2017〕47号 }
- { code: repost.hours, value: "8", source: 闽政办, scope: "35" }
- { code: repost.hours, value: "6", source: 新文件, from: "2026-06-01" }
- { code: repost.hours, value: "24", source: 旧文件, to: "2018-12-31", scope: "23" }
- { code: bad.number, value: many, source: x }
`

func book(t *testing.T) *Book {
	t.Helper()
	rows, err := Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	return NewBook(rows)
}

func day(s string) time.Time { d, _ := time.Parse(time.DateOnly, s); return d }

func TestFindPicksNarrowestScopeInForce(t *testing.T) {
	b := book(t)
	for _, c := range []struct {
		at     string
		scopes []string
		want   int
	}{
		{"2026-01-01", nil, 12},
		{"2026-06-01", nil, 6},                    // first day of the newer row
		{"2026-05-31", nil, 12},                   // the day before
		{"2026-06-01", []string{"3501", "35"}, 8}, // a province keeps its own
		{"2018-12-31", []string{"23"}, 24},        // last day in force
		{"2019-01-01", []string{"23"}, 12},        // expired: national again
	} {
		got, err := b.Int("repost.hours", day(c.at), c.scopes...)
		if err != nil || got != c.want {
			t.Errorf("%s %v: got %d, %v; want %d", c.at, c.scopes, got, err, c.want)
		}
	}
}

func TestFindRefuses(t *testing.T) {
	b := book(t)
	if _, err := b.Int("no.such", day("2026-01-01")); err == nil {
		t.Error("an unknown rule was found")
	}
	if _, err := b.Int("bad.number", day("2026-01-01")); err == nil {
		t.Error("a word was read as a number")
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no source": `[{code: a, value: "1"}]`, "bad day": `[{code: a, value: "1", source: s, from: 2026-13-01}]`,
		"unknown field": `[{code: a, value: "1", source: s, colour: red}]`, "not a list": `code: a`,
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestHasError(t *testing.T) {
	if HasError([]Finding{{Level: Warn}}) || !HasError([]Finding{{Level: Warn}, {Level: Error}}) || HasError(nil) {
		t.Error("HasError")
	}
}
