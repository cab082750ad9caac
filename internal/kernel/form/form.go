package form

import (
	"regexp"
	"slices"
	"strings"

	"guiyi/internal/kernel/fault"
)

// Kind is the type of a field.
type Kind string

// The kinds of field.
const (
	Text     Kind = "text"     // one line
	Area     Kind = "area"     // several lines
	Email    Kind = "email"    // one address
	Phone    Kind = "phone"    // digits with +, -, spaces and brackets
	Date     Kind = "date"     // 2026-11-20
	Password Kind = "password" // its value is never written into a page
	Radio    Kind = "radio"    // one of Choices, all shown
	Select   Kind = "select"   // one of Choices, in a list
	Check    Kind = "check"    // one box; its value is "1"
	Checks   Kind = "checks"   // any of Choices
	Files    Kind = "files"    // attachments; after a fault see Kept
	Hidden   Kind = "hidden"   // a value for the page itself
)

// Choice is a value that can be chosen.
type Choice struct{ Value, Label string }

// Field is one field of a form.
type Field struct {
	Name     string // a-z, 0-9 and -
	Label    string
	Hint     string
	Kind     Kind
	Required bool
	// Max is the maximum number of characters of a text, or of values of Checks and Files. 0 means 200 characters, 2000
	// for Area, all choices for Checks, one file for Files.
	Max     int
	Choices []Choice
	// Default is the choice of Radio and Select when nothing is chosen, and the value of Hidden.
	Default string
	// Autocomplete is the HTML autofill token for browsers (WCAG 2.2, 1.3.5): "name", "tel".
	Autocomplete string
	// FreeText marks fields for sentences. Any text is valid there, so attack-detection rules must not apply.
	FreeText bool
	// Personal marks personal information. It is not logged and is stored encrypted; the slice that collects it deletes
	// it after its retention time.
	Personal bool
	// Accept lists the file extensions accepted, such as ".pdf". The content is checked by kernel/accept.
	Accept []string
	// MaxBytes is the maximum size of one file.
	MaxBytes int64
	// Check returns what is wrong with a well-formed value, for the user; "" when it is valid.
	Check func(value string) string
}

// Form is the description of a form.
type Form struct {
	Name   string // unique in the whole platform: a-z, 0-9 and -
	Action string // path it is sent to
	Get    bool   // sent in the query, as for a search; else posted
	Fields []Field
	Submit string // label of the button
}

var nameShape = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// trapName is the honeypot: a field that only bots fill in. No field of a form may have this name.
const trapName = "website"

// keptSuffix is appended to the name of a Files field to name the boxes of its kept files.
const keptSuffix = "-kept"

// tokenName is the name of the field with the token.
const tokenName = "form-token"

// Valid returns the errors of the description. Tests of a slice call it for each of its forms.
func (f Form) Valid() error {
	wrong := func(text string) error {
		return fault.New(fault.Internal, "表单 %s 的描述有误：%s", f.Name, text)
	}
	if !nameShape.MatchString(f.Name) || !strings.HasPrefix(f.Action, "/") || f.Submit == "" {
		return wrong("名称、地址或提交的文字")
	}
	seen := map[string]bool{trapName: true, tokenName: true}
	for _, d := range f.Fields {
		choices := slices.Contains([]Kind{Radio, Select, Checks}, d.Kind)
		switch {
		case !nameShape.MatchString(d.Name) || seen[d.Name]:
			return wrong("字段名 " + d.Name)
		case d.Label == "" && d.Kind != Hidden:
			return wrong("字段没有标签：" + d.Name)
		case choices != (len(d.Choices) > 0):
			return wrong("选项：" + d.Name)
		case d.Kind == Files && (f.Get || d.MaxBytes <= 0 || len(d.Accept) == 0):
			return wrong("附件：" + d.Name)
		case f.Get && (d.Personal || d.Kind == Password):
			return wrong("个人信息不能出现在网址中：" + d.Name)
		case d.Default != "" && !slices.Contains([]Kind{Radio, Select, Hidden}, d.Kind):
			return wrong("默认值：" + d.Name)
		}
		seen[d.Name] = true
		if d.Kind == Files {
			seen[d.Name+keptSuffix] = true
		}
	}
	return nil
}

// field returns the field of a name.
func (f Form) field(name string) (Field, bool) {
	i := slices.IndexFunc(f.Fields, func(d Field) bool { return d.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return f.Fields[i], true
}

// Names returns, in order, the names of the fields for which match returns true, e.g. those with personal information.
func (f Form) Names(match func(Field) bool) (names []string) {
	for _, d := range f.Fields {
		if match(d) {
			names = append(names, d.Name)
		}
	}
	return names
}

// max returns the bound of a field.
func (d Field) max() int {
	switch {
	case d.Max > 0:
		return d.Max
	case d.Kind == Area:
		return 2000
	case d.Kind == Files:
		return 1
	case d.Kind == Checks:
		return len(d.Choices)
	}
	return 200
}
