package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"guiyi/test/bench/content"
)

// articleLink is the address of an article in a list.
var articleLink = regexp.MustCompile(`/[a-z]+/\d{6}/t\d{8}_\d+\.html`)

// server is one competitor, running.
type server struct {
	name   string
	addr   string // 127.0.0.1:port
	scheme string // http or https
	studio string // of guiyi: where its metrics are
	page   page   // what it is asked for
	cmd    *exec.Cmd
	out    *bytes.Buffer
	done   chan error
	client *http.Client
	asked  atomic.Uint32
}

// anyCPU leaves a server on all processors.
const anyCPU = -1

// spot is where and how a competitor serves.
type spot struct {
	dir string // its files, with the folder root to be served
	cpu int
	tls *certificate // nil: plain HTTP
}

func (s spot) scheme() string {
	if s.tls != nil {
		return "https"
	}
	return "http"
}

// allowedCPUs are the processors this process may run on.
func allowedCPUs() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, err
	}
	var cpus []int
	for i := range 1024 {
		if set.IsSet(i) {
			cpus = append(cpus, i)
		}
	}
	return cpus, nil
}

// readyTime is how long a server may take until it answers; guiyi with a large library looks through it at its first
// start.
const readyTime = time.Minute

// start runs a program at a spot and waits until ready answers 200.
func start(ctx context.Context, name, addr, ready string, at spot, env []string, args ...string) (*server, error) {
	s := &server{
		name:   name,
		addr:   addr,
		scheme: at.scheme(),
		out:    &bytes.Buffer{},
		done:   make(chan error, 1),
	}
	s.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}
	if at.tls != nil {
		s.client.Transport.(*http.Transport).TLSClientConfig = at.tls.trust()
	}
	if at.cpu != anyCPU {
		args = append([]string{"taskset", "-c", fmt.Sprint(at.cpu)}, args...)
	}
	s.cmd = command(ctx, at.dir, env, args[0], args[1:]...)
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.done <- s.cmd.Wait() }()
	deadline := time.Now().Add(readyTime)
	for time.Now().Before(deadline) {
		if res, _, err := s.get(ctx, ready, "identity"); err == nil && res.StatusCode == http.StatusOK {
			return s, nil
		}
		select {
		case err := <-s.done:
			s.done <- err
			return nil, fmt.Errorf("%s ended: %w\n%s", name, err, lastLines(s.out.String(), 12))
		case <-ctx.Done():
			s.stop()
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	s.stop() // before its output is read: it may still write
	return nil, fmt.Errorf("%s does not answer at %s%s\n%s", name, addr, ready, lastLines(s.out.String(), 12))
}

// stop ends the server and waits for its end.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // fails only when it has ended
	select {
	case _ = <-s.done:
	case <-time.After(10 * time.Second):
		_ = s.cmd.Process.Kill()
		_ = <-s.done
	}
}

func (s *server) get(ctx context.Context, path, encoding string) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.scheme+"://"+s.addr+path, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Host = benchHost
	req.Header.Set("Accept-Encoding", encoding)
	n := s.asked.Add(1) // each request is another reader's: guiyi bounds what one may ask
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255))
	res, err := s.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(res.Body)
	return res, body, errors.Join(err, res.Body.Close())
}

// firstArticle is the newest article as the edge serves it.
func (s *server) firstArticle(ctx context.Context) (page, error) {
	_, list, err := s.get(ctx, "/"+content.Sections()[0].Slug+"/", "identity")
	if err != nil {
		return page{}, err
	}
	p := page{path: articleLink.FindString(string(list))}
	if p.path == "" {
		return p, errors.New("no article in the first list")
	}
	if _, p.plain, err = s.get(ctx, p.path, "identity"); err != nil {
		return p, err
	}
	_, p.gzip, err = s.get(ctx, p.path, "gzip")
	return p, err
}

// check makes sure that the server gives the bytes of its page.
func (s *server) check(ctx context.Context) error {
	p := s.page
	for encoding, want := range map[string][]byte{"identity": p.plain, "gzip": p.gzip} {
		res, got, err := s.get(ctx, p.path, encoding)
		if err != nil {
			return err
		}
		if sent := res.Header.Get("Content-Encoding"); (encoding == "gzip") != (sent == "gzip") {
			return fmt.Errorf("%s: asked for %s, got Content-Encoding %q", s.name, encoding, sent)
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s: other bytes than expected for %s", s.name, encoding)
		}
	}
	if plain, err := gunzip(p.gzip); err != nil || !bytes.Equal(plain, p.plain) {
		return fmt.Errorf("%s: the compressed page is another one (%w)", s.name, err)
	}
	return nil
}
