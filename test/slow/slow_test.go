package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReport: what is within its budget is printed, what is above it is an error.
func TestReport(t *testing.T) {
	var out strings.Builder
	packages := []spent{{"a", 1, perPackage}, {"internal/publish", 300, 100}}
	err := report(&out, packages, []spent{{name: "a TestA", wall: 3}})
	if err != nil || !strings.Contains(out.String(), "100.0     300.0  internal/publish") ||
		!strings.Contains(out.String(), "3.0  a TestA") {
		t.Errorf("%v\n%s", err, &out)
	}
	err = report(&out, []spent{{"a", 1, perPackage + 1}}, nil)
	if err == nil || !strings.Contains(err.Error(), "a takes 21") {
		t.Errorf("above the budget: %v", err)
	}
}

func TestReadEvents(t *testing.T) {
	var out strings.Builder
	tests, err := readEvents(strings.NewReader(`{"Action":"output","Package":"guiyi/a","Test":"TestA","Output":"good\n"}
{"Action":"pass","Package":"guiyi/a","Test":"TestA","Elapsed":1.5}
{"Action":"output","Package":"guiyi/a","Test":"TestB/x","Output":"bad\n"}
{"Action":"fail","Package":"guiyi/a","Test":"TestB/x","Elapsed":2}
{"Action":"fail","Package":"guiyi/a","Test":"TestB","Elapsed":2}
`), &out)
	if err != nil || len(tests) != 2 || tests[0] != (spent{name: "a TestA", wall: 1.5}) || out.String() != "bad\n" {
		t.Errorf("%v %v %q", err, tests, &out)
	}
	if _, err := readEvents(strings.NewReader("FAIL"), &out); err == nil {
		t.Error("text that is no event")
	}
}

// TestChild counts what a process and its children took, and hands its status on.
func TestChild(t *testing.T) {
	times := filepath.Join(t.TempDir(), "times")
	if code := child(times, []string{"sh", "-c", "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; exit 3"}); code != 3 {
		t.Errorf("status %d", code)
	}
	f, err := os.Open(times)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	got, err := readTimes(f, filepath.Dir(here))
	if err != nil || len(got) != 1 || got[0].name != "slow" || got[0].processor <= 0 || got[0].wall <= 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
