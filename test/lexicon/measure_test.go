package lexicon

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guiyi/internal/lexicon/check"
	"guiyi/internal/lexicon/starter"
	"guiyi/internal/lexicon/typo"
	"guiyi/internal/lexicon/words"
)

// texts returns the path of a file of the folder with texts.
func texts(t *testing.T, name string) string {
	t.Helper()
	beside := filepath.Join("..", "..", "..", "shared", "data")
	path := filepath.Join(cmp.Or(os.Getenv("GUIYI_TEST_TEXTS"), beside), name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no texts to measure with: see doc.go (%v)", err)
	}
	return path
}

// options are what a new site checks with.
func options(likely bool) check.Options {
	var all []check.Dictionary
	for _, d := range starter.Dictionaries() {
		all = append(all, d.Dictionary)
	}
	o := check.Options{Words: []*check.Words{check.Compile(words.Default(), all...)}}
	if likely {
		o.Likely = typo.New(words.Default())
	}
	return o
}

// fix is one suggestion for a sentence.
type fix struct {
	from int
	with []rune
}

func fixes(text string, o check.Options, codes string) (out []fix) {
	for _, f := range check.Check(check.Document{Title: text}, o).Findings {
		if strings.Contains(codes, f.Code) && len(f.Suggest) > 0 {
			out = append(out, fix{f.From, []rune(f.Suggest[0])})
		}
	}
	return out
}

// score counts sentences and characters.
type score struct {
	sentences, wrong         int // sentences with and without an error
	found, alarms            int // sentences with an error in which something was found, and right ones in which it was
	suggested, hit, repaired int // characters changed; those that are wrong; those that become right
	errors, rightAlarms      int // wrong characters; right-hand sides in which something was found
}

func (s *score) add(is, should string, o check.Options, codes string) {
	s.sentences++
	w, r := []rune(is), []rune(should)
	got := fixes(is, o, codes)
	if is != should {
		s.wrong++
		if len(got) > 0 {
			s.found++
		}
	} else if len(got) > 0 {
		s.alarms++
	}
	if len(fixes(should, o, codes)) > 0 {
		s.rightAlarms++
	}
	if len(w) != len(r) {
		return
	}
	for i := range w {
		if w[i] != r[i] {
			s.errors++
		}
	}
	for _, f := range got {
		for k, c := range f.with {
			if i := f.from + k; i < len(w) && w[i] != c {
				s.suggested++
				if w[i] != r[i] {
					s.hit++
				}
				if r[i] == c {
					s.repaired++
				}
			}
		}
	}
}

func share(a, b int) string {
	if b == 0 {
		return "–"
	}
	return fmt.Sprintf("%.3f", float64(a)/float64(b))
}

// measureSets prints a table of the four sets for one way to check.
func measureSets(t *testing.T, name, codes string, o check.Options) score {
	t.Helper()
	var all score
	t.Logf("%s: set | sentence P | R | detection P | correction P | R | right sides", name)
	for _, set := range []string{"sighan2015-train", "sighan2015-test", "ec-law-test", "mcsc-medical-test"} {
		b, err := os.ReadFile(texts(t, "words/typos/"+set+".tsv"))
		if err != nil {
			t.Fatal(err)
		}
		s := score{}
		for line := range strings.Lines(string(b)) {
			if is, should, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t"); ok {
				s.add(is, should, o, codes)
				all.add(is, should, check.Options{}, codes)
			}
		}
		t.Logf("| %s | %s | %s | %s | %s | %s | %d of %d |", set, share(s.found, s.found+s.alarms),
			share(s.found, s.wrong),
			share(s.hit, s.suggested), share(s.repaired, s.suggested), share(s.repaired, s.errors), s.rightAlarms,
			s.sentences)
		all.suggested, all.hit, all.repaired = all.suggested+s.suggested, all.hit+s.hit, all.repaired+s.repaired
	}
	return all
}

// TestTypos measures the two ways to find wrong characters, alone and together.
func TestTypos(t *testing.T) {
	texts(t, "words/typos")
	measureSets(t, "dictionaries", "word.wrong word.confusable", options(false))
	measureSets(t, "statistics", "word.likely", check.Options{Likely: typo.New(words.Default())})
	both := measureSets(t, "both", "word.wrong word.confusable word.likely", options(true))
	if both.hit*5 < both.suggested*4 {
		t.Errorf("of %d changes only %d touch an error: fewer than four of five", both.suggested, both.hit)
	}
}

// TestLetters: letters of citizens and their answers are never blocked.
func TestLetters(t *testing.T) {
	o, count, letters, chars := options(true), map[string]int{}, 0, 0
	for _, name := range []string{"letters-with-replies", "letters-hot-votes", "shangluo-mayor-mailbox"} {
		f, err := os.Open(texts(t, "letters/"+name+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			var l struct{ Subject, Title, Body, Query, Reply string }
			if json.Unmarshal(lines.Bytes(), &l) != nil {
				continue
			}
			letters++
			d := check.ParseText(l.Body + l.Query + "\n" + l.Reply)
			d.Title = l.Subject + l.Title
			chars += len([]rune(l.Body + l.Query + l.Reply))
			for _, f := range check.Check(d, o).Findings {
				count[string(f.Level)+" "+f.Code]++
				if f.Level == check.Block {
					t.Errorf("%s is blocked: %s", d.Title, f.Code)
				}
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d letters, %d characters: %v", letters, chars, count)
}

// TestOfficial counts what is found in documents of the State Council, which are right nearly everywhere.
func TestOfficial(t *testing.T) {
	f, err := os.Open(texts(t, "policy/gov-cn-state-council.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	o, count, chars := options(true), map[string]int{}, 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var l struct {
			Title string
			HTML  string `json:"content_html"`
		}
		if json.Unmarshal(lines.Bytes(), &l) != nil {
			continue
		}
		d, err := check.ParseHTML(l.HTML)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range d.Blocks {
			chars += len(b.Text)
		}
		for _, f := range check.Check(d, o).Findings {
			count[string(f.Level)+" "+f.Code]++
			if strings.HasPrefix(f.Code, "word.") {
				t.Logf("%s: %s > %v", f.Code, f.Text, f.Suggest)
			}
		}
	}
	t.Logf("%d characters: %v", chars, count)
}
