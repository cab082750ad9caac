package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Limits of one document. The library needs some 200 bytes for each value, even a short one, and compares each key of
// a mapping with all other keys.
const (
	MaxBytes  = 2 << 20
	maxKeys   = 2000   // of one mapping
	maxDepth  = 64     // of lists and mappings
	maxCopies = 10_000 // values that aliases stand for, together
	maxFaults = 20     // told of one text
)

// Decode reads a text of one document into v, a pointer to a struct or list. Each fault begins with its line number.
// read reports whether v contains the values that could be read in spite of the faults.
func Decode(text []byte, v any) (faults []string, read bool) {
	if f := plain(text); f != "" {
		return []string{f}, false
	}
	var root yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&root); errors.Is(err, io.EOF) {
		return []string{"是空的"}, false
	} else if err != nil {
		return []string{"不是正确的 YAML：" + explain(err.Error())}, false
	}
	if err := walk(&root, 0, new(int)); err != nil {
		return []string{err.Error()}, false
	}
	root = yaml.Node{} // frees the memory before the second parse
	var more yaml.Node
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		faults = append(faults, fmt.Sprintf("第 %d 行：只能有一段，不要用 --- 分段", max(more.Line, 1)))
	}
	strict := yaml.NewDecoder(bytes.NewReader(text))
	strict.KnownFields(true)
	err := strict.Decode(v)
	wrong, some := errors.AsType[*yaml.TypeError](err)
	switch {
	case some:
		for i, e := range wrong.Errors {
			if i == maxFaults {
				faults = append(faults, fmt.Sprintf("另有 %d 处", len(wrong.Errors)-i))
				break
			}
			faults = append(faults, explain(e))
		}
	case err != nil:
		return append(faults, "不是正确的 YAML："+explain(err.Error())), false
	}
	return faults, true
}

// plain checks size, encoding and control characters of a text.
func plain(text []byte) string {
	if len(text) > MaxBytes {
		return fmt.Sprintf("超过 %d MiB", MaxBytes>>20)
	}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if !utf8.Valid(line) {
			return fmt.Sprintf("第 %d 行：不是 UTF-8 编码，请另存为 UTF-8", n)
		}
		if bytes.ContainsFunc(line, func(r rune) bool {
			return r < ' ' && r != '\t' && r != '\n' && r != '\r' ||
				r == 0x7f
		}) {
			return fmt.Sprintf("第 %d 行：有控制字符，不是文本，或不是 UTF-8 编码", n)
		}
	}
	return ""
}

// walk refuses documents that would expand too much.
func walk(n *yaml.Node, depth int, copies *int) error {
	switch {
	case depth > maxDepth:
		return fmt.Errorf("第 %d 行：嵌套超过 %d 层", n.Line, maxDepth)
	case n.Kind == yaml.MappingNode && len(n.Content) > 2*maxKeys:
		return fmt.Errorf("第 %d 行：一组里的键超过 %d 个", n.Line, maxKeys)
	case n.Kind == yaml.AliasNode:
		return unfold(n, n.Alias, copies)
	}
	for _, c := range n.Content {
		if err := walk(c, depth+1, copies); err != nil {
			return err
		}
	}
	return nil
}

// unfold counts the values that an alias expands to.
func unfold(alias, n *yaml.Node, copies *int) error {
	if *copies++; *copies > maxCopies {
		return fmt.Errorf("第 %d 行：别名（*）展开后太大", alias.Line)
	}
	for _, c := range n.Content {
		if c.Kind == yaml.AliasNode {
			return fmt.Errorf("第 %d 行：别名（*）指向的内容里不能再有别名", alias.Line)
		}
		if err := unfold(alias, c, copies); err != nil {
			return err
		}
	}
	return nil
}

// lineNumber and known match the messages of the YAML library.
var (
	lineNumber = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
	known      = []struct {
		pattern *regexp.Regexp
		text    string
	}{
		{regexp.MustCompile(`^field (\S+) not found in type \S+$`), "不认识的键 $1"},
		{regexp.MustCompile(`^mapping key (.+) already defined at line (\d+)$`), "键 $1 写了两次，第 $2 行已有"},
		{regexp.MustCompile(`^cannot unmarshal !!(?:seq|map)\b.*$`), "这里只能写一个值，不能是列表或一组键"},
		{regexp.MustCompile("(?s)^cannot unmarshal !!\\S+ `(.{0,60}).*` into \\[\\].*$"), "这里应是列表，得到 $1"},
		{regexp.MustCompile("(?s)^cannot unmarshal !!\\S+ `(.{0,60}).*` into .*$"), "这里不能写 $1"},
		{regexp.MustCompile(`^unknown anchor '(.*)' referenced$`), "没有名为 $1 的锚点（&）"},
		{regexp.MustCompile(`^exceeded max depth of .*$`), "嵌套太深"},
		{regexp.MustCompile(`^(?:did not find|found|could not find|mapping values|block).*$`), "格式有误，请检查缩进、冒号、引号和括号"},
	}
)

// explain translates a message of the library into Chinese; an unknown message stays as it is.
func explain(message string) string {
	line, rest := "第 1 行：", strings.TrimPrefix(message, "yaml: ")
	if m := lineNumber.FindStringSubmatch(message); m != nil {
		line, rest = "第 "+m[1]+" 行：", message[len(m[0]):]
	}
	for _, k := range known {
		if k.pattern.MatchString(rest) {
			return line + k.pattern.ReplaceAllString(rest, k.text)
		}
	}
	return line + rest
}
