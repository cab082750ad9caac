package accept

import (
	"strings"
	"testing"
)

func TestSVG(t *testing.T) {
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
		if got := SVG([]byte(text)); got != want {
			t.Errorf("%.120s: %v", text, got)
		}
	}
}

func FuzzSVG(f *testing.F) {
	f.Add([]byte(`<svg><g onload="x"/></svg>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if SVG(b) && strings.Contains(strings.ToLower(string(b)), "<script") && !strings.Contains(string(b), "<!") {
			t.Errorf("script let through: %q", b)
		}
	})
}

func TestFile(t *testing.T) {
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)
	for _, c := range []struct {
		ext, body string
		want      bool
	}{
		{"pdf", "%PDF-1.7\n", true}, {"pdf", "<html>%PDF-1.7", false}, {"pdf", "MZ\x90", false}, {"pdf", "随便什么", false},
		{"doc", ole, true}, {"wps", ole, true}, {"doc", `{\rtf1\ansi}`, true}, {"doc", "<html xmlns:w='x'>", false},
		{"docx", "PK\x03\x04" + strings.Repeat("\x00", 40), true},
		{"zip", "PK\x03\x04" + strings.Repeat("\x00", 40), true}, {"rar", "Rar!\x1a\x07\x00", true},
		{"7z", "7z\xbc\xaf\x27\x1c", true},
		{"txt", "说明", true}, {"csv", "a,b\n1,2\n", true}, {"txt", "<!DOCTYPE html><script>", false},
		{"txt", "<svg onload=x>", false},
		{"png", "\x89PNG\r\n\x1a\n", true}, {"jpg", "\x89PNG\r\n\x1a\n", false}, {"exe", "MZ\x90", false},
		{"html", "<html>", false}, {"", "x", false}, {"svg", "<svg/>", false},
	} {
		if got := File(c.ext, []byte(c.body)); got != c.want {
			t.Errorf("%s %.12q: %v", c.ext, c.body, got)
		}
	}
}
