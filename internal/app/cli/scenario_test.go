package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"guiyi/internal/app/cli"
	"guiyi/test/freeport"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"guiyi": func() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// TestScenarios runs every test/scenario/*.txtar against the real commands, each in an
// empty data folder.
func TestScenarios(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "../../../test/scenario",
		Setup: func(env *testscript.Env) error {
			env.Setenv("GUIYI_DATA_DIR", filepath.Join(env.WorkDir, "data"))
			for _, name := range []string{"GUIYI_PUBLIC_LISTEN", "GUIYI_STUDIO_LISTEN"} {
				at, err := freeport.Address()
				if err != nil {
					return err
				}
				env.Setenv(name, at)
			}
			env.Setenv("URL", "http://"+env.Getenv("GUIYI_PUBLIC_LISTEN"))
			env.Setenv("OPS", "http://"+env.Getenv("GUIYI_STUDIO_LISTEN"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": cmdServe, "stop": cmdStop, "kill9": cmdKill, "get": cmdGet, "await": cmdAwait, "flip": cmdFlip,
			"remember": cmdRemember,
		},
	})
}

// process is the platform that a scenario started.
type process struct {
	cmd *exec.Cmd
	out *bytes.Buffer
}

const processKey = "GUIYI_TEST_PROCESS"

var started = map[string]*process{}

// cmdServe starts "guiyi serve ARGS…" and waits until it says that it is up.
func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("serve cannot be negated")
	}
	exe, err := os.Executable()
	ts.Check(err)
	link := ts.MkAbs("guiyi")
	_ = os.Symlink(exe, link)
	p := &process{cmd: exec.Command(link, append([]string{"serve"}, args...)...), out: &bytes.Buffer{}}
	for _, name := range []string{"GUIYI_DATA_DIR", "GUIYI_PUBLIC_LISTEN", "GUIYI_STUDIO_LISTEN", "PATH", "HOME"} {
		p.cmd.Env = append(p.cmd.Env, name+"="+ts.Getenv(name))
	}
	up := make(chan struct{})
	p.cmd.Stdout = &until{w: p.out, mark: "Ctrl-C", found: up}
	errFile, err := os.Create(ts.MkAbs("serve.log"))
	ts.Check(err)
	p.cmd.Stderr = errFile
	ts.Check(p.cmd.Start())
	gone := make(chan error, 1)
	go func() { gone <- p.cmd.Wait() }()
	key := ts.Getenv("WORK")
	started[key] = p
	ts.Defer(func() { _ = p.cmd.Process.Kill() })
	ts.Setenv(processKey, key)
	select {
	case <-up:
	case err := <-gone:
		log, _ := os.ReadFile(ts.MkAbs("serve.log"))
		ts.Fatalf("serve ended at once: %v\n%s", err, log)
	case <-time.After(90 * time.Second):
		ts.Fatalf("serve did not come up")
	}
}

// until passes writes on and closes found when mark was written.
type until struct {
	w     *bytes.Buffer
	mark  string
	found chan struct{}
	done  bool
}

func (u *until) Write(p []byte) (int, error) {
	n, err := u.w.Write(p)
	if !u.done && strings.Contains(u.w.String(), u.mark) {
		u.done = true
		close(u.found)
	}
	return n, err
}

func running(ts *testscript.TestScript) *process {
	p := started[ts.Getenv(processKey)]
	if p == nil {
		ts.Fatalf("nothing was started")
	}
	return p
}

// cmdStop interrupts the platform and expects a clean end.
func cmdStop(ts *testscript.TestScript, _ bool, _ []string) {
	p := running(ts)
	ts.Check(p.cmd.Process.Signal(os.Interrupt))
	awaitEnd(ts, p)
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		log, _ := os.ReadFile(ts.MkAbs("serve.log"))
		ts.Fatalf("serve ended with status %d\n%s", code, log)
	}
}

// cmdKill kills the platform as a power cut would.
func cmdKill(ts *testscript.TestScript, _ bool, _ []string) {
	p := running(ts)
	ts.Check(p.cmd.Process.Signal(syscall.SIGKILL))
	awaitEnd(ts, p)
}

func awaitEnd(ts *testscript.TestScript, p *process) {
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if p.cmd.ProcessState != nil {
			return
		}
	}
	ts.Fatalf("the platform did not stop")
}

// cmdGet fetches: get STATUS PATH [HOST] [REGEXP…]; "!REGEXP" must not match. The answer
// goes to the file "body".
func cmdGet(ts *testscript.TestScript, _ bool, args []string) {
	if err := fetch(ts, args); err != nil {
		ts.Fatalf("%v", err)
	}
}

// cmdAwait is get, repeated until it holds.
func cmdAwait(ts *testscript.TestScript, _ bool, args []string) {
	var err error
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err = fetch(ts, args); err == nil {
			return
		}
	}
	ts.Fatalf("%v", err)
}

func fetch(ts *testscript.TestScript, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: get STATUS PATH [host=HOST] [REGEXP…]")
	}
	path := args[1]
	if file, ok := strings.CutPrefix(path, "@"); ok {
		path = strings.TrimSpace(ts.ReadFile(file))
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, ts.Getenv("URL")+path, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	patterns := args[2:]
	if len(patterns) > 0 && strings.HasPrefix(patterns[0], "host=") {
		req.Host = strings.TrimPrefix(patterns[0], "host=")
		patterns = patterns[1:]
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("Location: %s\n%s", resp.Header.Get("Location"), body)
	if got := fmt.Sprint(resp.StatusCode); got != args[0] {
		return fmt.Errorf("%s answered %s, want %s", path, got, args[0])
	}
	if err := os.WriteFile(ts.MkAbs("body"), body, 0o600); err != nil {
		return err
	}
	for _, pattern := range patterns {
		pattern, not := strings.CutPrefix(pattern, "!")
		re, err := regexp.Compile(pattern)
		if err != nil {
			return err
		}
		if re.MatchString(text) == not {
			return fmt.Errorf("%s: match of %q is %v\n%.2000s", path, pattern, not, text)
		}
	}
	return nil
}

// cmdFlip changes one byte in the middle of each file that a glob names.
func cmdFlip(ts *testscript.TestScript, _ bool, args []string) {
	names, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(names) == 0 {
		ts.Fatalf("no file %s", args[0])
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		ts.Check(err)
		for i := range b { // every page in the pack is hit
			if i%97 == 0 {
				b[i] ^= 1
			}
		}
		ts.Check(os.Chmod(name, 0o600))
		ts.Check(os.WriteFile(name, b, 0o600))
	}
}

// cmdRemember writes the first group that a pattern finds in a file to another file:
// remember FILE REGEXP TO.
func cmdRemember(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile(args[0]))
	if m == nil {
		ts.Fatalf("%s: nothing matches %s", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(m[1]), 0o600))
	ts.Setenv(strings.ToUpper(args[2]), m[1])
}
