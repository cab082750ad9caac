package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// articleLink is the address of an article in a list.
var articleLink = regexp.MustCompile(`/[a-z]+/\d{6}/t\d{8}_\d+\.html`)

// server is one competitor, running.
type server struct {
	name string
	addr string // 127.0.0.1:port
	cmd  *exec.Cmd
	out  *bytes.Buffer
	done chan error
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

// freeAddr is a loopback address that was free a moment ago.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start runs a program on one CPU and waits until ready answers 200.
func start(ctx context.Context, name, addr, ready, dir string, cpu int, env []string, args ...string) (*server, error) {
	s := &server{name: name, addr: addr, out: &bytes.Buffer{}, done: make(chan error, 1)}
	s.cmd = command(ctx, dir, env, "taskset", append([]string{"-c", fmt.Sprint(cpu)}, args...)...)
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.done <- s.cmd.Wait() }()
	deadline := time.Now().Add(30 * time.Second)
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
	s.stop()
	return nil, fmt.Errorf("%s does not answer at %s%s\n%s", name, addr, ready, lastLines(s.out.String(), 12))
}

// stop ends the server and waits for its end.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // fails only when it has ended
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.done
	}
}

func (s *server) get(ctx context.Context, path, encoding string) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+path, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Host = benchHost
	req.Header.Set("Accept-Encoding", encoding)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(res.Body)
	return res, body, errors.Join(err, res.Body.Close())
}

// firstArticle is the newest article as the edge serves it.
func (s *server) firstArticle(ctx context.Context) (page, error) {
	_, list, err := s.get(ctx, "/"+sections()[0].Slug+"/", "identity")
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

// check makes sure that the server gives the same bytes as all others.
func (s *server) check(ctx context.Context, p page) error {
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

// hit loads the server for some seconds and tells what wrk saw and what the server spent.
func (s *server) hit(ctx context.Context, path, encoding string, cpu, seconds int) (load, time.Duration, error) {
	before, err := treeCPU(s.cmd.Process.Pid)
	if err != nil {
		return load{}, 0, fmt.Errorf("%s: %w", s.name, err)
	}
	wrk := command(ctx, "", nil, "taskset", "-c", fmt.Sprint(cpu), "wrk", "-t1", fmt.Sprintf("-c%d", connections), fmt.Sprintf("-d%ds", seconds),
		"--latency", "-H", "Host: "+benchHost, "-H", "Accept-Encoding: "+encoding, "http://"+s.addr+path)
	_, out, err := timed(wrk)
	if err != nil {
		return load{}, 0, err
	}
	after, err := treeCPU(s.cmd.Process.Pid)
	if err != nil {
		return load{}, 0, fmt.Errorf("%s: %w", s.name, err)
	}
	l, err := parseWrk(out)
	if err == nil && (l.Bad > 0 || l.Socket > 0 || l.Requests == 0) {
		err = fmt.Errorf("%s under load: %d requests, %d bad answers, %d socket errors", s.name, l.Requests, l.Bad, l.Socket)
	}
	return l, after - before, err
}

// startGuiyi runs the edge alone, on what was published. Before that a run with a worker brings it the newest head, which it
// keeps on disk as any edge does.
func startGuiyi(ctx context.Context, g guiyi, dir string, cpu int) (*server, error) {
	var s *server
	for _, roles := range []string{"worker,edge", "edge"} {
		addr, err := freeAddr()
		if err != nil {
			return nil, err
		}
		if s != nil {
			s.stop()
		}
		env := append([]string{"GOMAXPROCS=1", "GUIYI_ROLES=" + roles, "GUIYI_PUBLIC_LISTEN=" + addr}, g.env...)
		if s, err = start(ctx, "guiyi edge", addr, "/", dir, cpu, env, g.bin, "serve"); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// startNginx runs nginx as one would for static files: sendfile, descriptors kept open, gzip_static.
func startNginx(ctx context.Context, dir, ready string, cpu int) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	home := filepath.Join(dir, "nginx")
	if err := os.MkdirAll(home, 0o750); err != nil {
		return nil, err
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n"
	}
	conf := user + fmt.Sprintf(`daemon off; worker_processes 1; pid %[1]s/pid; error_log %[1]s/error.log warn;
events { worker_connections 1024; }
http {
  types { text/html html; } charset utf-8; access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; gzip_static on; gzip_vary on;
  keepalive_requests 1000000000; open_file_cache max=1000; open_file_cache_valid 60s; server_tokens off;
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  server { listen %[2]s; root %[3]s; }
}
`, home, addr, filepath.Join(dir, "root"))
	file := filepath.Join(home, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	return start(ctx, "nginx", addr, ready, dir, cpu, nil, program("nginx"), "-p", home, "-c", file, "-e", filepath.Join(home, "error.log"))
}

// startCaddy runs Caddy's file server with the same compressed files.
func startCaddy(ctx context.Context, dir, ready string, cpu int) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	conf := fmt.Sprintf("{\n\tadmin off\n\tauto_https off\n}\nhttp://:%s {\n\tbind 127.0.0.1\n\troot * %s\n\tfile_server {\n\t\tprecompressed gzip\n\t}\n}\n",
		addr[strings.LastIndexByte(addr, ':')+1:], filepath.Join(dir, "root"))
	file := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	env := []string{"GOMAXPROCS=1", "XDG_CONFIG_HOME=" + filepath.Join(dir, "caddy"), "XDG_DATA_HOME=" + filepath.Join(dir, "caddy")}
	return start(ctx, "caddy file_server", addr, ready, dir, cpu, env, "caddy", "run", "--config", file, "--adapter", "caddyfile")
}
