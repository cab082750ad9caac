package htmlclean

import (
	"strings"
	"unicode"
)

// space is white space of any kind, ideographic included.
func space(r rune) bool {
	return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' || r == '\v' || r == 0x85 || r == 0xA0 ||
		r == 0x3000 ||
		r >= 0x2000 && r <= 0x200A || r == 0x2028 || r == 0x2029 || r == 0x202F || r == 0x205F || r == 0x1680
}

// invisible characters are dropped: controls, zero-width, soft hyphen, private use (symbol fonts of Word),
// non-characters, bidi controls.
func invisible(r rune) bool {
	return r < 0x20 && !space(r) || r >= 0x7F && r < 0xA0 && r != 0x85 || r == 0xAD || r >= 0x200B && r <= 0x200F ||
		r >= 0x202A && r <= 0x202E ||
		r >= 0x2060 && r <= 0x206F || r == 0xFEFF || r == 0xFFFD || r&0xFFFE == 0xFFFE || r >= 0xE000 && r <= 0xF8FF ||
		r >= 0xF0000
}

func blank(s string) bool {
	for _, r := range s {
		if !space(r) && !invisible(r) {
			return false
		}
	}
	return true
}

// wide characters need no space at a line break of the source.
func wideRune(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3001 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF || r >= 0x2014 &&
		r <= 0x201D
}

// gap is white space between two characters while it is read.
type gap struct{ any, lineBreak, onlyWide, plainSpace bool }

func (g *gap) add(c rune) {
	if !g.any {
		*g = gap{any: true, onlyWide: true, plainSpace: true}
	}
	g.lineBreak = g.lineBreak || c == '\n' || c == '\r'
	g.onlyWide = g.onlyWide && c == 0x3000
	g.plainSpace = g.plainSpace && c < 0x80
}

// folded returns what the white space between two characters becomes; before is 0 at the start of a line.
func (g gap) folded(before, after rune) string {
	switch {
	case !g.any || before == 0:
		return ""
	case g.onlyWide:
		return "\u3000"
	case g.lineBreak && g.plainSpace && wideRune(before) && wideRune(after):
		return ""
	}
	return " "
}

// squeezer joins runs into as few as possible with folded white space.
type squeezer struct {
	out  []run
	cur  run // the text run being built, its text in b
	b    strings.Builder
	gap  gap
	last rune
}

func (s *squeezer) close() {
	if s.b.Len() > 0 {
		s.cur.text = s.b.String()
		s.out = append(s.out, s.cur)
		s.b.Reset()
	}
}

func (s *squeezer) write(r run, piece string) {
	if s.b.Len() > 0 && (s.cur.marks != r.marks || s.cur.href != r.href || r.id != "") {
		s.close()
	}
	if s.b.Len() == 0 {
		s.cur = run{kind: text, marks: r.marks, href: r.href, id: r.id}
	}
	s.b.WriteString(piece)
}

// squeeze folds white space over all runs, drops it at the ends and around line breaks, joins equal neighbours.
func squeeze(runs []run) []run {
	var s squeezer
	for _, r := range runs {
		switch r.kind {
		case br:
			s.close()
			s.gap, s.last = gap{}, 0
			s.out = append(s.out, run{kind: br})
		case picture:
			if s.last != 0 && s.gap.any {
				s.write(run{}, " ")
			}
			s.close()
			s.gap, s.last = gap{}, 'x'
			s.out = append(s.out, r)
		default:
			s.text(r)
		}
	}
	s.close()
	return trimBreaks(s.out)
}

func (s *squeezer) text(r run) {
	none := gap{}
	for _, c := range r.text {
		switch {
		case invisible(c):
		case space(c):
			s.gap.add(c)
		default:
			if blank := s.gap.folded(s.last, c); blank != "" && r.id != "" { // the space goes before the anchor
				s.write(run{marks: r.marks, href: r.href}, blank)
				s.write(r, string(c))
			} else {
				s.write(r, blank+string(c))
			}
			s.last, s.gap, r.id = c, none, ""
		}
	}
}

// trimBreaks drops line breaks at the ends and all but one of several in a row.
func trimBreaks(runs []run) []run {
	var out []run
	for _, r := range runs {
		if r.kind == br && (len(out) == 0 || out[len(out)-1].kind == br) {
			continue
		}
		out = append(out, r)
	}
	for len(out) > 0 && out[len(out)-1].kind == br {
		out = out[:len(out)-1]
	}
	return out
}

// settleLinks removes links without visible content: no text and no picture with alt text.
func settleLinks(runs []run) []run {
	for i := 0; i < len(runs); {
		j, named := i+1, runs[i].text != ""
		for j < len(runs) && runs[j].href == runs[i].href {
			named = named || runs[j].text != "" && !blank(runs[j].text)
			j++
		}
		if runs[i].href != "" && !named {
			for k := i; k < j; k++ {
				runs[k].href = ""
			}
		}
		i = j
	}
	return runs
}

// lines splits the runs of a source paragraph where the author meant a new paragraph. That is at a double line break,
// before an indent, and after a long line that ends a sentence.
func lines(runs []run) [][]run {
	var out [][]run
	var cur []run
	start := 0 // of the last line in cur
	for i := 0; i < len(runs); i++ {
		if runs[i].kind != br {
			cur = append(cur, runs[i])
			continue
		}
		j := i
		for j < len(runs) && (runs[j].kind == br || runs[j].kind == text && blank(runs[j].text) && j+1 < len(runs) &&
			runs[j+1].kind == br) {
			j++
		}
		breaks := 0
		for k := i; k < j; k++ {
			if runs[k].kind == br {
				breaks++
			}
		}
		if breaks > 1 || indented(runs[j:]) || endsSentence(cur[start:]) {
			out, cur, start = append(out, cur), nil, 0
		} else {
			cur = append(cur, run{kind: br})
			start = len(cur)
		}
		i = j - 1
	}
	return append(out, cur)
}

func indented(runs []run) bool {
	wide := 0
	for _, r := range runs {
		if r.kind != text {
			return false
		}
		for _, c := range r.text {
			switch {
			case c == 0x3000:
				wide += 2
			case c == 0xA0 || c >= 0x2000 && c <= 0x200A:
				wide++
			case space(c):
			default:
				return wide >= 2
			}
		}
	}
	return false
}

// endsSentence reports whether a line is long and ends like a sentence.
func endsSentence(line []run) bool {
	s := []rune(strings.TrimFunc(plain(line), space))
	return len(s) >= 25 && strings.ContainsRune("。！？；：”）", s[len(s)-1])
}
