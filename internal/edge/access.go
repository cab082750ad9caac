package edge

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/url"
	"strings"

	"guiyi/internal/edge/verified"
	"guiyi/internal/publish/manifest"
)

const (
	accessCookie = "a11y"
	maxAccess    = 512
	// pageStart is how every page begins; what the reader has set is written into its last tag.
	pageStart = "<!DOCTYPE html>\n<html lang=\"zh-CN\">"
)

// accessAttributes turns the value of the cookie a11y into attributes of the html element, in a fixed order: "" when there
// is nothing to set. The value is a URL-encoded query; unknown keys and values are dropped, so nothing of the client's
// text reaches the page.
func accessAttributes(value string) string {
	if len(value) > maxAccess {
		return ""
	}
	text, err := url.QueryUnescape(value)
	if err != nil {
		return ""
	}
	var zoom, theme, art string
	var elder, plain, cursor bool
	for pair := range strings.SplitSeq(text, "&") {
		k, v, _ := strings.Cut(pair, "=")
		switch k {
		case "zoom":
			zoom = oneOf(v, ` data-zoom="`, "125", "150", "175", "200")
		case "theme":
			theme = oneOf(v, ` data-theme="`, "yb", "by", "wb")
		case "art":
			art = oneOf(v, ` data-art="`, "0.9", "1.25")
		case "elder":
			elder = v == "1"
		case "text":
			plain = v == "1"
		case "cursor":
			cursor = v == "1"
		}
	}
	return flag(elder, " data-elder") + zoom + theme + flag(plain, " data-text-only") + flag(cursor, " data-cursor") + art
}

func oneOf(v, attribute string, known ...string) string {
	for _, k := range known {
		if k == v {
			return attribute + k + `"`
		}
	}
	return ""
}

func flag(set bool, attribute string) string {
	if set {
		return attribute
	}
	return ""
}

// cookieAttributes finds the cookie in the Cookie headers. Of several the first counts.
func cookieAttributes(headers []string) string {
	for _, h := range headers {
		for h != "" {
			var pair string
			pair, h, _ = strings.Cut(h, ";")
			if name, v, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && name == accessCookie {
				return accessAttributes(strings.Trim(strings.TrimSpace(v), `"`))
			}
		}
	}
	return ""
}

// splice returns the page with the attributes in its html tag, gzipped when packed, false when the page does not begin
// as it should. The result is made from verified bytes only, and kept.
func (e *Edge) splice(ctx context.Context, from verified.Origin, entry *manifest.Entry, attributes string, packed bool) (*verified.Content, bool, error) {
	plain, err := e.src.Plain(ctx, from, entry)
	if err != nil {
		return nil, false, err
	}
	if !bytes.HasPrefix(plain.Bytes, []byte(pageStart)) {
		return nil, false, nil
	}
	encoding := "plain"
	if packed {
		encoding = manifest.Gzip
	}
	name := manifest.Sum([]byte(entry.Hash.String() + encoding + attributes))
	c, err := e.src.Derived(ctx, name, func() []byte {
		at := len(pageStart) - 1
		b := make([]byte, 0, len(plain.Bytes)+len(attributes))
		b = append(append(append(b, plain.Bytes[:at]...), attributes...), plain.Bytes[at:]...)
		if packed {
			b = e.pack(b)
		}
		return b
	})
	return c, err == nil, err
}

func (e *Edge) pack(b []byte) []byte {
	var out bytes.Buffer
	z := e.packers.Get().(*gzip.Writer)
	defer e.packers.Put(z)
	z.Reset(&out)
	z.Write(b) //nolint:errcheck // a bytes.Buffer takes everything
	z.Close()  //nolint:errcheck // likewise
	return out.Bytes()
}
