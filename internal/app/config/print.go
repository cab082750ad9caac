package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Dump returns the configuration as YAML with the source of each value and without secrets.
func (l *Loaded) Dump() string {
	var b strings.Builder
	rows(&b, func(o option, indent string) {
		value := literal(o, o.shown(o.text(&l.Config)))
		fmt.Fprintf(&b, "%s%s: %s  # %s\n", indent, leaf(o.key), value, l.Source(o.key))
	})
	return b.String()
}

// Example returns a configuration file in which all options are commented out, with meaning, allowed values and
// default.
func Example() string {
	def := Default()
	var b strings.Builder
	b.WriteString("# 归一平台配置示例。去掉行首的“# ”即可修改；未设置的项取所示默认值。\n")
	b.WriteString("# 优先级：命令行参数 > 环境变量（GUIYI_ 加大写的键）> 本文件 > 默认值。\n")
	b.WriteString("# 检查：guiyi config check；查看生效值：guiyi config dump。\n")
	rows(&b, func(o option, indent string) {
		fmt.Fprintf(&b, "\n%s# %s。允许：%s。环境变量 %s。\n", indent, o.usage, o.allow, o.env())
		fmt.Fprintf(&b, "%s# %s: %s\n", indent, leaf(o.key), literal(o, o.text(&def)))
	})
	return b.String()
}

// Options returns a list of all options by section, with flag, environment variable, meaning, allowed values and
// default.
func Options() string {
	def := Default()
	var b strings.Builder
	b.WriteString("每个配置项可以写在配置文件里，也可以写成环境变量或命令的参数；参数最优先，然后是环境变量、配置文件、默认值。\n")
	b.WriteString("键就是参数的名称，其中隔开分组的“-”在配置文件里写成“.”：guiyi config example 打印可以直接修改的配置文件。\n")
	current := "-"
	for _, o := range options() {
		name, _, nested := strings.Cut(o.key, ".")
		if !nested {
			name = ""
		}
		if name != current {
			title := section(name)
			if name == "" {
				title = "基本"
			}
			fmt.Fprintf(&b, "\n%s\n", title)
			current = name
		}
		flag := "--" + o.flag()
		if o.secret == secret {
			flag = "（没有参数：本机的其他用户能看到命令行）"
		}
		fmt.Fprintf(&b, "  %-24s %s  %s\n", o.key, flag, o.env())
		text := o.text(&def)
		if text == "" {
			text = "空"
		}
		fmt.Fprintf(&b, "      %s。允许：%s。默认：%s\n", o.usage, o.allow, text)
	}
	return b.String()
}

// rows writes the section headings and calls row for each option.
func rows(b *strings.Builder, row func(o option, indent string)) {
	current := ""
	for _, o := range options() {
		name, _, nested := strings.Cut(o.key, ".")
		if !nested {
			row(o, "")
			current = ""
			continue
		}
		if name != current {
			fmt.Fprintf(b, "\n%s:  # %s\n", name, section(name))
			current = name
		}
		row(o, "  ")
	}
}

func leaf(key string) string { return key[strings.IndexByte(key, '.')+1:] }

// literal returns a value as YAML in one line.
func literal(o option, text string) string {
	if !o.isList() {
		return scalar(text)
	}
	items := splitList(text)
	for i, item := range items {
		items[i] = scalar(item)
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// plain matches values that need no quotes in YAML, not even in a list.
var plain = regexp.MustCompile(`^[A-Za-z0-9./]([A-Za-z0-9./:_=-]*[A-Za-z0-9./_])?$`)

func scalar(text string) string {
	if plain.MatchString(text) && !strings.EqualFold(text, "null") {
		return text
	}
	out, err := yaml.Marshal(&yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Value: text})
	if err != nil {
		return strconv.Quote(text)
	}
	return strings.TrimSpace(string(out))
}
