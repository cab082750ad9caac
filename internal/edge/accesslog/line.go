package accesslog

import (
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"
)

// Record is one request and its answer.
type Record struct {
	At     time.Time // of the request
	Took   time.Duration
	Client netip.Addr // the zero Addr when unknown
	Host   string     // as the client sent it
	Method string
	Target string // path and query as sent
	Proto  string // "HTTP/1.1"
	// Published means that the path belongs to a published page and needs no masking.
	Published bool
	Status    int
	Bytes     int64 // of the body
	Referrer  string
	Agent     string
	ID        string // of the request
}

// Maximum length of the fields of a line, in bytes; a longer value is cut and ends with "…".
const (
	maxTarget = 2048
	maxHost   = 255
	maxAgent  = 512
	maxMethod = 32
)

// stamp is a formatted second.
type stamp struct {
	second int64
	text   string
}

// stamper formats times, and caches the text of the last second.
type stamper struct {
	layout string
	zone   *time.Location
	last   atomic.Pointer[stamp]
}

func (s *stamper) format(t time.Time) string {
	second := t.Unix()
	if last := s.last.Load(); last != nil && last.second == second {
		return last.text
	}
	next := &stamp{second, t.In(s.zone).Format(s.layout)}
	s.last.Store(next)
	return next.text
}

const (
	combinedTime = "02/Jan/2006:15:04:05 -0700"
	jsonTime     = "2006-01-02T15:04:05-07:00"
)

// combined appends the record in the format of nginx and Apache, followed by host, seconds and request id.
func (l *Log) combined(b []byte, r *Record) []byte {
	b = appendClient(b, r.Client)
	b = append(b, " - - ["...)
	b = append(b, l.times.format(r.At)...)
	b = append(b, `] "`...)
	b = appendText(b, clip(r.Method, maxMethod))
	b = append(b, ' ')
	b = appendText(b, clip(maskTarget(r.Target, r.Published), maxTarget))
	b = append(b, ' ')
	b = appendText(b, r.Proto)
	b = append(b, `" `...)
	b = strconv.AppendInt(b, int64(r.Status), 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, r.Bytes, 10)
	b = appendQuoted(b, clip(maskReferrer(r.Referrer), maxTarget))
	b = appendQuoted(b, clip(r.Agent, maxAgent))
	b = appendQuoted(b, clip(r.Host, maxHost))
	b = append(b, ' ')
	b = appendSeconds(b, r.Took)
	b = append(b, ' ')
	b = appendText(b, orDash(r.ID))
	return append(b, '\n')
}

// json appends the record as one object.
func (l *Log) json(b []byte, r *Record) []byte {
	b = append(b, `{"time":"`...)
	b = append(b, l.times.format(r.At)...)
	b = append(b, `","client":"`...)
	b = appendClient(b, r.Client)
	b = append(b, '"')
	target := maskTarget(r.Target, r.Published)
	for _, f := range [...]struct{ name, value string }{
		{"host", clip(r.Host, maxHost)}, {"method", clip(r.Method, maxMethod)}, {"target", clip(target, maxTarget)},
		{"protocol", r.Proto}, {"referrer", clip(maskReferrer(r.Referrer), maxTarget)},
		{"agent", clip(r.Agent, maxAgent)}, {"request_id", r.ID},
	} {
		b = append(b, `,"`...)
		b = append(b, f.name...)
		b = append(b, `":"`...)
		b = appendJSON(b, f.value)
		b = append(b, '"')
	}
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(r.Status), 10)
	b = append(b, `,"bytes":`...)
	b = strconv.AppendInt(b, r.Bytes, 10)
	b = append(b, `,"seconds":`...)
	b = appendSeconds(b, r.Took)
	return append(b, "}\n"...)
}

// gap formats the line about lost lines.
func (l *Log) gap(lost int64, cause string) []byte {
	now := l.times.format(l.now())
	if l.asJSON {
		return []byte(`{"time":"` + now + `","lost":` + strconv.FormatInt(lost, 10) + `,"cause":"` + cause + "\"}\n")
	}
	return []byte("# [" + now + "] lost " + strconv.FormatInt(lost, 10) + " lines: " + cause + "\n")
}

func appendClient(b []byte, a netip.Addr) []byte {
	if !a.IsValid() {
		return append(b, '-')
	}
	return a.AppendTo(b)
}

// appendSeconds writes a duration as seconds with six decimals. A negative one, after the clock was set back, is
// written as zero.
func appendSeconds(b []byte, d time.Duration) []byte {
	micros := max(d.Round(time.Microsecond).Microseconds(), 0)
	b = strconv.AppendInt(b, micros/1e6, 10)
	b = append(b, '.')
	for unit := int64(1e5); unit > 0; unit /= 10 {
		b = append(b, byte('0'+micros/unit%10))
	}
	return b
}

func appendQuoted(b []byte, s string) []byte {
	b = append(b, ` "`...)
	b = appendText(b, orDash(s))
	return append(b, '"')
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// clip cuts a value at the maximum length.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for !utf8.RuneStart(s[most]) && most > 0 {
		most--
	}
	return s[:most] + "…"
}

const hexDigits = "0123456789abcdef"

// plain reports whether a byte needs no escape in any format.
func plain(c byte) bool { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' }

// visible returns the length of the rune at the start of s when it may be written unescaped, else 0. Control
// characters, characters that change the direction of text, and invalid UTF-8 must be escaped.
func visible(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) {
		return 0
	}
	return n
}

// appendText escapes as \x and hexadecimal every byte that could end the field or the line, or move a cursor.
func appendText(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && plain(s[i]) {
			i++
		}
		b = append(b, s[start:i]...)
		if i == len(s) {
			break
		}
		c := s[i]
		if n := visible(s[i:]); n > 1 {
			b = append(b, s[i:i+n]...)
			i += n
			continue
		}
		b = append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		i++
	}
	return b
}

// appendJSON writes the content of a JSON string, without the quotes.
func appendJSON(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		n := visible(s[i:])
		switch {
		case plain(c):
			b = append(b, c)
			n = 1
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
			n = 1
		case n > 1:
			b = append(b, s[i:i+n]...)
		default: // one rune, or one invalid byte
			var r rune
			r, n = utf8.DecodeRuneInString(s[i:])
			if r > 0xffff {
				r = utf8.RuneError
			}
			b = append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		}
		i += n
	}
	return b
}
