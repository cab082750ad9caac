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

// jsonFields reads one JSON object as a record. A list becomes lines of text. An object stays JSON; its values are also
// fields with names such as meta.pubDate.
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
	raw = unwrap(raw)
	fields := make(map[string]string, len(raw))
	for k, v := range raw {
		qualify(fields, k, v, 0)
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

// wrapping are keys that APIs and search engines add around a record.
var wrapping = map[string]bool{"code": true, "msg": true, "message": true, "status": true, "success": true,
	"errcode": true, "errmsg": true, "timestamp": true, "_index": true, "_type": true, "_id": true, "_score": true,
	"_version": true, "_seq_no": true, "_primary_term": true}

// unwrap returns the record inside the response of an API: the only object among wrapping keys. It copies the _id of a
// search engine into the record.
func unwrap(raw map[string]any) map[string]any {
	for range 3 {
		var inner map[string]any
		objects, others := 0, 0
		for k, v := range raw {
			if m, ok := v.(map[string]any); ok {
				inner, objects = m, objects+1
			} else if !wrapping[k] {
				others++
			}
		}
		if objects != 1 || others > 0 || len(inner) == 0 {
			return raw
		}
		if id, ok := raw["_id"]; ok && inner["_id"] == nil {
			inner["_id"] = id
		}
		raw = inner
	}
	return raw
}

// qualify adds the values within an object under their path, such as meta.pubDate, so that a mapping can use them.
func qualify(fields map[string]string, name string, v any, depth int) {
	m, ok := v.(map[string]any)
	if !ok || depth > 3 {
		return
	}
	for k, inner := range m {
		if _, deeper := inner.(map[string]any); !deeper {
			fields[name+"."+k] = jsonText(inner)
		}
		qualify(fields, name+"."+k, inner, depth+1)
	}
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
