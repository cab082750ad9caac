package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guiyi/internal/kernel/store/storetest"
	"guiyi/test/freeport"
)

// platform is a running "guiyi serve".
type platform struct {
	t   *testing.T
	url string
	cmd *exec.Cmd
}

func (c commands) platform(args ...string) *platform {
	c.t.Helper()
	at, err := freeport.Address()
	ops, err2 := freeport.Address()
	if err := errors.Join(err, err2); err != nil {
		c.t.Fatal(err)
	}
	p := &platform{t: c.t, url: "http://" + at, cmd: c.command(append(args, "serve", "--public-listen", at,
		"--studio-listen", ops)...)}
	up, out := make(chan struct{}), &bytes.Buffer{}
	p.cmd.Stdout, p.cmd.Stderr = &until{w: out, mark: "Ctrl-C", found: up}, &bytes.Buffer{}
	if err := p.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(p.stop)
	select {
	case <-up:
	case <-time.After(2 * time.Minute):
		p.stop()
		c.t.Fatalf("serve did not come up\n%s\n%s", out, p.cmd.Stderr)
	}
	return p
}

func (p *platform) stop() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Signal(os.Interrupt)
		_ = p.cmd.Wait()
	}
}

func (p *platform) get(path string) string {
	p.t.Helper()
	client := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request,
		[]*http.Request) error {
		return http.ErrUseLastResponse
	}}
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Host = "www.test.gov.cn"
	resp, err := client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return fmt.Sprintf("%d %s %s\n%s", resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header.Get("ETag"), body)
}

// await repeats a request until its answer has the text.
func (p *platform) await(path, text string) {
	p.t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if strings.Contains(p.get(path), text) {
			return
		}
	}
	p.t.Fatalf("%s never had %q", path, text)
}

// addresses are all addresses of items, with the item that each belongs to.
func addresses(t *testing.T, dsn string) map[string]int64 {
	t.Helper()
	db := storetest.Open(t, dsn)
	rows, err := db.Read().QueryContext(t.Context(), "SELECT path, item_id FROM resource_address")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]int64{}
	for rows.Next() {
		var path string
		var id int64
		if err := rows.Scan(&path, &id); err != nil {
			t.Fatal(err)
		}
		out[path] = id
	}
	if rows.Err() != nil || len(out) == 0 {
		t.Fatalf("%d addresses, %v", len(out), rows.Err())
	}
	return out
}

const partSize = 60 // items of a file of the load

// load imports one file after another until ctx ends, and then sends how many.
func (c commands) load(ctx context.Context, done chan<- int, args []string) {
	n := 0
	defer func() {
		done <- n
		close(done)
	}()
	for ctx.Err() == nil {
		name := fmt.Sprintf("part%d.jsonl", n)
		var records strings.Builder
		for i := n * partSize; i < (n+1)*partSize; i++ {
			fmt.Fprintf(&records,
				`{"id":"%d","title":"第%d号工作动态","time":"2026-%02d-%02d 09:00","source":"市政府办公室","body":"这是第%d条工作动态的正文。"}`+"\n", i, i, 1+i%10, 1+i%28, i)
		}
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(records.String()), 0o600); err != nil {
			c.t.Error(err)
		}
		cmd := c.command(append(slices.Clone(args), "import", name, "--site", "test", "--column", "news")...)
		if out, err := cmd.CombinedOutput(); err != nil {
			c.t.Errorf("import: %v\n%s", err, out)
			return
		}
		n++
	}
}

// TestBackupUnderLoad takes a backup while a platform serves and publishes and imports run, and
// restores it into both engines: the ledger verifies, every byte has its hash, the work goes on
// where it was. A backup of the platform at rest serves the same bytes at the same addresses.
func TestBackupUnderLoad(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, from string) {
		dir := t.TempDir()
		g := commands{t: t, dir: dir, exe: link(t, dir)}
		here := g.on("data", from)
		writeSite(t, dir)
		g.run(append(slices.Clone(here), "apply", "sites")...)
		p := g.platform(here...)
		loading, stop := context.WithCancel(t.Context())
		done := make(chan int, 1)
		go g.load(loading, done, here)
		defer func() { // also when the test ends early: nothing may fail in it later
			stop()
			for range done {
			}
		}()
		p.await("/news/", "号工作动态")
		g.run(append(slices.Clone(here), "backup", "busy.guiyi")...)
		stop()
		parts := <-done
		g.run(append(slices.Clone(here), "publish")...)
		g.run(append(slices.Clone(here), "backup", "rest.guiyi")...)
		if maps.Equal(sums(t, filepath.Join(dir, "busy.guiyi")), sums(t, filepath.Join(dir, "rest.guiyi"))) {
			t.Error("nothing happened while the first backup was taken")
		}
		ledger := g.run(append(slices.Clone(here), "ledger", "list", "test")...)
		want := addresses(t, from)
		storetest.EachURL(t, func(t *testing.T, to string) {
			g := commands{t: t, dir: dir, exe: g.exe}
			there := g.on(filepath.Join(t.TempDir(), "data"), to)
			run := func(args ...string) string { t.Helper(); return g.run(append(slices.Clone(there), args...)...) }
			run("restore", "busy.guiyi")
			run("ledger", "verify")
			if list := run("ledger", "list", "test"); !sameLines(ledger, list) {
				t.Errorf("ledger:\n%s\nwas\n%s", list, ledger)
			}
			for path, id := range addresses(t, to) {
				if want[path] != id {
					t.Errorf("%s belongs to %d, was %d", path, id, want[path])
				}
			}
			for n := range parts {
				run("import", fmt.Sprintf("part%d.jsonl", n), "--site", "test", "--column", "news")
			}
			run("publish")
			if out := run("verify"); !strings.Contains(out, "一致") || strings.Contains(out, "等待") {
				t.Errorf("verify: %s", out)
			}
			run("ledger", "verify")
			if got := addresses(t, to); len(got) != parts*partSize || len(want) != len(got) {
				t.Errorf("%d items after the work was taken up again, %d in the original, want %d", len(got), len(want),
					parts*partSize)
			}
		})
		if strings.HasPrefix(from, "sqlite:") {
			t.Run("bytes", func(t *testing.T) { sameBytes(t, g, p, want, storetest.Postgres(t)) })
		} else {
			t.Run("bytes", func(t *testing.T) { sameBytes(t, g, p, want, storetest.SQLite(t)) })
		}
	})
}

// sameLines: the newest lines of a list may be missing in the older one, all others are the same.
func sameLines(now, before string) bool {
	for line := range strings.Lines(before) {
		if !strings.Contains(now, line) {
			return false
		}
	}
	return strings.Count(before, "\n") > 1
}

// sameBytes restores the backup taken at rest on an empty machine and compares all answers.
func sameBytes(t *testing.T, g commands, p *platform, want map[string]int64, to string) {
	t.Helper()
	g.t = t // its platform ends before the folder of this test is removed
	there := g.on(filepath.Join(t.TempDir(), "data"), to)
	g.run(append(slices.Clone(there), "restore", "rest.guiyi")...)
	if got := addresses(t, to); !maps.Equal(got, want) {
		t.Errorf("%d addresses, were %d", len(got), len(want))
	}
	q := g.platform(there...)
	q.await("/", "200 ")
	for _, path := range append(slices.Sorted(maps.Keys(want)), "/", "/news/", "/news/rss.xml", "/sitemap.xml",
		"/robots.txt", "/none.html") {
		if a, b := p.get(path), q.get(path); a != b {
			t.Errorf("%s differs:\n%.500s\n%.500s", path, a, b)
		}
	}
	q.await("/search?q=%E5%B7%A5%E4%BD%9C", "/news/2026") // the index was rebuilt
}
