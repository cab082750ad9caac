package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"guiyi/internal/kernel/fault"
)

const maxFile = 1 << 20 // bytes

// Sources are the sources of a configuration.
type Sources struct {
	File  string         // path of a YAML file; "" = none
	Env   []string       // in the form of os.Environ
	Flags *pflag.FlagSet // flags added by RegisterFlags; may be nil
}

// Loaded is a configuration with the source of each value.
type Loaded struct {
	Config
	source map[string]string // by key, without defaults
}

// RegisterFlags adds a flag for each option that is not a secret.
func RegisterFlags(fs *pflag.FlagSet) {
	def := Default()
	for _, o := range options() {
		if o.secret != secret {
			fs.String(o.flag(), o.text(&def), o.usage+"："+o.allow)
		}
	}
}

// Load reads all sources and validates the configuration. It returns a fault that lists all errors; its cause is
// Problems.
func Load(s Sources) (*Loaded, error) {
	l := &Loaded{Config: Default(), source: map[string]string{}}
	problems := l.readFile(s.File)
	problems = append(problems, l.readEnv(s.Env)...)
	problems = append(problems, l.readFlags(s.Flags)...)
	for _, key := range l.derive() {
		l.source[key] = "由其他配置项推出"
	}
	problems = append(problems, validate(&l.Config, l.source)...)
	if len(problems) > 0 {
		return nil, fault.Wrap(fault.Invalid, problems, "配置有 %d 处错误：\n%s", len(problems), problems.Error())
	}
	return l, nil
}

// Source returns a Chinese text about the source of a value, such as a line of the file.
func (l *Loaded) Source(key string) string {
	if s, ok := l.source[key]; ok {
		return s
	}
	return "默认值"
}

func (l *Loaded) readEnv(env []string) Problems {
	values := map[string]string{}
	for _, e := range env {
		if name, value, ok := strings.Cut(e, "="); ok {
			values[name] = value
		}
	}
	var out Problems
	for _, o := range options() {
		if value, ok := values[o.env()]; ok {
			out = append(out, l.take(o, o.env(), value)...)
		}
	}
	return out
}

func (l *Loaded) readFlags(fs *pflag.FlagSet) Problems {
	var out Problems
	if fs == nil {
		return nil
	}
	for _, o := range options() {
		if f := fs.Lookup(o.flag()); f != nil && f.Changed && o.secret != secret {
			out = append(out, l.take(o, "--"+o.flag(), f.Value.String())...)
		}
	}
	return out
}

func (l *Loaded) take(o option, where, text string) Problems {
	if !o.set(&l.Config, text) {
		return malformed(o, where, text)
	}
	l.source[o.key] = where
	return nil
}

func malformed(o option, where, text string) Problems {
	return Problems{{Where: where, Key: o.key, Value: o.shown(text), Text: "允许：" + o.allow}}
}

func (l *Loaded) readFile(path string) Problems {
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return Problems{{Where: path, Text: "无法打开配置文件：" + cause(err)}}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return Problems{{Where: path, Text: "无法读取配置文件：" + cause(err)}}
	}
	if len(text) > maxFile {
		return Problems{{Where: path, Text: fmt.Sprintf("配置文件超过 %d 字节", maxFile)}}
	}
	return l.readYAML(path, text)
}

func cause(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

func (l *Loaded) readYAML(path string, text []byte) Problems {
	var doc yaml.Node
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil // nothing but comments
	} else if err != nil {
		return Problems{{Where: path, Text: "不是有效的 YAML：" + err.Error()}}
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return Problems{{Where: path, Text: "配置文件只能含一个 YAML 文档"}}
	}
	r := fileReader{l: l, path: path, known: map[string]option{}, lines: map[string]int{}}
	for _, o := range options() {
		r.known[o.key] = o
	}
	r.mapping(doc.Content[0], "")
	return r.problems
}

// fileReader reads the options from the nodes of a YAML file.
type fileReader struct {
	l        *Loaded
	path     string
	known    map[string]option
	lines    map[string]int // line in which a key is set
	problems Problems
}

func (r *fileReader) fail(n *yaml.Node, key, text string) {
	r.problems = append(r.problems, Problem{Where: r.at(n), Key: key, Text: text})
}

func (r *fileReader) at(n *yaml.Node) string { return fmt.Sprintf("%s:%d", r.path, n.Line) }

func (r *fileReader) mapping(n *yaml.Node, prefix string) {
	if isNull(n) {
		return // a section whose lines are all commented out
	}
	if n.Kind != yaml.MappingNode {
		r.fail(n, "", "应为“键: 值”的形式")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		key := prefix + name.Value
		if o, ok := r.known[key]; ok {
			r.value(o, name, value)
		} else if prefix == "" && section(key) != "" {
			r.mapping(value, key+".")
		} else {
			r.fail(name, "", fmt.Sprintf("未知配置项 %q，最接近的是 %s", key, nearest(key)))
		}
	}
}

func (r *fileReader) value(o option, name, n *yaml.Node) {
	if line, twice := r.lines[o.key]; twice {
		r.fail(name, "", fmt.Sprintf("配置项 %s 在第 %d 行已经设置", o.key, line))
		return
	}
	r.lines[o.key] = name.Line
	switch {
	case isNull(n):
		return
	case n.Kind == yaml.ScalarNode:
		r.problems = append(r.problems, r.l.take(o, r.at(n), n.Value)...)
	case n.Kind == yaml.SequenceNode && o.isList():
		var items []string
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode {
				r.fail(item, o.key, "允许："+o.allow)
				return
			}
			items = append(items, item.Value)
		}
		text := strings.Join(items, ",")
		if !o.setList(&r.l.Config, items, text) {
			r.problems = append(r.problems, malformed(o, r.at(n), text)...)
			return
		}
		r.l.source[o.key] = r.at(n)
	default:
		r.fail(n, o.key, "允许："+o.allow)
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// nearest returns the known key with the smallest distance to key. If key has no section, it also considers sections.
func nearest(key string) string {
	best, fewest := "", 0
	consider := func(known string) {
		if d := distance(key, known); best == "" || d < fewest {
			best, fewest = known, d
		}
	}
	for _, o := range options() {
		consider(o.key)
		if name, _, nested := strings.Cut(o.key, "."); nested && !strings.Contains(key, ".") {
			consider(name)
		}
	}
	return best
}

// distance returns the Levenshtein distance of the first hundred characters.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	x, y = x[:min(len(x), 100)], y[:min(len(y), 100)]
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range y {
			cost := 1
			if r == s {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}
