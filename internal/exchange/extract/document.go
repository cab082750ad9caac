package extract

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"

	"guiyi/internal/exchange/extract/notation"
)

// rowFields maps the labels of rows in head tables, without spaces, to fields.
var rowFields = map[string]string{
	"索引号": "index", "信息索引号": "index", "索引号码": "index", "索引编号": "index",
	"主题分类": "theme", "信息分类": "theme", "主题类别": "theme", "分类": "theme", "所属主题": "theme", "主题": "theme",
	"发文机关": "issuer", "发布机构": "issuer", "发布机关": "issuer", "制发机关": "issuer", "发文单位": "issuer", "发文部门": "issuer",
	"发文机构": "issuer",
	"公开主体": "issuer", "公开责任部门": "issuer", "制发单位": "issuer", "责任部门": "issuer", "颁布单位": "issuer", "制定机关": "issuer",
	"发布单位": "issuer", "公开机构": "issuer",
	"成文日期": "signed", "发文日期": "signed", "制发日期": "signed", "成文时间": "signed", "发文时间": "signed", "签发日期": "signed",
	"印发日期": "signed", "形成日期": "signed", "生成日期": "signed", "公文时间": "signed", "公布日期": "published",
	"发布日期": "published", "公开日期": "published", "发布时间": "published", "公开时间": "published", "上网日期": "published",
	"标题": "title", "名称": "title", "信息名称": "title", "文件名称": "title", "信息标题": "title",
	"发文字号": "number", "文号": "number", "文件编号": "number", "发文文号": "number", "文件字号": "number", "公文字号": "number",
	"文件文号": "number", "文件号": "number",
	"主题词": "keywords", "关键词": "keywords", "关键字": "keywords",
	"有效性": "validity", "效力状态": "validity", "时效性": "validity", "文件状态": "validity", "有效状态": "validity", "时效": "validity",
	"是否有效": "validity", "信息时效性": "validity", "文件有效性": "validity", "公文时效": "validity",
	"施行日期": "effective", "生效日期": "effective", "实施日期": "effective", "生效时间": "effective", "实施时间": "effective",
	"施行时间": "effective", "有效期开始": "effective",
	"失效日期": "expires", "废止日期": "expires", "终止日期": "expires", "失效时间": "expires", "废止时间": "expires", "有效期至": "expires",
	"体裁": "genre", "体裁分类": "genre", "公文种类": "genre", "文种": "genre", "文件类型": "genre", "公文体裁": "genre", "组配分类": "genre",
	"文件种类": "genre",
	"公开方式": "openness", "公开属性": "openness", "公开形式": "openness", "公开类型": "openness", "公开性质": "openness",
	"内容概述": "summary", "内容概要": "summary", "信息概况": "summary", "摘要": "summary", "概述": "summary",
	"统一登记号": "register", "规范性文件统一登记号": "register", "统一编号": "register", "有效期": "term", "公开时限": "limit", "公开期限": "limit",
	"公开范围": "scope", "公开程序": "procedure",
	"服务对象": "audience", "服务对象分类": "audience", "审核程序": "procedure", "来源": "source", "信息来源": "source", "文件来源": "source",
	"语种": "language", "生命周期": "cycle",
}

var indexPattern = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z\-_/.:〔〕\[\]()（）]{5,60}$`)

var rowSpace = regexp.MustCompile(`[\s\x{3000}\x{00a0}]+`)

// labelAt splits "索 引 号：000…" into label and value. ok is false when the label is unknown.
func labelAt(s string) (key, value string, colon, ok bool) {
	s = strings.TrimLeft(s, "【[〔 \u3000")
	if i := strings.IndexAny(s, ":：】]〕"); i >= 0 && i <= 60 {
		label := rowSpace.ReplaceAllString(s[:i], "")
		if _, known := rowFields[label]; known {
			_, size := utf8.DecodeRuneInString(s[i:])
			return label, strings.TrimLeft(fold(s[i+size:]), ":：】]〕 "), true, true
		}
	}
	label := rowSpace.ReplaceAllString(s, "")
	if _, known := rowFields[label]; known {
		return label, "", false, true
	}
	return "", "", false, false
}

// headTable reads the rows of the head table from the lines before the text. It returns the fields by label and the
// index after the last line of the table.
func (p *page) headTable() (fields map[string]string, end int) {
	fields = map[string]string{}
	var pendingLabel string
	pendingAt, strong := -1, 0
	for i := 0; i < len(p.lines); i++ {
		l := p.lines[i]
		if p.pastHead(i) {
			break
		}
		if l.crumb || l.frame && !l.cell || l.links > 0 && l.links >= l.chars && !l.cell {
			continue
		}
		for _, piece := range splitRows(clip(l.text, 2000)) {
			label, value, colon, ok := labelAt(piece)
			switch {
			case !ok:
				if pendingLabel != "" && i-pendingAt <= 1 && fields[pendingLabel] == "" &&
					sameRow(p.lines[pendingAt], l) {
					fields[pendingLabel], end = piece, i+1
				}
				pendingLabel = ""
				continue
			case !colon && !l.cell:
				pendingLabel = ""
				continue
			}
			if k := rowFields[label]; k == "index" || k == "number" || k == "signed" || k == "theme" || k == "issuer" {
				strong++
			}
			if value != "" && fields[label] == "" {
				fields[label], end, pendingLabel = value, i+1, ""
				continue
			}
			pendingLabel, pendingAt, end = label, i, max(end, i+1)
		}
	}
	if strong < 2 {
		return nil, 0
	}
	return fields, end
}

// sameRow reports whether a value is in the same row as its label: in the same tr or dl, or both in none.
func sameRow(label, value line) bool {
	row := func(l line) *html.Node {
		for n := l.node; n != nil; n = n.Parent {
			if n.Type == html.ElementNode && (n.Data == "tr" || n.Data == "dl") {
				return n
			}
		}
		return nil
	}
	return row(label) == row(value)
}

// pastHead reports whether line i is too far in the body for the head table.
func (p *page) pastHead(i int) bool {
	return p.body.node != nil && i > p.body.from+60 && i > 40 || i > 0 && i >= p.body.from && p.lines[i].chars > 150 &&
		p.lines[i].punct > 3 && i > p.body.from+1
}

// splitRows splits a line that contains several rows ("索引号：… 发文机关：…").
func splitRows(s string) []string {
	if !strings.ContainsAny(s, ":：") {
		return []string{s}
	}
	var cuts []int
	for _, m := range anyRow.FindAllStringSubmatchIndex(s, -1) {
		if m[2] > 0 && !strings.ContainsAny(s[max(0, m[2]-3):m[2]], " \u3000|｜　】]") {
			continue
		}
		cuts = append(cuts, m[2])
	}
	if len(cuts) == 0 {
		return []string{s}
	}
	var out []string
	start := 0
	for _, c := range cuts {
		if t := strings.TrimSpace(s[start:c]); t != "" {
			out = append(out, t)
		}
		start = c
	}
	return append(out, strings.TrimSpace(s[start:]))
}

var anyRow = func() *regexp.Regexp {
	var alt []string
	for label := range rowFields {
		spaced := make([]string, 0, 6)
		for _, r := range label {
			spaced = append(spaced, string(r))
		}
		if len(spaced) > 1 {
			alt = append(alt, strings.Join(spaced, `[\s\x{3000}\x{00a0}]*`))
		}
	}
	return regexp.MustCompile(`((?:` + strings.Join(alt, "|") + `)[\s\x{3000}]*[:：])`)
}()

// documentOf returns the metadata of an official document, from head table, title, first lines and signature.
func (p *page) documentOf(title string) (d DocumentInfo, summary string) {
	fields := p.table
	if len(fields) > 0 {
		d.Fields = fields
		summary = p.fromTable(&d, fields)
	}
	if d.Number == "" {
		p.numberFromText(&d, title)
	}
	if d.Index == "" {
		if v, _ := p.head.first("indexnumber", "index_no", "syh"); v != "" {
			d.Index = v
		}
	}
	if d.Signed.IsZero() && (d.Number != "" || len(fields) > 0) {
		p.signature(&d)
	}
	return d, summary
}

func (p *page) fromTable(d *DocumentInfo, fields map[string]string) (summary string) {
	for label, value := range fields {
		value = strings.Trim(value, " -—/")
		if value == "" || value == "无" || value == "暂无" {
			continue
		}
		set := func(to *string, rule string) {
			if *to == "" {
				*to = value
				p.evidence[rule] = "head table " + label
			}
		}
		date := func(to *time.Time) {
			if at, _, ok := ParseTime(value); ok && to.IsZero() {
				*to = at
			}
		}
		switch rowFields[label] {
		case "index":
			if indexPattern.MatchString(strings.ReplaceAll(value, " ", "")) {
				value = strings.ReplaceAll(value, " ", "")
			}
			set(&d.Index, "index")
		case "number":
			if no, raw, ok := DocNumber(value); ok {
				d.Number, d.NumberRaw = no, raw
				p.evidence["number"] = "head table " + label
			} else if length(value) <= 40 && strings.ContainsAny(notation.Narrow(value), "0123456789") {
				d.Number, d.NumberRaw = value, value
				p.evidence["number"] = "head table " + label
			}
		case "issuer":
			set(&d.Issuer, "issuer")
		case "theme":
			set(&d.Theme, "theme")
		case "genre":
			set(&d.Genre, "genre")
		case "validity":
			set(&d.Validity, "validity")
		case "openness":
			set(&d.Openness, "openness")
		case "signed":
			date(&d.Signed)
		case "published":
			date(&d.Published)
		case "effective":
			date(&d.Effective)
		case "expires":
			date(&d.Expires)
		case "summary":
			summary = value
		}
	}
	if !d.Signed.IsZero() {
		p.evidence["signed"] = "head table"
	}
	return summary
}

var alone = regexp.MustCompile(`^[（(]?\s*(.{2,60}号)\s*[)）]?$`)

// isNumber reports whether a line consists only of a document number.
func isNumber(s string) bool {
	m := alone.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	_, raw, ok := DocNumber(m[1])
	return ok && length(raw)+4 >= length(m[1])
}

// numberFromText reads the document number from the title or the first lines of the text.
func (p *page) numberFromText(d *DocumentInfo, title string) {
	if no, raw, ok := DocNumber(title); ok && strings.Contains(title, "号") {
		d.Number, d.NumberRaw = no, raw
		p.evidence["number"] = "title"
		return
	}
	for i := p.body.from; i >= 0 && i < min(p.body.to, p.body.from+10); i++ {
		l := p.lines[i]
		if !isNumber(l.text) {
			continue
		}
		d.Number, d.NumberRaw, _ = DocNumber(l.text)
		p.evidence["number"] = "text"
		return
	}
}

// signature reads issuer and date from the end of the text: two short lines, the second only a date.
func (p *page) signature(d *DocumentInfo) {
	for i := p.bodyEnd - 1; i > p.bodyStart && i >= 0; i-- {
		t := notation.Narrow(p.lines[i].text)
		ms := notation.Moments(t)
		if len(ms) != 1 || ms[0].Precise != Day || length(t)-length(t[ms[0].Start:ms[0].End]) > 2 {
			continue
		}
		d.Signed = ms[0].At
		p.evidence["signed"] = "signature"
		if prev := p.lines[i-1].text; d.Issuer == "" && length(prev) <= 40 && !strings.ContainsAny(prev, "。，；：") {
			d.Issuer = prev
			p.evidence["issuer"] = "signature"
		}
		return
	}
}
