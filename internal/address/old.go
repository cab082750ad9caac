package address

import (
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/unicode/norm"
)

// OldByHost is the folder for addresses of older systems that redirect only on their own host, because two old sites
// had the same path.
const OldByHost = "/_old/"

// SplitOld splits the address of a page of an older system as written in a list or on a page: with unencoded
// characters, stray percent signs or a fragment. ok is false when it is not a web address.
func SplitOld(original string) (host, path, query string, ok bool) {
	scheme, rest, found := strings.Cut(strings.TrimSpace(original), "://")
	if !found || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return "", "", "", false
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ = strings.Cut(rest, "?")
	host, path, found = strings.Cut(strings.ReplaceAll(rest, `\`, "/"), "/")
	if !found || host == "" || strings.ContainsAny(host, "@ ") {
		return "", "", "", false
	}
	return OldHost(host), "/" + unescape(path, false), query, true
}

// OldHost returns a host in the form used below OldByHost: lower case, without port.
func OldHost(host string) string {
	u := url.URL{Host: host}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

// OldKey returns the canonical form under which the address of a page of an older system is stored and looked up. It
// removes these differences: percent escapes of either case, in UTF-8 or GBK or missing; the order of parameters, and
// parameters added by WeChat, counters and caches; session ids in the path; letter case of IIS addresses, which IIS
// ignores; default documents and final slashes. The path must be decoded, the query must not. "" means that it is not
// an address.
func OldKey(p, query string) string {
	key := oldPath(p)
	if key == "" {
		return ""
	}
	caseless := slices.Contains(iis, strings.ToLower(path.Ext(key)))
	if caseless {
		key = strings.ToLower(key)
	}
	key = withoutDefault(key)
	if q := oldQuery(query, caseless); q != "" {
		key += "?" + q
	}
	return key
}

// OldKeys returns the keys to look up for a request, in order: for its own host, for any host, and, when the path has
// the extension of a static file, both without parameters.
func OldKeys(host, p, query string) []string {
	key := OldKey(p, query)
	if key == "" {
		return nil
	}
	keys := []string{OldByHost + OldHost(host) + key, key}
	bare, _, has := strings.Cut(key, "?")
	if has && slices.Contains(static, strings.ToLower(path.Ext(bare))) {
		keys = append(keys, OldByHost+OldHost(host)+bare, bare)
	}
	return keys
}

var (
	iis    = []string{".asp", ".aspx", ".ashx", ".asmx", ".cfm"}
	static = []string{".html", ".htm", ".shtml", ".xhtml", ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".jpg", ".png"}
	stems  = []string{"index", "default"} // of default documents, without extension
	kinds  = []string{".html", ".htm", ".shtml", ".asp", ".aspx", ".jsp", ".php", ".do", ".action"}
)

// oldPath normalizes a decoded path.
func oldPath(p string) string {
	p = text(strings.ReplaceAll(p, `\`, "/"))
	segments := strings.Split(p, "/")
	for i, s := range segments {
		segments[i], _, _ = strings.Cut(s, ";") // ;jsessionid=…
	}
	p = strings.Join(segments, "/")
	clean := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	if strings.ContainsFunc(clean, unusable) || strings.Contains(clean, "#") {
		return ""
	}
	return clean
}

// unusable are characters that a path of a manifest may not contain.
func unusable(r rune) bool {
	return r == utf8.RuneError || r == '\ufeff' ||
		unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// withoutDefault replaces a default document, or a folder without its slash, by the folder.
func withoutDefault(p string) string {
	dir, name := path.Split(p)
	ext := path.Ext(name)
	switch {
	case slices.Contains(kinds, strings.ToLower(ext)) &&
		slices.Contains(stems, strings.ToLower(strings.TrimSuffix(name, ext))):
		return dir
	case name != "" && ext == "":
		return p + "/"
	}
	return p
}

// oldQuery writes parameters sorted by name, each in canonical form.
func oldQuery(query string, caseless bool) string {
	var out []string
	for part := range strings.SplitSeq(strings.ReplaceAll(query, "&amp;", "&"), "&") {
		name, value, has := strings.Cut(part, "=")
		name, value = text(unescape(name, true)), text(unescape(value, true))
		if name == "" && value == "" || added(strings.ToLower(name), value) {
			continue
		}
		if caseless {
			name = strings.ToLower(name)
		}
		name = escapeParameter(name)
		if has {
			name += "=" + escapeParameter(value)
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return strings.Join(out, "&")
}

// addedNames are parameters added when an address is shared or fetched, by WeChat, Weibo, visit counters, sessions and
// caches. No old system uses them to select a page.
var addedNames = []string{"isappinstalled", "nsukey", "sukey", "clicktime", "enterid", "srcid", "spm", "gclid",
	"fbclid", "bd_vid", "qhclickid", "jsessionid", "phpsessid", "aspsessionid", "wxshare_count", "wechat_redirect",
	"_", "_t", "tdsourcetag", "winzoom", "hmsr", "hmpl", "hmcu", "hmkw", "hmci", "vt", "plg_nld", "plg_uin", "plg_auth"}

// addedPrefixes are prefixes of such parameters.
var addedPrefixes = []string{"utm_", "share_", "sharer_", "wx_", "weixin_"}

// sharedFrom are the values of "from" that WeChat and QQ add; other values may belong to the old system.
var sharedFrom = []string{"singlemessage", "groupmessage", "timeline", "message", "qq", "qqbrowser", "weixin", "wechat",
	"weibo", "homescreen", "mp", "msgapp", "single", "group"}

func added(name, value string) bool {
	return slices.Contains(addedNames, name) || name == "from" && slices.Contains(sharedFrom, strings.ToLower(value)) ||
		slices.ContainsFunc(addedPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// unescape decodes percent escapes, including those of JavaScript's escape() (%u653F); invalid escapes stay unchanged.
// An address that was encoded twice is decoded twice.
func unescape(s string, plus bool) string {
	for range 2 {
		var b strings.Builder
		changed := false
		for i := 0; i < len(s); i++ {
			switch {
			case s[i] == '%' && i+5 < len(s) && (s[i+1] == 'u' || s[i+1] == 'U'):
				if n, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil {
					b.WriteRune(rune(n))
					i, changed = i+5, true
					continue
				}
			case s[i] == '%' && i+2 < len(s):
				if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
					b.WriteByte(byte(n))
					i, changed = i+2, true
					continue
				}
			case s[i] == '+' && plus:
				b.WriteByte(' ')
				continue
			}
			b.WriteByte(s[i])
		}
		s = b.String()
		if !changed || !strings.Contains(s, "%") {
			break
		}
		plus = false
	}
	return s
}

// text converts bytes that may be GBK to UTF-8 in NFC.
func text(s string) string {
	if !utf8.ValidString(s) {
		if decoded, err := simplifiedchinese.GB18030.NewDecoder().String(s); err == nil {
			s = decoded
		}
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	return norm.NFC.String(s)
}

// escapeParameter escapes the separators in a name or value.
func escapeParameter(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r <= ' ' || unusable(r) || strings.ContainsRune(`%&=+#?\`, r) {
			for _, c := range []byte(string(r)) {
				b.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)+0x100, 16)[1:]))
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
