package starter

import (
	"bytes"
	"testing"

	"guiyi/internal/lexicon/check"
	"guiyi/internal/lexicon/words"
)

// TestDictionaries: every file is read, no word stands in two of them, and every entry is found where it is written
// alone and not in what it suggests.
func TestDictionaries(t *testing.T) {
	for _, file := range [][]byte{wrong, confusable, expression} {
		if _, err := check.ParseEntries(file); err != nil {
			t.Error(err)
		}
		if !bytes.Contains(file, []byte("依据：")) {
			t.Error("a file names no source")
		}
	}
	all := Dictionaries()
	if len(all) != 3 {
		t.Fatalf("%d dictionaries", len(all))
	}
	seen := map[string]string{}
	var plain []check.Dictionary
	for _, d := range all {
		plain = append(plain, d.Dictionary)
		for _, e := range d.Entries {
			if seen[e.Word] != "" {
				t.Errorf("%s stands in %s and %s", e.Word, seen[e.Word], d.Code)
			}
			seen[e.Word] = d.Code
		}
	}
	w := check.Compile(words.Default(), plain...)
	find := func(text string) int {
		return len(check.Check(check.Document{Title: text}, check.Options{Words: []*check.Words{w}}).Findings)
	}
	for word, code := range seen {
		if text := string(bytes.ReplaceAll([]byte(word), []byte("#"), []byte("1"))); find("，"+text+"。") == 0 {
			t.Errorf("%s of %s is not found", word, code)
		}
	}
	for _, d := range all {
		for _, e := range d.Entries {
			if text := string(bytes.ReplaceAll([]byte(e.Suggest), []byte("#"), []byte("1"))); find(text) > 0 {
				t.Errorf("%s is suggested and found", e.Suggest)
			}
		}
	}
}

// TestNotInside: what is written within other words is not found.
func TestNotInside(t *testing.T) {
	var plain []check.Dictionary
	for _, d := range Dictionaries() {
		plain = append(plain, d.Dictionary)
	}
	w := check.Compile(words.Default(), plain...)
	for _, text := range []string{"按排名先后录取", "不要过度期待", "周末来访的群众", "已经挤满了人", "周末能办理", "行政第一审判庭", "访问提出建议",
		"支付主任医师费用", "每月分红", "检查院内设施", "对像这样的情况", "截止日期另行通知"} {
		for _, f := range check.Check(check.Document{Title: text}, check.Options{Words: []*check.Words{w}}).Findings {
			t.Errorf("%s: %s", text, f.Text)
		}
	}
}
