package exchange

import (
	"net/url"
	"path"
	"strings"

	"guiyi/internal/address"
	"guiyi/internal/exchange/source"
)

// maxOldPath bounds an old address; no site system wrote longer ones.
const maxOldPath = 1000

// oldPath is the path of an original address that must redirect to the new one; "" when
// there is none, or when the new site answers it with a page of its own.
func oldPath(original string) string {
	u, err := url.Parse(original)
	if err != nil || u.Host == "" || u.Path == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	old := path.Clean("/" + u.Path)
	if strings.HasSuffix(u.Path, "/") && old != "/" {
		old += "/"
	}
	if address.Taken(old) {
		return ""
	}
	if u.RawQuery != "" {
		old += "?" + u.RawQuery
	}
	if len(old) > maxOldPath {
		return ""
	}
	return source.CleanText(old)
}
