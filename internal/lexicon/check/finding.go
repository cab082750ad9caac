package check

import (
	"cmp"
	"slices"
)

// Level is how serious a finding is.
type Level string

// The levels, most serious first. Off is no finding at all.
const (
	Block Level = "block" // 阻断：改正或说明理由后才能发布
	Warn  Level = "warn"  // 警告
	Hint  Level = "hint"  // 提示
	Off   Level = "off"   // 不检查
)

// Choices implements api.Choice.
func (Level) Choices() []string {
	return []string{string(Block), string(Warn), string(Hint), string(Off)}
}

// Meaning implements api.Choice.
func (Level) Meaning() string { return "block 阻断、warn 警告、hint 提示、off 不检查" }

// Valid reports whether the level is one of the four.
func (l Level) Valid() bool { return slices.Contains(l.Choices(), string(l)) }

// rank orders levels, most serious first.
func (l Level) rank() int { return slices.Index(l.Choices(), string(l)) }

// Part is the part of a document that a finding is in.
type Part string

// The parts.
const (
	InTitle Part = "title"
	InText  Part = "text"  // Index counts the blocks
	InImage Part = "image" // Index counts the pictures
	InTable Part = "table" // Index counts the tables
	InFile  Part = "file"  // Index counts the attachments
)

// Finding is one thing that looks wrong, and where.
type Finding struct {
	Part     Part
	Index    int      // number of the block, picture, table or attachment, from 0
	From, To int      // range of runes in the title, the block, or the text of an attachment
	Text     string   // what is there
	Code     string   // see Kinds
	Source   string   // code of the dictionary, "" for rules
	Level    Level    //
	Reason   string   // Chinese: why, and what to do
	Suggest  []string // what may replace Text, best first; "" deletes it. The first is the fix of one click
}

// Report is the result of a check.
type Report struct {
	Findings  []Finding // in the order of the document
	Ignored   int       // left out, because somebody ignored them with a reason
	Truncated bool      // there were more than MaxFindings
}

// Blocks reports whether a finding of level block is in the report.
func (r Report) Blocks() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Level == Block })
}

// MaxFindings is the greatest number of findings in a report, MaxOfKind of one kind.
const (
	MaxFindings = 500
	MaxOfKind   = 100
)

// Kind is a kind of finding.
type Kind struct {
	Code    string
	Name    string // Chinese
	Default Level  // where neither the dictionary nor the site says otherwise
	Most    Level  // the most serious level that a site may set
}

// Kinds returns all kinds of findings, in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{
		{"word.wrong", "错别字", Warn, Block},
		{"word.confusable", "易混词", Hint, Block},
		{"word.sensitive", "敏感词", Warn, Block},
		{"word.expression", "规范表述", Warn, Block},
		{"word.likely", "疑似错别字", Hint, Warn},
		{"leader.name", "领导姓名", Warn, Block},
		{"leader.title", "领导职务", Warn, Block},
		{"leader.order", "领导排序", Warn, Block},
		{"personal.id", "身份证号码", Block, Block},
		{"personal.id15", "15 位身份证号码", Warn, Block},
		{"personal.phone", "手机号码", Warn, Block},
		{"personal.card", "银行卡号", Warn, Block},
		{"personal.passport", "护照和通行证号码", Warn, Block},
		{"number.brackets", "发文字号的括号", Warn, Block},
		{"number.form", "发文字号的写法", Hint, Block},
		{"mark.pair", "成对的标点", Warn, Block},
		{"mark.nest", "书名号的套用", Hint, Warn},
		{"mark.usage", "标点的用法", Hint, Warn},
		{"mark.numeral", "数字的用法", Hint, Warn},
		{"space.stray", "多余的空格", Hint, Warn},
		{"link.dangerous", "危险链接", Block, Block},
		{"link.broken", "无效链接", Warn, Block},
		{"link.internal", "内部地址", Warn, Block},
		{"link.text", "链接文字", Hint, Warn},
		{"image.alt", "图片的替代文字", Warn, Block},
		{"table.header", "表格的表头", Warn, Block},
		{"heading.order", "标题层级", Hint, Warn},
		{"file.name", "附件名称", Hint, Block},
	}
}

// kinds is Kinds by code.
func kinds() map[string]Kind {
	out := map[string]Kind{}
	for _, k := range Kinds() {
		out[k.Code] = k
	}
	return out
}

// collector gathers findings and keeps the bounds.
type collector struct {
	opts    Options
	kinds   map[string]Kind
	count   map[string]int
	usages  []usage
	out     Report
	ignored []Finding // left out by opts.Ignored; nothing else is said of these places
}

// add adds a finding with its level, unless it is off, ignored or over the bounds. own is the level that the dictionary
// entry asks for, "" for none.
func (c *collector) add(f Finding, own Level) {
	kind := c.kinds[f.Code]
	f.Level = cmp.Or(c.opts.Levels[f.Code], kind.Default)
	if own != "" && c.opts.Levels[f.Code] != Off {
		f.Level = own
	}
	if l := c.opts.Levels[f.Source]; f.Source != "" && l != "" {
		f.Level = l
	}
	if f.Level.rank() < kind.Most.rank() {
		f.Level = kind.Most
	}
	if f.Level == Off {
		return
	}
	if c.opts.Ignored != nil && c.opts.Ignored(f) {
		c.out.Ignored++
		c.ignored = append(c.ignored, f)
		return
	}
	if c.full(f.Code) {
		c.out.Truncated = true
		return
	}
	c.count[f.Code]++
	c.out.Findings = append(c.out.Findings, f)
}

// full reports whether no more findings of a kind are wanted. Loops over hostile input end early by it.
func (c *collector) full(code string) bool {
	return c.count[code] >= MaxOfKind || len(c.out.Findings) >= MaxFindings
}

// sorted returns the report in the order of the document.
func (c *collector) sorted() Report {
	order := []Part{InTitle, InText, InImage, InTable, InFile}
	slices.SortStableFunc(c.out.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Part), slices.Index(order, b.Part)),
			cmp.Compare(a.Index, b.Index), cmp.Compare(a.From, b.From), cmp.Compare(a.Level.rank(), b.Level.rank()))
	})
	return c.out
}
