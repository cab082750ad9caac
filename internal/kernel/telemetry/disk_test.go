package telemetry

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
)

func TestDiskUse(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"guiyi.db", "guiyi.db-wal", "guiyi.db-shm", "blob/pack/qinghe/00000001-a",
		"blob/cas/ab/cd", "blob/.tmp/x", "search/gen-1/1.zap", "bus/bus.json", "heads/a.json", "keys/a.key"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, 1<<i), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"database": 1 + 4, "wal": 2, "pack": 8, "cas": 16, "unfinished": 32, "search": 64,
		"bus": 128, "heads": 256, "other": 512}
	if got := diskUse(dir); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := diskUse(filepath.Join(dir, "none")); got["database"] != 0 || len(got) != len(want) {
		t.Errorf("of no folder: %v", got)
	}
}
