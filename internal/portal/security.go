package portal

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Security returns the route of security.txt (RFC 9116): the contact for reports of a vulnerability, taken from the
// dossier. The file is made per request, so that it never expires.
func Security() dynamic.Mount {
	return dynamic.Mount{Name: address.MountSecurity, Routes: []dynamic.Route{
		{Pattern: address.Security, Get: securityText, PerMinute: perMinute},
	}}
}

// securityFor is how long the file is valid; RFC 9116 recommends less than a year.
const securityFor = 90 * 24 * time.Hour

func securityText(w http.ResponseWriter, r *dynamic.Request) error {
	s, err := r.Site()
	if err != nil {
		return err
	}
	contacts := contacts(s)
	if len(contacts) == 0 {
		return fault.New(fault.NotFound, "网站没有登记联系方式。")
	}
	var b strings.Builder
	for _, c := range contacts {
		fmt.Fprintf(&b, "Contact: %s\n", c)
	}
	y, m, d := r.Now().Add(securityFor).In(store.Shanghai()).Date()
	fmt.Fprintf(&b, "Expires: %s\n", time.Date(y, m, d, 0, 0, 0, 0, store.Shanghai()).Format(time.RFC3339))
	b.WriteString("Preferred-Languages: zh, en\n")
	if s.Base != "" {
		fmt.Fprintf(&b, "Canonical: %s%s\n", s.Base, address.Security)
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=86400")
	_, err = w.Write([]byte(b.String()))
	return err
}

// mailForm matches a mail address that needs no escapes in a URI.
var mailForm = regexp.MustCompile(`^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,190}$`)

// contacts returns the contacts of the site's office as URIs, the preferred one first.
func contacts(s *dynamic.Site) (out []string) {
	if mailForm.MatchString(s.Email) {
		out = append(out, "mailto:"+s.Email)
	}
	between := func(r rune) bool { return strings.ContainsRune("、,，;；/转 ", r) }
	for _, number := range strings.FieldsFunc(s.Phone, between) {
		if uri := telephone(number); uri != "" {
			out = append(out, uri)
		}
	}
	return out
}

// telephone returns the URI of a Chinese number (RFC 3966); "" for text that is not a number.
func telephone(number string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
	switch {
	case len(digits) < 5:
		return "" // an extension
	case len(digits) <= 8: // 12345, or a number without area code
		return "tel:" + digits + ";phone-context=+86"
	case strings.HasPrefix(strings.TrimSpace(number), "+"):
		return "tel:+" + digits
	}
	return "tel:+86" + strings.TrimPrefix(digits, "0")
}
