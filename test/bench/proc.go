package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU times in /proc (USER_HZ, 100 on every Linux architecture Go runs on).
const tick = 10 * time.Millisecond

// procStat is what is read of /proc/PID/stat.
type procStat struct {
	PID, Parent int
	CPU         time.Duration // user and system time of all threads
}

// parseStat reads one /proc/PID/stat line. The second field is a name in brackets, which may itself hold blanks and
// brackets.
func parseStat(line string) (procStat, error) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return procStat{}, fmt.Errorf("stat: no name in %q", line)
	}
	rest := strings.Fields(line[end+1:]) // rest[0] is field 3, the state
	if len(rest) < 13 {
		return procStat{}, fmt.Errorf("stat: %d fields after the name in %q", len(rest), line)
	}
	var n [4]int64
	for i, s := range []string{strings.TrimSpace(line[:open]), rest[1], rest[11], rest[12]} {
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return procStat{}, fmt.Errorf("stat: %w", err)
		}
		n[i] = v
	}
	return procStat{PID: int(n[0]), Parent: int(n[1]), CPU: time.Duration(n[2]+n[3]) * tick}, nil
}

// treeCPU is the CPU time spent so far by a process and its living descendants.
func treeCPU(pid int) (time.Duration, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	all := map[int]procStat{}
	for _, f := range files {
		line, err := os.ReadFile(f)
		if err != nil {
			continue // it ended meanwhile
		}
		if s, err := parseStat(string(line)); err == nil {
			all[s.PID] = s
		}
	}
	if _, ok := all[pid]; !ok {
		return 0, fmt.Errorf("process %d has ended", pid)
	}
	var sum time.Duration
	for _, s := range all {
		if descends(all, s.PID, pid) {
			sum += s.CPU
		}
	}
	return sum, nil
}

// descends reports whether pid is ancestor or below it.
func descends(all map[int]procStat, pid, ancestor int) bool {
	for range len(all) { // bounds a cycle that races could make
		if pid == ancestor {
			return true
		}
		s, ok := all[pid]
		if !ok {
			return false
		}
		pid = s.Parent
	}
	return false
}
