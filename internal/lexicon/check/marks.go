package check

import (
	"regexp"
	"strings"
)

// pairs are the signs that come in pairs: GB/T 15834-2011.
var pairs = map[rune]rune{'《': '》', '〈': '〉', '〔': '〕', '（': '）', '【': '】', '“': '”', '「': '」'}

// opened is a sign that waits for its other half.
type opened struct {
	sign  rune
	at    int
	inner []Finding // 《 within 《》, told when the outer one is closed
}

// marks checks signs that come in pairs.
func (c *collector) marks(part Part, index int, text []rune) {
	closing := map[rune]rune{}
	for o, s := range pairs {
		closing[s] = o
	}
	var stack []opened
	report := func(at int, reason string) {
		c.add(Finding{
			Part:   part,
			Index:  index,
			From:   at,
			To:     at + 1,
			Text:   string(text[at]),
			Code:   pairCode(text[at]),
			Reason: reason,
		}, "")
	}
	for i, r := range text {
		if c.full("mark.pair") {
			return
		}
		switch {
		case pairs[r] != 0:
			stack = append(stack, opened{sign: r, at: i})
		case closing[r] != 0:
			k := len(stack) - 1
			for k >= 0 && stack[k].sign != closing[r] && len(stack)-k < 4 {
				k--
			}
			if k < 0 || stack[k].sign != closing[r] {
				if !enumerates(text, i) {
					report(i, "“"+string(r)+"”没有与它成对的“"+string(closing[r])+"”。")
				}
				continue
			}
			for _, o := range stack[k+1:] {
				report(o.at, "“"+string(o.sign)+"”没有与它成对的“"+string(pairs[o.sign])+"”。")
			}
			for _, f := range stack[k].inner {
				c.add(f, "")
			}
			if k > 0 && r == '》' && stack[k-1].sign == '《' && len(stack[k-1].inner) < 10 {
				stack[k-1].inner = append(stack[k-1].inner, nested(part, index, text, stack[k].at, i+1))
			}
			stack = stack[:k]
		}
	}
	for _, o := range stack {
		report(o.at, "“"+string(o.sign)+"”没有与它成对的“"+string(pairs[o.sign])+"”。")
	}
}

// pairCode is mark.pair for the titles of documents, where a missing sign changes what is cited. Quotations may go on
// over paragraphs, so the other signs are a matter of usage.
func pairCode(sign rune) string {
	if strings.ContainsRune("《》〔〕", sign) {
		return "mark.pair"
	}
	return "mark.usage"
}

// enumerates reports whether a closing bracket belongs to a number at the beginning: 1）, 一）.
func enumerates(text []rune, at int) bool {
	if text[at] != '）' {
		return false
	}
	i := at
	for i > 0 && at-i < 4 && (isWord(text[i-1]) || strings.ContainsRune("一二三四五六七八九十", text[i-1])) {
		i--
	}
	return i < at && (i == 0 || !isHan(text[i-1]))
}

// nested is the finding of 《》 within 《》: the inner signs are 〈〉.
func nested(part Part, index int, text []rune, from, to int) Finding {
	return Finding{
		Part:    part,
		Index:   index,
		From:    from,
		To:      to,
		Text:    string(text[from:to]),
		Code:    "mark.nest",
		Reason:  "书名号中还要用书名号时，里面一层用单书名号“〈〉”（GB/T 15834）。",
		Suggest: []string{"〈" + string(text[from+1:to-1]) + "〉"},
	}
}

// usage is a rule about a sign or a numeral. Group 1, when there is one, is what the finding covers.
type usage struct {
	code, reason string
	find         *regexp.Regexp
	fix          string // template of regexp.Expand for the match; "" = no fix, "-" = delete
}

// usages are rules of GB/T 15834 (punctuation) and GB/T 15835 (numerals) that can be told without understanding.
func usages() []usage {
	return []usage{
		{"mark.usage", "标有书名号的并列成分之间通常不用顿号（GB/T 15834）。", regexp.MustCompile(`》、《`), "》《"},
		{"mark.usage", "标有引号的并列成分之间通常不用顿号（GB/T 15834）。", regexp.MustCompile(`”、“`), "”“"},
		{"mark.usage", "标点重复。", regexp.MustCompile(`，，+|。。|、、+|；；+|：：+`), "first"},
		{"mark.usage", "标点重复，请留下一个。", regexp.MustCompile(`，。|。，|、。|；。|，、`), ""},
		{"mark.usage", "中文里的逗号、分号、冒号、问号应当用全角。", regexp.MustCompile(`\p{Han}[,;:?!]\p{Han}`), "wide"},
		{"mark.usage", "“第一”等次序词之后用逗号，不用顿号（GB/T 15834）。",
			regexp.MustCompile(`(?:^|[。；：])(第[一二三四五六七八九十]+|首先|其次|再次)、`), "comma"},
		{"mark.usage", "带括号的序次语之后不加标点（GB/T 15834）。", regexp.MustCompile(`(?:^|。)([（(][一二三四五六七八九十\d]+[）)])[、，.．]`), "bare"},
		{"mark.usage", "省略号是六个圆点“……”，不用句号代替。", regexp.MustCompile(`。。。+|\.\.\.+`), "dots"},
		{"mark.usage", "“等”与省略号不同时使用。", regexp.MustCompile(`等……|……等`), ""},
		{"mark.numeral", "年份用汉字时“〇”不写作数字 0 或字母 O（GB/T 15835）。", regexp.MustCompile(`[一二三四五六七八九][0OoＯ０][一二三四五六七八九〇0O０]`), "zero"},
		{"mark.numeral", "“十几”“几十”这样的概数用汉字（GB/T 15835）。", regexp.MustCompile(`[1-9]0?几(?:个|名|人|户|家|项|年|天)`), ""},
	}
}

// usage applies the rules of signs and numerals.
func (c *collector) usage(part Part, index int, s string, text []rune) {
	for _, u := range c.usages {
		for _, m := range matches(u.find, s) {
			was := string(text[m.from:m.to])
			f := Finding{
				Part:   part,
				Index:  index,
				From:   m.from,
				To:     m.to,
				Text:   was,
				Code:   u.code,
				Reason: u.reason,
			}
			fix, ok := u.replace(was)
			if fix == was {
				continue
			}
			if ok {
				f.Suggest = []string{fix}
			}
			c.add(f, "")
		}
	}
}

// replace returns what a match should be. ok is false when only a person can say.
func (u usage) replace(was string) (fix string, ok bool) {
	r := []rune(was)
	switch u.fix {
	case "":
		return "", false
	case "first":
		return string(r[0]), true
	case "wide":
		full := strings.NewReplacer(",", "，", ";", "；", ":", "：", "?", "？", "!", "！")
		return string(r[0]) + full.Replace(string(r[1])) + string(r[2]), true
	case "comma":
		return strings.TrimSuffix(was, "、") + "，", true
	case "bare":
		return string(r[:len(r)-1]), true
	case "dots":
		return "……", true
	case "zero":
		return strings.NewReplacer("0", "〇", "O", "〇", "o", "〇", "Ｏ", "〇", "０", "〇").Replace(was), true
	default:
		return u.fix, true
	}
}
