package htmlclean

import "strings"

// The model that the input is read into and the output is written from.

type blockKind int

const (
	para blockKind = iota
	heading
	list
	table
	figure
	quote
	rule
	media
)

// block is one block-level piece.
type block struct {
	kind    blockKind
	align   string  // "", "center" or "right"
	runs    []run   // para, heading; figure: the pictures
	caption []run   // figure, table
	level   int     // heading: 1 to 6 while reading, 2 to 4 when written
	ordered bool    // list
	numbers numbers // list
	items   [][]block
	values  map[int]int // list: number of an item where the source sets it
	blocks  []block     // quote
	rows    [][]cell
	head    int // table: number of header rows
	video   bool
	src     string // media
	poster  string
	name    string
}

type cell struct {
	th       bool
	col, row int // spans, at least 1
	blocks   []block
}

type mark uint8

const (
	bold mark = 1 << iota
	italic
	underline
	sub
	sup
	struck
)

type runKind uint8

const (
	text runKind = iota
	br
	picture
)

// run is a piece of a line.
type run struct {
	kind  runKind
	marks mark
	href  string // "" = no link
	text  string // text; alt of a picture
	src   string // picture
	id    string // anchor names, separated by spaces
}

// numbers are how a list counts.
type numbers struct {
	kind     string // "" = 1, or A a I i
	reversed bool
	start    *int // nil = the default start
}

// hasText reports whether the runs show any character.
func hasText(runs []run) bool {
	for _, r := range runs {
		if r.kind == text && !blank(r.text) {
			return true
		}
	}
	return false
}

func hasPicture(runs []run) bool {
	for _, r := range runs {
		if r.kind == picture {
			return true
		}
	}
	return false
}

// plain is the text of runs without marks; a line break becomes a space.
func plain(runs []run) string {
	var b strings.Builder
	for _, r := range runs {
		switch r.kind {
		case text:
			b.WriteString(r.text)
		case br:
			b.WriteByte(' ')
		}
	}
	return b.String()
}
