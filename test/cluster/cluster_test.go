package cluster

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is one program of the cluster.
type process struct {
	t     *testing.T
	name  string
	make  func() *exec.Cmd
	ready func() error
	log   string

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{}
	away  bool // killed, and not ready again
}

func (p *process) start() {
	p.t.Helper()
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	must(p.t, err)
	defer out.Close()
	cmd := p.make()
	cmd.Stdout, cmd.Stderr = out, out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL // nothing outlives the test, whatever happens to it
	must(p.t, cmd.Start())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd, p.ended = cmd, ended
}

// up starts the program, again when it ended (as its supervisor would), and returns when it is ready.
func (p *process) up() {
	p.t.Helper()
	p.start()
	await(p.t, p.name+" is ready; its log: "+p.log, func() error {
		select {
		case <-p.ended:
			p.start()
		default:
		}
		return p.ready()
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = false
}

func (p *process) kill() {
	p.mu.Lock()
	p.away = true
	cmd, ended := p.cmd, p.ended
	p.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(syscall.SIGKILL)
	<-ended
}

func (p *process) isAway() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.away
}

// cluster is the platform of deploy/cluster on this machine.
type cluster struct {
	t         *testing.T
	dir       string
	env       []string // of every process
	processes []*process
	public    map[string]string // edge → address of its sites
	portal    string            // address where only edges are heard
	ops       map[string]string // process → address of health and metrics
	commands  []string          // environment of commands
}

const site = "test"

func newCluster(t *testing.T) *cluster {
	t.Helper()
	pg := findPostgres(t)
	dir, err := os.MkdirTemp("", "guiyi-cluster") // not t.TempDir: the account of PostgreSQL must get in
	must(t, err)
	c := &cluster{t: t, dir: dir, public: map[string]string{}, ops: map[string]string{}}
	t.Cleanup(func() {
		for i := len(c.processes) - 1; i >= 0; i-- {
			c.processes[i].kill()
		}
		if keep := os.Getenv("GUIYI_TEST_KEEP"); keep == "" || !t.Failed() {
			_ = os.RemoveAll(dir)
		}
	})
	must(t, os.Chmod(dir, 0o755))
	exe, err := os.Executable()
	must(t, err)
	for _, name := range []string{"guiyi", "natsd", "s3d"} {
		must(t, os.Symlink(exe, filepath.Join(dir, name)))
	}
	must(t, os.Mkdir(filepath.Join(dir, "pg"), 0o700))
	password := pg.create(t, filepath.Join(dir, "pg"))
	pgAt, natsAt, s3At := freeAddress(t), freeAddress(t), freeAddress(t)
	database := fmt.Sprintf("postgres://guiyi:%s@%s/postgres?sslmode=disable", password, pgAt)
	c.env = slices.Clip(append(os.Environ(), "GUIYI_BUS_TOKEN=of-the-test", "GUIYI_BUS_URL=nats://"+natsAt,
		"GUIYI_BUS_REPLICAS=1",
		"GUIYI_BLOB=s3://guiyi?endpoint=http://"+s3At, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_EC2_METADATA_DISABLED=true", "GUIYI_LOG_FORMAT=text"))
	withDatabase := "GUIYI_DATABASE=" + database
	c.add("postgres", func() *exec.Cmd {
		return pg.command(filepath.Join(dir, "pg"), "postgres", "-D", filepath.Join(dir, "pg", "data"), "-c",
			"listen_addresses=127.0.0.1", "-p", port(pgAt), "-k", filepath.Join(dir, "pg"), "-c", "fsync=off", "-c",
			"max_connections=200")
	}, func() error { return answers(database) })
	c.add("nats", c.program("natsd", natsAt, filepath.Join(dir, "nats")), dials(natsAt))
	c.add("s3", c.program("s3d", s3At, filepath.Join(dir, "s3")), dials(s3At))
	c.role("worker", "worker1", withDatabase)
	c.commands = append(c.env, withDatabase, "GUIYI_DATA_DIR="+filepath.Join(dir, "worker1"))
	c.up() // the first worker makes the key
	keys := func(name, pattern string) {
		must(t, os.MkdirAll(filepath.Join(dir, name, "keys"), 0o700))
		found, err := filepath.Glob(filepath.Join(dir, "worker1", "keys", pattern))
		must(t, err)
		for _, file := range found {
			b, err := os.ReadFile(file)
			must(t, err)
			must(t, os.WriteFile(filepath.Join(dir, name, "keys", filepath.Base(file)), b, 0o600))
		}
	}
	keys("worker2", "*")
	keys("studio", "*")
	c.role("worker", "worker2", withDatabase)
	c.role("studio", "studio", withDatabase)
	portalAt := freeAddress(t)
	const shared = "GUIYI_PORTAL_SECRET=shared-by-the-portal-and-all-edges"
	c.role("portal", "portal", withDatabase, "GUIYI_PORTAL_LISTEN="+portalAt, shared)
	c.portal = "http://" + portalAt
	c.run("apply", c.writeSite())
	for _, name := range []string{"edge1", "edge2"} {
		keys(name, "*.pub")
		at := freeAddress(t)
		c.public[name] = "http://" + at
		c.role("edge", name, "GUIYI_PUBLIC_LISTEN="+at, "GUIYI_PUBLIC_TLS_CERT=", "GUIYI_PUBLIC_TLS_KEY=",
			"GUIYI_PORTAL_URL="+c.portal, shared, "GUIYI_EDGE_MIRROR="+filepath.Join(dir, name, "mirror"))
	}
	c.up()
	return c
}

func (c *cluster) add(name string, command func() *exec.Cmd, ready func() error) {
	c.processes = append(c.processes, &process{t: c.t, name: name, make: command, ready: ready,
		log: filepath.Join(c.dir, name+".log")})
}

// up starts what was added and does not run yet.
func (c *cluster) up() {
	c.t.Helper()
	for _, p := range c.processes {
		if p.cmd == nil {
			p.up()
		}
	}
}

func (c *cluster) program(name string, args ...string) func() *exec.Cmd {
	return func() *exec.Cmd {
		cmd := exec.Command(filepath.Join(c.dir, name), args...)
		cmd.Env, cmd.Dir = c.env, c.dir
		return cmd
	}
}

// role adds a process with the configuration that deploy/cluster gives the role; env says what is different on this
// machine.
func (c *cluster) role(role, name string, env ...string) {
	c.t.Helper()
	file, err := filepath.Abs(filepath.Join("..", "..", "deploy", "cluster", role+".yaml"))
	must(c.t, err)
	ops := freeAddress(c.t)
	c.ops[name] = "http://" + ops
	env = append(env, "GUIYI_DATA_DIR="+filepath.Join(c.dir, name), "GUIYI_STUDIO_LISTEN="+ops)
	c.add(name, func() *exec.Cmd {
		cmd := c.program("guiyi", "serve", "--config", file)()
		cmd.Env = append(c.env, env...)
		return cmd
	}, func() error { _, err := get(c.ops[name]+"/readyz", ""); return err })
}

func dials(address string) func() error {
	return func() error {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}

// try runs a command as an operator does on the first worker.
func (c *cluster) try(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(c.dir, "guiyi"), args...)
	cmd.Env, cmd.Dir = c.commands, c.dir
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("guiyi %s: %w\n%s%s", strings.Join(args, " "), err, out, errs.String())
	}
	return string(out), err
}

func (c *cluster) run(args ...string) string {
	c.t.Helper()
	out, err := c.try(args...)
	must(c.t, err)
	return out
}

func (c *cluster) process(name string) *process {
	for _, p := range c.processes {
		if p.name == name {
			return p
		}
	}
	c.t.Fatalf("no process %s", name)
	return nil
}

func (c *cluster) writeSite() string {
	dir := filepath.Join(c.dir, "sites")
	must(c.t, os.Mkdir(dir, 0o755))
	must(c.t, os.WriteFile(filepath.Join(dir, site+".yaml"), []byte(`site: test
name: 清河测试网
kind: portal
state: running
domains: [www.test.gov.cn]
dossier: {idcode: "2301990009", sponsor: 清河市人民政府, icp: 黑ICP备00000000号-9, police: 黑公网安备 23019900000009号, phone: 0450-0000000}
columns:
  - {slug: news, name: 新闻, types: [工作动态], update: news, description: 本市新闻}
`), 0o600))
	return dir
}
