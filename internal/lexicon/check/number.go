package check

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// match is a match of an expression, in runes of the text.
type match struct {
	from, to int
	groups   []string
}

// matches finds an expression in a text, MaxOfKind times at most. The numbers of runes are counted once.
func matches(re *regexp.Regexp, s string) []match {
	var out []match
	at, runes := 0, 0
	for _, m := range re.FindAllStringSubmatchIndex(s, MaxOfKind) {
		runes += utf8.RuneCountInString(s[at:m[0]])
		x := match{from: runes}
		runes += utf8.RuneCountInString(s[m[0]:m[1]])
		x.to, at = runes, m[1]
		for i := 2; i < len(m); i += 2 {
			if m[i] < 0 {
				x.groups = append(x.groups, "")
				continue
			}
			x.groups = append(x.groups, s[m[i]:m[i+1]])
		}
		out = append(out, x)
	}
	return out
}

// The form of document numbers: 党政机关公文格式 GB/T 9704-2012, 7.2.5. 国办发〔2026〕3号: the year in full within hexagonal
// brackets, the number without 第 and without zeros before it.
var (
	documentNumber = regexp.MustCompile(
		`(\p{Han})(\s*)([〔\[\(（【［〖﹝{〈《])\s*((?:19|20)\d{2}|\d{2}|[０-９]{4})\s*([〕\]\)）】］〗﹞}〉》])(\s*)(第?)(\s*)(0*)(\d{1,5})(\s*)(号?)(.?)`)
	yearWithout = regexp.MustCompile(
		`([\p{Han}]{1,6}[发函办字规令通电政])\s*((?:19|20)\d{2})\s*年?\s*第?\s*(\d{1,4})\s*号`)
	digitRun = regexp.MustCompile(`^[0-9０-９]`)
)

// documentNumbers checks the form of document numbers.
func (c *collector) documentNumbers(part Part, index int, s string, text []rune) {
	if !strings.Contains(s, "号") && !strings.ContainsAny(s, "〔［[【") {
		return
	}
	for _, m := range matches(documentNumber, s) {
		if f, ok := numberFinding(m, text); ok {
			f.Part, f.Index = part, index
			c.add(f, "")
		}
	}
	for _, m := range matches(yearWithout, s) {
		if !strings.ContainsAny(m.groups[0][len(m.groups[0])-3:], "发函规电") || houseNumber(text, m.to) {
			continue
		}
		c.add(Finding{
			Part:    part,
			Index:   index,
			From:    m.from,
			To:      m.to,
			Text:    string(text[m.from:m.to]),
			Code:    "number.form",
			Reason:  "发文字号的年份应当用六角括号括入，例如国办发〔2026〕3号（GB/T 9704）。",
			Suggest: []string{m.groups[0] + "〔" + m.groups[1] + "〕" + m.groups[2] + "号"},
		}, "")
	}
}

// numberFinding judges one number in brackets. The first Han character of the match belongs to the office code.
func numberFinding(m match, text []rune) (Finding, bool) {
	g := m.groups
	open, year, shut, numbered, zeros, ordinal, unit, after := g[2], g[3], g[4], g[6], g[8], g[9], g[11], g[12]
	if unit == "" && (open != "〔" || digitRun.MatchString(after)) {
		return Finding{}, false // without 号 only hexagonal brackets tell a document number
	}
	from, to := m.from+1+utf8.RuneCountInString(g[1]), m.to-utf8.RuneCountInString(after)
	if unit != "" && houseNumber(text, to) {
		return Finding{}, false
	}
	if strings.ContainsAny(year, "０１２３４５６７８９") {
		year = string(fold([]rune(year)).text)
	}
	if len(year) == 2 {
		if open != "〔" && open != "﹝" {
			return Finding{}, false
		}
		year = "20" + year
	}
	f := Finding{
		From:    from,
		To:      to,
		Text:    string(text[from:to]),
		Code:    "number.form",
		Suggest: []string{"〔" + year + "〕" + ordinal + "号"},
	}
	if f.Text == f.Suggest[0] {
		return f, false
	}
	switch {
	case open != "〔" || shut != "〕":
		f.Code, f.Reason = "number.brackets", "发文字号的年份应当用六角括号“〔〕”（GB/T 9704）。"
	case unit == "":
		f.Reason = "发文字号缺少“号”字。"
	case numbered != "":
		f.Reason = "发文字号的序号前不加“第”字（GB/T 9704）。"
	case zeros != "":
		f.Reason = "发文字号的序号不编虚位，1 不写作 01（GB/T 9704）。"
	case len(g[3]) == 2:
		f.Reason = "发文字号的年份应当写全称（GB/T 9704）。"
	default:
		f.Reason = "发文字号中不留空格，数字用半角。"
	}
	return f, true
}

// houseNumber reports whether 号 before a place belongs to a house, a line or a plot.
func houseNumber(text []rune, to int) bool {
	return to < len(text) && strings.ContainsRune("楼线院门馆路店厅地井坑机船矿车库房码", text[to])
}
