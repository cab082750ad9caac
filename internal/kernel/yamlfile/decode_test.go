package yamlfile

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"go.yaml.in/yaml/v3"
)

type thing struct {
	Name  string            `yaml:"name"`
	List  []string          `yaml:"list"`
	Count int               `yaml:"count"`
	Part  *thing            `yaml:"part"`
	Parts []thing           `yaml:"parts"`
	Map   map[string]string `yaml:"map"`
}

// bomb unfolds to ten to the power of nine values.
func bomb() string {
	var b strings.Builder
	b.WriteString("list: &a [x,x,x,x,x,x,x,x,x,x]\n")
	for c := 'b'; c <= 'j'; c++ {
		fmt.Fprintf(&b, "%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	return b.String()
}

func TestDecode(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"good":          {"name: 甲\nlist: [a, b]\npart: {name: 乙}\n", ""},
		"one alias":     {"list: &l [a, b]\npart: {list: *l}\n", ""},
		"BOM":           {"\ufeffname: 甲\n", ""},
		"empty":         {"", "是空的"},
		"comments":      {"# 甲\n", "是空的"},
		"unknown":       {"name: 甲\ncolour: red\n", "第 2 行：不认识的键 colour"},
		"twice":         {"name: 甲\ncount: 1\nname: 乙\n", `第 3 行：键 "name" 写了两次，第 1 行已有`},
		"map for list":  {"name: 甲\nlist: {a: b}\n", "第 2 行：这里只能写一个值"},
		"text for list": {"list: 甲\n", "第 1 行：这里应是列表，得到 甲"},
		"text for int":  {"\n\ncount: 很多\n", "第 3 行：这里不能写 很多"},
		"two":           {"name: a\n---\nname: b\n", "第 2 行：只能有一段"},
		"open":          {"name: [", "第 1 行：格式有误"},
		"indent":        {"name: a\n  list: [\n", "第 2 行：格式有误"},
		"tab":           {"part:\n\tname: a\n", "第 2 行：格式有误"},
		"no anchor":     {"name: *b\n", "第 1 行：没有名为 b 的锚点"},
		"itself":        {"part: &a\n  part: *a\n", "第 2 行：别名"},
		"bomb":          {bomb(), "第 3 行：别名（*）指向的内容里不能再有别名"},
		"copies": {"list: &a [" + strings.Repeat("x,", 5000) + "]\nparts: [" + strings.Repeat("{list: *a},", 3) +
			"]\n", "第 2 行：别名（*）展开后太大"},
		"nested alias": {"list: &a [x]\npart: &b {list: *a}\nparts: [*b]\n", "第 3 行：别名（*）指向的内容里不能再有别名"},
		"deep":         {"part: " + strings.Repeat("[", 200_000), "第 1 行：嵌套太深"},
		"less deep":    {strings.Repeat("{part: ", 100) + "{}" + strings.Repeat("}", 100), "嵌套超过 64 层"},
		"block deep":   {strings.Repeat("- ", 100_000) + "a", "嵌套"},
		"keys": {"map:\n" + func() string {
			var b strings.Builder
			for i := range 100_000 {
				fmt.Fprintf(&b, " k%d: 1\n", i)
			}
			return b.String()
		}(), "第 2 行：一组里的键超过 2000 个"},
		"large":   {"name: " + strings.Repeat("长", 1<<20), "超过 2 MiB"},
		"GBK":     {"name: a\nlist:\n- \xb9\xd8\xd3\xda\n", "第 3 行：不是 UTF-8 编码"},
		"UTF-16":  {"\xff\xfen\x00a\x00m\x00e\x00:\x00 \x00a\x00", "第 1 行：不是 UTF-8 编码"},
		"UTF-16b": {"n\x00a\x00m\x00e\x00:\x00 \x00a\x00", "第 1 行：有控制字符"},
		"zero":    {"name: a\x00b\n", "第 1 行：有控制字符"},
	} {
		t.Run(name, func(t *testing.T) {
			var v thing
			faults, _ := Decode([]byte(c.text), &v)
			got := strings.Join(faults, "\n")
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %.300q, want %q", got, c.want)
			}
		})
	}
}

// TestDecodeGoesOn: what could be read stands beside the faults, and a text of nothing but
// faults is told by its first ones.
func TestDecodeGoesOn(t *testing.T) {
	var v thing
	if faults, read := Decode([]byte("name: 甲\ncolour: red\n"), &v); len(faults) != 1 || !read || v.Name != "甲" {
		t.Errorf("%q %v %+v", faults, read, v)
	}
	var b strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	if faults, _ := Decode([]byte(b.String()), &thing{}); len(faults) != maxFaults+1 ||
		faults[maxFaults] != "另有 1480 处" {
		t.Errorf("%d faults, the last %q", len(faults), faults[len(faults)-1])
	}
}

// FuzzDecode: no panic; each refusal is Chinese and begins with a line where there is one;
// what is accepted survives being written and read again.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"name: 甲\nlist: [a]\npart: {count: 3}\n", bomb(), "a: &a [*a]", "name: a\nname: b\n",
		"list: {a: b}", "map: {<<: {a: b}}", "--- a\n---\n", "name: \"\\x41\"\n", "? a\n: b\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var v thing
		faults, _ := Decode(text, &v)
		for _, s := range faults {
			if !strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("not for people: %q", s)
			}
		}
		if len(faults) > 0 {
			return
		}
		again, err := yaml.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var w thing
		if faults, _ := Decode(again, &w); len(faults) > 0 {
			t.Fatalf("%q → %q: %q", text, again, faults)
		}
		if twice, err := yaml.Marshal(w); err != nil || !bytes.Equal(again, twice) {
			t.Errorf("%q, then %q %v", again, twice, err)
		}
	})
}
