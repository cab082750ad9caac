package config

import (
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"time"
)

// Config is what a process needs to know. The meaning of each field stands in the table of options.
type Config struct {
	DataDir        string
	Roles          []string
	Database       string
	Blob           string
	Bus            Bus
	Public         Listener
	Studio         Listener
	Portal         Portal
	Session        Session
	TrustedProxies []netip.Prefix
	Log            Log
	AccessLog      AccessLog
	Otel           Otel
	Crypto         Crypto
	Edge           Edge
	Retention      Retention
	API            API
}

// Bus is the message bus: embedded when URL is empty.
type Bus struct {
	URL, Token, Creds, NKey string
	Replicas                int
}

// Listener is an HTTP listener, with TLS when both files are set.
type Listener struct{ Listen, TLSCert, TLSKey string }

// Session is how long readers are known again, and the secret that their cookies are sealed with.
type Session struct {
	Secret, SecretFile string
	Idle, Longest      time.Duration
}

// Portal is where the portal listens, where an edge in another process finds it, and what they share.
type Portal struct {
	Listen, URL        string
	Secret, SecretFile string
}

// Log is the form and amount of the log.
type Log struct{ Format, Level string }

// AccessLog is how the requests of the public are noted: in Dir, as Format "combined" or "json", or "off" for not at
// all. A file is full at FileMiB; all together should stay below MaxGiB. KeepDays 0 is what the law asks for.
type AccessLog struct {
	Format, Dir     string
	FileMiB, MaxGiB int
	KeepDays        int
}

// Otel is where traces go; nowhere when empty.
type Otel struct{ Endpoint string }

// Crypto is the suite of new signatures.
type Crypto struct{ Suite string }

// Edge is the memory and the limits of the public listener.
type Edge struct {
	Mirror         string // folder of the copy on the own disk; "" for none
	CacheMiB       int
	BodyMiB        int
	HeaderKiB      int
	RequestTimeout time.Duration
}

// API is how many requests each access token may make: Burst at once, then PerSecond.
type API struct{ PerSecond, Burst int }

// Retention sets which published revisions keep their bytes, when the others are deleted, and how long uploads wait to
// be imported.
type Retention struct {
	For       time.Duration
	Revisions int
	Schedule  string // cron spec, Asia/Shanghai
	Uploads   time.Duration
}

// Roles lists the roles a process can take.
func Roles() []string { return []string{"studio", "portal", "edge", "worker"} }

// HasRole reports whether the process takes the role.
func (c *Config) HasRole(role string) bool {
	return slices.Contains(c.Roles, role)
}

// Default is the configuration of a single process with everything embedded.
func Default() Config {
	return Config{
		DataDir:   "data",
		Roles:     Roles(),
		Bus:       Bus{Replicas: 1},
		Public:    Listener{Listen: "127.0.0.1:8080"},
		Studio:    Listener{Listen: "127.0.0.1:8081"},
		Portal:    Portal{Listen: "127.0.0.1:8082"},
		Session:   Session{Idle: 30 * time.Minute, Longest: 12 * time.Hour},
		Log:       Log{Format: "text", Level: "info"},
		AccessLog: AccessLog{Format: "combined", FileMiB: 256, MaxGiB: 20},
		Crypto:    Crypto{Suite: "ed25519"},
		Edge:      Edge{CacheMiB: 256, BodyMiB: 10, HeaderKiB: 64, RequestTimeout: 30 * time.Second},
		Retention: Retention{
			For: 30 * 24 * time.Hour, Revisions: 20, Schedule: "17 3 * * *", Uploads: 7 * 24 * time.Hour,
		},
		API: API{PerSecond: 50, Burst: 200},
	}
}

// derive fills what follows from other values and returns the keys it set.
func (c *Config) derive() []string {
	var set []string
	fill := func(key string, field *string, value string) {
		if *field == "" {
			*field = value
			set = append(set, key)
		}
	}
	fill("database", &c.Database, "sqlite:"+filepath.Join(c.DataDir, "guiyi.db"))
	fill("access-log.dir", &c.AccessLog.Dir, filepath.Join(c.DataDir, "access"))
	blobs := filepath.Join(c.DataDir, "blob")
	if abs, err := filepath.Abs(blobs); err == nil {
		blobs = abs
	}
	fill("blob", &c.Blob, "dir:"+blobs)
	if host, port, err := net.SplitHostPort(c.Portal.Listen); err == nil {
		if addr, err := netip.ParseAddr(host); host == "" || (err == nil && addr.IsUnspecified()) {
			host = "127.0.0.1"
		}
		fill("portal.url", &c.Portal.URL, "http://"+net.JoinHostPort(host, port))
	}
	return set
}
