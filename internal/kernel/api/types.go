package api

import (
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"guiyi/internal/kernel/store"
)

// ID is an id as the API writes it: decimal digits in a string.
type ID string

// NewID writes an id; 0 gives "".
func NewID(id int64) ID {
	if id == 0 {
		return ""
	}
	return ID(strconv.FormatInt(id, 10))
}

// Int reads the id; what is no id reads as -1, which nothing has.
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

// OneOf is a value out of the list that the type T gives, so that the list is written once.
type OneOf[T Choice] string

// Choice is a text with a list of values and what each means.
type Choice interface {
	~string
	Choices() []string
	Meaning() string
}

// Schema implements huma.SchemaProvider. A field may say something else in its doc tag.
func (OneOf[T]) Schema(huma.Registry) *huma.Schema {
	var of T
	s := &huma.Schema{Type: huma.TypeString, Description: of.Meaning()}
	for _, v := range of.Choices() {
		s.Enum = append(s.Enum, v)
	}
	return s
}

// Time shows unix milliseconds in the time of Shanghai; 0 gives nil.
func Time(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	t := store.FromMilli(ms)
	return &t
}

// Milli is the reverse of Time.
func Milli(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return store.Milli(*t)
}
