package charset

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"guiyi/internal/kernel/fault"
)

// Info says how the text was decoded.
type Info struct {
	// actual encoding: utf-8, gb18030, big5, utf-16le, utf-16be, utf-32le, utf-32be, hz-gb-2312, windows-1252
	Encoding   string
	Declared   string  // first encoding claimed by the transport or the document, canonical name; "" when none
	Confidence float64 // 0 to 1
	// number of repairs: broken bytes dropped, pieces in a second encoding, lines that were encoded twice
	Repaired int
}

// Decode turns raw into text without a byte order mark. fromHTTP is the Content-Type header or a charset label, and
// may be empty. It returns fault.Unsupported when raw is binary or no encoding yields readable text.
func Decode(raw []byte, fromHTTP string) (string, Info, error) {
	claims := declared(raw, fromHTTP)
	info := Info{}
	if len(claims) > 0 {
		info.Declared = claims[0]
	}
	if len(raw) == 0 {
		info.Encoding, info.Confidence = "utf-8", 1
		return "", info, nil
	}
	if text, name, ok := wide(raw); ok {
		info.Encoding, info.Confidence = name, 0.98
		return finish(text, info)
	}
	if isBinary(raw) {
		return "", info, unsupported()
	}
	raw = bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF"))
	if has(claims, "hz-gb-2312") && bytes.Contains(raw, []byte("~{")) {
		info.Encoding, info.Confidence = "hz-gb-2312", 0.9
		return finish(run(simplifiedchinese.HZGB2312, raw), info)
	}
	text, name, sure, mended := narrow(raw, claims)
	if name == "" {
		return "", info, unsupported()
	}
	info.Encoding, info.Confidence, info.Repaired = name, sure, mended
	return finish(text, info)
}

// DecodeNext decodes one piece of a text. like is Info.Encoding of the piece before, "" for the first piece. A piece
// must end between two characters, e.g. at a line end. UTF-16 and UTF-32 cannot be read in pieces.
func DecodeNext(raw []byte, like string) (string, Info, error) {
	if like == "" {
		return Decode(raw, "")
	}
	valid, broken, long := utf8Shape(raw)
	if broken == 0 && (valid == 0 || long > 0 || like == utf8Name.name) && !isBinary(raw) {
		return finish(string(raw), Info{Encoding: like, Confidence: 1})
	}
	for _, c := range []candidate{gb18030, big5} {
		if c.name != like {
			continue
		}
		if text := run(c.enc, raw); count(text).bad == 0 {
			return finish(text, Info{Encoding: like, Confidence: 0.97})
		}
	}
	return Decode(raw, like)
}

// finish repairs text that was encoded twice and refuses text that is still not readable.
func finish(text string, info Info) (string, Info, error) {
	text, mended := undouble(text)
	info.Repaired += mended
	t := count(text)
	if n := t.bad + t.odd; n > 8 && n*5 > t.han+t.latin+len(text)/20 {
		return "", info, unsupported()
	}
	return text, info, nil
}

// wide decodes UTF-16 and UTF-32, with or without byte order mark.
func wide(raw []byte) (text, name string, ok bool) {
	switch {
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE, 0, 0}):
		return run(utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), raw), "utf-32le", true
	case bytes.HasPrefix(raw, []byte{0, 0, 0xFE, 0xFF}):
		return run(utf32.UTF32(utf32.BigEndian, utf32.UseBOM), raw), "utf-32be", true
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}):
		return run(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), even(raw)), "utf-16le", true
	case bytes.HasPrefix(raw, []byte{0xFE, 0xFF}):
		return run(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), even(raw)), "utf-16be", true
	}
	sample := raw[:min(len(raw)&^1, 8<<10)]
	var zero [2]int
	for i, b := range sample {
		if b == 0 {
			zero[i&1]++
		}
	}
	half := len(sample) / 2
	if half < 8 {
		return "", "", false
	}
	end, name, zeros, others := unicode.LittleEndian, "utf-16le", zero[1], zero[0]
	if zero[0] > zero[1] {
		end, name, zeros, others = unicode.BigEndian, "utf-16be", zero[0], zero[1]
	}
	if zeros*20 < half || others*10 > zeros {
		return "", "", false
	}
	text = run(unicode.UTF16(end, unicode.IgnoreBOM), even(raw))
	t := count(text)
	if t.bad*50 > len(text) || t.odd*20 > len(text) {
		return "", "", false
	}
	return text, name, true
}

// narrow decodes encodings other than UTF-16 and UTF-32: UTF-8 when the bytes are valid, else the candidate with the
// most everyday Chinese.
func narrow(raw []byte, claims []string) (text, name string, sure float64, mended int) {
	valid, broken, long := utf8Shape(raw)
	if broken == 0 {
		if valid == 0 || long > 0 || !has(claims, "gb18030", "big5") {
			return string(raw), "utf-8", 1, 0
		}
	}
	if broken > 0 && long > 4 && broken < long {
		text, mended = mend(raw, gb18030, utf8Name)
		return text, "utf-8", 1 - float64(broken)/float64(long), mended
	}
	best, bestScore := "", -9.0
	for _, c := range []candidate{gb18030, big5} {
		s := run(c.enc, raw)
		score := count(s).score()
		if has(claims, c.name) {
			score += 0.06
		}
		if score > bestScore {
			text, best, bestScore = s, c.name, score
		}
	}
	switch {
	case bestScore >= 0.2:
		if best == "gb18030" && count(text).bad > 0 {
			text, mended = mend(raw, utf8Name, gb18030)
		}
		return text, best, min(0.97, 0.5+bestScore), mended
	case broken == 0:
		return string(raw), "utf-8", 0.6, 0
	case latin(raw, claims):
		return run(charmap.Windows1252, raw), "windows-1252", 0.4, 0
	case has(claims, best) && bestScore > 0:
		return text, best, 0.3, 0
	}
	return "", "", 0, 0
}

type candidate struct {
	name string
	enc  encoding.Encoding // nil for UTF-8
}

var (
	utf8Name = candidate{"utf-8", nil}
	gb18030  = candidate{"gb18030", simplifiedchinese.GB18030}
	big5     = candidate{"big5", traditionalchinese.Big5}
)

func run(e encoding.Encoding, raw []byte) string {
	out, err := e.NewDecoder().Bytes(raw)
	if err != nil {
		return string(bytes.ToValidUTF8(raw, []byte("\uFFFD")))
	}
	return string(out)
}

// utf8Shape counts the valid multi-byte sequences, the broken bytes, and the valid sequences of three or more bytes
// (common Chinese characters have three).
func utf8Shape(raw []byte) (valid, broken, long int) {
	for i := 0; i < len(raw); {
		if raw[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n == 1 {
			broken++
		} else {
			valid++
			if n > 2 {
				long++
			}
		}
		i += n
	}
	return valid, broken, long
}

// latin reports whether the bytes are Western text with some accents rather than damaged Chinese.
func latin(raw []byte, claims []string) bool {
	high := 0
	for _, b := range raw {
		if b >= 0x80 {
			high++
		}
	}
	if has(claims, "windows-1252") {
		return high*4 < len(raw)
	}
	return high*20 < len(raw) && high < 64
}

func even(raw []byte) []byte { return raw[:len(raw)&^1] }

func has(list []string, names ...string) bool {
	for _, l := range list {
		for _, n := range names {
			if l == n {
				return true
			}
		}
	}
	return false
}

func unsupported() error {
	return fault.New(fault.Unsupported, "文件不是可识别编码的文本，请确认它是网页或文本文件（支持 UTF-8、GB18030、Big5、UTF-16）")
}
