package table

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"guiyi/internal/exchange/source"
)

// headRows is the number of non-empty rows that are searched for the header.
const headRows = 10

// gridRow is a row of a sheet: its cells, or the text that could not be read with the error.
type gridRow struct {
	line    int
	cells   []string
	hidden  bool
	text    string
	problem error
}

// grid turns the rows of one sheet into records. The header is the row with the most known column names among the first
// rows. Rows above it, repeated headers and hidden rows become leftovers with a reason.
type grid struct {
	*table
	sheet   string // "" when the file has only one
	send    func(source.Input) bool
	waiting []gridRow      // rows before the header is known
	names   []string       // the header, nil before it is known
	strict  bool           // do not import rows below a header without known names
	at      int            // line of the header
	known   int            // number of known column names in the header
	rows    int            // number of non-empty rows below the header
	unused  map[string]int // number of rows with a value, by unused column
}

func (g *grid) name(line int) string {
	if g.sheet == "" {
		return g.place(line)
	}
	name := filepath.Base(g.path) + ":" + g.sheet
	if line == 0 { // 0: the sheet itself
		return name
	}
	return name + ":" + strconv.Itoa(line)
}

// skip sends a leftover: a part of the sheet that is not imported, with the reason.
func (g *grid) skip(line int, why string) error {
	if !g.send(source.Input{Name: g.name(line), Leftover: why}) {
		return errStopped
	}
	return nil
}

func (g *grid) add(r gridRow) error {
	if r.problem == nil && filled(r.cells) == 0 {
		return nil
	}
	if g.names != nil {
		return g.record(r)
	}
	if r.problem != nil {
		if err := g.chooseHeader(); err != nil {
			return err
		}
		return g.record(r)
	}
	g.waiting = append(g.waiting, r)
	if n := g.knownIn(r.cells); !r.hidden && (n >= 2 || n == 1 && filled(r.cells) > 1 && len(g.waiting) == 1) ||
		len(g.waiting) == headRows {
		return g.chooseHeader()
	}
	return nil
}

// chooseHeader chooses the header among the waiting rows, and handles the others.
func (g *grid) chooseHeader() error {
	best := g.defaultHeader()
	for i, r := range g.waiting {
		if n := g.knownIn(r.cells); !r.hidden && n >= 2 && n > g.knownIn(g.waiting[best].cells) {
			best = i
		}
	}
	wait := g.waiting
	g.waiting, g.names = nil, []string{}
	for i, r := range wait {
		var err error
		switch {
		case i == best:
			g.names, g.known, g.at = cleanHeader(r.cells), g.knownIn(r.cells), r.line
		case i < best:
			err = g.skip(r.line, "表头上方的文字，不是一条信息："+shorten(strings.Join(texts(r.cells), " ")))
		default:
			err = g.record(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// defaultHeader returns the index of the header when no row has two known names. It is the first visible row with
// several cells or a known name, or else the first visible row.
func (g *grid) defaultHeader() int {
	for i, r := range g.waiting {
		if r.hidden {
			continue
		}
		if filled(r.cells) > 1 {
			return i
		}
		if g.knownIn(r.cells) > 0 {
			return i
		}
	}
	for i, r := range g.waiting {
		if !r.hidden {
			return i
		}
	}
	return 0
}

func (g *grid) knownIn(cells []string) int {
	if g.isKnown == nil {
		return 0
	}
	seen := map[string]bool{}
	for _, name := range cleanHeader(cells) {
		if name != "" && g.isKnown(name) {
			seen[name] = true
		}
	}
	return len(seen)
}

// record handles a row below the header.
func (g *grid) record(r gridRow) error {
	in := source.Input{Name: g.name(r.line)}
	switch {
	case r.problem != nil:
		in.ID, in.Raw, in.Problem = in.Name, []byte(r.text), r.problem
	case r.hidden:
		return g.skip(r.line, "隐藏的行，没有导入；如要导入，请取消隐藏")
	case totals(r.cells):
		return g.skip(r.line, "合计行，不是一条信息："+shorten(strings.Join(texts(r.cells), " ")))
	case g.header(r):
		if g.rows == 0 && !slices.Equal(cleanHeader(r.cells), g.names) { // the second row of a header with groups
			g.names, g.known = mergeHeaders(g.names, cleanHeader(r.cells)), g.knownIn(r.cells)
			return nil
		}
		return g.skip(r.line, "重复的表头")
	default:
		if in.Fields = rowFields(g.names, r.cells); len(in.Fields) == 0 {
			return nil
		}
		g.count(in.Fields)
	}
	g.rows++
	if g.unreadable() {
		return nil // end reports them together
	}
	if !g.send(in) {
		return errStopped
	}
	return nil
}

// unreadable reports whether this is a sheet without a header, beside other sheets: an explanation or data of a chart.
func (g *grid) unreadable() bool { return g.strict && g.known == 0 }

// header reports whether a row has only names of columns.
func (g *grid) header(r gridRow) bool {
	cells := cleanHeader(r.cells)
	return slices.Equal(cells, g.names) || g.knownIn(cells) >= 2 && g.knownIn(cells) == filled(cells)
}

// end finishes the sheet and reports what was not imported.
func (g *grid) end() error {
	if g.names == nil {
		if len(g.waiting) == 0 {
			return nil
		}
		if err := g.chooseHeader(); err != nil {
			return err
		}
	}
	switch {
	case g.rows == 0:
		return g.skip(g.at, "只有表头，下面没有可以导入的行")
	case g.known > 0 && len(g.unused) > 0:
		return g.skip(g.at, "没有用到的列，其中的内容没有导入："+g.unusedNames()+"；如要导入，请用映射文件写明各列")
	case g.unreadable():
		return g.skip(g.at, "没有能识别的表头，这张工作表的 "+strconv.Itoa(g.rows)+" 行没有导入；如要导入，请用映射文件写明各列")
	}
	return nil
}

// counters matches columns that only number the rows.
var counters = regexp.MustCompile(`^(?:序\s*号?|行号|No\.?|NO\.?|#|index)$`)

// count counts the columns of a record that are not used.
func (g *grid) count(fields map[string]string) {
	if g.isKnown == nil {
		return
	}
	for name := range fields {
		if !g.isKnown(name) && !counters.MatchString(name) {
			if g.unused == nil {
				g.unused = map[string]int{}
			}
			g.unused[name]++
		}
	}
}

// unusedNames lists the unused columns with the number of rows that have a value in them.
func (g *grid) unusedNames() string {
	const most = 20
	names := slices.Sorted(maps.Keys(g.unused))
	var out []string
	for _, n := range names[:min(len(names), most)] {
		out = append(out, shorten(n)+"（"+strconv.Itoa(g.unused[n])+" 行）")
	}
	if len(names) > most {
		out = append(out, "等 "+strconv.Itoa(len(names))+" 列")
	}
	return strings.Join(out, "、")
}

// mergeHeaders combines two header rows: the lower names replace the upper ones.
func mergeHeaders(upper, lower []string) []string {
	out := make([]string, max(len(upper), len(lower)))
	copy(out, upper)
	for i, s := range lower {
		if s != "" {
			out[i] = s
		}
	}
	return out
}

var (
	totalWord = regexp.MustCompile(`^(?:[合总小共累]\s*计|合计数)\s*[:：]?$`)
	amount    = regexp.MustCompile(`^[-+]?[\d.,，]+\s*[%％元万亿个条件项份次户人家名辆公里吨平方米]*$|^[-—/]+$`)
)

// totals reports whether a row contains totals: it starts with a word for total, and the other cells are numbers.
func totals(cells []string) bool {
	row := texts(cells)
	if len(row) == 0 || !totalWord.MatchString(row[0]) {
		return false
	}
	for _, v := range row[1:] {
		if !amount.MatchString(v) {
			return false
		}
	}
	return true
}

func filled(cells []string) int { return len(texts(cells)) }

func texts(cells []string) []string {
	var out []string
	for _, c := range cells {
		if c = source.Trim(c); c != "" {
			out = append(out, c)
		}
	}
	return out
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

var (
	// guarded matches ="00123", which spreadsheet programs write so that a text does not become a number.
	guarded = regexp.MustCompile(`^="((?:[^"]|"")*)"$`)
	// quoted matches '00123, which users type for the same purpose.
	quoted = regexp.MustCompile(`^'(\d[\d\-/.]{3,}[Xx]?)$`)
)

// cellValue returns the value of a cell without such guards.
func cellValue(v string) string {
	v = source.Trim(v)
	if m := guarded.FindStringSubmatch(v); m != nil {
		return source.Trim(strings.ReplaceAll(m[1], `""`, `"`))
	}
	if m := quoted.FindStringSubmatch(v); m != nil {
		return m[1]
	}
	return v
}
