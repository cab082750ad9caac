package api

import (
	"encoding/hex"
	"errors"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// Errors of format. The function inChinese translates them.
var (
	errNotUTF8 = errors.New("body is not UTF-8")
	errControl = errors.New("control character in a text")
)

// format is huma's JSON format with two checks. It refuses invalid UTF-8, which encoding/json would replace silently.
// It also refuses control characters other than tab and line end, because XML and PostgreSQL cannot store all of
// them.
func format() huma.Format {
	f := huma.DefaultJSONFormat
	f.Unmarshal = func(data []byte, v any) error {
		switch {
		case !utf8.Valid(data):
			return errNotUTF8
		case hasControl(data):
			return errControl
		}
		return huma.DefaultJSONFormat.Unmarshal(data, v)
	}
	return f
}

// hasControl reports whether data contains an escaped control character. JSON does not allow unescaped ones in texts.
func hasControl(data []byte) bool {
	for i := 0; i+1 < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		i++ // the escaped character may be a backslash
		switch data[i] {
		case 'b', 'f':
			return true
		case 'u':
			var code [2]byte
			if _, err := hex.Decode(code[:], data[i+1:min(i+5, len(data))]); err != nil || code[0] != 0 {
				continue
			}
			if c := code[1]; c < ' ' && c != '\t' && c != '\n' && c != '\r' || c >= 0x7f && c < 0xa0 {
				return true
			}
		}
	}
	return false
}
