package bleveindex

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/search"
	"guiyi/internal/search/indextest"
)

func TestConformance(t *testing.T) { indextest.Run(t, Open) }

func filled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	d, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Apply(t.Context(),
		search.Batch{Put: []search.Entry{{ID: "a", Counts: map[string]map[string]int{search.FieldPairs: {"公积": 1}},
			Stored: []byte("a")}}, Meta: []byte("{}")})
	if err = errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestDamageIsFound(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, path string){
		"byte changed": func(t *testing.T, path string) {
			rewrite(t, path, func(b []byte) []byte { b[len(b)/3] ^= 0x40; return b })
		},
		"truncated": func(t *testing.T, path string) {
			rewrite(t, path,
				func(b []byte) []byte { return b[:len(b)/2] })
		},
		"empty": func(t *testing.T, path string) { rewrite(t, path, func([]byte) []byte { return nil }) },
		"removed": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filled(t)
			segments, _ := filepath.Glob(filepath.Join(dir, "*.zap"))
			if len(segments) == 0 {
				t.Fatal("no segment file")
			}
			for _, s := range segments {
				damage(t, s)
			}
			if d, err := Open(t.Context(), dir); !errors.Is(err, search.ErrCorrupt) {
				t.Errorf("opened: %v %v", d, err)
			}
		})
	}
}

func TestDamagedRootIsFound(t *testing.T) {
	dir := filled(t)
	rewrite(t, filepath.Join(dir, "root.bolt"), func(b []byte) []byte { clear(b[:16384]); return b })
	if _, err := Open(t.Context(), dir); !errors.Is(err, search.ErrCorrupt) {
		t.Errorf("%v", err)
	}
}

func TestLeftOverFilesAreNoDamage(t *testing.T) {
	dir := filled(t)
	if err := os.WriteFile(filepath.Join(dir, "0000000000ff.zap"), []byte("half a segment"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFolderInUse(t *testing.T) {
	dir := filled(t)
	d, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := Open(t.Context(), dir); !fault.Is(err, fault.Unavailable) || errors.Is(err, search.ErrCorrupt) {
		t.Errorf("second opening: %v", err)
	}
}

func rewrite(t *testing.T, path string, f func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, f(b), 0o600); err != nil {
		t.Fatal(err)
	}
}
