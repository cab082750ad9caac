package config

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"guiyi/internal/kernel/fault"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "guiyi.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func flags(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	fs := pflag.NewFlagSet("guiyi", pflag.ContinueOnError)
	RegisterFlags(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return fs
}

func load(t *testing.T, s Sources) *Loaded {
	t.Helper()
	l, err := Load(s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDefaults(t *testing.T) {
	l := load(t, Sources{})
	if l.Public.Listen != "127.0.0.1:8080" || l.Studio.Listen != "127.0.0.1:8081" {
		t.Errorf("listeners = %q %q; nothing may listen beyond the machine by default", l.Public.Listen,
			l.Studio.Listen)
	}
	dir, err := filepath.Abs("data/blob")
	if err != nil || l.Database != "sqlite:data/guiyi.db" || l.Blob != "dir:"+dir ||
		l.Portal.URL != "http://127.0.0.1:8082" {
		t.Errorf("derived = %q %q %q", l.Database, l.Blob, l.Portal.URL)
	}
	if !l.HasRole("edge") || l.HasRole("none") {
		t.Errorf("roles = %v", l.Roles)
	}
	if p := Validate(&l.Config); p != nil {
		t.Errorf("Validate = %v", p)
	}
}

func TestPrecedence(t *testing.T) {
	file := write(t,
		"data-dir: from-file\nlog: {level: warn, format: json}\nbus:\n  url: nats://file:4222\n  token: t1\n")
	env := []string{"GUIYI_LOG_LEVEL=error", "GUIYI_BUS_URL=nats://env:4222", "GUIYI_BUS_TOKEN=t2", "PATH=/bin",
		"GUIYI_TEST_PG=x"}
	l := load(t, Sources{File: file, Env: env, Flags: flags(t, "--log-level=debug")})
	for key, want := range map[string][2]string{
		"data-dir":      {"from-file", file + ":1"},
		"log.format":    {"json", file + ":2"},
		"log.level":     {"debug", "--log-level"},
		"bus.url":       {"nats://env:4222", "GUIYI_BUS_URL"},
		"bus.token":     {"t2", "GUIYI_BUS_TOKEN"},
		"database":      {"sqlite:from-file/guiyi.db", "由其他配置项推出"},
		"crypto.suite":  {"ed25519", "默认值"},
		"public.listen": {"127.0.0.1:8080", "默认值"},
	} {
		o := options()[slices.IndexFunc(options(), func(o option) bool { return o.key == key })]
		if got := o.text(&l.Config); got != want[0] || l.Source(key) != want[1] {
			t.Errorf("%s = %q from %s, want %q from %s", key, got, l.Source(key), want[0], want[1])
		}
	}
}

func TestEveryFormOfValue(t *testing.T) {
	file := write(t, `
roles: [edge, portal]
trusted-proxies: ["10.0.0.0/8", 192.168.1.7, "2001:db8::/32"]
edge: {cache-mib: 512, request-timeout: 1m30s}
worker:
bus:
  url:
portal: {listen: "0.0.0.0:9000"}
`)
	l := load(t, Sources{File: file})
	if !slices.Equal(l.Roles, []string{"edge", "portal"}) || l.Edge.CacheMiB != 512 ||
		l.Edge.RequestTimeout != 90*time.Second {
		t.Errorf("= %+v", l.Config)
	}
	if len(l.TrustedProxies) != 3 || l.TrustedProxies[1].String() != "192.168.1.7/32" {
		t.Errorf("trusted-proxies = %v", l.TrustedProxies)
	}
	if l.Portal.URL != "http://127.0.0.1:9000" {
		t.Errorf("portal.url = %q", l.Portal.URL)
	}
	l = load(t, Sources{Env: []string{"GUIYI_ROLES= edge , worker", "GUIYI_TRUSTED_PROXIES=10.1.2.3/8"}})
	if !slices.Equal(l.Roles, []string{"edge", "worker"}) || l.TrustedProxies[0].String() != "10.0.0.0/8" {
		t.Errorf("lists from the environment = %v %v", l.Roles, l.TrustedProxies)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	file := write(t, `log:
  levle: warn
  format: xml
edge:
  cache-mib: lots
roles: [edge, mayor]
pubic:
  listen: :80
bus:
  token: hunter2
  nkey: seed
data-dir: a
data-dir: b
database: mysql://root:hunter2@db/x
studio: [a]
otel: {endpoint: {a: b}}
`)
	_, err := Load(Sources{
		File: file, Env: []string{"GUIYI_EDGE_CACHE_MIB=0", "GUIYI_EDGE_REQUEST_TIMEOUT=soon"},
		Flags: flags(t, "--public-listen=127.0.0.1:8081", "--crypto-suite=rsa"),
	})
	var problems Problems
	if !errors.As(err, &problems) || !fault.Is(err, fault.Invalid) {
		t.Fatalf("Load = %v", err)
	}
	text := fault.Text(err)
	for _, want := range []string{
		file + `:2：未知配置项 "log.levle"，最接近的是 log.level`,
		file + `:3：log.format = "xml"，允许：text 或 json`,
		file + `:5：edge.cache-mib = "lots"，允许：8 到 1048576 的整数`,
		file + `:6：roles = "edge,mayor"，允许：`,
		file + `:7：未知配置项 "pubic"，最接近的是 public`,
		file + `:10：bus.token = "******"，`,
		file + `:11：bus.nkey = "seed"，`,
		file + `:13：配置项 data-dir 在第 12 行已经设置`,
		file + `:14：database = "mysql://******@db/x"，`,
		file + `:15：应为“键: 值”的形式`,
		file + `:16：otel.endpoint = ""，`,
		`GUIYI_EDGE_CACHE_MIB：edge.cache-mib = "0"，允许：8 到`,
		`GUIYI_EDGE_REQUEST_TIMEOUT：edge.request-timeout = "soon"，`,
		`--public-listen：public.listen = "127.0.0.1:8081"，`,
		`--crypto-suite：crypto.suite = "rsa"，允许：ed25519 或 sm2`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if strings.Contains(text, "hunter2") {
		t.Error("a secret is shown")
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestFileRefused(t *testing.T) {
	for name, text := range map[string]string{
		"not YAML":      "a: [",
		"tab":           "a:\n\tb: c",
		"a list":        "- a",
		"a word":        "hello",
		"two documents": "data-dir: a\n---\ndata-dir: b",
		"alias":         "data-dir: &a x\nblob: *a",
		"merge":         "<<: {data-dir: x}",
		"list for one":  "data-dir: [a, b]",
		"map in a list": "roles: [{a: b}]",
		"too large":     strings.Repeat("# x\n", maxFile/4+1),
		"binary":        "\x00\x01",
		"key is a list": "? [a, b]\n: c",
	} {
		if l, err := Load(Sources{File: write(t, text)}); l != nil || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: Load = %v", name, err)
		}
	}
	if _, err := Load(Sources{File: filepath.Join(t.TempDir(), "none.yaml")}); !fault.Is(err, fault.Invalid) ||
		!strings.Contains(fault.Text(err), "none.yaml") {
		t.Errorf("missing file: %v", err)
	}
	for name, text := range map[string]string{"empty": "", "comments": "# nothing\n", "null": "~\n",
		"start only": "---\n"} {
		if _, err := Load(Sources{File: write(t, text)}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every check of the table, by one value that it must refuse.
func TestValidate(t *testing.T) {
	bad := map[string]string{
		"data-dir": "", "roles": "mayor", "database": "mysql://x", "blob": "/x", "bus.url": "http://x",
		"bus.token": "needs-url",
		"bus.creds": "needs-url", "bus.nkey": "needs-url", "bus.replicas": "2", "public.listen": "8080",
		"public.tls-cert": "alone",
		"public.tls-key":  "alone", "studio.listen": "host:70000", "studio.tls-cert": "alone",
		"studio.tls-key": "alone",
		"portal.listen":  "http://127.0.0.1:80", "portal.url": "127.0.0.1:80",
		"portal.secret": "the first of two is long enough..,short", "session.secret": "short", "people.secret": "short",
		"session.idle":    "1s",
		"session.longest": "1m", "log.format": "xml", "log.level": "INFO",
		"access-log.format": "csv", "access-log.file-mib": "0", "access-log.max-gib": "0", "access-log.keep-days": "-1",
		"otel.endpoint": "host:4318", "crypto.suite": "", "edge.cache-mib": "7", "edge.body-mib": "0",
		"edge.header-kib": "1", "edge.request-timeout": "0s",
		"keep.for": "0s", "keep.revisions": "0", "keep.schedule": "", "keep.uploads": "1m", "api.per-second": "0",
		"api.burst": "-1",
	}
	for _, o := range options() {
		if o.check == nil {
			continue
		}
		value, ok := bad[o.key]
		if !ok {
			t.Errorf("no bad value for %s", o.key)
			continue
		}
		l := load(t, Sources{})
		if !o.set(&l.Config, value) {
			t.Errorf("%s: %q is not even a value", o.key, value)
		}
		if p := Validate(&l.Config); !slices.ContainsFunc(p,
			func(p Problem) bool { return p.Key == o.key && strings.Contains(p.Text, o.allow) }) {
			t.Errorf("%s = %q is accepted: %v", o.key, value, p)
		}
	}
	for _, roles := range []string{"", "edge,edge"} {
		if _, err := Load(Sources{Env: []string{"GUIYI_ROLES=" + roles}}); err == nil {
			t.Errorf("roles %q are accepted", roles)
		}
	}
	if _, err := Load(Sources{Env: []string{"GUIYI_TRUSTED_PROXIES=everyone"}}); err == nil {
		t.Error("trusted-proxies everyone is accepted")
	}
	load(t, Sources{Env: []string{"GUIYI_PUBLIC_LISTEN=127.0.0.1:0", "GUIYI_STUDIO_LISTEN=127.0.0.1:0"}})
}

func TestDumpHidesSecretsAndLoadsAgain(t *testing.T) {
	env := []string{
		"GUIYI_DATABASE=postgres://guiyi:hunter2@ss/w@db.example:5432/x?sslmode=require&sslpassword=hunter2",
		"GUIYI_BUS_URL=nats://hunter2@bus:4222", "GUIYI_BUS_TOKEN=hunter2",
		"GUIYI_PORTAL_SECRET=hunter2-hunter2-hunter2-hunter2-hunter2",
		"GUIYI_SESSION_SECRET=hunter2-hunter2-hunter2-hunter2-hunter2",
		"GUIYI_OTEL_ENDPOINT=https://a:hunter2@otel:4318",
		"GUIYI_TRUSTED_PROXIES=10.0.0.0/8,::1",
	}
	l := load(t, Sources{Env: env})
	dump := l.Dump()
	if strings.Contains(dump, "hunter2") || strings.Contains(dump, "ss/w") {
		t.Errorf("a secret is shown:\n%s", dump)
	}
	for _, want := range []string{`postgres://******@db.example:5432/x?sslmode=require&sslpassword=******`,
		"# GUIYI_BUS_TOKEN", "# 默认值", `token: "******"`} {
		if !strings.Contains(dump, want) {
			t.Errorf("missing %q in\n%s", want, dump)
		}
	}
	again := load(t, Sources{File: write(t, dump)})
	if again.Public != l.Public || again.Edge != l.Edge || !slices.Equal(again.TrustedProxies, l.TrustedProxies) ||
		!slices.Equal(again.Roles, l.Roles) {
		t.Errorf("the dump does not load to the same: %+v", again.Config)
	}
}

func TestExample(t *testing.T) {
	example := Example()
	if l := load(t, Sources{File: write(t, example)}); l.Dump() != load(t, Sources{}).Dump() {
		t.Error("the example sets something")
	}
	bare := regexp.MustCompile(`(?m)^( *)# ([a-z][a-z-]*: )`).ReplaceAllString(example, "$1$2")
	var keys map[string]any
	if err := yaml.Unmarshal([]byte(bare), &keys); err != nil {
		t.Fatalf("%v in\n%s", err, bare)
	}
	l := load(t, Sources{File: write(t, bare)})
	for _, o := range options() {
		if !strings.Contains(example, o.env()) || !strings.Contains(example, o.usage) {
			t.Errorf("%s is missing in the example", o.key)
		}
	}
	def := load(t, Sources{})
	for _, o := range options() {
		if got, want := o.text(&l.Config), o.text(&def.Config); got != want {
			t.Errorf("%s in the example = %q, the default is %q", o.key, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	fs := flags(t)
	for _, o := range options() {
		for _, name := range []string{o.key, o.env(), "--" + o.flag()} {
			if seen[name] {
				t.Errorf("%s means two options", name)
			}
			seen[name] = true
		}
		if o.usage == "" || o.allow == "" || !regexp.MustCompile(`^[a-z-]+(\.[a-z-]+)?$`).MatchString(o.key) {
			t.Errorf("option %q is not described", o.key)
		}
		if name, _, nested := strings.Cut(o.key, "."); nested && section(name) == "" {
			t.Errorf("section %s has no title", name)
		}
		if (fs.Lookup(o.flag()) == nil) != (o.secret == secret) {
			t.Errorf("%s: secrets have no flag, everything else has one", o.key)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add(Example())
	f.Add("bus: {url: nats://a:b@c}")
	f.Add("a: &a [*a]")
	f.Add("? {a: b}\n: c")
	f.Add("roles: [edge]\nroles: [edge]")
	f.Fuzz(func(t *testing.T, text string) {
		l := &Loaded{Config: Default(), source: map[string]string{}}
		problems := append(l.readYAML("f.yaml", []byte(text)), Validate(&l.Config)...)
		if len(problems) > 0 && strings.TrimSpace(problems.Error()) == "" {
			t.Fatal("a problem without words")
		}
		if len(problems) == 0 {
			l.derive()
			again := &Loaded{Config: Default(), source: map[string]string{}}
			if p := again.readYAML("dump.yaml", []byte(l.Dump())); len(p) > 0 {
				t.Fatalf("the dump does not load: %v\n%s", p, l.Dump())
			}
		}
	})
}

// TestOptions: the list names every option once, with what is allowed, and shows no secret as a flag.
func TestOptions(t *testing.T) {
	list := Options()
	for _, o := range options() {
		if n := strings.Count(list, "\n  "+o.key+" "); n != 1 {
			t.Errorf("%s stands in the list %d times", o.key, n)
		}
		if !strings.Contains(list, o.env()+"\n") || !strings.Contains(list, o.usage+"。允许："+o.allow) {
			t.Errorf("%s is not explained", o.key)
		}
		if strings.Contains(list, "--"+o.flag()+" ") == (o.secret == secret) {
			t.Errorf("%s: secrets have no flag, everything else has one", o.key)
		}
	}
}
