package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/yamlfile"
)

// National is the widest scope; every default row carries it.
const National = ""

// Row is one version of one rule.
type Row struct {
	Code   string `yaml:"code"`   // e.g. "site.offline.max_days"
	Value  string `yaml:"value"`  // read through Int, Days, Text
	Source string `yaml:"source"` // document and clause, e.g. "国办发〔2017〕47号"
	Scope  string `yaml:"scope"`  // "" national, else the code of a province, city or site
	From   string `yaml:"from"`   // first day in force, YYYY-MM-DD; empty: always
	To     string `yaml:"to"`     // last day in force, inclusive; empty: open
	Note   string `yaml:"note"`
}

// Book is an immutable set of rows.
type Book struct{ rows map[string][]Row }

// Parse reads a YAML list of rows. Unknown fields, missing code, value or source and
// malformed days are refused.
func Parse(text []byte) ([]Row, error) {
	var rows []Row
	if faults, _ := yamlfile.Decode(text, &rows); len(faults) > 0 {
		return nil, fault.New(fault.Invalid, "规则文件有误：%s", strings.Join(faults, "；"))
	}
	for i, r := range rows {
		if r.Code == "" || r.Value == "" || r.Source == "" {
			return nil, fault.New(fault.Invalid, "第 %d 条规则缺少 code、value 或 source", i+1)
		}
		for _, day := range []string{r.From, r.To} {
			if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
				return nil, fault.New(fault.Invalid, "规则 %s 的日期 %q 应写成 2026-01-31", r.Code, day)
			}
		}
	}
	return rows, nil
}

// NewBook makes a Book of rows. When two rows of one code and scope are in force at the same time, the one given later
// counts. So overrides are passed after defaults.
func NewBook(sets ...[]Row) *Book {
	b := &Book{rows: map[string][]Row{}}
	for _, r := range slices.Concat(sets...) {
		b.rows[r.Code] = append(b.rows[r.Code], r)
	}
	return b
}

// Find returns the row of code in force at the given moment for the narrowest scope that has one. National is always
// tried last and need not be passed.
func (b *Book) Find(code string, at time.Time, scopes ...string) (Row, error) {
	day := at.Format(time.DateOnly)
	for _, scope := range append(slices.Clone(scopes), National) {
		for _, r := range slices.Backward(b.rows[code]) {
			if r.Scope == scope && r.From <= day && (r.To == "" || day <= r.To) {
				return r, nil
			}
		}
	}
	return Row{}, fmt.Errorf("rule: no row %q in force on %s", code, day)
}

// Int returns the value of a row as a whole number.
func (b *Book) Int(code string, at time.Time, scopes ...string) (int, error) {
	r, err := b.Find(code, at, scopes...)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(r.Value)
	if err != nil {
		return 0, fmt.Errorf("rule: %s is %q, not a whole number", code, r.Value)
	}
	return n, nil
}
