package exchange

import (
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestOldPath(t *testing.T) {
	for address, want := range map[string]string{
		"http://www.x.gov.cn/zwgk/t20240101_1.html":    "/zwgk/t20240101_1.html",
		"https://x.gov.cn//a/./b/../c.html#top":        "/a/c.html",
		"http://x.gov.cn/art/":                         "/art/",
		"http://x.gov.cn/view.jsp?id=3&p=%E4%B8%AD":    "/view.jsp?id=3&p=%E4%B8%AD",
		"http://x.gov.cn/%E6%96%B9%E6%A1%88.html":      "/方案.html",
		"http://x.gov.cn/../../etc/passwd":             "/etc/passwd",
		"http://x.gov.cn":                              "",
		"http://x.gov.cn/":                             "",
		"http://x.gov.cn/index.html":                   "",
		"http://x.gov.cn/_m/abc.png":                   "",
		"http://x.gov.cn/sitemap.xml":                  "",
		"/relative.html":                               "",
		"ftp://x.gov.cn/a":                             "",
		"http://%zz/":                                  "",
		"http://x.gov.cn/" + strings.Repeat("a", 2000): "",
	} {
		if got := oldPath(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestIDs(t *testing.T) {
	r := &run{seen: map[string]int{}}
	var got []string
	for _, id := range []string{"a", "a", "a#2", "a", "b"} {
		got = append(got, r.uniqueID(id))
	}
	if s := strings.Join(got, " "); s != "a a#2 a#2#2 a#3 b" {
		t.Errorf("ids: %s", s)
	}
	long := boundedID(strings.Repeat("长", 1000))
	if len(long) > 300 || !utf8.ValidString(long) || long == boundedID(strings.Repeat("长", 1001)) {
		t.Errorf("long id: %q", long)
	}
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("关于印发实施方案的通知.html")
	if err != nil {
		t.Fatal(err)
	}
	if got := cleanText(gbk); got != "关于印发实施方案的通知.html" {
		t.Errorf("a file name in GBK: %q", got)
	}
	if got := cleanText("a\x00b"); got != "ab" {
		t.Errorf("zero byte: %q", got)
	}
}

func TestSafeSVG(t *testing.T) {
	head := `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">`
	for text, want := range map[string]bool{
		head + `<defs><g id="a"/></defs><use xlink:href="#a"/><style>.a{fill:url(#b)}</style></svg>`:     true,
		`<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">` + head + `</svg>`: true,
		head + `<image href="data:image/png;base64,AAAA"/></svg>`:                                        true,
		head + `<script>alert(1)</script></svg>`:                                                         false,
		head + `<SCRIPT/></svg>`:                                                                         false,
		head + "<g\nonload='x()'/></svg>":                                                                false,
		head + `<foreignObject/></svg>`:                                                                  false,
		head + `<a href="java&#115;cript:x()"/></svg>`:                                                   false,
		head + `<use xlink:href="http://x/y.svg#a"/></svg>`:                                              false,
		head + `<image href="data:image/svg+xml;base64,AAAA"/></svg>`:                                    false,
		head + `<rect style="fill:url( 'http://x/')"/></svg>`:                                            false,
		head + `<style>@import "x.css";</style></svg>`:                                                   false,
		head + `<set attributeName="href" to="x"/></svg>`:                                                false,
		`<!DOCTYPE svg [<!ENTITY a "b">]>` + head + `</svg>`:                                             false,
		`<?xml-stylesheet href="x"?>` + head + `</svg>`:                                                  false,
		head:                                false,
		head + `<g></svg>`:                  false,
		strings.Repeat("<g>", 1000):         false,
		head + `<text>a &undefined;</text>`: false,
	} {
		if got := safeSVG([]byte(text)); got != want {
			t.Errorf("%.120s: %v", text, got)
		}
	}
}

func FuzzSafeSVG(f *testing.F) {
	f.Add([]byte(`<svg><g onload="x"/></svg>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if safeSVG(b) && strings.Contains(strings.ToLower(string(b)), "<script") && !strings.Contains(string(b), "<!") {
			t.Errorf("script let through: %q", b)
		}
	})
}

func TestAcceptedFile(t *testing.T) {
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)
	for _, c := range []struct {
		ext, body string
		want      bool
	}{
		{"pdf", "%PDF-1.7\n", true}, {"pdf", "<html>%PDF-1.7", false}, {"pdf", "MZ\x90", false}, {"pdf", "随便什么", false},
		{"doc", ole, true}, {"wps", ole, true}, {"doc", `{\rtf1\ansi}`, true}, {"doc", "<html xmlns:w='x'>", false}, {"docx", "PK\x03\x04" + strings.Repeat("\x00", 40), true},
		{"zip", "PK\x03\x04" + strings.Repeat("\x00", 40), true}, {"rar", "Rar!\x1a\x07\x00", true}, {"7z", "7z\xbc\xaf\x27\x1c", true},
		{"txt", "说明", true}, {"csv", "a,b\n1,2\n", true}, {"txt", "<!DOCTYPE html><script>", false}, {"txt", "<svg onload=x>", false},
		{"png", "\x89PNG\r\n\x1a\n", true}, {"jpg", "\x89PNG\r\n\x1a\n", false}, {"exe", "MZ\x90", false}, {"html", "<html>", false}, {"", "x", false}, {"svg", "<svg/>", false},
	} {
		if got := acceptedFile(c.ext, []byte(c.body)); got != c.want {
			t.Errorf("%s %.12q: %v", c.ext, c.body, got)
		}
	}
}

func TestPublicAddress(t *testing.T) {
	for ip, want := range map[string]bool{
		"1.2.4.8": true, "2400:3200::1": true, "127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.0.1": false, "169.254.169.254": false, "0.0.0.0": false,
		"100.64.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "::1": false, "fe80::1%eth0": false, "fd00::1": false, "::ffff:10.0.0.1": false, "::127.0.0.1": false,
		"64:ff9b::a00:1": false, "2002:a00:1::": false, "::": false, "198.18.0.1": false,
	} {
		if got := public(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %v", ip, got)
		}
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026年3月2日 10时30分": "2026-03-02 10:30",
		"46083.4375":       "2026-03-02 10:30",
		"1772418600":       "2026-03-02 10:30",
		"2001年1月1日通过\n2020年2月2日修订": "2020-02-02 00:00",
		"昨天": "", "": "", "3": "",
	} {
		got := ""
		if at, ok := parseTime(text); ok {
			got = at.Format("2006-01-02 15:04")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestReasons(t *testing.T) {
	for _, line := range []Line{{Status: "imported"}, {Status: "updated"}, {Status: "unchanged"}, {Status: "merged"}, {Status: Quarantined, Reason: ReasonBody}} {
		r := &Report{}
		r.add(line)
		if !r.Adds() || r.Inputs != 1 {
			t.Errorf("%s: %+v", line.Status, r.Totals)
		}
	}
}
