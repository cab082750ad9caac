package damage

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"guiyi/internal/kernel/store/storetest"
)

const notice = `{"site":"qinghe","class":"notice","title":"停水通知","source":"市供水公司",` +
	`"html":"<p>今晚停水。</p>","columns":[]}`

// token makes one that may do everything.
func (p *platform) token() string {
	p.t.Helper()
	code, out := p.run("token", "create", "test", "--permission", "all", "--all-sites")
	if code != 0 {
		p.t.Fatal(out)
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "gy1_") {
			return strings.TrimSpace(line)
		}
	}
	p.t.Fatalf("no token in %s", out)
	return ""
}

// smallCity is the demo city on a small file system of its own.
func smallCity(t *testing.T) (dir, data string) {
	t.Helper()
	dir = storetest.SmallDisk(t, 64<<20)
	data, _ = city(t, dir)
	return dir, data
}

// TestDiskFullAtStart: after a kill on a full disk the public keeps every page, whatever the roles; readiness and the
// API name the cause, and all comes back without a restart when there is space.
func TestDiskFullAtStart(t *testing.T) {
	t.Parallel()
	for _, roles := range []string{"", "edge"} {
		t.Run("roles "+roles, func(t *testing.T) {
			dir, data := smallCity(t)
			all := addresses(t, data)
			p := at(t, data)
			args := []string{}
			if roles != "" {
				args = append(args, "--roles", roles)
			}
			p.serve(args...)
			p.ready()
			before := p.look(all)
			storetest.Fill(t, filepath.Join(dir, "fill"))
			p.kill()
			storetest.Fill(t, filepath.Join(dir, "fill"))
			if !p.serve(args...) {
				t.Fatalf("does not start: %s", p.out)
			}
			storetest.Fill(t, filepath.Join(dir, "fill")) // what closing the database has freed
			equal, different := same(before, p.look(all))
			if equal != len(all) {
				t.Errorf("%d of %d addresses: %.300v", equal, len(all), different)
			}
			text := p.troubles()["platform"]
			if !strings.Contains(text, "磁盘空间已满") || strings.Contains(text, "端口") ||
				strings.Contains(text, "权限") {
				t.Errorf("readyz: %s", text)
			}
			want := "not ready"
			if roles == "edge" { // an edge needs no disk to serve
				want = "ready"
			} else if code, answer := p.call("POST", "/items", "x", notice); code != 503 ||
				!strings.Contains(answer, "磁盘空间已满") {
				t.Errorf("API: %d %s", code, answer)
			}
			if s := p.status(); s.Status != want {
				t.Errorf("%+v", s)
			}
			must(t, os.Remove(filepath.Join(dir, "fill")))
			p.await("everything is back", func() error {
				if bad := p.troubles(); len(bad) != 0 {
					return fmt.Errorf("%v", bad)
				}
				return nil
			})
			if n := strings.Count(p.out.String(), "only public pages are served"); n != 1 {
				t.Errorf("told %d times", n)
			}
			p.stop()
			t.Logf("| disk full at start, roles %q | %s | %d of %d addresses | space: ready by itself |", roles, want, equal,
				len(all))
		})
	}
}

// TestDiskFullWhileRunning: writes are 503 with the cause, reads go on, readiness says it at once, the log says it once
// a minute, and all goes on when there is space again.
func TestDiskFullWhileRunning(t *testing.T) {
	t.Parallel()
	dir, data := smallCity(t)
	all := addresses(t, data)
	p := at(t, data)
	p.serve()
	p.ready()
	token := p.token()
	before := p.look(all)
	storetest.Fill(t, filepath.Join(dir, "fill"))
	for range 50 { // what fits into the space that the write-ahead log has already is written
		if code, _ := p.call("POST", "/items", token, notice); code != 201 {
			break
		}
	}
	for range 30 {
		code, answer := p.call("POST", "/items", token, notice)
		if code != 503 || !strings.Contains(answer, "磁盘空间已满") {
			t.Fatalf("%d %s", code, answer)
		}
	}
	if s := p.status(); s.Status != "not ready" || !strings.Contains(s.Checks["disk"].Error, "磁盘空间已满") {
		t.Errorf("readyz at once: %+v", s)
	}
	resp, err := http.Post("http://"+p.ops+"/api/v1/sites/qinghe/uploads?name=a.csv", "application/octet-stream",
		io.LimitReader(zeros{}, 3<<20))
	must(t, err)
	resp.Body.Close()
	if code, _ := p.call("GET", "/sites", token, ""); code != 200 {
		t.Errorf("a read: %d", code)
	}
	equal, different := same(before, p.look(all))
	if equal != len(all) {
		t.Errorf("%d of %d: %.300v", equal, len(all), different)
	}
	if code := p.look([]string{"qinghe /search?q=a"})["qinghe /search?q=a"]; !strings.HasPrefix(code, "200") {
		t.Errorf("search: %s", code)
	}
	for _, line := range []string{"api failed", "disk cannot be written"} {
		if n := strings.Count(p.out.String(), line); n != 1 {
			t.Errorf("%q is logged %d times", line, n)
		}
	}
	must(t, os.Remove(filepath.Join(dir, "fill")))
	p.ready()
	if code, answer := p.call("POST", "/items", token, notice); code != 201 {
		t.Errorf("with space: %d %s", code, answer)
	}
	if code, out := p.run("verify"); code != 0 {
		t.Error(out)
	}
	p.stop()
	t.Logf("| disk full while running | not ready, writes 503, reads 200 | %d of %d addresses | space: ready by itself |",
		equal, len(all))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestReadOnly: a read-only folder at start.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	dir, data := smallCity(t)
	all := addresses(t, data)
	p := at(t, data)
	p.serve()
	p.ready()
	before := p.look(all)
	p.kill() // with everything as a power cut leaves it
	storetest.ReadOnly(t, dir, true)
	for _, roles := range []string{"edge", "edge,portal,worker,studio"} {
		if !p.serve("--roles", roles) {
			t.Fatalf("%s: %s", roles, p.out)
		}
		equal, different := same(before, p.look(all))
		if equal != len(all) {
			t.Errorf("%s: %d of %d: %.300v", roles, equal, len(all), different)
		}
		if text := p.troubles()["platform"]; !strings.Contains(text, "只读") {
			t.Errorf("%s: %s", roles, text)
		}
		t.Logf("| folder read-only, roles %s | %s | %d of %d addresses |", roles, p.status().Status, equal, len(all))
		if roles == "edge" {
			p.stop()
		}
	}
	storetest.ReadOnly(t, dir, false)
	p.ready()
	p.stop()
	storetest.ReadOnly(t, dir, true)
	if p.serve("--roles", "worker") {
		t.Error("a worker starts on a read-only disk")
	}
	if out := p.out.String(); !strings.Contains(out, "只读") || strings.Contains(out, "空间") {
		t.Error(out)
	}
	storetest.ReadOnly(t, dir, false)
}

// nobody is an account without rights.
const nobody = 65534

// TestDenied: a database that the account of the service may not read or write: that is said, and no damage and no lack
// of space.
func TestDenied(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("root has to give the folder to another account: run this test as root, as CI does")
	}
	data, _ := city(t, "")
	for name := filepath.Dir(data); name != "/" && name != os.TempDir(); name = filepath.Dir(name) {
		must(t, os.Chmod(name, 0o755))
	}
	exe := filepath.Join(t.TempDir(), "guiyi")
	self, err := os.Executable()
	must(t, err)
	if out, err := exec.Command("cp", self, exe).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	must(t, filepath.WalkDir(data, func(name string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(name, nobody, nobody)
	}))
	file := filepath.Join(data, "guiyi.db")
	for _, mode := range []os.FileMode{0, 0o444} {
		must(t, os.Chown(file, 0, 0))
		must(t, os.Chmod(file, mode))
		cmd := exec.Command(exe, "serve", "--roles", "worker")
		cmd.Env = at(t, data).env
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		done := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		out, err := cmd.CombinedOutput()
		done.Stop()
		if err == nil || !strings.Contains(string(out), "没有权限") || !strings.Contains(string(out), file) ||
			strings.Contains(string(out), "损坏") || strings.Contains(string(out), "空间") {
			t.Errorf("mode %o: %v %s", mode, err, out)
		}
	}
}
