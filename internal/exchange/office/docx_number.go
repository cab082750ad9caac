package office

import (
	"encoding/xml"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// listLevel is one level of a numbering: how it counts and how a number looks.
type listLevel struct {
	format string // decimal, bullet, chineseCounting …
	text   string // such as "%1." or "第%1条"
	start  int
}

// numbering is a numbering with its counters; several number ids may share the counters of one abstract numbering.
type numbering struct {
	levels [9]listLevel
	counts *[9]int
}

func (c *converter) readNumbering() error {
	abstract := map[string]*numbering{}
	c.lists = map[string]*numbering{}
	return c.a.xml(path.Join(c.folder, "numbering.xml"), func(m *markup, s xml.StartElement) error {
		switch s.Name.Local {
		case "abstractNum":
			n := &numbering{counts: &[9]int{}}
			if len(abstract) < maxEntries {
				abstract[attr(s, "abstractNumId")] = n
			}
			return m.children(func(e xml.StartElement) error {
				if e.Name.Local != "lvl" {
					return nil
				}
				return readLevel(m, e, &n.levels)
			})
		case "num":
			if len(c.lists) < maxEntries {
				return c.readNumber(m, attr(s, "numId"), abstract)
			}
		}
		return nil
	})
}

// readNumber reads one number id: an abstract numbering, with levels of its own where it overrides them.
func (c *converter) readNumber(m *markup, id string, abstract map[string]*numbering) error {
	var n *numbering
	return m.children(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "abstractNumId":
			if from := abstract[attr(e, "val")]; from != nil {
				n = &numbering{levels: from.levels, counts: from.counts}
				c.lists[id] = n
			}
		case "lvlOverride":
			if n == nil {
				return nil
			}
			n.counts = &[9]int{} // counts anew
			return m.children(func(e xml.StartElement) error {
				if e.Name.Local == "lvl" {
					return readLevel(m, e, &n.levels)
				}
				return nil
			})
		}
		return nil
	})
}

func readLevel(m *markup, s xml.StartElement, levels *[9]listLevel) error {
	i, err := strconv.Atoi(attr(s, "ilvl"))
	if err != nil || i < 0 || i > 8 {
		return nil
	}
	l := &levels[i]
	l.start = 1
	return m.children(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "start":
			if n, err := strconv.Atoi(attr(e, "val")); err == nil && n >= 0 && n < 1_000_000 {
				l.start = n
			}
		case "numFmt":
			l.format = attr(e, "val")
		case "lvlText":
			l.text = clip(attr(e, "val"), 40)
		}
		return nil
	})
}

// count moves the counter of a level on and returns its value. Deeper levels begin anew.
func (n *numbering) count(level int) int {
	if n.counts[level] == 0 {
		n.counts[level] = max(n.levels[level].start, 1)
	} else {
		n.counts[level]++
	}
	for i := level + 1; i < len(n.counts); i++ {
		n.counts[i] = 0
	}
	return n.counts[level]
}

// label returns the number of a level as it is shown, such as "（三）" or "1.2".
func (n *numbering) label(level int) string {
	l := n.levels[level]
	if l.format == "none" {
		return ""
	}
	out := l.text
	for i := range n.levels {
		count := n.counts[i]
		if count == 0 {
			count = max(n.levels[i].start, 1)
		}
		out = strings.ReplaceAll(out, fmt.Sprintf("%%%d", i+1), countAs(count, n.levels[i].format))
	}
	return out
}

// listTag returns the tag and type of the HTML list that shows a level as it is; ok is false when only text can.
func (n *numbering) listTag(level int) (tag, kind string, ok bool) {
	l := n.levels[level]
	if l.format == "bullet" {
		return "ul", "", true
	}
	kinds := map[string]string{"decimal": "1", "lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i",
		"upperRoman": "I"}
	kind, known := kinds[l.format]
	return "ol", kind, known && (l.text == fmt.Sprintf("%%%d.", level+1) || l.text == fmt.Sprintf("%%%d．", level+1))
}

// countAs writes a number in the format of a numbering.
func countAs(n int, format string) string {
	switch format {
	case "chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting", "taiwaneseCounting",
		"taiwaneseCountingThousand":
		return chinese(n)
	case "chineseLegalSimplified":
		return strings.NewReplacer("一", "壹", "二", "贰", "三", "叁", "四", "肆", "五", "伍", "六", "陆", "七", "柒",
			"八", "捌", "九", "玖", "十", "拾", "百", "佰").Replace(chinese(n))
	case "lowerLetter":
		return letters(n, 'a')
	case "upperLetter":
		return letters(n, 'A')
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperRoman":
		return roman(n)
	case "decimalEnclosedCircle", "decimalEnclosedCircleChinese":
		if n >= 1 && n <= 20 {
			return string(rune('①' + n - 1))
		}
	case "decimalZero":
		return fmt.Sprintf("%02d", n)
	case "decimalFullWidth", "decimalFullWidth2":
		return strings.Map(func(r rune) rune { return r - '0' + '０' }, strconv.Itoa(n))
	case "ideographTraditional":
		if n >= 1 && n <= 10 {
			return string([]rune("甲乙丙丁戊己庚辛壬癸")[n-1])
		}
	}
	return strconv.Itoa(n)
}

// chinese writes 1 to 999 as 一, 十一, 一百零三; other numbers in digits.
func chinese(n int) string {
	digits := []rune("零一二三四五六七八九")
	switch {
	case n < 1 || n > 999:
		return strconv.Itoa(n)
	case n < 10:
		return string(digits[n])
	case n < 20:
		return "十" + strings.TrimPrefix(chineseOnes(n%10), "零")
	case n < 100:
		return string(digits[n/10]) + "十" + chineseOnes(n%10)
	}
	rest := n % 100
	out := string(digits[n/100]) + "百"
	switch {
	case rest == 0:
		return out
	case rest < 10:
		return out + "零" + string(digits[rest])
	}
	return out + string(digits[rest/10]) + "十" + chineseOnes(rest%10)
}

func chineseOnes(n int) string {
	if n == 0 {
		return ""
	}
	return string([]rune("零一二三四五六七八九")[n])
}

func letters(n int, from rune) string {
	if n < 1 || n > 26 {
		return strconv.Itoa(n)
	}
	return string(from + rune(n-1))
}

func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	for _, r := range []struct {
		value int
		sign  string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"},
		{9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for n >= r.value {
			b.WriteString(r.sign)
			n -= r.value
		}
	}
	return b.String()
}
