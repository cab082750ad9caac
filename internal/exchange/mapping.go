package exchange

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/yamlfile"
	"guiyi/internal/resource"
)

// Mapping says how the columns of a foreign table become elements of an item. The zero
// Mapping contains the usual names.
type Mapping struct {
	Name     string              `yaml:"name"`     // source name in provenance
	Class    resource.Class      `yaml:"class"`    // default article
	Key      []string            `yaml:"key"`      // columns whose values make the external id
	Fields   map[string][]string `yaml:"fields"`   // element → columns, first filled one wins; "{列}…" is a template
	Defaults map[string]string   `yaml:"defaults"` // element → value when nothing is there
	Body     string              `yaml:"body"`     // html, markdown, text or auto
	Table    []string            `yaml:"table"`    // columns shown as a table in the body
	Column   ColumnRule          `yaml:"column"`
	Ignore   []string            `yaml:"ignore"` // columns not to be used, however usual their names are
	// elements that a record must have besides title and body; without them it is quarantined
	Require []string `yaml:"require"`

	// element → value as found → value to store; "*" is any other; else it stays as it is
	Values   map[string]map[string]string `yaml:"values"`
	Versions VersionRule                  `yaml:"versions"`
}

// VersionRule finds records that are versions of one text, such as a law before and
// after its revision: each newer one is linked to the one it replaced.
type VersionRule struct {
	By       []string `yaml:"by"`       // columns that are equal in all versions of a text
	Validity string   `yaml:"validity"` // 有效性 of every version but the newest
}

// ColumnRule chooses the column of a site by a field of the record.
type ColumnRule struct {
	By      []string          `yaml:"by"`
	Map     map[string]string `yaml:"map"` // value → column path
	Default string            `yaml:"default"`
}

// maxMapping bounds a mapping file, in bytes.
const maxMapping = 256 << 10

// ParseMapping reads a mapping file (YAML). Unknown keys, elements and values are refused.
func ParseMapping(text []byte) (*Mapping, error) {
	if len(text) > maxMapping {
		return nil, fault.New(fault.TooLarge, "映射文件超过 %d KiB，请检查是不是选错了文件", maxMapping>>10)
	}
	m := &Mapping{}
	if faults, _ := yamlfile.Decode(text, m); len(faults) > 0 {
		return nil, fault.New(fault.Invalid, "映射文件有误：%s", strings.Join(faults, "；"))
	}
	return m, m.check()
}

func (m *Mapping) check() error {
	named := slices.Concat(slices.Collect(maps.Keys(m.Fields)), slices.Collect(maps.Keys(m.Defaults)),
		slices.Collect(maps.Keys(m.Values)), m.Require)
	for _, el := range named {
		if names := elementNames(); !slices.Contains(names, el) {
			return fault.New(fault.Invalid, "映射文件里的 %q 不是要素名，可用：%s", el, strings.Join(names, "、"))
		}
	}
	if !slices.Contains([]string{"", "auto", "html", "markdown", "text"}, m.Body) {
		return fault.New(fault.Invalid, "映射文件的 body 只能是 html、markdown、text 或 auto，不能是 %q", m.Body)
	}
	classes := []resource.Class{"", resource.Article, resource.Notice, resource.Picture, resource.Document,
		resource.Interpretation, resource.Page}
	if !slices.Contains(classes, m.Class) {
		return fault.New(fault.Invalid, "映射文件的 class 只能是 article、notice、picture、document、interpretation 或 page，不能是 %q",
			m.Class)
	}
	if len(m.Column.Map) > 0 && len(m.Column.By) == 0 {
		return fault.New(fault.Invalid, "映射文件的 column 有 map 但没有 by：请写明按哪些列选择栏目")
	}
	if m.Versions.Validity != "" && len(m.Versions.By) == 0 {
		return fault.New(fault.Invalid, "映射文件的 versions 有 validity 但没有 by：请写明同一文件各版本相同的列")
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{([^{}]+)\}`)

// value returns the value of an element of a record.
func (m *Mapping) value(fields map[string]string, element string) string {
	v := m.found(fields, element)
	if v == "" {
		return m.Defaults[element]
	}
	for _, found := range []string{v, "*"} {
		if to, ok := m.Values[element][found]; ok {
			return to
		}
	}
	return v
}

func (m *Mapping) found(fields map[string]string, element string) string {
	for _, name := range slices.Concat(m.Fields[element], usual(element)) {
		if strings.Contains(name, "{") {
			if s := expand(name, fields); s != "" {
				return s
			}
			continue
		}
		if v := source.Trim(fields[name]); v != "" && v != "无" && v != "null" && !slices.Contains(m.Ignore, name) {
			return v
		}
	}
	return ""
}

// knows reports whether a column of this name is used, by the mapping or as one of the usual names.
func (m *Mapping) knows(column string) bool {
	if slices.ContainsFunc(elements, func(el element) bool { return slices.Contains(el.usual, column) }) {
		return true
	}
	named := slices.Concat(m.Key, m.Table, m.Ignore, m.Column.By, m.Versions.By)
	for _, columns := range m.Fields {
		named = append(named, columns...)
	}
	return slices.ContainsFunc(named, func(n string) bool { return n == column || strings.Contains(n, "{"+column+"}") })
}

// joined are the values of columns as one text, "" when all are empty.
func joined(fields map[string]string, columns []string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = source.Trim(fields[c])
	}
	if strings.Join(parts, "") == "" {
		return ""
	}
	return strings.Join(parts, "|")
}

// expand fills "{列}" from the record; a template none of whose columns has a value is empty.
func expand(template string, fields map[string]string) string {
	filled := false
	s := placeholder.ReplaceAllStringFunc(template, func(p string) string {
		v := source.Trim(fields[p[1:len(p)-1]])
		filled = filled || v != ""
		return v
	})
	if !filled {
		return ""
	}
	return strings.TrimSpace(s)
}

// key returns the external id of a record, "" when it has none.
func (m *Mapping) key(fields map[string]string) string {
	if len(m.Key) == 0 {
		if id := m.value(fields, "id"); id != "" {
			return id
		}
		return m.value(fields, "url")
	}
	return joined(fields, m.Key)
}

// column returns the path of the column for a record, "" when the rule does not say.
func (m *Mapping) column(fields map[string]string) string {
	for _, name := range m.Column.By {
		if path := m.Column.Map[source.Trim(fields[name])]; path != "" {
			return path
		}
	}
	return m.Column.Default
}
