package api

import (
	"strings"
	"testing"
)

// Texts that a database or a feed cannot hold are refused with their reason, and nothing is made; what only looks alike
// is taken as it is.
func TestTextsOfBodies(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for body, want := range map[string]string{
			`{"text":"a\u0000b"}`:                     "控制字符",
			`{"text":"a\u001b[2J"}`:                   "控制字符",
			`{"text":"a\u007F"}`:                      "控制字符",
			`{"text":"a\u0085"}`:                      "控制字符",
			`{"text":"a\bc"}`:                         "控制字符",
			`{"text":"a\fc"}`:                         "控制字符",
			`{"text":"\\\\\u0000"}`:                   "控制字符",
			`{"te\u0000xt":"a"}`:                      "控制字符",
			"{\"text\":\"\xb9\xab\xbb\xfd\xbd\xf0\"}": "UTF-8",
			"{\"text\":\"a\x00\"}":                    "正确的 JSON",
			`{"text":"a\u00"}`:                        "正确的 JSON",
			`{"text":"a\`:                             "正确的 JSON",
		} {
			rec := w.call("POST", "/notes", body)
			if p := problem(t, rec); rec.Code != 400 || !strings.Contains(p.Detail, want) {
				t.Errorf("%q: %d %s", body, rec.Code, rec.Body)
			}
		}
		if n := w.notes(); n != 0 {
			t.Errorf("%d notes were made", n)
		}
		made := 0
		for _, body := range []string{`{"text":"a\tb\nc\r\n"}`,
			`{"text":"\u0009\u000A\u000d.\u00a0\u4f9b\ud83d\ude00"}`, `{"text":"C:\\bin\\u0000"}`, `{"text":"\\b \" \\f"}`, `{"text":"供热\u0100"}`} {
			if rec := w.call("POST", "/notes", body); rec.Code/100 != 2 {
				t.Errorf("%q: %d %s", body, rec.Code, rec.Body)
			}
			if made++; w.notes() != made {
				t.Errorf("%q: %d notes", body, w.notes())
			}
		}
	})
}
