package form

import (
	"cmp"
	"fmt"
	"net/mail"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guiyi/internal/kernel/fault"
)

// Fault is an error in one field.
type Fault struct {
	Field string // "" for the form as a whole
	Text  string // advice for the reader
}

// Faults are the faults of a form, in the order of the fields.
type Faults []Fault

// Error returns the faults as an error for API clients, nil when there are none.
func (fs Faults) Error() error {
	if len(fs) == 0 {
		return nil
	}
	fields := map[string]string{}
	for _, one := range fs {
		if fields[one.Field] == "" {
			fields[one.Field] = one.Text
		}
	}
	return fault.InvalidFields(fields, "提交的内容有误，请按提示修改后重试。")
}

// Join merges two lists in the order of the fields. A field with faults in both keeps the one of the first list.
func (f Form) Join(first, second Faults) (out Faults) {
	out = slices.Clone(first)
	for _, one := range second {
		if first.text(one.Field) == "" {
			out = append(out, one)
		}
	}
	at := func(one Fault) int {
		return slices.IndexFunc(f.Fields, func(d Field) bool { return d.Name == one.Field })
	}
	slices.SortStableFunc(out, func(a, b Fault) int { return cmp.Compare(at(a), at(b)) })
	return out
}

// text returns the fault of a field.
func (fs Faults) text(field string) string {
	for _, one := range fs {
		if one.Field == field {
			return one.Text
		}
	}
	return ""
}

// Check checks the input against the description. It returns at most one fault per field.
func (f Form) Check(in Input) (out Faults) {
	for _, d := range f.Fields {
		if text := d.check(in); text != "" {
			out = append(out, Fault{d.Name, text})
		}
	}
	return out
}

func (d Field) check(in Input) string {
	if d.Kind == Files {
		return d.checkFiles(in)
	}
	values := in.All(d.Name)
	switch {
	case len(values) == 0 && d.Required:
		return d.missing()
	case len(values) == 0:
		return ""
	case len(values) > 1 && d.Kind != Checks:
		return "只能填写一个值。"
	case len(values) > d.max() && d.Kind == Checks:
		return fmt.Sprintf("最多选择 %d 项。", d.max())
	}
	for _, value := range values {
		if text := d.checkValue(value); text != "" {
			return text
		}
	}
	return ""
}

func (d Field) missing() string {
	switch d.Kind {
	case Radio, Select, Checks:
		return "请选择" + d.Label + "。"
	case Check:
		return "请勾选“" + d.Label + "”。"
	case Files:
		return "请选择要上传的" + d.Label + "。"
	}
	return "请填写" + d.Label + "。"
}

func (d Field) checkValue(value string) string {
	switch d.Kind {
	case Radio, Select, Checks:
		if !slices.ContainsFunc(d.Choices, func(c Choice) bool { return c.Value == value }) {
			return "请从列出的选项中选择" + d.Label + "。"
		}
	case Check:
		if value != "1" {
			return "选项无效，请重新勾选。"
		}
	case Email:
		if a, err := mail.ParseAddress(value); err != nil || a.Address != value || len(value) > 254 {
			return "请填写正确的电子邮箱，例如 name@example.com。"
		}
	case Phone:
		if !phone(value) {
			return "请填写正确的电话号码，例如 13800000000 或 0450-00000000。"
		}
	case Date:
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return "日期应写作 2026-11-20。"
		}
	default:
		if n := utf8.RuneCountInString(value); n > d.max() {
			return fmt.Sprintf("%s最多 %d 个字，现在有 %d 个，请删减。", d.Label, d.max(), n)
		}
	}
	if d.Check != nil {
		return d.Check(value)
	}
	return ""
}

// phone accepts numbers in common notations, with 5 (12345) to 15 digits (ITU-T E.164).
func phone(value string) bool {
	digits := 0
	for i, r := range value {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0, strings.ContainsRune(" -()（）", r):
		default:
			return false
		}
	}
	return digits >= 5 && digits <= 15
}

func (d Field) checkFiles(in Input) string {
	files := in.Files[d.Name]
	switch {
	case len(files) == 0 && d.Required:
		return d.missing()
	case len(files) > d.max():
		return fmt.Sprintf("最多上传 %d 个文件。", d.max())
	}
	for _, h := range files {
		switch {
		case !slices.Contains(d.Accept, strings.ToLower(path.Ext(h.Name))):
			return "只接受以下类型的文件：" + strings.Join(d.Accept, "、") + "。"
		case h.Size > d.MaxBytes:
			return fmt.Sprintf("每个文件不能超过 %s。", size(d.MaxBytes))
		case h.Size == 0:
			return "文件是空的，请重新选择。"
		}
	}
	return ""
}

func size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d KB", max(1, n>>10))
}
