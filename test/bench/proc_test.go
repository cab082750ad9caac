package main

import (
	"os"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	const tail = " S 41 42 42 0 -1 4194560 1310 0 3 0 250 125 7 9 20 0 1 0 5551 57192448 1290 18446744073709551615 1 1 0"
	for name, line := range map[string]string{
		"plain":               "42 (nginx)" + tail,
		"blanks and brackets": "42 (a ) S 1 (b)" + tail,
		"line end":            "42 (nginx)" + tail + "\n",
	} {
		got, err := parseStat(line)
		if want := (procStat{PID: 42, Parent: 41, CPU: 3750 * time.Millisecond}); err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, want)
		}
	}
	for name, line := range map[string]string{
		"nothing": "", "no name": "42 nginx S 41", "short": "42 (nginx) S 41 42",
		"brackets the wrong way": "42 )nginx(" + tail, "not a number": "x (nginx)" + tail,
	} {
		if got, err := parseStat(line); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}

func TestDescends(t *testing.T) {
	all := map[int]procStat{1: {PID: 1}, 10: {PID: 10, Parent: 1}, 11: {PID: 11, Parent: 10}, 12: {PID: 12, Parent: 11},
		20: {PID: 20, Parent: 1}, 30: {PID: 30, Parent: 31}, 31: {PID: 31, Parent: 30}}
	for _, c := range []struct {
		pid, ancestor int
		want          bool
	}{{12, 10, true}, {10, 10, true}, {20, 10, false}, {1, 10, false}, {30, 10, false}, {99, 10, false}} {
		if got := descends(all, c.pid, c.ancestor); got != c.want {
			t.Errorf("descends(%d, %d) = %v", c.pid, c.ancestor, got)
		}
	}
}

func TestTreeCPU(t *testing.T) {
	if _, err := treeCPU(os.Getpid()); err != nil {
		t.Error(err)
	}
	if _, err := treeCPU(1 << 30); err == nil {
		t.Error("a process that is not there has a CPU time")
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add("42 (nginx) S 41 42 42 0 -1 4194560 1310 0 3 0 250 125 7 9")
	f.Fuzz(func(_ *testing.T, line string) { _, _ = parseStat(line) })
}
