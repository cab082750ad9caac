package check

import (
	"slices"
	"strings"
)

// Leader is a person in the organ's own table, in the order in which leaders are named. One person may have several
// titles (市委副书记、市长).
type Leader struct {
	Name   string
	Titles []string
}

// Leaders is the table of an organ, ready for checks. It is immutable.
type Leaders struct {
	people []Leader
	names  *automaton
	titles *automaton
	title  []string // by number of the automaton
	holder map[string][]int
}

// NewLeaders prepares a table. Names and titles shorter than two characters are left out.
func NewLeaders(people []Leader) *Leaders {
	l := &Leaders{people: people, holder: map[string][]int{}}
	var names, titles [][]rune
	for i, p := range people {
		names = append(names, []rune(keep(p.Name)))
		for _, t := range p.Titles {
			if t = keep(t); t == "" {
				continue
			}
			if len(l.holder[t]) == 0 {
				l.title, titles = append(l.title, t), append(titles, []rune(t))
			}
			l.holder[t] = append(l.holder[t], i)
		}
	}
	l.names, l.titles = newAutomaton(names), newAutomaton(titles)
	return l
}

func keep(s string) string {
	if s = strings.TrimSpace(s); len([]rune(s)) < 2 {
		return ""
	}
	return s
}

// span is a name or a title in a text.
type span struct{ from, to, number int }

// leaders checks names, titles and order of leaders in a text.
func (c *collector) leaders(part Part, index int, text []rune) {
	l := c.opts.Leaders
	if l == nil || len(l.people) == 0 {
		return
	}
	f := fold(text)
	report := func(from, to int, code, reason string, fix ...string) {
		a, b := f.original(from, to)
		c.add(Finding{
			Part:    part,
			Index:   index,
			From:    a,
			To:      b,
			Text:    string(text[a:b]),
			Code:    code,
			Reason:  reason,
			Suggest: fix,
		}, "")
	}
	names, titles := longest(l.names, f.text), longest(l.titles, f.text)
	named := map[int]span{} // by where the name begins
	for _, n := range names {
		named[n.from] = n
	}
	for _, t := range titles {
		if c.full("leader.name") || c.full("leader.title") {
			break
		}
		if former(f.text, t.from) {
			continue
		}
		title, at := l.title[t.number], t.to
		n, found := named[at]
		switch {
		case !found:
			if who, length := l.nearly(f.text, at, l.holder[title]); who >= 0 {
				name := l.people[who].Name
				report(at, at+length, "leader.name", "本单位的"+title+"是“"+name+"”，这里的姓名可能写错了。", name)
			}
		case !slices.Contains(l.holder[title], n.number) && !endsLonger(f.text, t.from):
			p := l.people[n.number]
			report(t.from, n.from, "leader.title", p.Name+"的职务在领导名单里是“"+strings.Join(p.Titles, "、")+
				"”，与这里不一致。", p.Titles...)
		}
	}
	l.order(f.text, names, report)
}

// longest returns the words of an automaton in a text without those inside others.
func longest(a *automaton, text []rune) (out []span) {
	a.each(text, func(from, to, word int) bool {
		for len(out) > 0 && out[len(out)-1].from >= from {
			out = out[:len(out)-1]
		}
		if len(out) == 0 || out[len(out)-1].to <= from {
			out = append(out, span{from, to, word})
		}
		return len(out) < 4*MaxFindings
	})
	return out
}

// former reports whether the title before a place is one of the past or of somebody who acts for it.
func former(text []rune, from int) bool {
	before := string(text[max(0, from-3):from])
	return strings.HasSuffix(before, "原") || strings.HasSuffix(before, "前") || strings.HasSuffix(before, "时任") ||
		strings.HasSuffix(before, "拟任") || strings.HasSuffix(before, "曾任")
}

// endsLonger reports whether a title is the end of a longer one that is not in the table: 副市长, 代市长.
func endsLonger(text []rune, from int) bool {
	return from > 0 && strings.ContainsRune("副代正执", text[from-1])
}

// nearly returns who of the holders is meant by a name with one wrong character, and the length of that name; -1 for
// nobody. The family name or all but one character must be right.
func (l *Leaders) nearly(text []rune, at int, holders []int) (who, length int) {
	for _, h := range holders {
		name := []rune(l.people[h].Name)
		if at+len(name) > len(text) || len(name) < 2 {
			continue
		}
		same := 0
		for i, r := range name {
			if text[at+i] == r {
				same++
			}
		}
		if same == len(name)-1 && (len(name) > 2 || text[at] == name[0]) && nameOnly(text[at:at+len(name)]) {
			if len(name) > 2 || at+2 == len(text) || !isHan(text[at+2]) {
				return h, len(name)
			}
		}
	}
	return -1, 0
}

func nameOnly(r []rune) bool {
	return !slices.ContainsFunc(r, func(r rune) bool { return !isHan(r) })
}

// order checks that names in an enumeration follow the table.
func (l *Leaders) order(text []rune, names []span, report func(from, to int, code, reason string, fix ...string)) {
	for i := 0; i < len(names); {
		j := i + 1
		for j < len(names) && adjacent(text[names[j-1].to:names[j].from]) {
			j++
		}
		group := names[i:j]
		i = j
		byTable := func(a, b span) int { return a.number - b.number }
		if len(group) < 2 || slices.IsSortedFunc(group, byTable) {
			continue
		}
		right := slices.SortedFunc(slices.Values(group), byTable)
		var list []string
		plain := true
		for k, s := range right {
			list = append(list, l.people[s.number].Name)
			plain = plain && (k == 0 || len(strings.Trim(string(text[group[k-1].to:group[k].from]), " 、，,")) == 0)
		}
		var fix []string
		if plain {
			fix = []string{strings.Join(list, "、")}
		}
		report(group[0].from, group[len(group)-1].to, "leader.order",
			"领导的顺序与领导名单不一致，名单里的顺序是："+strings.Join(list, "、")+"。", fix...)
	}
}

// adjacent reports whether what is between two names leaves them in one enumeration.
func adjacent(between []rune) bool {
	if len(between) > 24 {
		return false
	}
	return !strings.ContainsAny(string(between), "。；！？\n") && strings.ContainsAny(string(between), "、 和")
}
