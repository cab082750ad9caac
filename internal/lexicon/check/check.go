package check

import (
	"slices"

	"guiyi/internal/lexicon/typo"
)

// Options of a check.
type Options struct {
	Words   []*Words             // dictionaries; nil = none
	Likely  *typo.Model          // finds mistakes that no dictionary has; nil = not looked for
	Leaders *Leaders             // table of the organ; nil = none
	Levels  map[string]Level     // of the site, by code of a kind or of a dictionary
	Ignored func(f Finding) bool // what somebody has ignored with a reason; nil = nothing
}

// MaxText is the greatest number of runes of a document that are checked. What is beyond is left out, and the report is
// Truncated.
const MaxText = 2_000_000

// Check returns what looks wrong in a document.
func Check(d Document, o Options) Report {
	c := &collector{opts: o, kinds: kinds(), count: map[string]int{}, usages: usages()}
	left := MaxText
	title := []rune(d.Title)
	c.text(InTitle, 0, title, &left)
	for i, b := range d.Blocks {
		c.text(InText, i, b.Text, &left)
		c.links(i, b)
	}
	c.images(d)
	c.tables(d)
	c.headings(d)
	c.files(d)
	for i, f := range d.Files {
		c.fileText(i, []rune(f.Text), &left)
	}
	return c.sorted()
}

// text applies the checks of running text.
func (c *collector) text(part Part, index int, text []rune, left *int) {
	if text = c.within(text, left); len(text) == 0 {
		return
	}
	s := string(text)
	c.words(part, index, text)
	c.likely(part, index, text)
	c.leaders(part, index, text)
	c.personal(part, index, text)
	c.documentNumbers(part, index, s, text)
	c.marks(part, index, text)
	c.usage(part, index, s, text)
	c.addresses(part, index, s, text)
	c.spaces(part, index, text)
}

// fileText applies what is looked for in attachments: words and personal information. Their form is not ours.
func (c *collector) fileText(index int, text []rune, left *int) {
	if text = c.within(text, left); len(text) == 0 {
		return
	}
	c.words(InFile, index, text)
	c.leaders(InFile, index, text)
	c.personal(InFile, index, text)
}

// within takes what is left of MaxText.
func (c *collector) within(text []rune, left *int) []rune {
	if len(text) > *left {
		c.out.Truncated = true
		text = text[:*left]
	}
	*left -= len(text)
	return text
}

// likely finds mistakes by the statistics of words. What a dictionary has found there already is not said twice.
func (c *collector) likely(part Part, index int, text []rune) {
	if c.opts.Likely == nil || c.opts.Levels["word.likely"] == Off {
		return
	}
	found := len(c.out.Findings)
	for _, s := range c.opts.Likely.Find(text) {
		if c.full("word.likely") {
			c.out.Truncated = true
			return
		}
		if c.covered(found, part, index, s.From, s.To) {
			continue
		}
		c.add(Finding{
			Part:    part,
			Index:   index,
			From:    s.From,
			To:      s.To,
			Text:    string(text[s.From:s.To]),
			Code:    "word.likely",
			Reason:  s.Reason,
			Suggest: []string{s.With},
		}, "")
	}
}

// covered reports whether one of the first n findings, or one that is ignored, overlaps a range.
func (c *collector) covered(n int, part Part, index, from, to int) bool {
	for _, list := range [][]Finding{c.out.Findings[:n], c.ignored} {
		for _, f := range slices.Backward(list) {
			if f.Part != part || f.Index != index {
				break
			}
			if f.From < to && from < f.To {
				return true
			}
		}
	}
	return false
}
