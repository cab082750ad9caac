package config

import (
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"time"
)

// Config is the configuration of a process. The function options describes each field.
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
	People         People
	TrustedProxies []netip.Prefix
	Log            Log
	AccessLog      AccessLog
	Otel           Otel
	Crypto         Crypto
	Edge           Edge
	Retention      Retention
	API            API
}

// Bus configures the message bus. If URL is empty, the bus is embedded.
type Bus struct {
	URL, Token, Creds, NKey string
	Replicas                int
}

// Listener configures an HTTP listener. It uses TLS if both files are set.
type Listener struct{ Listen, TLSCert, TLSKey string }

// Session configures the sessions of the portal: the secret of the cookies and the maximum times.
type Session struct {
	Secret, SecretFile string
	Idle, Longest      time.Duration
}

// People configures the secret that the second factors of officers are encrypted with.
type People struct{ Secret, SecretFile string }

// Portal configures the address of the portal, its URL for an edge in another process, and the secret that both share.
type Portal struct {
	Listen, URL        string
	Secret, SecretFile string
}

// Log configures format and level of the log.
type Log struct{ Format, Level string }

// AccessLog configures the log of public requests. Format is "combined", "json" or "off". A file is rotated at FileMiB;
// all files together should stay below MaxGiB. KeepDays 0 means the minimum retention period by law.
type AccessLog struct {
	Format, Dir     string
	FileMiB, MaxGiB int
	KeepDays        int
}

// Otel configures the receiver of traces. If Endpoint is empty, no traces are sent.
type Otel struct{ Endpoint string }

// Crypto configures the suite of new signatures.
type Crypto struct{ Suite string }

// Edge configures memory and limits of the edge.
type Edge struct {
	Mirror         string // folder of the mirror; "" = none
	CacheMiB       int
	BodyMiB        int
	HeaderKiB      int
	RequestTimeout time.Duration
}

// API configures the rate limit of each access token: Burst requests at once, then PerSecond.
type API struct{ PerSecond, Burst int }

// Retention configures which revisions keep their bytes, when the bytes of others are deleted, and how long uploads are
// stored.
type Retention struct {
	For       time.Duration
	Revisions int
	Schedule  string // cron spec, Asia/Shanghai
	Uploads   time.Duration
}

// Roles returns all roles of a process.
func Roles() []string { return []string{"studio", "portal", "edge", "worker"} }

// HasRole reports whether the process has the role.
func (c *Config) HasRole(role string) bool {
	return slices.Contains(c.Roles, role)
}

// Default returns the configuration of a single process with all roles, SQLite and the embedded bus.
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

// derive sets the empty values that follow from other values and returns their keys.
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
