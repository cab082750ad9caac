package exchange

import (
	"strings"
	"testing"

	"guiyi/internal/kernel/fault"
)

func TestMappingErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "是空的",
		"fields: {titel: [标题]}":    `"titel" 不是要素名`,
		"defaults: {titel: x}":     `"titel" 不是要素名`,
		"require: [nothing]":       `"nothing" 不是要素名`,
		"values: {x: {a: b}}":      `"x" 不是要素名`,
		"name: a\ncolour: red":     "第 2 行：不认识的键 colour",
		"class: law":               "class 只能是",
		"body: word":               "body 只能是",
		"column: {map: {a: b}}":    "没有 by",
		"versions: {validity: 修改}": "没有 by",
		"name: [a":                 "映射文件有误",
		"fields: {title: 标题}":      "映射文件有误",
		"name: a\n---\nname: b":    "只能有一段",
		"name: &a [*a]":            "映射文件有误",
		"- a\n- b":                 "映射文件有误",
		"fields:\n  title: [标题]\n  title: [名称]": "映射文件有误",
	} {
		m, err := ParseMapping([]byte(text))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), want) {
			t.Errorf("%q: %v, %v; want %q", text, m, err, want)
		}
	}
}

func TestMappingValues(t *testing.T) {
	m, err := ParseMapping([]byte(`
fields: {title: ["{省}{市}通报", 名称], source: [单位], body: ["{题注}\n\n{正文}"]}
defaults: {source: 某单位, theme: 其他}
values: {region: {沪: 上海市, "*": 全国}, source: {甲局: 甲}}
ignore: [summary]
key: [省, 市]
column: {by: [类, 级], map: {公告: a/b}, default: c}
`))
	if err != nil {
		t.Fatal(err)
	}
	rec := map[string]string{"省": " 鲁\u3000", "市": "青岛", "名称": "别名", "summary": "机器写的", "级": "公告", "题注": "", "正文": "一"}
	for element, want := range map[string]string{"title": "鲁青岛通报", "source": "某单位", "theme": "其他", "summary": "",
		"region": "", "body": "一"} {
		if got := m.value(rec, element); got != want {
			t.Errorf("%s: %q, want %q", element, got, want)
		}
	}
	if got := m.value(map[string]string{"名称": "甲"}, "title"); got != "甲" {
		t.Errorf("an empty template should give way: %q", got)
	}
	if got := m.value(map[string]string{"单位": "甲局"}, "source"); got != "甲" {
		t.Errorf("value: %q", got)
	}
	if m.key(rec) != "鲁|青岛" || m.key(map[string]string{"x": "y"}) != "" {
		t.Errorf("key: %q", m.key(rec))
	}
	if m.column(rec) != "a/b" || m.column(map[string]string{"类": "别的"}) != "c" {
		t.Error("column")
	}
}

func FuzzMapping(f *testing.F) {
	f.Add("name: a\nfields: {title: [\"{a}{b}\"]}\n", "a", "b")
	f.Fuzz(func(t *testing.T, text, column, value string) {
		m, err := ParseMapping([]byte(text))
		if err != nil {
			if fault.Text(err) == "" {
				t.Error("no text")
			}
			return
		}
		_ = m.value(map[string]string{column: value}, "title")
		_ = m.key(map[string]string{column: value})
	})
}
