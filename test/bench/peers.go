package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"guiyi/test/freeport"
)

// startGuiyi runs the edge alone, on what was published. Before that a run with a worker brings it the newest head,
// which it keeps on disk as any edge does.
func startGuiyi(ctx context.Context, p published, at spot) (*server, error) {
	s, err := p.g.serve(ctx, p.name, "worker,edge", at)
	if err != nil {
		return nil, err
	}
	s.stop()
	return p.g.serve(ctx, p.name, "edge", at)
}

// unlogged is the edge that keeps no access log.
const unlogged = "guiyi edge, no access log"

// startUnlogged runs the edge on a copy of what was published, without an access log.
func startUnlogged(ctx context.Context, g guiyi, at spot) (*server, error) {
	other := newGuiyi(g.bin, g.data+"-unlogged-"+at.scheme())
	if err := os.CopyFS(other.data, os.DirFS(g.data)); err != nil {
		return nil, err
	}
	other.env = append(other.env, "GUIYI_ACCESS_LOG_FORMAT=off")
	return other.serve(ctx, unlogged, "edge", at)
}

// serve runs guiyi with the roles at free addresses.
func (g guiyi) serve(ctx context.Context, name, roles string, at spot) (*server, error) {
	var addrs [3]string
	for i := range addrs {
		var err error
		if addrs[i], err = freeport.Address(); err != nil {
			return nil, err
		}
	}
	env := append([]string{"GUIYI_ROLES=" + roles, "GUIYI_PUBLIC_LISTEN=" + addrs[0], "GUIYI_STUDIO_LISTEN=" + addrs[1],
		"GUIYI_PORTAL_LISTEN=" + addrs[2],
		"GUIYI_TRUSTED_PROXIES=127.0.0.1"}, g.env...)
	if at.cpu != anyCPU {
		env = append(env, "GOMAXPROCS=1")
	}
	if at.tls != nil {
		env = append(env, "GUIYI_PUBLIC_TLS_CERT="+at.tls.cert, "GUIYI_PUBLIC_TLS_KEY="+at.tls.key)
	}
	s, err := start(ctx, name, addrs[0], "/", at, env, g.bin, "serve")
	if s != nil {
		s.studio = addrs[1]
	}
	return s, err
}

// startNginx runs nginx as one would for static files: sendfile, descriptors kept open, gzip_static.
func startNginx(ctx context.Context, ready string, at spot) (*server, error) {
	addr, err := freeport.Address()
	if err != nil {
		return nil, err
	}
	home := filepath.Join(at.dir, "nginx-"+at.scheme())
	if err := os.MkdirAll(home, 0o750); err != nil {
		return nil, err
	}
	user, listen := "", addr+";"
	if os.Geteuid() == 0 {
		user = "user root;\n"
	}
	if at.tls != nil {
		listen = fmt.Sprintf("%s ssl http2; ssl_certificate %s; ssl_certificate_key %s; ssl_protocols TLSv1.3;", addr,
			at.tls.cert, at.tls.key)
	}
	conf := user + fmt.Sprintf(`daemon off; worker_processes 1; pid %[1]s/pid; error_log %[1]s/error.log warn;
events { worker_connections 1024; }
http {
  types { text/html html; } charset utf-8; access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; gzip_static on; gzip_vary on;
  keepalive_requests 1000000000; open_file_cache max=1000; open_file_cache_valid 60s; server_tokens off;
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  server { listen %[2]s root %[3]s; }
}
`, home, listen, filepath.Join(at.dir, "root"))
	file := filepath.Join(home, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	return start(ctx, "nginx", addr, ready, at, nil, program("nginx"), "-p", home, "-c", file, "-e",
		filepath.Join(home, "error.log"))
}

// startCaddy runs Caddy's file server with the same compressed files.
func startCaddy(ctx context.Context, ready string, at spot) (*server, error) {
	addr, err := freeport.Address()
	if err != nil {
		return nil, err
	}
	port, home, tls := addr[strings.LastIndexByte(addr, ':')+1:], filepath.Join(at.dir, "caddy-"+at.scheme()), ""
	if err := os.MkdirAll(home, 0o750); err != nil {
		return nil, err
	}
	if at.tls != nil {
		tls = fmt.Sprintf("\ttls %s %s\n", at.tls.cert, at.tls.key)
	}
	conf := fmt.Sprintf(
		"{\n\tadmin off\n\tauto_https off\n\tdefault_sni localhost\n}\n%s://:%s {\n\tbind 127.0.0.1\n%s\troot * %s\n\tfile_server {\n\t\tprecompressed gzip\n\t}\n}\n",
		at.scheme(), port, tls, filepath.Join(at.dir, "root"))
	file := filepath.Join(home, "Caddyfile")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	env := []string{"GOMAXPROCS=1", "XDG_CONFIG_HOME=" + home, "XDG_DATA_HOME=" + home}
	return start(ctx, "caddy file_server", addr, ready, at, env, "caddy", "run", "--config", file, "--adapter",
		"caddyfile")
}
