package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/charset"
	"guiyi/internal/kernel/fault"
)

// jsonFields reads one JSON object as a record: lists of plain values become lines,
// what is nested deeper stays JSON.
func jsonFields(line []byte) (map[string]string, error) {
	if !utf8.Valid(line) {
		text, _, err := charset.Decode(line, "")
		if err != nil {
			return nil, source.Because(source.ReasonEncoding, err)
		}
		line = []byte(text)
	}
	var raw map[string]any
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if err := dec.Decode(&raw); err != nil {
		return nil, source.Because(source.ReasonMalformed, fault.Wrap(fault.Invalid, err, "不是正确的 JSON 对象"))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, source.Refuse(source.ReasonMalformed, "一行里不止一个 JSON 对象")
	}
	fields := make(map[string]string, len(raw))
	for k, v := range raw {
		if list, ok := v.([]any); ok {
			parts := make([]string, len(list))
			for i, e := range list {
				parts[i] = jsonText(e)
			}
			fields[k] = strings.Join(parts, "\n")
			continue
		}
		fields[k] = jsonText(v)
	}
	return fields, nil
}

func jsonText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
