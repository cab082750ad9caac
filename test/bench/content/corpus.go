package content

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// Corpus is what is searched and what is asked.
type Corpus struct {
	About   string // where it is from
	Texts   iter.Seq[Article]
	Queries []string
}

// NewCorpus makes so many items: real texts and questions where they are at hand in the folder data, filled up with
// generated ones. data may be empty.
func NewCorpus(data string, items int) (Corpus, error) {
	made := Corpus{About: fmt.Sprintf("%d generated items, generated queries", items),
		Texts: Generated(items, BodyBytes), Queries: madeQueries()}
	if data == "" {
		return made, nil
	}
	var real []realText
	var asked []string
	for _, set := range []string{"statutes", "letters", "covidgov", "passages"} {
		dir := filepath.Join(data, "search", set)
		texts, err := readLines[realText](filepath.Join(dir, "corpus.jsonl.gz"))
		if errors.Is(err, os.ErrNotExist) {
			return made, nil
		} else if err != nil {
			return made, err
		}
		queries, err := readLines[realQuery](filepath.Join(dir, "queries.dev.jsonl"))
		if err != nil {
			return made, err
		}
		real = append(real, texts...)
		for i, q := range queries {
			if i < 700 { // of each set about as many
				asked = append(asked, q.forms()...)
			}
		}
	}
	r := rand.New(rand.NewPCG(20261123, 7))
	r.Shuffle(len(real), func(i, j int) { real[i], real[j] = real[j], real[i] })
	r.Shuffle(len(asked), func(i, j int) { asked[i], asked[j] = asked[j], asked[i] })
	real = real[:min(len(real), items)]
	texts := func(yield func(Article) bool) {
		for i := range items {
			a := New(i, BodyBytes)
			if i < len(real) {
				a.Title, a.Body = real[i].title(), real[i].html()
			}
			if !yield(a) {
				return
			}
		}
	}
	about := fmt.Sprintf(
		"%d real texts (statutes, agencies' replies, policy passages, encyclopedia) and %d generated items; %d real queries: questions and key words",
		len(real), items-len(real), len(asked))
	return Corpus{about, texts, asked}, nil
}

// realText is a line of a corpus.
type realText struct{ Title, Body string }

// title is the text's own or its first words.
func (t realText) title() string {
	if t.Title != "" {
		return t.Title
	}
	runes := []rune(strings.Join(strings.Fields(t.Body), " "))
	return string(runes[:min(len(runes), 30)])
}

func (t realText) html() string {
	var b strings.Builder
	for line := range strings.Lines(t.Body) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString("<p>" + html.EscapeString(line) + "</p>\n")
		}
	}
	return b.String()
}

// realQuery is a line of a query file.
type realQuery struct{ Text, Keywords string }

// forms are the ways in which people ask: the question, all its key words, and the first of them alone.
func (q realQuery) forms() []string {
	out := []string{q.Text}
	if words := strings.FieldsFunc(q.Keywords, func(r rune) bool { return r == '；' || r == ';' }); len(words) > 0 {
		out = append(out, strings.Join(words, " "), words[0])
	}
	return out
}

// madeQueries are what people ask of generated items: a word, two words, an organ, a question, a number, and what is
// not there.
func madeQueries() []string {
	var out []string
	for i := range 400 {
		g := newWriter(uint64(i) + 1<<32)
		out = append(out, []string{
			g.pick(matters()), g.pick(matters()) + " " + g.pick(organs()), g.pick(organs()),
			"请问" + g.pick(matters()) + "怎么办理，需要什么材料？",
			fmt.Sprintf("%s（第%d期）", g.pick(matters()), g.IntN(3000)),
			fmt.Sprintf(g.pick(titleShapes()), g.pick(matters())), g.pick(details()), fmt.Sprint("zq", i),
		}[i%8])
	}
	return out
}

// readLines reads JSON lines, packed or not.
func readLines[T any](name string) (out []T, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		r = z
	}
	for dec := json.NewDecoder(bufio.NewReader(r)); ; {
		var v T
		switch err := dec.Decode(&v); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, v)
	}
}
