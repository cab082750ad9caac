package htmlclean

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

// Ref is an address met in the body, as it stands in the HTML.
type Ref struct {
	URL  string // absolute when a base was given, else as in the source; a picture may be a data: address
	Name string // link text, alt text or title; may be empty
}

var scheme = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.\-]*):`)

// resolve makes an address absolute. It returns "" for an empty address, a fragment alone, or a scheme that is not in
// allowed.
func resolve(base *url.URL, raw string, allowed ...string) string {
	s := strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7F || invisible(r) {
			return -1
		}
		return r
	}, strings.TrimFunc(raw, space))
	if s == "" || strings.HasPrefix(s, "#") || len(s) > 2048 {
		return ""
	}
	if m := scheme.FindStringSubmatch(s); m == nil {
		s = strings.ReplaceAll(s, `\`, "/")
		if base == nil && strings.HasPrefix(s, "//") {
			s = "https:" + s
		} else if i := strings.IndexByte(s, ':'); i >= 0 && !strings.ContainsAny(s[:i], "/?#") {
			return "" // a colon in the first segment would read as a scheme
		}
	}
	u, err := url.Parse(s)
	if err != nil {
		if u, err = url.Parse(escapePercent(s)); err != nil {
			return ""
		}
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	u.User = nil
	u.RawFragment = ""
	if u.Scheme != "" && !contains(allowed, strings.ToLower(u.Scheme)) {
		return ""
	}
	out := strings.NewReplacer(`"`, "%22", "<", "%3C", ">", "%3E", " ", "%20", "`", "%60").Replace(u.String())
	if (u.Scheme == "http" || u.Scheme == "https") && u.Host == "" {
		return ""
	}
	return out
}

var badPercent = regexp.MustCompile(`%([^0-9a-fA-F]|.[^0-9a-fA-F]|.?$)`)

func escapePercent(s string) string {
	s = strings.ReplaceAll(s, " ", "%20")
	for range 8 {
		t := badPercent.ReplaceAllString(s, "%25$1")
		if t == s {
			break
		}
		s = t
	}
	return s
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// fileTypes are the endings of documents that a citizen downloads.
var fileTypes = set(
	"pdf doc docx docm xls xlsx xlsm et ppt pptx dps wps wpt ofd ceb rtf odt ods odp zip rar 7z tar gz csv txt xml json dwg epub")

var pictureTypes = set("jpg jpeg png gif bmp webp tif tiff svg")

var fileQuery = regexp.MustCompile(`(?i)[?&][a-z_]*(?:file_?name|name|file|path)=[^&]*\.([a-z0-9]{2,4})(?:&|$)`)

// IsFile reports whether an address with this link text leads to a document to download rather than to a page.
func IsFile(address, name string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "mailto" {
		return false
	}
	if fileTypes[ending(u.Path)] {
		return true
	}
	if m := fileQuery.FindStringSubmatch(address); m != nil && fileTypes[strings.ToLower(m[1])] {
		return true
	}
	low := strings.ToLower(u.Path)
	return fileTypes[ending(name)] && (u.RawQuery != "" || strings.Contains(low, "down") ||
		strings.Contains(low, "attach") || strings.Contains(low, "file"))
}

func ending(p string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(strings.TrimSpace(p)), "."))
}

var dataImage = regexp.MustCompile(`^data:image/(?:png|jpeg|jpg|gif|webp|bmp);base64,[A-Za-z0-9+/=%\s]+$`)

// decoration matches pictures that belong to the page, not to the text: spacers, file-type icons, loading indicators.
var decoration = regexp.MustCompile(
	`(?i)(/sysimage/|/fileicon|file_?ico|/icon_(?:pdf|doc|xls|ppt|zip|rar|txt|et|wps)|icon16/|blank\.(?:gif|png)|spacer\.gif|grey\.gif|loading[^/]*\.(?:gif|png|svg)|lazyload[^/]*\.|transparent\.(?:gif|png)|pixel\.gif|placeholder)`)

// lazy lists the attributes in which scripts store the real address of a picture.
var lazy = []string{"data-original", "data-src", "data-lazy-src", "data-actualsrc", "data-echo", "data-url", "original",
	"src", "_src", "oldsrc"}
