package form

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"guiyi/internal/kernel/fault"
)

// Input is the values received for the fields of a form. Other values are dropped.
type Input struct {
	values map[string][]string
	Files  map[string][]File   // by field
	kept   map[string][]string // ids of kept files, by field
	Token  string
	Trap   bool // the honeypot was filled in
}

// NewInput returns an Input with values, to show a form that is filled in.
func NewInput(values map[string][]string) Input { return Input{values: values} }

// Get returns the value of a field, "" when there is none.
func (in Input) Get(name string) string {
	if v := in.values[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// All returns the values of a field.
func (in Input) All(name string) []string { return in.values[name] }

// memory is how much of a form with attachments stays in memory; the rest is in temporary files until the request ends.
const memory = 1 << 20

// Read returns the values of the form in a request, whose body size the caller has bounded. Texts are trimmed, line
// ends normalized, and invalid UTF-8 and control characters removed. Values that are not fields of the form are
// ignored.
func (f Form) Read(r *http.Request) (Input, error) {
	in := Input{values: map[string][]string{}, Files: map[string][]File{}, kept: map[string][]string{}}
	from, err := f.source(r)
	if err != nil {
		return in, err
	}
	for _, d := range f.Fields {
		if d.Kind == Files {
			in.Files[d.Name] = filesOf(r, d.Name)
			if ids := from[d.Name+keptSuffix]; len(ids) <= d.max() { // more than a page could have listed: ignored
				in.kept[d.Name] = slices.Compact(slices.Sorted(slices.Values(ids)))
			}
			continue
		}
		for _, value := range from[d.Name] {
			if value = clean(d, value); value != "" {
				in.values[d.Name] = append(in.values[d.Name], value)
			}
		}
	}
	in.Token, in.Trap = from.Get(tokenName), from.Get(trapName) != ""
	return in, nil
}

func filesOf(r *http.Request, field string) (out []File) {
	if r.MultipartForm == nil {
		return nil
	}
	for _, h := range r.MultipartForm.File[field] {
		if h.Filename != "" || h.Size > 0 { // else no file was chosen
			out = append(out, File{Name: h.Filename, Size: h.Size,
				open: func() (io.ReadCloser, error) { return h.Open() }})
		}
	}
	return out
}

// source returns the values in the query of a Get form, otherwise in the body, never both.
func (f Form) source(r *http.Request) (url.Values, error) {
	if f.Get {
		return r.URL.Query(), nil
	}
	err := r.ParseForm() // first, because ParseMultipartForm ignores its errors
	if err == nil {
		if err = r.ParseMultipartForm(memory); errors.Is(err, http.ErrNotMultipart) {
			err = nil
		}
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "提交的内容无法识别，请返回重试。")
	}
	return r.PostForm, nil
}

// clean normalizes a value.
func clean(d Field, value string) string {
	value = strings.ToValidUTF8(value, "")
	value = strings.ReplaceAll(strings.ReplaceAll(value, "\r\n", "\n"), "\r", "\n")
	value = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && d.Kind != Area:
			return ' '
		case r == '\n', r == '\t':
			return r
		case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
			return -1 // control characters, and characters that change the direction of text
		}
		return r
	}, value)
	if d.Kind == Password {
		return value
	}
	return strings.TrimSpace(value)
}
