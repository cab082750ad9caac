package archive

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"guiyi/internal/kernel/fault"
)

func TestWriteWhole(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "b.guiyi")
	left := func() []string {
		names, _ := filepath.Glob(filepath.Join(dir, "*"))
		return names
	}
	full := &os.PathError{Op: "write", Path: name, Err: syscall.ENOSPC}
	if err := writeWhole(name, func(io.Writer) error { return full }); !fault.Is(err, fault.Unavailable) ||
		!strings.Contains(fault.Text(err), "空间不足") || len(left()) != 0 {
		t.Errorf("full disk: %v, left %v", err, left())
	}
	// What a killed run left is longer than what is written now.
	if err := os.WriteFile(name+".partial", []byte("half a backup of a killed process"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := writeWhole(name, func(w io.Writer) error {
		if err := writeWhole(name, func(io.Writer) error { return nil }); !fault.Is(err, fault.Conflict) {
			t.Errorf("two writers at once: %v", err)
		}
		if _, err := os.Stat(name); err == nil {
			t.Error("the file has its name before it is whole")
		}
		_, err := io.WriteString(w, "whole")
		return err
	})
	b, _ := os.ReadFile(name)
	info, statErr := os.Stat(name)
	if err != nil || statErr != nil || string(b) != "whole" || info.Mode().Perm() != 0o600 || len(left()) != 1 {
		t.Errorf("%v, %q, %v", err, b, left())
	}
	if err := writeWhole(name, func(io.Writer) error { return nil }); !fault.Is(err, fault.Conflict) {
		t.Errorf("overwritten: %v", err)
	}
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, "c.guiyi.partial")); err != nil {
		t.Fatal(err)
	}
	if err := writeWhole(filepath.Join(dir, "c.guiyi"), func(io.Writer) error { return nil }); !fault.Is(err,
		fault.Unavailable) {
		t.Errorf("a link was followed: %v", err)
	}
}

func TestPassphrase(t *testing.T) {
	for text, want := range map[string]string{
		"correct horse battery\nsecond line\n": "correct horse battery", "  twelve chars \r\n": "twelve chars",
		"short\n": "", "": "", "\nlater line of the file": "",
	} {
		name := filepath.Join(t.TempDir(), "pass")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readPassphrase(name)
		if got != want || (err == nil) != (want != "") || strings.Contains(fault.Text(err), "short") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	if got, err := readPassphrase(""); got != "" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := readPassphrase("none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestSpace(t *testing.T) {
	d := &Desk{At: Where{Blob: "dir:" + filepath.Join(t.TempDir(), "not", "made", "yet")}}
	if err := d.enoughSpace(1); err != nil {
		t.Error(err)
	}
	if err := d.enoughSpace(1 << 62); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	if err := (&Desk{At: Where{Blob: "s3://bucket"}}).enoughSpace(1 << 62); err != nil {
		t.Error(err)
	}
}

func TestNothingThere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "guiyi.db")
	d := &Desk{At: Where{Database: "sqlite:" + file}}
	if _, err := d.Take(t.Context(), "x.guiyi", ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("an empty database was made")
	}
	if _, err := d.Restore(t.Context(), "none.guiyi", ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
}
