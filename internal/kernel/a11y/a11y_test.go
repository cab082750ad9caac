package a11y

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestValue(t *testing.T) {
	for value, want := range map[string]string{
		"zoom=125&theme=yb&elder=1&text=1&cursor=1&art=1.25": ` data-elder data-zoom="125" data-theme="yb" data-text-only data-cursor data-art="1.25"`,
		"elder=1":                               " data-elder",
		"zoom=100&art=1&elder=0":                "",
		"zoom=130":                              "",
		"zoom=1250":                             "",
		"theme=YB":                              "",
		"theme=yb\"onload=x":                    "",
		"x=1&elder=1&&=&y":                      " data-elder",
		"zoom=125&zoom=150&zoom=999":            ` data-zoom="150"`,
		"elder=1;theme=yb":                      "",
		"":                                      "",
		strings.Repeat("x=1&", 200) + "elder=1": "",
	} {
		if got := ofValue(url.QueryEscape(value)); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	if ofValue("%zz") != "" {
		t.Error("bad escape")
	}
}

func TestCookies(t *testing.T) {
	for header, want := range map[string]string{
		"a11y=elder%3D1":                " data-elder",
		"Hm_lvt=1; a11y=elder%3D1; x=y": " data-elder",
		`a11y="elder%3D1"`:              " data-elder",
		"a11y=elder=1":                  " data-elder",
		"xa11y=elder%3D1":               "",
		"a11y":                          "",
		"a11y=; a11y=elder%3D1":         "",
		"A11Y=elder%3D1":                "",
		";;;=;a11y=elder%3D1":           " data-elder",
	} {
		if got := OfCookies([]string{header}); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
	if got := OfCookies([]string{"x=y", "a11y=text%3D1"}); got != " data-text-only" {
		t.Errorf("two headers: %q", got)
	}
}

func FuzzCookies(f *testing.F) {
	for _, s := range []string{"a11y=zoom%3D125%26theme%3Dyb", `a11y="elder=1"`, "a=b; a11y=art%3D0.9",
		"a11y=%3Cscript%3E"} {
		f.Add(s)
	}
	shape := regexp.MustCompile(
		`^( data-elder)?( data-zoom="1[257][05]"| data-zoom="200")?( data-theme="(yb|by|wb)")?( data-text-only)?( data-cursor)?( data-art="(0\.9|1\.25)")?$`)
	f.Fuzz(func(t *testing.T, s string) {
		if got := OfCookies([]string{s}); !shape.MatchString(got) {
			t.Errorf("%q gives %q", s, got)
		}
	})
}

// What portal makes of settings and edge of the cookie is the same.
func TestBothWays(t *testing.T) {
	for name, values := range Values() {
		for _, v := range values {
			if got, want := Attributes(map[string]string{name: v, "x": "y"}), ofValue(name+"%3D"+v); got != want ||
				got == "" {
				t.Errorf("%s=%s: %q, %q", name, v, got, want)
			}
		}
		if got := Attributes(map[string]string{name: "\"onload=x"}); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestSplice(t *testing.T) {
	for page, want := range map[string]string{
		PageStart + "<head>": strings.TrimSuffix(PageStart, ">") + " data-elder><head>",
		"<html>":             "<html>",
		"":                   "",
	} {
		got := string(WithAttributes([]byte(page), " data-elder"))
		if got != want || Fits([]byte(page)) != (got != page) {
			t.Errorf("%q gives %q", page, got)
		}
		if got := string(WithAttributes([]byte(page), "")); got != page {
			t.Errorf("%q changes to %q", page, got)
		}
	}
}
