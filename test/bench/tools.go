package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// newerHugo is the newest Hugo this was tried with; Debian's is older.
const newerHugo = "v0.163.3"

// have reports whether a peer can take part: it is installed first where it is missing, but never in a quick run,
// where a note says that it is left out.
func (b *bench) have(ctx context.Context, t *table, programs ...string) (bool, error) {
	missing := absent(programs)
	if b.quick && len(missing) > 0 {
		t.Notes = append(t.Notes, strings.Join(missing, ", ")+" not installed: left out")
		return false, nil
	}
	err := need(ctx, os.Stderr, programs...)
	return err == nil, err
}

// need makes sure that programs are there. Each is the name of a program and of its Debian package. Missing ones are
// installed when we are root; otherwise the error says what to install.
func need(ctx context.Context, log io.Writer, programs ...string) error {
	missing := absent(programs)
	for i, p := range missing {
		if p == "h2load" {
			missing[i] = "nghttp2-client"
		}
	}
	if len(missing) == 0 {
		return nil
	}
	install := "apt-get install --no-install-recommends " + strings.Join(missing, " ")
	if os.Geteuid() != 0 {
		return fmt.Errorf("missing: %s; install with: sudo %s", strings.Join(missing, ", "), install)
	}
	fmt.Fprintf(log, "installing %s\n", strings.Join(missing, " "))
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	// RUNLEVEL=1 keeps packages from starting the services they bring.
	env := []string{"DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1"}
	args := append([]string{"install", "-y", "--no-install-recommends"}, missing...)
	if _, _, err := timed(command(ctx, "", env, "apt-get", args...)); err != nil {
		if _, _, err := timed(command(ctx, "", env, "apt-get", "update")); err != nil {
			return err
		}
		if _, _, err := timed(command(ctx, "", env, "apt-get", args...)); err != nil {
			return err
		}
	}
	if missing = absent(programs); len(missing) > 0 {
		return fmt.Errorf("still missing after installation: %s", strings.Join(missing, ", "))
	}
	return nil
}

func absent(programs []string) []string {
	var missing []string
	for _, p := range programs {
		if program(p) == "" {
			missing = append(missing, p)
		}
	}
	return missing
}

// program is the path of a program, also of those that only root has on the path; "" when it is not there.
func program(name string) string {
	if at, err := exec.LookPath(name); err == nil {
		return at
	}
	at := filepath.Join("/usr/sbin", name)
	if _, err := os.Stat(at); err != nil {
		return ""
	}
	return at
}

// buildHugo builds the newer Hugo once and keeps it in the user's cache directory.
func buildHugo(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "guiyi-bench", "hugo-"+newerHugo)
	bin := filepath.Join(dir, "hugo")
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	progress("building Hugo %s (some minutes, once)", newerHugo)
	ctx, cancel := context.WithTimeout(ctx, 20*time.Minute)
	defer cancel()
	env := []string{"GOBIN=" + dir, "CGO_ENABLED=0", "GOFLAGS=-mod=mod"}
	_, _, err = timed(command(ctx, dir, env, "go", "install", "github.com/gohugoio/hugo@"+newerHugo))
	return bin, err
}
