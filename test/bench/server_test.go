package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"os/exec"
	"strings"
	"testing"
)

func TestTimed(t *testing.T) {
	u, out, err := timed(command(t.Context(), "", []string{"WORD=hello"}, "sh", "-c", "echo $WORD"))
	if err != nil || out != "hello\n" || u.Wall <= 0 || u.PeakMiB <= 0 {
		t.Errorf("%+v %q %v", u, out, err)
	}
	if _, _, err = timed(command(t.Context(), "", nil, "sh", "-c", "echo broken >&2; exit 3")); err == nil ||
		!strings.Contains(err.Error(), "broken") {
		t.Errorf("error %v does not say what the program said", err)
	}
}

// peer starts one of the peers on a page and checks that it serves it byte for byte.
func peer(t *testing.T, name string, begin func(context.Context, string, spot) (*server, error)) {
	t.Helper()
	for _, p := range []string{name, "taskset"} {
		if program(p) == "" {
			t.Skipf("%s is not installed", p)
		}
	}
	cpus, err := allowedCPUs()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := page{path: "/xwdt/202611/t20261120_1.html", plain: []byte("<!DOCTYPE html>\n" + strings.Repeat("归一", 5000))}
	p.gzip = zipped(t, p.plain)
	if err := writeRoot(dir+"/root", p); err != nil {
		t.Fatal(err)
	}
	cert, err := newCertificate(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []spot{{dir: dir, cpu: cpus[0]}, {dir: dir, cpu: cpus[0], tls: cert}} {
		s, err := begin(t.Context(), p.path, at)
		if err != nil {
			t.Fatal(err)
		}
		defer s.stop()
		s.page = p
		if err := s.check(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := treeCPU(s.cmd.Process.Pid); err != nil {
			t.Error(err)
		}
		s.page.plain = []byte("something else")
		if err := s.check(t.Context()); err == nil {
			t.Error("other bytes are not noticed")
		}
	}
}

func TestNginx(t *testing.T) { peer(t, "nginx", startNginx) }

func TestCaddy(t *testing.T) { peer(t, "caddy", startCaddy) }

func TestStartFails(t *testing.T) {
	if _, err := exec.LookPath("taskset"); err != nil {
		t.Skip("taskset is not installed")
	}
	cpus, err := allowedCPUs()
	if err != nil {
		t.Fatal(err)
	}
	_, err = start(t.Context(), "broken", "127.0.0.1:1", "/", spot{dir: t.TempDir(), cpu: cpus[0]}, nil, "sh", "-c",
		"echo no such option; exit 2")
	if err == nil || !strings.Contains(err.Error(), "no such option") {
		t.Errorf("error %v does not say why the server ended", err)
	}
}

func TestNeed(t *testing.T) {
	if missing := absent([]string{"sh", "no-such-program-at-all"}); len(missing) != 1 ||
		missing[0] != "no-such-program-at-all" {
		t.Errorf("missing %v", missing)
	}
	if err := need(t.Context(), &bytes.Buffer{}, "sh"); err != nil {
		t.Error(err)
	}
}

func zipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
