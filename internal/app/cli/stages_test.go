package cli

import (
	"bytes"
	"runtime"
	"testing"
	"time"
)

// TestStagesStaySmall: a stage that counts bytes comes before one that counts tables.
func TestStagesStaySmall(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	show := (&cli{err: &bytes.Buffer{}}).stages()
	for _, s := range []struct {
		what        string
		done, total int64
	}{{"检查备份", 300 << 20, 0}, {"数据表 a", 600_000, 0}, {"存储对象", 300 << 20, 0}, {"核对数据表", 0, 41}, {"核对数据表", 40, 41}} {
		// it draws itself ten times a second
		for end := time.Now().Add(150 * time.Millisecond); time.Now().Before(end); {
			show(s.what, s.done, s.total)
		}
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 256<<20 {
		t.Errorf("showing the progress took %d MiB", n>>20)
	}
}
