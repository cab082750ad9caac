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

// Mapping says which columns of a foreign table are which elements of an item. The usual names of columns need no
// mapping (see elements).
type Mapping struct {
	Name     string              `yaml:"name"`     // name of the source in provenance
	Class    resource.Class      `yaml:"class"`    // default: article
	Key      []string            `yaml:"key"`      // columns whose values form the external ID
	Fields   map[string][]string `yaml:"fields"`   // element → columns or templates "{列}…"; the first with a value wins
	Defaults map[string]string   `yaml:"defaults"` // element → value when the record has none
	Body     string              `yaml:"body"`     // html, markdown, text or auto
	Table    []string            `yaml:"table"`    // columns shown as a table in the body
	Column   ColumnRule          `yaml:"column"`
	Ignore   []string            `yaml:"ignore"` // columns that are not used, even with a usual name
	// Require lists elements besides title and body that a record must have. Without one, the record is quarantined.
	Require []string `yaml:"require"`

	// Values is element → value in the record → value to store. "*" matches all other values. Without a match, the
	// value is stored unchanged.
	Values   map[string]map[string]string `yaml:"values"`
	Versions VersionRule                  `yaml:"versions"`
}

// VersionRule finds records that are versions of the same text, such as a law before and after its revision. Each
// version is linked to the one that it replaces.
type VersionRule struct {
	By       []string `yaml:"by"`       // columns with equal values in all versions of a text
	Validity string   `yaml:"validity"` // 有效性 of all versions but the newest
}

// ColumnRule chooses the column of the site by the values of a record.
type ColumnRule struct {
	By      []string          `yaml:"by"`
	Map     map[string]string `yaml:"map"` // value → column path
	Default string            `yaml:"default"`
}

// maxMapping is the greatest size of a mapping file in bytes.
const maxMapping = 256 << 10

// ParseMapping parses a mapping file (YAML). It refuses unknown keys, elements and values.
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

// value returns the value of an element in a record.
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
	for _, name := range slices.Concat(m.Fields[element], usualColumns(element)) {
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

// usesColumn reports whether the mapping uses a column of this name, or the name is a usual one.
func (m *Mapping) usesColumn(column string) bool {
	if slices.ContainsFunc(elements, func(el element) bool { return slices.Contains(el.columns, column) }) {
		return true
	}
	named := slices.Concat(m.Key, m.Table, m.Ignore, m.Column.By, m.Versions.By)
	for _, columns := range m.Fields {
		named = append(named, columns...)
	}
	return slices.ContainsFunc(named, func(n string) bool { return n == column || strings.Contains(n, "{"+column+"}") })
}

// joinValues joins the values of columns; it returns "" when all are empty.
func joinValues(fields map[string]string, columns []string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = source.Trim(fields[c])
	}
	if strings.Join(parts, "") == "" {
		return ""
	}
	return strings.Join(parts, "|")
}

// expand replaces "{列}" in a template by values of the record. It returns "" when all those values are empty.
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

// key returns the external ID of a record, "" when it has none.
func (m *Mapping) key(fields map[string]string) string {
	if len(m.Key) == 0 {
		if id := m.value(fields, "id"); id != "" {
			return id
		}
		return m.value(fields, "url")
	}
	return joinValues(fields, m.Key)
}

// column returns the path of the column for a record, "" when the rule names none.
func (m *Mapping) column(fields map[string]string) string {
	for _, name := range m.Column.By {
		if path := m.Column.Map[source.Trim(fields[name])]; path != "" {
			return path
		}
	}
	return m.Column.Default
}
