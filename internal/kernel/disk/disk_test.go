package disk_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
)

func TestReasonAndFault(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("out", filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	outside := root.Mkdir("out/in", 0o700) // a link into itself
	if err := os.Symlink("/", filepath.Join(dir, "up")); err != nil {
		t.Fatal(err)
	}
	if _, err := root.Open("up/etc"); disk.Reason(err) != disk.ErrPath {
		t.Errorf("a link out of a root: %v", err)
	}
	for _, tc := range []struct {
		err    error
		reason error
		text   string
	}{
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, disk.ErrFull, "磁盘空间已满"},
		{fmt.Errorf("put: %w", syscall.EDQUOT), disk.ErrFull, "磁盘空间已满"},
		{syscall.EFBIG, disk.ErrFull, "磁盘空间已满"},
		{syscall.EROFS, disk.ErrReadOnly, "只读"},
		{syscall.EACCES, disk.ErrDenied, "没有权限"},
		{syscall.EIO, disk.ErrBroken, "读写出错"},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.ELOOP}, disk.ErrPath, "路径不对"},
		{&fs.PathError{Op: "mkdir", Path: "x", Err: syscall.ENOTDIR}, disk.ErrPath, "路径不对"},
		{syscall.EISDIR, disk.ErrPath, "路径不对"},
		{outside, disk.ErrPath, "路径不对"},
		{fmt.Errorf("accept: %w", syscall.EMFILE), disk.ErrHandles, "打开的文件过多"},
		{errors.Join(disk.ErrFull, syscall.EACCES), disk.ErrFull, "磁盘空间已满"},
		{syscall.ENOENT, nil, "请检查磁盘空间和权限"},
		{errors.New("other"), nil, "请检查磁盘空间和权限"},
	} {
		if got := disk.Reason(tc.err); got != tc.reason {
			t.Errorf("%v: reason %v, want %v", tc.err, got, tc.reason)
		}
		err := disk.Fault(tc.err, "写不了 %s", "a/b")
		if text := fault.Text(err); !fault.Is(err, fault.Unavailable) || !strings.Contains(text, tc.text) ||
			!strings.HasPrefix(text, "写不了 a/b") {
			t.Errorf("%v: %s", tc.err, text)
		}
		if !errors.Is(err, tc.err) || disk.Reason(err) != tc.reason {
			t.Errorf("%v: the cause is lost: %v", tc.err, err)
		}
	}
	if disk.Reason(nil) != nil {
		t.Error("no error has a reason")
	}
}

// TestWatch: a folder fails and recovers; what is returned, how often it writes, how often it logs.
func TestWatch(t *testing.T) {
	dir, now := t.TempDir(), time.Unix(1_800_000_000, 0)
	left := filepath.Join(dir, ".write-probe-77")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	broken := filepath.Join(dir, "part")
	w := disk.NewWatch(slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now }, dir, broken)
	if _, err := os.Stat(left); err == nil {
		t.Error("what an interrupted probe left is still there")
	}
	check := func(bad bool, lines int) {
		t.Helper()
		if err := w.Check(t.Context()); (err != nil) != bad {
			t.Errorf("check: %v", err)
		}
		if n := strings.Count(log.String(), "\n"); n != lines {
			t.Errorf("%d lines of log, want %d", n, lines)
		}
	}
	check(false, 0) // a folder that is not there is not looked at
	if err := os.WriteFile(broken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	check(false, 0) // not probed again so soon
	for range 12 {  // the first of them logs
		now = now.Add(5 * time.Second)
		check(true, 1)
	}
	now = now.Add(5 * time.Second)
	check(true, 2)
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
	check(true, 2)
	now = now.Add(-time.Hour) // a clock set back must not stop the watch
	check(false, 3)
	now = now.Add(6 * time.Second)
	check(false, 3)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 0 {
		t.Errorf("probes leave %v, %v", entries, err)
	}
}
