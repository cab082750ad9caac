package damage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"guiyi/internal/app/cli"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/publish/manifest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"guiyi": func() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// platform is one data folder and the process over it.
type platform struct {
	t      *testing.T
	data   string
	env    []string
	exe    string
	public string
	ops    string
	cmd    *exec.Cmd
	ended  chan struct{}
	out    *output
}

// output collects what a process writes.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// at makes a platform over a data folder.
func at(t *testing.T, data string, env ...string) *platform {
	t.Helper()
	p := &platform{t: t, data: data, exe: filepath.Join(t.TempDir(), "guiyi"), public: address(t), ops: address(t)}
	exe, err := os.Executable()
	must(t, err)
	must(t, os.Symlink(exe, p.exe))
	p.env = append(append(os.Environ(), "GUIYI_DATA_DIR="+data, "GUIYI_PUBLIC_LISTEN="+p.public,
		"GUIYI_STUDIO_LISTEN="+p.ops, "GUIYI_PORTAL_LISTEN="+address(t)), env...)
	t.Cleanup(p.kill)
	return p
}

// address is a free one, below the ports that the system hands out by itself: what is chosen here and used a moment
// later must not meanwhile become the own end of somebody's connection.
func address(t *testing.T) string {
	t.Helper()
	for range 100 {
		at := fmt.Sprintf("127.0.0.1:%d", 18000+rand.IntN(14000))
		if l, err := net.Listen("tcp", at); err == nil {
			must(t, l.Close())
			return at
		}
	}
	t.Fatal("no free port")
	return ""
}

// run carries out a command and returns its status and what it wrote.
func (p *platform) run(args ...string) (status int, out string) {
	p.t.Helper()
	cmd := exec.Command(p.exe, args...)
	cmd.Env = p.env
	b, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), string(b)
	}
	must(p.t, err)
	return 0, string(b)
}

// serve starts the platform and waits until it answers, or returns false when it ended.
func (p *platform) serve(args ...string) (up bool) {
	p.t.Helper()
	p.out = &output{}
	p.cmd = exec.Command(p.exe, append([]string{"serve"}, args...)...)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = p.env, p.out, p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(p.t, p.cmd.Start())
	p.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) { _ = cmd.Wait(); close(ended) }(p.cmd, p.ended)
	return p.await("start", func() error {
		if !strings.Contains(p.out.String(), "Ctrl-C") {
			return errors.New("not up")
		}
		return nil
	})
}

// patience is how long a change may take to be seen.
const patience = 40 * time.Second

// await repeats f until it is nil. It returns false when the process ends before.
func (p *platform) await(what string, f func() error) bool {
	p.t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = f(); err == nil {
			return true
		}
		select {
		case <-p.ended:
			return false
		default:
		}
	}
	p.t.Fatalf("%s: %v\n%s", what, err, p.out)
	return false
}

// stop interrupts the platform and expects a clean end.
func (p *platform) stop() {
	p.t.Helper()
	must(p.t, p.cmd.Process.Signal(os.Interrupt))
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("ended with status %d\n%s", code, p.out)
	}
	p.cmd = nil
}

func (p *platform) kill() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
		p.cmd = nil
	}
}

// status is how /readyz sees the process.
type status struct {
	Status string `json:"status"`
	Checks map[string]struct {
		OK       bool   `json:"ok"`
		Optional bool   `json:"optional"`
		Error    string `json:"error"`
	} `json:"checks"`
}

func (p *platform) status() (s status) {
	p.t.Helper()
	resp, err := http.Get("http://" + p.ops + "/readyz")
	must(p.t, err)
	defer resp.Body.Close()
	must(p.t, json.NewDecoder(resp.Body).Decode(&s))
	if (resp.StatusCode == http.StatusOK) != (s.Status == "ready") {
		p.t.Errorf("readyz: %d with %q", resp.StatusCode, s.Status)
	}
	return s
}

// troubles are the texts of the checks that fail, by name.
func (p *platform) troubles() map[string]string {
	p.t.Helper()
	out := map[string]string{}
	for name, c := range p.status().Checks {
		if !c.OK {
			out[name] = c.Error
		}
	}
	return out
}

// ready waits until the process is.
func (p *platform) ready() {
	p.t.Helper()
	p.await("ready", func() error {
		if s := p.status(); s.Status != "ready" {
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
}

// call sends a request to the API.
func (p *platform) call(method, path, token, body string) (status int, answer string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, "http://"+p.ops+"/api/v1"+path,
		strings.NewReader(body))
	must(p.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	must(p.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(p.t, err)
	return resp.StatusCode, string(b)
}

// view is what the public gets: hash of the answer by "site path".
type view map[string]string

// heads are those that the edge keeps on disk.
func heads(t *testing.T, data string) (all []manifest.Head) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(data, "heads", "*.json"))
	must(t, err)
	for _, name := range names {
		b, err := os.ReadFile(name)
		must(t, err)
		h, err := manifest.ParseHead(b)
		must(t, err)
		all = append(all, h)
	}
	return all
}

// each calls fn with every entry of the published sites.
func each(t *testing.T, data string, fn func(h manifest.Head, ref manifest.Ref, n *manifest.Node)) {
	t.Helper()
	blobs, err := blob.Open(t.Context(), "dir:"+filepath.Join(data, "blob"))
	must(t, err)
	defer blobs.Close()
	for _, h := range heads(t, data) {
		load := func(ctx context.Context, ref manifest.Ref) (*manifest.Node, error) {
			b, err := blobs.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len)
			if err != nil {
				return nil, err
			}
			return manifest.DecodeNode(b, ref.Hash)
		}
		must(t, manifest.WalkNodes(t.Context(), load, h.Root,
			func(ref manifest.Ref, n *manifest.Node, failed error) error {
				if failed == nil {
					fn(h, ref, n)
				}
				return failed
			}))
	}
}

// addresses lists all public addresses as "site path".
func addresses(t *testing.T, data string) (all []string) {
	t.Helper()
	each(t, data, func(h manifest.Head, _ manifest.Ref, n *manifest.Node) {
		for i := range n.Entries {
			all = append(all, h.Site+" "+n.Entries[i].Path)
		}
	})
	return all
}

// look asks for all addresses.
func (p *platform) look(all []string) view {
	p.t.Helper()
	out := view{}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, one := range all {
		site, path, _ := strings.Cut(one, " ")
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+p.public+path, nil)
		must(p.t, err)
		req.Host = site + ".localhost"
		resp, err := client.Do(req)
		must(p.t, err)
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			b = []byte("cut off")
		}
		out[one] = fmt.Sprintf("%d %s %x", resp.StatusCode, resp.Header.Get("Location"), sha256.Sum256(b))
	}
	return out
}

// same counts the addresses that answer as before.
func same(before, now view) (equal int, different []string) {
	for at, answer := range before {
		if now[at] == answer {
			equal++
		} else {
			different = append(different, at+": "+now[at])
		}
	}
	return equal, different
}
