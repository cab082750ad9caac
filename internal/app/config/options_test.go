package config

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// One good value per option that is not its default, for which the whole configuration is valid.
func goodValues() map[string]string {
	return map[string]string{
		"data-dir": "/var/lib/guiyi", "roles": "edge,portal",
		"database": "postgres://guiyi@db.example:5432/guiyi?sslmode=require",
		"blob":     "s3://guiyi?endpoint=http://127.0.0.1:9000", "trusted-proxies": "10.0.0.0/8,2001:db8::/32",
		"bus.url": "nats://a:4222,nats://b:4222", "bus.token": "t0ken", "bus.creds": "/etc/guiyi/bus.creds",
		"bus.nkey":     "/etc/guiyi/seed.nk",
		"bus.replicas": "3", "public.listen": "0.0.0.0:443", "public.tls-cert": "/etc/guiyi/cert.pem",
		"public.tls-key": "/etc/guiyi/key.pem",
		"studio.listen":  "10.0.0.5:8443", "studio.tls-cert": "c.pem", "studio.tls-key": "k.pem",
		"portal.listen":       "[::1]:9082",
		"portal.url":          "http://portal.internal:9082",
		"portal.secret":       "new-secret-of-32-characters-0001,old-secret-of-32-characters-0002",
		"portal.secret-file":  "/etc/guiyi/portal.secret",
		"people.secret":       "new-secret-of-32-characters-0007,old-secret-of-32-characters-0008",
		"people.secret-file":  "/etc/guiyi/people.secret",
		"session.secret":      "new-secret-of-32-characters-0003,old-secret-of-32-characters-0004",
		"session.secret-file": "/etc/guiyi/session.secret", "session.idle": "20m0s", "session.longest": "8h0m0s",
		"log.format": "json", "log.level": "debug",
		"access-log.format": "json", "access-log.dir": "/var/log/guiyi", "access-log.file-mib": "64",
		"access-log.max-gib": "100", "access-log.keep-days": "400",
		"otel.endpoint": "http://127.0.0.1:4318",
		"crypto.suite":  "sm2", "edge.cache-mib": "1024", "edge.mirror": "/srv/mirror", "edge.body-mib": "20",
		"edge.header-kib":      "32",
		"edge.request-timeout": "45s",
		"keep.for":             "48h0m0s", "keep.revisions": "5", "keep.schedule": "@every 1h",
		"keep.uploads":   "24h0m0s",
		"api.per-second": "7", "api.burst": "70",
	}
}

// what else must be set for the value to be valid.
func companions(key string) []string {
	switch key {
	case "bus.token", "bus.creds", "bus.nkey":
		return []string{"bus.url"}
	case "public.tls-cert":
		return []string{"public.tls-key"}
	case "public.tls-key":
		return []string{"public.tls-cert"}
	case "studio.tls-cert":
		return []string{"studio.tls-key"}
	case "studio.tls-key":
		return []string{"studio.tls-cert"}
	}
	return nil
}

func find(t *testing.T, key string) option {
	t.Helper()
	i := slices.IndexFunc(options(), func(o option) bool { return o.key == key })
	if i < 0 {
		t.Fatalf("no option %s", key)
	}
	return options()[i]
}

// Every option can be set from every source, and the origin is told.
func TestEveryOptionFromEverySource(t *testing.T) {
	good, def := goodValues(), load(t, Sources{})
	for _, o := range options() {
		value, ok := good[o.key]
		if !ok || value == o.text(&def.Config) {
			t.Errorf("no telling value for %s", o.key)
			continue
		}
		env := []string{o.env() + "=" + value}
		file := literalLine(o, value)
		args := []string{"--" + o.flag() + "=" + value}
		for _, key := range companions(o.key) {
			c := find(t, key)
			env = append(env, c.env()+"="+good[key])
			args = append(args, "--"+c.flag()+"="+good[key])
			if name, _, _ := strings.Cut(key, "."); strings.HasPrefix(file, name+":") {
				file += "\n  " + leaf(key) + ": " + literal(c, good[key])
			}
		}
		path := write(t, file)
		sources := map[string]Sources{o.env(): {Env: env}, path + ":" + fmt.Sprint(lineOf(o)): {File: path}}
		if o.secret != secret {
			sources["--"+o.flag()] = Sources{Flags: flags(t, args...)}
		}
		for origin, s := range sources {
			l, err := Load(s)
			if err != nil {
				t.Errorf("%s from %s: %v", o.key, origin, err)
				continue
			}
			if got := o.text(&l.Config); got != value || l.Source(o.key) != origin {
				t.Errorf("%s = %q from %q, want %q from %q", o.key, got, l.Source(o.key), value, origin)
			}
		}
	}
}

func literalLine(o option, value string) string {
	if name, _, nested := strings.Cut(o.key, "."); nested {
		return name + ":\n  " + leaf(o.key) + ": " + literal(o, value)
	}
	return o.key + ": " + literal(o, value)
}

func lineOf(o option) int {
	if strings.Contains(o.key, ".") {
		return 2
	}
	return 1
}

func TestShownHidesSecrets(t *testing.T) {
	address, whole, plainText := option{secret: secretURL}, option{secret: secret}, option{}
	for _, c := range []struct {
		o          option
		text, want string
	}{
		{address, "", ""},
		{address, "sqlite:data/guiyi.db", "sqlite:data/guiyi.db"},
		{address, "postgres://u:p@h/d", "postgres://******@h/d"},
		{address, "postgres://u:p@a:b/c@h/d", "postgres://******@h/d"},
		{address, "postgres://h/d?user=u&password=p&sslmode=require",
			"postgres://h/d?user=******&password=******&sslmode=require"},
		{address, "postgres://h/d?PASSWORD=p", "postgres://h/d?PASSWORD=******"},
		{address, "nats://token@h:4222", "nats://******@h:4222"},
		{address, "nats://a:1@h,nats://b:2@i", "nats://******@i"},
		{address, "s3://bucket?endpoint=http://k:s@h", "s3://******@h"},
		{address, "s3://b?endpoint=http://h&aws_secret_access_key=x",
			"s3://b?endpoint=http://h&aws_secret_access_key=******"},
		{whole, "x", "******"},
		{whole, "", ""},
		{plainText, "a@b", "a@b"},
	} {
		if got := c.o.shown(c.text); got != c.want {
			t.Errorf("shown(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	for typo, want := range map[string]string{
		"datadir": "data-dir", "data_dir": "data-dir", "databse": "database", "pubic": "public",
		"bus.tokn": "bus.token", "Bus": "bus",
		"edge.cache": "edge.cache-mib", "log.lvl": "log.level", "publc.listen": "public.listen", "role": "roles",
		"trusted_proxies": "trusted-proxies",
	} {
		if got := nearest(typo); got != want {
			t.Errorf("nearest(%q) = %q, want %q", typo, got, want)
		}
	}
	for _, odd := range []string{"", "日志", strings.Repeat("x", 10_000)} {
		if nearest(odd) == "" {
			t.Errorf("nothing is near %.20q", odd)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"abc", "abc", 0}, {"kitten", "sitting", 3}, {"日志", "日制", 1},
		{"ab", "ba", 2}} {
		if got := distance(c.a, c.b); got != c.want || distance(c.b, c.a) != got {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// Whatever the text, the printed literal reads back as the same.
func TestLiteralReadsBack(t *testing.T) {
	single, list := find(t, "data-dir"), find(t, "roles")
	for _, text := range []string{
		"", "data", "a b", " a", "null", "NULL", "~", "true", "yes", "12", "1e3", "0x1f", "a: b", "a:", ":a", "a #b",
		"#a", "- a", "[a]", "{a}",
		"&a", "*a", "!a", "%a", "@a", "`a", `"a"`, "'a'", "a\nb", "a\tb", `a\b`, "数据目录", "a=b&c?d", "---", "...", "?",
		"::1", "2026-11-20",
	} {
		var got yaml.Node
		if err := yaml.Unmarshal([]byte("k: "+literal(single, text)+"  # comment"), &got); err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if v := got.Content[0].Content[1]; v.Value != text || isNull(v) {
			t.Errorf("%q reads back as %q (%s)", text, v.Value, v.Tag)
		}
		items := splitList(text)
		var back struct{ K []string }
		if err := yaml.Unmarshal([]byte("k: "+literal(list, text)), &back); err != nil ||
			!slices.Equal(back.K, items) && len(items) > 0 {
			t.Errorf("list %q reads back as %q, %v", items, back.K, err)
		}
	}
}

func TestListenAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:8080": true, ":8080": true, "0.0.0.0:80": true, "[::1]:8080": true, "localhost:0": true,
		"host.example:65535": true,
		"":                   false, "8080": false, ":": false, "127.0.0.1": false, "::1:80": false, "host:http": false,
		"host:-1":        false,
		"host:65536":     false,
		"http://host:80": false, "a b:80": false, "user@host:80": false, "host:80/path": false,
	} {
		c := Default()
		c.Public.Listen = address
		if got := c.listenOK(address); got != want {
			t.Errorf("listenOK(%q) = %v", address, got)
		}
	}
	c := Default()
	c.Portal.Listen = c.Public.Listen
	if p := Validate(&c); len(p) < 2 {
		t.Errorf("two listeners on one address: %v", p)
	}
}

func TestPortalAddressIsDerived(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:8082": "http://127.0.0.1:8082", ":9000": "http://127.0.0.1:9000",
		"0.0.0.0:9000": "http://127.0.0.1:9000",
		"[::]:9000":    "http://127.0.0.1:9000", "10.0.0.5:9000": "http://10.0.0.5:9000",
		"[fd00::5]:9000":       "http://[fd00::5]:9000",
		"portal.internal:9000": "http://portal.internal:9000",
	} {
		l := load(t, Sources{Env: []string{"GUIYI_PORTAL_LISTEN=" + listen}})
		if l.Portal.URL != want {
			t.Errorf("portal.listen %q gives portal.url %q, want %q", listen, l.Portal.URL, want)
		}
	}
}

func TestParsePrefixes(t *testing.T) {
	for item, want := range map[string]string{
		"10.1.2.3": "10.1.2.3/32", "10.1.2.3/8": "10.0.0.0/8", "::1": "::1/128", "fe80::1%eth0": "fe80::1/128",
		"2001:db8::/32": "2001:db8::/32",
		"":              "", "10.0.0.0/33": "", "everyone": "", "10.0.0": "", "10.0.0.1-10.0.0.9": "", "*": "",
	} {
		got, ok := parsePrefixes([]string{item})
		if ok != (want != "") || ok && got[0].String() != want {
			t.Errorf("%q = %v, %v; want %q", item, got, ok, want)
		}
	}
}

func FuzzEnv(f *testing.F) {
	for _, o := range options() {
		f.Add(o.env()+"=x", "GUIYI_ROLES=edge")
	}
	f.Add("GUIYI_BUS_URL=nats://u:hunter2@h", "=")
	f.Fuzz(func(t *testing.T, a, b string) {
		l, err := Load(Sources{Env: []string{a, b}})
		if (l == nil) == (err == nil) {
			t.Fatalf("Load = %v, %v", l, err)
		}
		if l != nil && Validate(&l.Config) != nil {
			t.Fatal("an invalid configuration is loaded")
		}
	})
}

// Every option does something: its field is read outside this package.
func TestEveryOptionHasAReader(t *testing.T) {
	var code strings.Builder
	err := filepath.WalkDir("../..", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == "config" {
			return cmp.Or(err, filepath.SkipDir)
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(p)
		code.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var fields func(at string, typ reflect.Type)
	fields = func(at string, typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			name := at + "." + f.Name
			if f.Type.Kind() == reflect.Struct {
				fields(name, f.Type)
			} else if !strings.Contains(code.String(), "."+f.Name) {
				t.Errorf("nobody reads Config%s", name)
			}
		}
	}
	fields("", reflect.TypeFor[Config]())
}
