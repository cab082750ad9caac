package api

import (
	"encoding/hex"
	"errors"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// What a body may not have in its texts, in words that inChinese knows.
var (
	errNotUTF8 = errors.New("body is not UTF-8")
	errControl = errors.New("control character in a text")
)

// format reads and writes JSON like huma's own. It refuses bytes that are no UTF-8, which encoding/json would replace
// in silence, and control characters other than tab and line end, which databases and XML cannot hold.
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

// hasControl looks for escapes of control characters: as they are, JSON has none in its texts.
func hasControl(data []byte) bool {
	for i := 0; i+1 < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		i++ // what is escaped may be a backslash
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
