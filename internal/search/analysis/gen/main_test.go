package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseBothForms(t *testing.T) {
	want := []string{"萬万", "龍龙"}
	for name, data := range map[string]string{
		"text file":   "龍\t龙\n萬\t万 萬\n一\t一\n詞組\t词组\n",
		"packed list": `export default "龍 龙|萬 万|一 一|詞組 词组"`,
	} {
		if got := parse(data); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestRunRefusesWrongInput(t *testing.T) {
	dir := t.TempDir()
	small := filepath.Join(dir, "small.txt")
	if err := os.WriteFile(small, []byte("龍\t龙\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, files := range [][]string{nil, {small, small}, {filepath.Join(dir, "none")}, {small}} {
		if err := run(filepath.Join(dir, "out.go"), files); err == nil {
			t.Errorf("run(%q) took it", files)
		}
	}
}

func TestRunWritesGo(t *testing.T) {
	dir := t.TempDir()
	var data strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&data, "%c\t%c\n", rune(0x4e00+i), rune(0x6000+i))
	}
	in, out := filepath.Join(dir, "in.txt"), filepath.Join(dir, "out.go")
	if err := os.WriteFile(in, []byte(data.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(out, []string{in}); err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(src), "const t2sPairs") ||
		!strings.Contains(string(src), "一"+string(rune(0x6000))) {
		t.Fatalf("%v\n%.300s", err, src)
	}
}
