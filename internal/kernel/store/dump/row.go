package dump

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

const (
	hexDigits = "0123456789abcdef"
	openBytes = `{"base64":"`
	endBytes  = `"}`
)

// AppendRow appends the line of a row to line. row contains values of a database driver. AppendRow returns an error
// if a value does not match the type of its column.
func AppendRow(line []byte, columns []Column, row []any) ([]byte, error) {
	for i, c := range columns {
		if i == 0 {
			line = append(line, '[')
		} else {
			line = append(line, ',')
		}
		var ok bool
		if line, ok = appendValue(line, c.Type, row[i]); !ok {
			return nil, fmt.Errorf("column %s has a value that is not of type %s: %T", c.Name, c.Type, row[i])
		}
	}
	return append(line, ']', '\n'), nil
}

func appendValue(line []byte, kind Type, v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return append(line, "null"...), true
	case int64:
		if kind == Bool && (v == 0 || v == 1) { // SQLite has no boolean type
			return strconv.AppendBool(line, v == 1), true
		}
		return strconv.AppendInt(line, v, 10), kind == Int
	case bool:
		return strconv.AppendBool(line, v), kind == Bool
	case float64:
		return strconv.AppendFloat(line, v, 'g', -1, 64), kind == Float && !math.IsNaN(v) && !math.IsInf(v, 0)
	case string:
		return appendText(line, v), kind == Text
	case []byte:
		return appendBytes(line, v), kind == Bytes
	}
	return line, false
}

func appendBytes(line, b []byte) []byte {
	line = append(line, openBytes...)
	line = base64.StdEncoding.AppendEncode(line, b)
	return append(line, endBytes...)
}

func appendText(line []byte, s string) []byte {
	if !utf8.ValidString(s) {
		return appendBytes(line, []byte(s))
	}
	line = append(line, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		line = append(line, s[from:i]...)
		if c < ' ' {
			line = append(line, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		} else {
			line = append(line, '\\', c)
		}
		from = i + 1
	}
	return append(append(line, s[from:]...), '"')
}

// ErrLine is the cause when a line is not in the form that AppendRow writes.
var ErrLine = errors.New("not a line of a dump")

// ParseRow parses a line into row, which has one element per column. The values do not refer to line.
func ParseRow(line []byte, columns []Column, row []any) error {
	rest, ok := bytes.CutPrefix(line, []byte("["))
	for i, c := range columns {
		if !ok {
			return fmt.Errorf("%w: column %s", ErrLine, c.Name)
		}
		if row[i], rest, ok = parseValue(rest, c.Type); !ok {
			return fmt.Errorf("%w: column %s", ErrLine, c.Name)
		}
		if i < len(columns)-1 {
			rest, ok = bytes.CutPrefix(rest, []byte(","))
		}
	}
	if string(rest) != "]\n" {
		return fmt.Errorf("%w: its end", ErrLine)
	}
	return nil
}

func parseValue(line []byte, kind Type) (v any, rest []byte, ok bool) {
	if rest, ok := bytes.CutPrefix(line, []byte("null")); ok {
		return nil, rest, true
	}
	switch kind {
	case Bool:
		if rest, ok := bytes.CutPrefix(line, []byte("true")); ok {
			return true, rest, true
		}
		rest, ok := bytes.CutPrefix(line, []byte("false"))
		return false, rest, ok
	case Int, Float:
		return parseNumber(line, kind)
	case Text, Bytes:
		if kind == Text && len(line) > 0 && line[0] == '"' {
			return parseText(line[1:])
		}
		return parseBytes(line, kind)
	}
	return nil, line, false
}

// parseNumber accepts a number only in the form that AppendRow writes.
func parseNumber(line []byte, kind Type) (any, []byte, bool) {
	end := bytes.IndexAny(line, ",]")
	if end < 0 {
		return nil, line, false
	}
	digits := string(line[:end])
	if kind == Int {
		n, err := strconv.ParseInt(digits, 10, 64)
		return n, line[end:], err == nil && strconv.FormatInt(n, 10) == digits
	}
	f, err := strconv.ParseFloat(digits, 64)
	return f, line[end:], err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) &&
		strconv.FormatFloat(f, 'g', -1, 64) == digits
}

func parseBytes(line []byte, kind Type) (any, []byte, bool) {
	line, ok := bytes.CutPrefix(line, []byte(openBytes))
	end := bytes.IndexByte(line, '"')
	if !ok || end < 0 {
		return nil, line, false
	}
	b, err := base64.StdEncoding.Strict().AppendDecode([]byte{}, line[:end])
	if err != nil || bytes.ContainsAny(line[:end], "\r\n") { // the decoder skips line ends
		return nil, line, false
	}
	rest, ok := bytes.CutPrefix(line[end:], []byte(endBytes))
	if kind == Text {
		return string(b), rest, ok && !utf8.Valid(b) // valid UTF-8 must be a string
	}
	return b, rest, ok
}

func parseText(line []byte) (any, []byte, bool) {
	var s []byte
	from := 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			s = append(s, line[from:i]...)
			return string(s), line[i+1:], utf8.Valid(s)
		case c < ' ':
			return nil, line, false
		case c == '\\':
			s = append(s, line[from:i]...)
			c, n, ok := unescape(line[i:])
			if !ok {
				return nil, line, false
			}
			s = append(s, c)
			i += n - 1
			from = i + 1
		}
	}
	return nil, line, false
}

// unescape parses the escape sequence at the beginning of b. It returns the character and the length of the sequence.
func unescape(b []byte) (c byte, n int, ok bool) {
	if len(b) >= 2 && (b[1] == '"' || b[1] == '\\') {
		return b[1], 2, true
	}
	if len(b) < 6 || string(b[:4]) != `\u00` {
		return 0, 0, false
	}
	hi, lo := bytes.IndexByte([]byte(hexDigits), b[4]), bytes.IndexByte([]byte(hexDigits), b[5])
	c = byte(hi<<4 | lo)
	return c, 6, hi >= 0 && lo >= 0 && c < ' '
}
