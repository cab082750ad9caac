package resource

import (
	_ "embed"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/org"
)

// Element is one row of the metadata standard (元数据定义).
type Element struct {
	ID     string     `yaml:"id"`     // short name
	Name   string     `yaml:"name"`   // 中文名
	En     string     `yaml:"en"`     // 英文名
	Class  string     `yaml:"class"`  // core, or the class that adds it
	Type   string     `yaml:"type"`   // data type notation, see metadata.yaml
	Need   string     `yaml:"need"`   // M mandatory, O optional
	Level  rule.Level `yaml:"level"`  // what a breach is
	Max    int        `yaml:"max"`    // how many values at most
	Values []string   `yaml:"values"` // of an E element
}

//go:embed metadata.yaml
var metadataText []byte

// Elements returns the metadata standard: the core elements and those each class adds.
var Elements = sync.OnceValue(func() []Element {
	var all []Element
	if err := yaml.Unmarshal(metadataText, &all); err != nil {
		panic("resource: embedded metadata.yaml: " + err.Error()) // kept right by TestElements
	}
	return all
})

// CheckMetadata holds an edition against the metadata standard of its class.
func CheckMetadata(class Class, e *Edition) []rule.Finding {
	var fs []rule.Finding
	values := metadataValues(class, e)
	for _, el := range Elements() {
		if el.Class != "core" && el.Class != string(class) {
			continue
		}
		if text := checkElement(el, values[el.ID]); text != "" {
			fs = append(fs, rule.Finding{Code: "metadata." + el.ID, Level: el.Level, Field: el.Name, Text: text})
		}
	}
	return fs
}

func metadataValues(class Class, e *Edition) map[string][]string {
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	v := map[string][]string{
		"ResName": one(e.Title), "ResClass": one(string(class)), "Source": one(e.Source), "ResAbstract": one(e.Summary),
		"Keywords": e.Keywords, "Author": one(e.Author), "Editor": one(e.Editor), "Text": one(strings.TrimSpace(e.Text)),
	}
	if e.PublishedAt != 0 {
		v["PubDate"] = one(store.FromMilli(e.PublishedAt).Format("2006-01-02 15:04"))
	}
	if len(v["Text"]) == 0 && (len(e.Media) > 0 || len(e.Files) > 0 || e.Cover != nil) {
		v["Text"] = []string{"图片或附件"} // a picture story or a scanned document has no text of its own
	}
	d, r := orZero(e.Document), orZero(e.Interpretation)
	for id, s := range map[string]string{"IndexNo": d.IndexNo, "DocNo": d.DocNo, "Issuer": d.Issuer, "Theme": d.Theme, "Genre": d.Genre,
		"SignedOn": d.SignedOn, "Effective": d.Effective, "Expires": d.Expires, "Validity": d.Validity, "OpenType": d.Disclosure,
		"Form": r.Form, "Level": r.Level} {
		v[id] = one(s)
	}
	return v
}

// checkElement returns what is wrong, in Chinese, or "".
func checkElement(el Element, values []string) string {
	if len(values) == 0 {
		if el.Need == "M" {
			return "缺少" + el.Name + "，请补充"
		}
		return ""
	}
	if el.Max > 0 && len(values) > el.Max {
		return el.Name + "最多填 " + strconv.Itoa(el.Max) + " 个"
	}
	for _, v := range values {
		if text := checkValue(el, v); text != "" {
			return text
		}
	}
	return ""
}

func checkValue(el Element, v string) string {
	switch {
	case strings.HasPrefix(el.Type, "C.."):
		if limit, _ := strconv.Atoi(el.Type[3:]); utf8.RuneCountInString(v) > limit {
			return el.Name + "超过 " + el.Type[3:] + " 个字，请缩短"
		}
	case el.Type == "D8":
		if _, err := time.Parse(time.DateOnly, v); err != nil {
			return el.Name + "应写成 2026-01-31 这样的日期，现在是“" + v + "”"
		}
	case el.Type == "E":
		if !slices.Contains(el.Values, v) {
			return el.Name + "“" + v + "”不在允许的值里：" + strings.Join(el.Values, "、")
		}
	case el.Type == "P:docno":
		if !ValidDocNo(v) {
			return "发文字号“" + v + "”不合规范，应如 国办发〔2020〕45号：六角括号，序号不编虚位"
		}
	case el.Type == "P:index":
		if text := CheckIndexNo(v); text != "" {
			return text
		}
	case el.Type == "P:theme":
		if !ValidTheme(v) {
			return "主题分类“" + v + "”不在国家分类表里"
		}
	}
	return ""
}

var docNoPattern = regexp.MustCompile(`^[\p{Han}（）()]{1,20}〔\d{4}〕[1-9]\d{0,4}号$`)

// orderNoPattern is the number of an order or announcement: 国务院令第711号, 公告2020年第61号.
var orderNoPattern = regexp.MustCompile(`^\p{Han}{0,20}(\d{4}年)?第\s?([1-9]\d{0,5}|[一二三四五六七八九十百千零〇]{1,10})\s?号$`)

// ValidDocNo reports whether s is a well-formed document number (发文字号): issuer code,
// year in hexagonal brackets U+3014 and U+3015, serial without padding (党政机关公文处理工作条例,
// GB/T 9704), or the number of an order or announcement (第711号).
func ValidDocNo(s string) bool { return docNoPattern.MatchString(s) || orderNoPattern.MatchString(s) }

var indexNoPattern = regexp.MustCompile(`^([0-9A-Z]{9}|[0-9A-Z]{18})/(\d{4}|\d{6})-(\d{5})$`)

// CheckIndexNo checks an index number (索引号): organisation code or unified social
// credit code with right check digit, year or year and month, five-digit serial. It
// returns what is wrong in Chinese, or "".
func CheckIndexNo(s string) string {
	m := indexNoPattern.FindStringSubmatch(s)
	if m == nil {
		return "索引号“" + s + "”不合规范，应如 000014349/2017-00110"
	}
	if len(m[1]) == 9 && !org.ValidOrgCode(m[1]) || len(m[1]) == 18 && !org.ValidUSCC(m[1]) {
		return "索引号“" + s + "”里的机构代码校验位不对"
	}
	return ""
}
