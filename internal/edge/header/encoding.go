package header

import (
	"strings"

	"guiyi/internal/publish/manifest"
)

// Coding is a content encoding.
type Coding byte

// The codings.
const (
	Plain Coding = iota
	Brotli
	Zstd
	Gzip
	codings
)

// Name is the name of the coding in headers and manifests.
func (c Coding) Name() string {
	switch c {
	case Brotli:
		return manifest.Brotli
	case Zstd:
		return manifest.Zstd
	case Gzip:
		return manifest.Gzip
	}
	return "identity"
}

// Weights are the quality values of encodings in thousandths; 0: not acceptable.
type Weights [codings]int16

// ParseAccept parses Accept-Encoding (RFC 9110, 12.5.3). Encodings that are not listed are not acceptable unless "*" is
// listed; if identity is not listed, it has the lowest weight. Malformed elements are ignored.
func ParseAccept(headers []string) Weights {
	w := Weights{Plain: 1}
	named := [codings]bool{}
	rest, star := int16(0), false
	for _, h := range headers {
		for h != "" {
			var element string
			element, h, _ = strings.Cut(h, ",")
			name, q, ok := acceptElement(element)
			if !ok {
				continue
			}
			if name == "*" {
				rest, star = q, true
				continue
			}
			for c := Plain; c < codings; c++ {
				if equalFold(name, c.Name()) || c == Gzip && equalFold(name, "x-gzip") {
					w[c], named[c] = q, true
				}
			}
		}
	}
	for c := Plain; star && c < codings; c++ {
		if !named[c] && (c != Plain || rest == 0) {
			w[c] = rest
		}
	}
	return w
}

// acceptElement parses an element such as "gzip;q=0.5".
func acceptElement(s string) (name string, q int16, ok bool) {
	name, params, has := strings.Cut(s, ";")
	name = trim(name)
	if name == "" {
		return "", 0, false
	}
	if !has {
		return name, 1000, true
	}
	k, v, _ := strings.Cut(params, "=")
	if !equalFold(trim(k), "q") {
		return "", 0, false
	}
	q, ok = parseWeight(trim(v))
	return name, q, ok
}

// parseWeight parses a quality value: 0 or 1 with at most three decimals.
func parseWeight(s string) (int16, bool) {
	whole, decimals, _ := strings.Cut(s, ".")
	if whole != "0" && whole != "1" || len(decimals) > 3 {
		return 0, false
	}
	n := int16(0)
	for i := range 3 {
		n *= 10
		if i < len(decimals) {
			if decimals[i] < '0' || decimals[i] > '9' {
				return 0, false
			}
			n += int16(decimals[i] - '0')
		}
	}
	if whole == "1" {
		return 1000, n == 0
	}
	return n, true
}

func trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

func equalFold(a, b string) bool { return len(a) == len(b) && (a == b || strings.EqualFold(a, b)) }

// Better reports whether the client prefers c to best. The caller tries codings in the order of its own preference,
// starting with Plain.
func (w *Weights) Better(c, best Coding) bool {
	return w[c] > 0 && w[c] >= w[best] && (best == Plain || w[c] > w[best])
}
