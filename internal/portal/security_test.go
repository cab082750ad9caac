package portal

import (
	"strings"
	"testing"
	"time"

	"guiyi/internal/dynamic"
	"guiyi/internal/dynamic/dynamictest"
)

// What it says holds at any time, is of the site that was asked for, and leads to somebody.
func TestSecurityText(t *testing.T) {
	sites := dynamictest.New(t)
	sites["linshui"].Email = "wangzhan@linshui.gov.cn"
	sites["linshui"].Phone = "12345、13800000000,0451-1234567转80"
	at := time.Date(2026, 11, 29, 23, 30, 0, 0, time.UTC)
	h := dynamictest.Handler(t, dynamic.Options{Sites: sites, Now: func() time.Time { return at }}, Security())
	for code, want := range map[string]string{
		"qinghe": "Contact: tel:+8645000000000\nExpires: 2027-02-28T00:00:00+08:00\nPreferred-Languages: zh, en\n" +
			"Canonical: https://www.qinghe.gov.cn/.well-known/security.txt\n",
		"linshui": "Contact: mailto:wangzhan@linshui.gov.cn\nContact: tel:12345;phone-context=+86\n" +
			"Contact: tel:+8613800000000\nContact: tel:+864511234567\nExpires: 2027-02-28T00:00:00+08:00\n" +
			"Preferred-Languages: zh, en\nCanonical: https://www.linshui.gov.cn/.well-known/security.txt\n",
	} {
		w := dynamictest.Get(h, "GET", "/.well-known/security.txt", dynamictest.Site, code)
		if w.Code != 200 || w.Body.String() != want || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: %d %v\n%s", code, w.Code, w.Header(), w.Body)
		}
	}
	at = at.AddDate(3, 0, 0) // nobody published anything since
	body := dynamictest.Get(h, "GET", "/.well-known/security.txt").Body.String()
	_, rest, _ := strings.Cut(body, "Expires: ")
	line, _, _ := strings.Cut(rest, "\n")
	until, err := time.Parse(time.RFC3339, line)
	if err != nil || !until.After(at) || until.After(at.AddDate(1, 0, 0)) {
		t.Errorf("expires %s at %s", line, at)
	}
	for name, s := range map[string]dynamic.Site{
		"nobody":           {},
		"no mail, no tel":  {Email: "见页脚", Phone: "请来信"},
		"a line in a mail": {Email: "a@b.cn\nContact: mailto:x@evil.example"},
		"an extension":     {Phone: "转 80"},
	} {
		*sites["qinghe"] = dynamic.Site{Code: "qinghe", Theme: sites["linshui"].Theme, Email: s.Email, Phone: s.Phone}
		w := dynamictest.Get(h, "GET", "/.well-known/security.txt")
		if w.Code != 404 || strings.Contains(w.Body.String(), "evil") {
			t.Errorf("%s: %d %.300s", name, w.Code, w.Body)
		}
	}
	for method, want := range map[string]int{"POST": 405, "OPTIONS": 204, "HEAD": 404} {
		if w := dynamictest.Get(h, method, "/.well-known/security.txt"); w.Code != want {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
	for _, path := range []string{"/.well-known/", "/.well-known/other", "/.well-known/security.txt/"} {
		if w := dynamictest.Get(h, "GET", path); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
