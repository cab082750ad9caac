package metadata

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"guiyi/internal/kernel/rule"
)

// Prefix is the prefix of the code of every finding of this package, such as "metadata.ResName".
const Prefix = "metadata."

// Element is one row of the metadata standard (元数据定义).
type Element struct {
	ID     string     `yaml:"id"`     // short name
	Name   string     `yaml:"name"`   // 中文名
	En     string     `yaml:"en"`     // 英文名
	Class  string     `yaml:"class"`  // "core", or the class that adds the element
	Type   string     `yaml:"type"`   // data type, see standard.yaml
	Need   string     `yaml:"need"`   // "M" mandatory, "O" optional
	Level  rule.Level `yaml:"level"`  // level of a violation
	Max    int        `yaml:"max"`    // maximum number of values; 0 = no limit
	Values []string   `yaml:"values"` // allowed values, for type E
}

//go:embed standard.yaml
var standardText []byte

// Elements returns all elements of the metadata standard.
var Elements = sync.OnceValue(func() []Element {
	var all []Element
	if err := yaml.Unmarshal(standardText, &all); err != nil {
		panic("metadata: embedded standard.yaml: " + err.Error()) // TestElements checks the file
	}
	return all
})

// Check checks the values of an item against the core elements and those of its class. values are by element id.
func Check(class string, values map[string][]string) []rule.Finding {
	var fs []rule.Finding
	for _, el := range Elements() {
		if el.Class != "core" && el.Class != class {
			continue
		}
		if text := checkElement(el, values[el.ID]); text != "" {
			fs = append(fs, rule.Finding{Code: Prefix + el.ID, Level: el.Level, Field: el.Name, Text: text})
		}
	}
	return fs
}

// checkElement returns a Chinese text about what is wrong, or "".
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
