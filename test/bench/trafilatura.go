package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// trafilaturaVersion is the peer of extraction, a Python library that many collectors use.
const trafilaturaVersion = "2.3.1"

// trafilatura installs the library once into an environment of its own in the user's cache directory, and returns its
// Python.
func trafilatura(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "guiyi-bench", "trafilatura-"+trafilaturaVersion)
	python, ready := filepath.Join(dir, "bin", "python"), filepath.Join(dir, "ready")
	if _, err := os.Stat(ready); err == nil {
		return python, nil
	}
	progress("installing trafilatura %s (once)", trafilaturaVersion)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if _, _, err := timed(command(ctx, "", nil, "python3", "-m", "venv", dir)); err != nil {
		return "", err
	}
	pip := command(ctx, "", nil, python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
		"trafilatura=="+trafilaturaVersion, "lxml_html_clean==0.4.3")
	if _, _, err := timed(pip); err != nil {
		return "", err
	}
	return python, os.WriteFile(ready, nil, 0o600)
}

// extraction is the peer's way through the saved pages: reading and extracting, without keeping anything. It is nil,
// and a note says why, where the library cannot be had.
func (b *bench) extraction(ctx context.Context, t *table, pages string, want int) func() (usage, error) {
	if b.quick {
		t.Notes = append(t.Notes, "trafilatura is not run in a quick run")
		return nil
	}
	python, err := trafilatura(ctx)
	if err != nil {
		t.Notes = append(t.Notes, "trafilatura could not be installed here and is left out")
		return nil
	}
	script := filepath.Join(b.root, "test", "bench", "extract.py")
	return func() (usage, error) {
		u, out, err := timed(command(ctx, "", nil, python, script, pages))
		if err == nil && strings.TrimSpace(lastLines(out, 1)) != fmt.Sprint(want) {
			progress("trafilatura found title and text on %s of %d pages", lastLines(out, 1), want)
		}
		return u, err
	}
}
