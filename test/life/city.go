package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"guiyi/test/freeport"
)

// city is a running platform: one process with everything in it, and an edge in a process of its own.
type city struct {
	binary   string
	dir      string
	platform *process
	edge     *process
}

// process is one "guiyi serve".
type process struct {
	cmd    *exec.Cmd
	public string // host:port
	ops    string
	data   string
	log    string
	done   chan error
}

// cacheMiB makes the caches of edges so small that they are full before the morning: the day shows whether they stay
// within their bounds.
const cacheMiB = "12"

// keepFor is how long revisions are kept: two hours of a day of ten minutes, so that the day reaches a steady state.
const keepFor = 12 // parts of a day

// newCity starts the demo city with a second edge. Everything lies below dir.
func newCity(ctx context.Context, binary, dir string, day time.Duration) (*city, error) {
	c := &city{binary: binary, dir: dir}
	keep := max(day/keepFor, 2*time.Second).Round(time.Second)
	var err error
	c.platform, err = c.serve(ctx, "platform", nil, "--demo", "--edge-cache-mib", cacheMiB, "--trusted-proxies",
		"127.0.0.1", "--keep-for", keep.String(), "--keep-revisions", "5",
		"--keep-schedule", "@every "+(keep/2).Round(time.Second).String())
	if err != nil {
		return c, err
	}
	return c, c.startEdge(ctx)
}

// startEdge starts the second edge: it shares the bytes, the public keys and the bus, nothing else.
func (c *city) startEdge(ctx context.Context) (err error) {
	b, err := os.ReadFile(filepath.Join(c.platform.data, "bus", "bus.json"))
	if err != nil {
		return err
	}
	var bus struct{ URL, Token string }
	if err := json.Unmarshal(b, &bus); err != nil {
		return err
	}
	keys := filepath.Join(c.dir, "edge", "keys")
	if err := os.MkdirAll(keys, 0o700); err != nil {
		return err
	}
	public, err := filepath.Glob(filepath.Join(c.platform.data, "keys", "*.pub"))
	if err != nil || len(public) == 0 {
		return errors.Join(err, errors.New("no public key"))
	}
	for _, name := range public {
		b, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(keys, filepath.Base(name)), b, 0o600)
		}
		if err != nil {
			return err
		}
	}
	c.edge, err = c.serve(ctx, "edge", []string{"GUIYI_BUS_URL=" + bus.URL, "GUIYI_BUS_TOKEN=" + bus.Token,
		"GUIYI_BLOB=dir:" + filepath.Join(c.platform.data, "blob")}, "--roles", "edge", "--edge-cache-mib", cacheMiB)
	return err
}

// serve starts a process and waits until it answers.
func (c *city) serve(ctx context.Context, name string, env []string, args ...string) (*process, error) {
	p := &process{data: filepath.Join(c.dir, name), log: filepath.Join(c.dir, name+".log"), done: make(chan error, 1)}
	var err error
	if p.public, err = freeport.Address(); err != nil {
		return nil, err
	}
	if p.ops, err = freeport.Address(); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd = exec.Command(c.binary, append([]string{"serve", "--data-dir", p.data, "--public-listen", p.public,
		"--studio-listen", p.ops}, args...)...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Env = append(append(os.Environ(), childEnv+"=1"), env...)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.done <- p.cmd.Wait() }()
	for {
		select {
		case err := <-p.done:
			return nil, fmt.Errorf("%s ended: %w; see %s", name, err, p.log)
		case <-ctx.Done():
			p.stop()
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		if p.answers(ctx) {
			return p, nil
		}
	}
}

// answers reports whether the home pages of all sites are there: an edge learns them one after the other.
func (p *process) answers(ctx context.Context) bool {
	for _, site := range sites {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.public+"/", nil)
		if err != nil {
			return false
		}
		req.Host = host(site)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return false
		}
	}
	return true
}

// host is the name under which a site answers on this machine.
func host(site string) string { return site + ".localhost" }

// stop ends a process in order and waits for it.
func (p *process) stop() {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails only when it has ended
	select {
	case _ = <-p.done:
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		_ = <-p.done
	}
}

// guiyi runs a command on the platform's data, as an administrator does.
func (c *city) guiyi(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, c.binary, append([]string{"--data-dir", c.platform.data, "--public-listen",
		c.platform.public}, args...)...)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("guiyi %v: %w: %s%s", args, err, out.String(), errs.String())
	}
	return out.String(), nil
}

// childEnv makes a test binary run as guiyi.
const childEnv = "GUIYI_LIFE_CHILD"
