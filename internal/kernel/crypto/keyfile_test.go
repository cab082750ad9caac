package crypto

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"guiyi/internal/kernel/fault"
)

func TestSignerIsMadeOnceAndTrusted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	for _, suite := range Suites() {
		first, err := LoadOrCreateSigner(dir, suite)
		if err != nil {
			t.Fatal(err)
		}
		again, err := LoadOrCreateSigner(dir, suite)
		if err != nil {
			t.Fatal(err)
		}
		if first.KeyID() != again.KeyID() || first.Suite() != suite || !slices.Equal(first.Public(), again.Public()) {
			t.Errorf("%s: second load gives key %s, first %s", suite, again.KeyID(), first.KeyID())
		}
		info, err := os.Stat(filepath.Join(dir, suite+".key"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: key file %v, %v; want mode 0600", suite, info.Mode(), err)
		}
		ring, err := LoadRing(dir)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := again.Sign([]byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if err := ring.Verify(suite, first.KeyID(), []byte("x"), sig); err != nil {
			t.Errorf("%s: loaded ring refuses: %v", suite, err)
		}
	}
	ring, err := LoadRing(dir)
	if err != nil || len(ring.KeyIDs()) != 2 {
		t.Errorf("ring = %v, %v; want both keys", ring.KeyIDs(), err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".tmp-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files left: %v %v", left, err)
	}
}

func TestConcurrentCreationYieldsOneKey(t *testing.T) {
	dir := t.TempDir()
	ids := make([]string, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			s, err := LoadOrCreateSigner(dir, Ed25519)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = s.KeyID()
		})
	}
	wg.Wait()
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) != 1 {
		t.Errorf("keys = %v, want one", ids)
	}
}

func TestSignerFileRefused(t *testing.T) {
	good := t.TempDir()
	if _, err := LoadOrCreateSigner(good, Ed25519); err != nil {
		t.Fatal(err)
	}
	pemText, err := os.ReadFile(filepath.Join(good, "ed25519.key"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		suite, text string
		mode        os.FileMode
		says        string
	}{
		"group can read":   {Ed25519, string(pemText), 0o640, "chmod 600"},
		"world can read":   {Ed25519, string(pemText), 0o604, "chmod 600"},
		"other suite":      {SM2, string(pemText), 0o600, "不属于套件"},
		"empty":            {Ed25519, "", 0o600, "PEM"},
		"two blocks":       {Ed25519, string(pemText) + string(pemText), 0o600, "PEM"},
		"public key block": {Ed25519, strings.ReplaceAll(string(pemText), "PRIVATE", "PUBLIC"), 0o600, "PEM"},
		"broken DER": {Ed25519, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 0o600,
			"PKCS#8"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, c.suite+".key")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			s, err := LoadOrCreateSigner(dir, c.suite)
			if err == nil || s != nil || !strings.Contains(fault.Text(err), c.says) {
				t.Errorf("= %v, %v; want an error that says %q", s, err, c.says)
			}
			if now, err := os.ReadFile(path); err != nil || string(now) != c.text {
				t.Error("a refused key file was changed")
			}
		})
	}
	if _, err := LoadOrCreateSigner(t.TempDir(), "rsa"); !fault.Is(err, fault.Unsupported) {
		t.Errorf("unknown suite: %v", err)
	}
}

func TestLoadRingRefusesJunk(t *testing.T) {
	if _, err := LoadRing(filepath.Join(t.TempDir(), "none")); !fault.Is(err, fault.NotFound) {
		t.Errorf("missing directory: %v", err)
	}
	// A P-256 key: well formed, but of no suite.
	p256 := "-----BEGIN PUBLIC KEY-----\n" +
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n" +
		"6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n" +
		"-----END PUBLIC KEY-----\n"
	for name, text := range map[string]string{"junk": "hello", "empty": "", "other algorithm": p256} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a.pub"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadRing(dir); err == nil || !strings.Contains(fault.Text(err), "a.pub") {
			t.Errorf("%s: err = %v, want one that names the file", name, err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "README"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if ring, err := LoadRing(dir); err != nil || len(ring.KeyIDs()) != 0 {
		t.Errorf("directory without keys: %v", err)
	}
}
