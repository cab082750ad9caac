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

// separated reads CSV or TSV in any encoding. The separator is that of a first line "sep=;". Without such a line, it is
// the most frequent one of the first line that has a separator.
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
		case rec == nil && g.names == nil && len(g.waiting) == 0: // without column names the rows cannot be read
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

// Greatest length of a quoted field. In a longer one, the closing quote is assumed to be missing.
const (
	maxQuotedLines = 200
	maxQuotedBytes = 1 << 20
)

// records splits text into rows. A quoted field may contain line breaks. A missing quote makes only its own line
// unreadable, not the rest of the file. Only the text that a quoted field can span is in memory.
type records struct {
	in     *pieces
	rest   string
	piece  piece // a line that cannot be read; it comes after rest
	sep    byte
	width  int    // columns of the header, 0 before it is known
	line   int    // number of the next line
	budget int    // bytes that may still be scanned in vain for closing quotes
	wasted int    // bytes that split scanned for a quote without finding it
	bad    string // the last line that could not be read
	why    error  // why it could not be read; nil when its quotes are not paired
	err    error  // io.EOF at the end of the text, or a read error
}

func newRecords(in *pieces) *records {
	r := &records{in: in, line: 1, budget: maxQuotedBytes}
	r.fill()
	var declared int
	r.sep, declared = separator(r.rest)
	r.skip(declared)
	return r
}

// fill reads text until rest is as long as the longest row can be.
func (r *records) fill() {
	for r.err == nil && r.piece.problem == nil && len(r.rest) < 2*maxQuotedBytes {
		p, err := r.in.next()
		if err != nil {
			r.err = err
			return
		}
		if p.problem != nil {
			r.piece = p
			return // next returns it after the rest
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

// next returns a row and the number of its first line. row is nil for a line that cannot be read; bad then has the
// line. At the end, ok is false.
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

// window returns the greatest length of a row that starts here, cut at a line end.
func (r *records) window(first int) int {
	if r.budget <= 0 || !strings.Contains(r.rest[:first], `"`) {
		return first
	}
	if len(r.rest) <= maxQuotedBytes {
		return len(r.rest)
	}
	return max(first, strings.LastIndexByte(r.rest[:maxQuotedBytes], '\n')+1)
}

// plausible reports whether a row of several lines is really one row. A missing quote can join several rows. So the row
// must have as many columns as the header, and no line in it may be such a row.
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

// split returns the first row of s and its length with the line end. n is 0 when a quoted field does not end in s.
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

// quoted reads a quoted field. The field ends at a quote before a separator or a line end; it keeps other quotes. rest
// is the text after the field.
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

// separatorLine matches the line in which spreadsheet programs declare the separator of a CSV file.
var separatorLine = regexp.MustCompile(`^(?i)\s*"?sep=(.)"?[ ,;\t|]*\r?\n`)

// separators are the characters that can separate columns.
var separators = []byte{',', '\t', ';', '|'}

// separator returns the separator of a text, and the length of the line that declares it, 0 when there is none.
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
		names[i] = strings.Join(strings.Fields(cellValue(h)), " ")
	}
	return names
}

// rowFields returns the cells of a row by column name. A cell without a column name gets the name "列12" of its
// position.
func rowFields(names, rec []string) map[string]string {
	fields := map[string]string{}
	for i, v := range rec {
		if v = cellValue(v); v == "" {
			continue
		}
		name := ""
		if i < len(names) {
			name = names[i]
		}
		if name == "" {
			name = columnName(i)
		}
		if had, ok := fields[name]; ok { // two columns have the same name
			v = had + "\n" + v
		}
		fields[name] = v
	}
	return fields
}
