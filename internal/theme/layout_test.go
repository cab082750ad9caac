package theme_test

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"guiyi/internal/theme"
)

const maxTemplateLine = 160 // bytes

// blockTag matches the actions that open, divide or close a block, or include a template.
var blockTag = regexp.MustCompile(`\{\{-?\s*(if|range|with|block|define|template|else|end)\b`)

// layoutFaults returns the lines of a template that are too long or hold more than one block tag.
func layoutFaults(text string) []string {
	var faults []string
	for i, line := range strings.Split(text, "\n") {
		if n := len(line); n > maxTemplateLine {
			faults = append(faults, fmt.Sprintf("line %d: %d bytes, at most %d", i+1, n, maxTemplateLine))
		}
		if n := len(blockTag.FindAllString(line, -1)); n > 1 {
			faults = append(faults, fmt.Sprintf("line %d: %d block tags, at most one", i+1, n))
		}
	}
	return faults
}

func TestTemplateLayout(t *testing.T) {
	files := base(t)
	n := 0
	err := fs.WalkDir(files, "templates", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		text, err := fs.ReadFile(files, path)
		for _, fault := range layoutFaults(string(text)) {
			t.Errorf("%s: %s", path, fault)
		}
		return err
	})
	if err != nil || n < len(theme.PageViews()) {
		t.Errorf("%d templates read: %v", n, err)
	}
}

func TestLayoutFaults(t *testing.T) {
	for text, want := range map[string]int{
		"<p>{{.A}}{{date .B}}</p>\n{{with .C}}{{.}}\n{{- end}}": 0,
		strings.Repeat("x", maxTemplateLine):                    0,
		strings.Repeat("x", maxTemplateLine+1):                  1,
		"{{if .A}}x{{end}}":                                     1,
		"{{- end}}{{- template \"a\" .}}\n{{else}}{{ with .B}}": 2,
	} {
		if got := layoutFaults(text); len(got) != want {
			t.Errorf("%q: %v, want %d faults", text, got, want)
		}
	}
}
