package app

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"guiyi/internal/app/config"
)

// TestPortalSecret: a secret is made once for a data folder, whoever starts first, and nobody else may read it.
func TestPortalSecret(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, portalSecret)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := portalSeal(config.Config{DataDir: dir}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	first, err := os.ReadFile(path)
	if err != nil || len(strings.TrimSpace(string(first))) < 32 {
		t.Fatalf("%q %v", first, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left over: %v %v", files, err)
	}
	if _, err := portalSeal(config.Config{DataDir: dir}); err != nil {
		t.Error(err)
	}
	if again, err := os.ReadFile(path); err != nil || string(again) != string(first) {
		t.Error("the secret was made twice")
	}
}

func TestPortalSecretSources(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const long = "a secret of at least thirty-two bytes"
	one, two := strings.ReplaceAll(long, " ", "-"), strings.ReplaceAll(long, " ", "+")
	for name, c := range map[string]struct {
		portal config.Portal
		good   bool
	}{
		"option":           {config.Portal{Secret: one}, true},
		"option with two":  {config.Portal{Secret: one + "," + two}, true},
		"short option":     {config.Portal{Secret: "short"}, false},
		"file":             {config.Portal{SecretFile: file("a", one+"\n")}, true},
		"file with two":    {config.Portal{SecretFile: file("b", one+"\n"+two+"\n\n")}, true},
		"file with spaces": {config.Portal{SecretFile: file("c", "  "+one+" \r\n")}, true},
		"empty file":       {config.Portal{SecretFile: file("d", "")}, false},
		"short file":       {config.Portal{SecretFile: file("e", "short-secret")}, false},
		"no such file":     {config.Portal{SecretFile: filepath.Join(dir, "none")}, false},
		"a folder":         {config.Portal{SecretFile: dir}, false},
	} {
		_, err := portalSeal(config.Config{DataDir: t.TempDir(), Portal: c.portal})
		if (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "short-secret") {
			t.Errorf("%s: the error shows the secret: %v", name, err)
		}
	}
	data := t.TempDir()
	if _, err := portalSeal(config.Config{DataDir: data, Portal: config.Portal{Secret: one}}); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(data); err != nil || len(files) != 0 {
		t.Errorf("a secret is made although one is given: %v %v", files, err)
	}
}

// TestSessionSecret: sessions have a secret of their own, which is not the one that edges have.
func TestSessionSecret(t *testing.T) {
	cfg := config.Default()
	cfg.DataDir = t.TempDir()
	if _, _, err := openSessions(cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := portalSeal(cfg); err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile(filepath.Join(cfg.DataDir, sessionSecret))
	if err != nil {
		t.Fatal(err)
	}
	shared, err := os.ReadFile(filepath.Join(cfg.DataDir, portalSecret))
	if err != nil || string(own) == string(shared) {
		t.Errorf("an edge has the secret of sessions: %v", err)
	}
	cfg.Session.Secret = "short"
	if _, _, err := openSessions(cfg); err == nil {
		t.Error("a short secret is taken")
	}
	cfg.Session.Secret, cfg.Session.Idle = strings.Repeat("x", 32), 0
	if _, _, err := openSessions(cfg); err == nil {
		t.Error("sessions without end")
	}
}
