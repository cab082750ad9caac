package table

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
)

// separated reads CSV or TSV in any encoding. The separator is the one that a first line "sep=;" names, else the one
// that
// the first line with any has most of.
func (t *table) separated(r io.Reader, send func(source.Input) bool) error {
	rd := newRecords(newPieces(r))
	g := &grid{table: t, send: send}
	for {
		rec, line, ok := rd.next()
		if !ok {
			break
		}
		row := gridRow{line: line, cells: rec}
		switch {
		case rec == nil && g.names == nil && len(g.wait) == 0: // nothing can be read without the names of the columns
			return rd.problem(line)
		case rec == nil:
			row.text, row.problem = rd.bad, rd.problem(line)
		case g.names == nil && len(rec) > maxColumns:
			return fault.New(fault.TooLarge, "表格有 %d 列，最多 %d 列：%s", len(rec), maxColumns, t.path)
		}
		if err := g.add(row); err != nil {
			return err
		}
		switch {
		case g.names != nil:
			rd.width = len(g.names)
		case rd.width == 0 && len(rec) > 1:
			rd.width = len(rec)
		}
	}
	if !errors.Is(rd.err, io.EOF) {
		return rd.err
	}
	if err := g.end(); err != nil {
		return err
	}
	if g.names == nil {
		return fault.New(fault.Invalid, "表格是空的：%s", t.path)
	}
	return nil
}

// How far a quoted field may reach before its quote counts as lost.
const (
	maxQuotedLines = 200
	maxQuotedBytes = 1 << 20
)

// records splits text into rows. A quoted field may contain line breaks; a quote that was
// lost costs its own line only, never the rest of the file. Only what a quoted field may
// reach is in memory.
type records struct {
	in     *pieces
	rest   string
	piece  piece // a line that cannot be read, waiting for rest to be used up
	sep    byte
	width  int    // columns of the header, 0 before it is known
	line   int    // number of the next line
	budget int    // bytes that may still be read in wasted after lost quotes
	wasted int    // bytes that split read for a quote that it did not find
	bad    string // the line that next could not read
	why    error  // why, when it was not for its quotes
	err    error  // why the text ended: io.EOF, or what broke it off
}

func newRecords(in *pieces) *records {
	r := &records{in: in, line: 1, budget: maxQuotedBytes}
	r.fill()
	var declared int
	r.sep, declared = separator(r.rest)
	r.skip(declared)
	return r
}

// fill reads on until there is as much text as a row may have.
func (r *records) fill() {
	for r.err == nil && r.piece.problem == nil && len(r.rest) < 2*maxQuotedBytes {
		p, err := r.in.next()
		if err != nil {
			r.err = err
			return
		}
		if p.problem != nil {
			r.piece = p
			return // its turn comes after the rest
		}
		r.rest += p.text
		r.budget += 8 * len(p.text)
	}
}

func (r *records) problem(line int) error {
	if r.why != nil {
		return r.why
	}
	return source.Refuse(source.ReasonMalformed, "第 %d 行的引号不成对", line)
}

// next returns a row and the number of its first line; a nil row is a line that cannot be
// read, kept in bad. ok is false at the end.
func (r *records) next() (row []string, line int, ok bool) {
	for {
		r.fill()
		line = r.line
		if r.rest == "" {
			if r.piece.problem == nil {
				return nil, line, false
			}
			r.bad, r.why, r.piece = r.piece.text, r.piece.problem, piece{}
			r.line++
			return nil, line, true
		}
		first := lineLen(r.rest)
		if source.Trim(r.rest[:first]) == "" {
			r.skip(first)
			continue
		}
		row, n := r.split(r.rest[:r.window(first)])
		if n == first || n > 0 && r.plausible(row, first, n) {
			r.skip(n)
			return row, line, true
		}
		r.budget -= max(n, first, r.wasted)
		r.bad, r.why = strings.TrimRight(r.rest[:first], "\r\n"), nil
		r.skip(first)
		return nil, line, true
	}
}

// window is how far a row that begins here may reach: whole lines.
func (r *records) window(first int) int {
	if r.budget <= 0 || !strings.Contains(r.rest[:first], `"`) {
		return first
	}
	if len(r.rest) <= maxQuotedBytes {
		return len(r.rest)
	}
	return max(first, strings.LastIndexByte(r.rest[:maxQuotedBytes], '\n')+1)
}

// plausible distinguishes a row of several lines from one that swallowed others for lack of a
// quote: it has as many columns as the header, and no line within is such a row itself.
func (r *records) plausible(row []string, first, n int) bool {
	if r.width == 0 {
		return true
	}
	if len(row) != r.width {
		return false
	}
	if r.width < 3 {
		return true
	}
	for at := first; at < n; {
		next := at + lineLen(r.rest[at:])
		if inner, end := r.split(r.rest[at:next]); end == next-at && len(inner) == r.width {
			return false
		}
		at = next
	}
	return true
}

func (r *records) skip(n int) {
	r.line += strings.Count(r.rest[:n], "\n")
	r.rest = r.rest[n:]
}

func lineLen(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i + 1
	}
	return len(s)
}

// split takes the first row of s apart and returns how long it is with its line end; 0
// when a quoted field does not end within s.
func (r *records) split(s string) (row []string, n int) {
	rest := s
	r.wasted = 0
	for {
		var field string
		if trimmed := strings.TrimLeft(rest, " "); strings.HasPrefix(trimmed, `"`) {
			var ok bool
			if field, rest, ok = r.quoted(trimmed[1:]); !ok {
				return nil, 0
			}
		} else {
			end := strings.IndexAny(rest, string(r.sep)+"\n")
			if end < 0 {
				end = len(rest)
			}
			field, rest = strings.TrimSuffix(rest[:end], "\r"), rest[end:]
		}
		row = append(row, field)
		if rest == "" {
			return row, len(s)
		}
		ended := rest[0] == '\n'
		if rest = rest[1:]; ended {
			return row, len(s) - len(rest)
		}
	}
}

// quoted reads a quoted field up to the quote that a separator or the end of the line
// follows; other quotes within are taken as they are. rest begins with what follows.
func (r *records) quoted(s string) (field, rest string, ok bool) {
	var b strings.Builder
	whole, lines := len(s), 0
	for {
		part, after, found := strings.Cut(s, `"`)
		if lines += strings.Count(part, "\n"); !found || lines > maxQuotedLines {
			r.wasted = whole - len(after)
			return "", "", false
		}
		b.WriteString(part)
		end := strings.TrimLeft(after, " \r")
		switch {
		case strings.HasPrefix(after, `"`):
			b.WriteByte('"')
			after = after[1:]
		case end == "" || end[0] == r.sep || end[0] == '\n':
			return b.String(), end, true
		default:
			b.WriteByte('"')
		}
		s = after
	}
}

// separatorLine is what spreadsheets put above a CSV to name its separator.
var separatorLine = regexp.MustCompile(`^(?i)\s*"?sep=(.)"?[ ,;\t|]*\r?\n`)

// separators are the characters that part columns.
var separators = []byte{',', '\t', ';', '|'}

// separator returns the separator of a text and the length of the line that names it, 0 when none does.
func separator(text string) (sep byte, declared int) {
	if m := separatorLine.FindStringSubmatch(text); m != nil && slices.Contains(separators, m[1][0]) {
		return m[1][0], len(m[0])
	}
	for rest := text; rest != "" && len(text)-len(rest) < 64<<10; {
		n := lineLen(rest)
		best, most := byte(','), 0
		for _, c := range separators {
			if n := strings.Count(rest[:n], string(c)); n > most {
				best, most = c, n
			}
		}
		if most > 0 {
			return best, 0
		}
		rest = rest[n:]
	}
	return ',', 0
}

func cleanHeader(header []string) []string {
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = strings.Join(strings.Fields(bare(h)), " ")
	}
	return names
}

// rowFields names the cells of a row. Cells beyond the header keep their place as "列12",
// so that nothing is lost.
func rowFields(names, rec []string) map[string]string {
	fields := map[string]string{}
	for i, v := range rec {
		if v = bare(v); v == "" {
			continue
		}
		name := ""
		if i < len(names) {
			name = names[i]
		}
		if name == "" {
			name = columnName(i)
		}
		if had, ok := fields[name]; ok { // two columns of one name
			v = had + "\n" + v
		}
		fields[name] = v
	}
	return fields
}
