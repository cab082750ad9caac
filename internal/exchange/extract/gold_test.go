package extract

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"guiyi/internal/exchange/extract/notation"
	"guiyi/internal/kernel/charset"
)

// shared returns a path below the shared data; it skips the test when the data are missing.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"..", "..", "..", "..", "shared", "data"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("real input %s is not here: test skipped", filepath.Join(parts...))
	}
	return path
}

// table reads a tab-separated file with a header line.
func table(t *testing.T, path string) [][]string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for _, l := range strings.Split(strings.TrimRight(string(raw), "\n"), "\n") {
		if !strings.HasPrefix(l, "#") {
			out = append(out, strings.Split(l, "\t"))
		}
	}
	return out[1:] // without the header
}

func load(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := charset.Decode(raw, "")
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	return text
}

var metaTags = regexp.MustCompile(`(?is)<meta\b[^>]*>`)

type tally struct{ n, titles, times, timed, articles int }

// measure compares the pages of dir that are listed in gold.tsv.
func measure(t *testing.T, dir string, stripped bool) tally {
	var c tally
	for _, row := range table(t, shared(t, "html-gov", "gold.tsv")) {
		path := filepath.Join(dir, row[0])
		if _, err := os.Stat(path); err != nil {
			continue
		}
		source := load(t, path)
		if stripped {
			source = metaTags.ReplaceAllString(source, "")
		}
		r, err := Extract(source, Options{Now: time.Date(2026, 11, 23, 0, 0, 0, 0, notation.Zone())})
		if err != nil {
			t.Errorf("%s: %v", row[0], err)
			continue
		}
		c.n++
		if squash(r.Title) == squash(row[1]) {
			c.titles++
		} else {
			t.Logf("%s title %q (%s), gold %q", row[0], r.Title, r.Evidence["title"], row[1])
		}
		if r.Kind == Article {
			c.articles++
		} else {
			t.Logf("%s kind %s (%s)", row[0], r.Kind, r.Evidence["kind"])
		}
		format := "2006-01-02 15:04"
		if len(row[2]) <= 10 || stripped { // most pages have the minute only in the tag
			format = "2006-01-02"
		}
		if row[2] == "" {
			continue
		}
		c.timed++
		if r.Time.Format(format) == row[2][:len(format)] {
			c.times++
		} else {
			t.Logf("%s time %v %s (%s), gold %s", row[0], r.Time, r.Precise, r.Evidence["time"], row[2])
		}
	}
	return c
}

func (c tally) require(t *testing.T, what string, titles, times, articles int) {
	t.Helper()
	t.Logf("%s: %d pages, titles %d, times %d of %d, articles %d", what, c.n, c.titles, c.times, c.timed, c.articles)
	if c.titles*100 < titles*c.n || c.times*100 < times*c.timed || c.articles*100 < articles*c.n {
		t.Errorf("%s: below %d %% titles, %d %% times or %d %% articles", what, titles, times, articles)
	}
}

func TestGold(t *testing.T) {
	dir := shared(t, "html-gov")
	t.Run("as they are", func(t *testing.T) { measure(t, dir, false).require(t, "utf-8", 95, 95, 95) })
	t.Run("without meta tags", func(t *testing.T) { measure(t, dir, true).require(t, "stripped", 90, 90, 95) })
	t.Run("gbk", func(t *testing.T) {
		measure(t, filepath.Join(dir, "derived-gbk"), false).require(t, "gbk", 95, 95,
			95)
	})
	t.Run("gbk without meta tags", func(t *testing.T) {
		measure(t, filepath.Join(dir, "derived-gbk"), true).require(t, "gbk stripped", 90, 88, 95)
	})
}

func TestKinds(t *testing.T) {
	dir := shared(t, "html-gov")
	rows := table(t, filepath.Join("..", "..", "..", "test", "gold", "html-gov-kinds.tsv"))
	for _, strip := range []bool{false, true} {
		right := 0
		for _, row := range rows {
			source := load(t, filepath.Join(dir, row[0]))
			if strip {
				source = metaTags.ReplaceAllString(source, "")
			}
			r, err := Extract(source, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if string(r.Kind) == row[1] {
				right++
				continue
			}
			t.Logf("%s: %s (%s), label %s", row[0], r.Kind, r.Evidence["kind"], row[1])
			if (r.Kind == Article) != (row[1] == "article") && !strip {
				t.Errorf("%s: %s, label %s", row[0], r.Kind, row[1])
			}
		}
		t.Logf("kinds: %d of %d (without meta tags: %v)", right, len(rows), strip)
		if right*100 < 95*len(rows) {
			t.Errorf("kinds: only %d of %d right", right, len(rows))
		}
	}
}

func TestBodies(t *testing.T) {
	rows := table(t, filepath.Join("..", "..", "..", "test", "gold", "html-gov-bodies.tsv"))
	for _, dir := range []string{shared(t, "html-gov"), shared(t, "html-gov", "derived-gbk")} {
		right, n := 0, 0
		for _, row := range rows {
			path := filepath.Join(dir, row[0])
			if _, err := os.Stat(path); err != nil {
				continue
			}
			n++
			r, err := Extract(metaTags.ReplaceAllString(load(t, path), ""), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if problem := judge(squash(r.Body.Text), row); problem != "" {
				t.Logf("%s: %s", row[0], problem)
				continue
			}
			right++
		}
		t.Logf("bodies: %d of %d", right, n)
		if right*100 < 95*n {
			t.Errorf("bodies: only %d of %d right", right, n)
		}
	}
}

// nameAttributes matches the attributes class and id. Without them and without meta tags, only the weight of the text
// shows where the body is.
var nameAttributes = regexp.MustCompile(`(?i)\s(?:class|id)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)`)

func TestUnknownSiteSystems(t *testing.T) {
	dir := shared(t, "html-gov")
	rows := table(t, filepath.Join("..", "..", "..", "test", "gold", "html-gov-bodies.tsv"))
	titles := map[string]string{}
	for _, row := range table(t, filepath.Join(dir, "gold.tsv")) {
		titles[row[0]] = row[1]
	}
	bodies, titled := 0, 0
	for _, row := range rows {
		source := nameAttributes.ReplaceAllString(metaTags.ReplaceAllString(load(t, filepath.Join(dir, row[0])), ""),
			"")
		r, err := Extract(source, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if judge(squash(r.Body.Text), row) == "" {
			bodies++
		}
		if titles[row[0]] == "" || squash(r.Title) == squash(titles[row[0]]) {
			titled++
		}
	}
	t.Logf("without names and tags: bodies %d, titles %d of %d", bodies, titled, len(rows))
	if bodies*100 < 90*len(rows) || titled*100 < 90*len(rows) {
		t.Errorf("without names and tags: bodies %d, titles %d of %d", bodies, titled, len(rows))
	}
}

var scriptText = regexp.MustCompile(`function\s*\(|var\s+\w+\s*=|\$\(|document\.|\{\s*[a-z-]+:`)

// judge compares a body with its label: its start, its end, and texts that it must not contain.
func judge(text string, row []string) string {
	r := []rune(text)
	head, tail := string(r[:min(len(r), 60)]), string(r[max(0, len(r)-60):])
	switch {
	case !strings.Contains(head, row[1]):
		return "starts with " + head
	case !strings.Contains(tail, row[2]):
		return "ends with " + tail
	case strings.Contains(text, row[3]):
		return "holds " + row[3]
	case scriptText.MatchString(text):
		return "holds script"
	}
	return ""
}

func TestStateCouncil(t *testing.T) {
	f, err := os.Open(shared(t, "policy", "gov-cn-state-council.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	signed := regexp.MustCompile(`(?s)成文日期：</b></td>\s*<td[^>]*>(.*?)</td>`)
	d := json.NewDecoder(f)
	n := 0
	for d.More() {
		var rec struct {
			URL     string `json:"url"`
			Index   string `json:"index_no"`
			Title   string `json:"title"`
			Issuer  string `json:"issuer"`
			Number  string `json:"doc_no"`
			Page    string `json:"page_html"`
			Content string `json:"content_html"`
		}
		if err := d.Decode(&rec); err != nil {
			t.Fatal(err)
		}
		n++
		r, err := Extract(rec.Page, Options{URL: rec.URL})
		if err != nil {
			t.Errorf("%s: %v", rec.URL, err)
			continue
		}
		want, _, _ := DocNumber(rec.Number)
		if want == "" {
			want = rec.Number
		}
		if r.Document.Index != strings.TrimSpace(rec.Index) || r.Document.Number != want ||
			squash(r.Title) != squash(rec.Title) || squash(r.Document.Issuer) != squash(rec.Issuer) ||
			r.Kind != Article {
			t.Errorf("%s: %q %q %q %q %s\nwant %q %q %q %q (title by %s)", rec.URL, r.Document.Index, r.Document.Number,
				r.Title, r.Document.Issuer, r.Kind, rec.Index, want, rec.Title, rec.Issuer, r.Evidence["title"])
		}
		if m := signed.FindStringSubmatch(rec.Page); m != nil {
			at, _, _ := ParseTime(m[1])
			if !at.Equal(r.Document.Signed) {
				t.Errorf("%s: signed %v, want %v", rec.URL, r.Document.Signed, at)
			}
		} else {
			t.Errorf("%s: no date in the table", rec.URL)
		}
	}
	if n < 40 {
		t.Errorf("only %d records", n)
	}
}
