package edge

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// outcome of the conditions of a request (RFC 9110, 13.2.2).
type outcome int

const (
	proceed outcome = iota
	notModified
	failedPrecondition
)

// conditions judges the conditional headers against the chosen form. modified is zero when the form has no such date.
func conditions(h http.Header, etag string, modified time.Time) outcome {
	if list := h["If-Match"]; list != nil {
		if !etagMatches(list, etag, true) {
			return failedPrecondition
		}
	} else if t, ok := date(h, "If-Unmodified-Since"); ok && modified.After(t) {
		return failedPrecondition
	}
	if list := h["If-None-Match"]; list != nil {
		if etagMatches(list, etag, false) {
			return notModified
		}
		return proceed
	}
	if t, ok := date(h, "If-Modified-Since"); ok && !modified.IsZero() && !modified.After(t) {
		return notModified
	}
	return proceed
}

func date(h http.Header, name string) (time.Time, bool) {
	v := h[name]
	if len(v) != 1 {
		return time.Time{}, false
	}
	t, err := http.ParseTime(v[0])
	return t, err == nil
}

// etagMatches looks for the tag in a list of tags. A strong comparison never matches a weak tag.
func etagMatches(list []string, etag string, strong bool) bool {
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

// extent is a part of a file.
type extent struct{ from, length int64 }

type rangeKind int

const (
	wholeFile rangeKind = iota // no range, or one that is to be ignored
	partOfFile
	unsatisfiable
)

// parseRange reads a Range header for a file of the size. Several ranges, other units and malformed headers mean the whole
// file.
func parseRange(headers []string, size int64) (extent, rangeKind) {
	if len(headers) != 1 || !strings.HasPrefix(headers[0], "bytes=") {
		return extent{}, wholeFile
	}
	first, last, ok := strings.Cut(trim(headers[0][len("bytes="):]), "-")
	from, haveFrom := number(first)
	to, haveTo := number(last)
	switch {
	case !ok || first == "" && last == "" || first != "" && !haveFrom || last != "" && !haveTo:
		return extent{}, wholeFile
	case first == "": // the last n bytes
		if to == 0 || size == 0 {
			return extent{}, unsatisfiable
		}
		to = min(to, size)
		return extent{size - to, to}, partOfFile
	case haveTo && to < from:
		return extent{}, wholeFile
	case from >= size:
		return extent{}, unsatisfiable
	case !haveTo || to >= size:
		to = size - 1
	}
	return extent{from, to - from + 1}, partOfFile
}

// number reads decimal digits only. A number beyond int64 counts as the largest.
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

// ifRange reports whether a Range header counts: there is no If-Range, or it names exactly this form.
func ifRange(h http.Header, etag, lastModified string) bool {
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
