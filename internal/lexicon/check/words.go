package check

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"guiyi/internal/lexicon/words"
)

// Dictionary is a list of words with one kind.
type Dictionary struct {
	Code    string // e.g. "starter.wrong"
	Kind    string // code of a Kind that begins with "word."
	Level   Level  // "" = that of the kind
	Entries []Entry
}

// Entry is a word that a dictionary knows. # in Word and Suggest stands for any digit.
type Entry struct {
	Word    string
	Suggest string   // what to write instead, several separated by "|"; "" = none
	Reason  string   // "" = made from kind and suggestion
	Level   Level    // "" = that of the dictionary
	Except  []string // texts around the word in which it is right
}

// MaxWord is the greatest length of a word of a dictionary, in characters.
const MaxWord = 40

// Words are compiled dictionaries. They are immutable and may be used by many checks at once.
type Words struct {
	find    *automaton
	entries []compiled
	list    *words.List
}

type compiled struct {
	Entry
	dictionary *Dictionary
	word       []rune
	suggest    []string
	except     [][]rune
	logP       float64
	anyDigit   bool // more digits may follow
}

// slip is how much less likely a wrong word is than the right one, as a natural logarithm: once in fifty times where
// somebody put it into a dictionary.
const slip = 4

// rare is the value of a word of a dictionary that the word list does not have: one word in a million.
const rare = -13.8

// Compile prepares dictionaries for checks. Of equal words, the first dictionary counts.
func Compile(list *words.List, dictionaries ...Dictionary) *Words {
	w := &Words{list: list}
	var found [][]rune
	for i := range dictionaries {
		d := &dictionaries[i]
		for _, e := range d.Entries {
			for _, x := range expand(e) {
				c := w.compile(x, d)
				c.anyDigit = strings.Contains(e.Word, "#")
				if len(c.word) == 0 || len(c.word) > MaxWord {
					continue
				}
				w.entries, found = append(w.entries, c), append(found, c.word)
			}
		}
	}
	w.find = newAutomaton(found)
	return w
}

// expand returns the entry once for every digit that # stands for.
func expand(e Entry) []Entry {
	if !strings.Contains(e.Word, "#") {
		return []Entry{e}
	}
	var out []Entry
	for d := '0'; d <= '9'; d++ {
		x := e
		x.Word, x.Suggest = strings.ReplaceAll(e.Word, "#", string(d)), strings.ReplaceAll(e.Suggest, "#", string(d))
		out = append(out, x)
	}
	return out
}

func (w *Words) compile(e Entry, d *Dictionary) compiled {
	c := compiled{Entry: e, dictionary: d, word: fold([]rune(strings.TrimSpace(e.Word))).text}
	if e.Suggest != "" {
		c.suggest = strings.Split(e.Suggest, "|")
	}
	for _, x := range e.Except {
		if x = strings.TrimSpace(x); strings.Contains(string(fold([]rune(x)).text), string(c.word)) {
			c.except = append(c.except, fold([]rune(x)).text)
		}
	}
	// Its parts are words, so only what crosses its ends speaks against it.
	p := w.list.Best(c.word)
	if len(c.suggest) > 0 { // the text means the right word
		p = max(p, w.list.Best([]rune(c.suggest[0]))-slip)
	} else {
		p = max(p, rare)
	}
	c.logP = p
	return c
}

// hit is a word found in a text.
type hit struct{ from, to, entry int }

// words finds the words of the dictionaries in a part of a document. What one has found is not said again.
func (c *collector) words(part Part, index int, text []rune) {
	f := fold(text)
	for _, w := range c.opts.Words {
		if w != nil && len(w.entries) > 0 {
			c.wordsOf(w, f, part, index, text)
		}
	}
}

func (c *collector) wordsOf(w *Words, f folded, part Part, index int, text []rune) {
	found := len(c.out.Findings)
	var hits []hit
	var before, after []float64
	w.find.each(f.text, func(from, to, entry int) bool {
		if before == nil {
			before, after = w.list.Scores(f.text)
		}
		e := &w.entries[entry]
		if e.stands(f.text, from, to, before, after) && !e.excepted(f.text, from) {
			hits = append(hits, hit{from, to, entry})
		}
		return len(hits) < 4*MaxFindings
	})
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(a.from-b.from, b.to-a.to) })
	end := 0
	for _, h := range hits {
		if h.from < end { // inside a longer one
			continue
		}
		end = h.to
		e := &w.entries[h.entry]
		from, to := f.original(h.from, h.to)
		if c.covered(found, part, index, from, to) {
			continue
		}
		c.add(Finding{
			Part:    part,
			Index:   index,
			From:    from,
			To:      to,
			Text:    string(text[from:to]),
			Code:    e.dictionary.Kind,
			Source:  e.dictionary.Code,
			Reason:  e.reason(),
			Suggest: e.suggest,
		}, cmp.Or(e.Level, e.dictionary.Level))
	}
}

// stands reports whether the entry is a word of its own at a place: the text is not cut better across its ends.
func (e *compiled) stands(text []rune, from, to int, before, after []float64) bool {
	if from > 0 && isWord(text[from]) && isWord(text[from-1]) {
		return isDigit(text[from-1]) != isDigit(text[from])
	}
	if to < len(text) && isWord(text[to-1]) && isWord(text[to]) && !e.anyDigit {
		return false
	}
	return before[from]+e.logP+after[to] >= after[0]-1e-6*math.Abs(after[0])
}

// excepted reports whether the word at from is part of a text in which it is right.
func (e *compiled) excepted(text []rune, from int) bool {
	for _, x := range e.except {
		for i := 0; i+len(e.word) <= len(x); i++ {
			start := from - i
			if start >= 0 && start+len(x) <= len(text) && slices.Equal(text[start:start+len(x)], x) {
				return true
			}
		}
	}
	return false
}

func (e *compiled) reason() string {
	switch {
	case e.Reason != "":
		return e.Reason
	case len(e.suggest) == 0:
		return "“" + e.Word + "”在词库中，请核对是否应当出现。"
	case e.dictionary.Kind == "word.confusable":
		return "“" + e.Word + "”容易与“" + strings.Join(e.suggest, "”“") + "”混淆，请核对。"
	default:
		return "“" + e.Word + "”应写作“" + strings.Join(e.suggest, "”或“") + "”。"
	}
}
