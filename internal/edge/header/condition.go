package header

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Outcome of the conditions of a request (RFC 9110, 13.2.2).
type Outcome int

// The outcomes.
const (
	Proceed Outcome = iota
	NotModified
	Failed
)

// Conditions judges the conditional headers against the chosen form. modified is zero when the form has no such date.
func Conditions(h http.Header, etag string, modified time.Time) Outcome {
	if list := h["If-Match"]; list != nil {
		if !ETagMatches(list, etag, true) {
			return Failed
		}
	} else if t, ok := date(h, "If-Unmodified-Since"); ok && modified.After(t) {
		return Failed
	}
	if list := h["If-None-Match"]; list != nil {
		if ETagMatches(list, etag, false) {
			return NotModified
		}
		return Proceed
	}
	if t, ok := date(h, "If-Modified-Since"); ok && !modified.IsZero() && !modified.After(t) {
		return NotModified
	}
	return Proceed
}

func date(h http.Header, name string) (time.Time, bool) {
	v := h[name]
	if len(v) != 1 {
		return time.Time{}, false
	}
	t, err := http.ParseTime(v[0])
	return t, err == nil
}

// ETagMatches looks for the tag in a list of tags. A strong comparison never matches a weak tag.
func ETagMatches(list []string, etag string, strong bool) bool {
	want, weak := strings.CutPrefix(etag, "W/")
	if strong && weak {
		return false
	}
	for _, s := range list {
		for s = trim(s); s != ""; s = strings.TrimLeft(s, " \t,") {
			if s == "*" {
				return true
			}
			rest, isWeak := strings.CutPrefix(s, "W/")
			end := -1
			if strings.HasPrefix(rest, `"`) {
				end = strings.IndexByte(rest[1:], '"')
			}
			if end < 0 {
				break // malformed from here on
			}
			if rest[:end+2] == want && !(strong && isWeak) {
				return true
			}
			s = rest[end+2:]
		}
	}
	return false
}

// ByteRange is a part of a file, in bytes.
type ByteRange struct{ From, Length int64 }

// RangeKind is the kind of a Range header.
type RangeKind int

// The kinds.
const (
	Whole RangeKind = iota // no range, or one that must be ignored
	Part
	Unsatisfiable
)

// ParseRange parses a Range header for a file of the given size. For several ranges, other units and malformed
// headers it returns Whole.
func ParseRange(headers []string, size int64) (ByteRange, RangeKind) {
	if len(headers) != 1 || !strings.HasPrefix(headers[0], "bytes=") {
		return ByteRange{}, Whole
	}
	first, last, ok := strings.Cut(trim(headers[0][len("bytes="):]), "-")
	from, haveFrom := number(first)
	to, haveTo := number(last)
	switch {
	case !ok || first == "" && last == "" || first != "" && !haveFrom || last != "" && !haveTo:
		return ByteRange{}, Whole
	case first == "": // the last n bytes
		if to == 0 || size == 0 {
			return ByteRange{}, Unsatisfiable
		}
		to = min(to, size)
		return ByteRange{size - to, to}, Part
	case haveTo && to < from:
		return ByteRange{}, Whole
	case from >= size:
		return ByteRange{}, Unsatisfiable
	case !haveTo || to >= size:
		to = size - 1
	}
	return ByteRange{from, to - from + 1}, Part
}

// number parses decimal digits. A number above the range of int64 gives the largest int64.
func number(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 1<<63 - 1, true
	}
	return n, true
}

// IfRange reports whether a Range header applies: there is no If-Range, or it matches this form exactly.
func IfRange(h http.Header, etag, lastModified string) bool {
	v := h["If-Range"]
	switch {
	case v == nil:
		return true
	case len(v) != 1:
		return false
	case strings.HasPrefix(v[0], `"`):
		return v[0] == etag
	}
	return lastModified != "" && v[0] == lastModified
}
