package app

import (
	"io"
	"runtime"
	"testing"
	"time"
)

// TestStagesCountDifferentThings: a stage of a quarter of a thousand million bytes is followed by one of
// thirty tables. One bar for both would draw millions of times its width.
func TestStagesCountDifferentThings(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	stage := (&cli{out: io.Discard, err: io.Discard}).stages()
	stage("存储对象", 1<<28, 0)
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); { // a bar is drawn ten times a second
		stage("核对数据表", 1, 30)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
		t.Errorf("%d MiB allocated to show progress", grown>>20)
	}
}
