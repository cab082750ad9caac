package api

import (
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"guiyi/internal/kernel/store"
)

// ID is an id in JSON: a string of decimal digits.
type ID string

// NewID returns the ID of a number. 0 gives "".
func NewID(id int64) ID {
	if id == 0 {
		return ""
	}
	return ID(strconv.FormatInt(id, 10))
}

// Int returns the number of the id. It returns -1, which is never an id, if the text is not a positive number.
func (id ID) Int() int64 {
	n, err := strconv.ParseInt(string(id), 10, 64)
	if err != nil || n <= 0 {
		return -1
	}
	return n
}

// Schema implements huma.SchemaProvider.
func (ID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: `^[1-9][0-9]{0,18}$`, PatternDescription: idForm,
		Examples: []any{"123456789012345678"}}
}

const idForm = "数字编号"

// OneOf is a text whose schema takes the allowed values from T.
type OneOf[T Choice] string

// Choice is a text type with a list of allowed values and a description of what each means.
type Choice interface {
	~string
	Choices() []string
	Meaning() string
}

// Schema implements huma.SchemaProvider. The doc tag of a field replaces the description.
func (OneOf[T]) Schema(huma.Registry) *huma.Schema {
	var of T
	s := &huma.Schema{Type: huma.TypeString, Description: of.Meaning()}
	for _, v := range of.Choices() {
		s.Enum = append(s.Enum, v)
	}
	return s
}

// Time converts unix milliseconds to a time in Asia/Shanghai. 0 gives nil.
func Time(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	t := store.FromMilli(ms)
	return &t
}

// Milli converts a time to unix milliseconds. Nil gives 0.
func Milli(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return store.Milli(*t)
}
