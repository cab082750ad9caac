package disk

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

const (
	// probeEvery is how often Watch writes to the folder at most, runEvery how often Run does.
	probeEvery = time.Second
	runEvery   = 10 * time.Second
	// logEvery is how often Watch logs the same trouble at most.
	logEvery = time.Minute
	// probeSize is the size of a probe file in bytes: more than a file system stores inline in the directory.
	probeSize = 16 << 10
	probeName = ".write-probe-"
)

// Free returns the bytes of the file system of a folder that are free for us, and all of them.
func Free(dir string) (free, total int64, err error) {
	var at syscall.Statfs_t
	if err := syscall.Statfs(dir, &at); err != nil {
		return 0, 0, err
	}
	size := int64(at.Bsize)                                      // types differ between systems
	return int64(at.Bavail) * size, int64(at.Blocks) * size, nil // below 2^63
}

// Probe reports whether a folder can be written, by writing a small file and removing it again.
func Probe(dir string) (err error) {
	f, err := os.CreateTemp(dir, probeName+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, probeSize))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}

// Watch checks whether folders can be written. It may be used by many goroutines at once.
type Watch struct {
	dirs []string
	log  *slog.Logger
	now  func() time.Time

	mu     sync.Mutex
	probed time.Time // when err was found
	err    error
	logged time.Time
}

// NewWatch watches folders; a missing folder is not an error and is not checked. Files of interrupted probes are
// removed.
func NewWatch(log *slog.Logger, now func() time.Time, dirs ...string) *Watch {
	for _, dir := range dirs {
		left, _ := filepath.Glob(filepath.Join(dir, probeName+"*")) // the pattern is good
		for _, name := range left {
			_ = os.Remove(name)
		}
	}
	return &Watch{dirs: dirs, log: log, now: now}
}

// Check returns nil while all folders can be written. It writes at most once a second, and logs a failure once a
// minute and its end once.
func (w *Watch) Check(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if !w.probed.IsZero() && now.Sub(w.probed) < probeEvery && !now.Before(w.probed) && !w.almostFull() {
		return w.err
	}
	before := w.err
	w.probed, w.err = now, w.probe()
	switch {
	case w.err == nil && before != nil:
		w.log.InfoContext(ctx, "disk can be written again")
		w.logged = time.Time{}
	case w.err != nil && (w.logged.IsZero() || now.Sub(w.logged) >= logEvery):
		w.log.ErrorContext(ctx, "disk cannot be written; public pages go on", "err", w.err)
		w.logged = now
	}
	return w.err
}

// almostFull reports whether a folder that could be written has hardly any space now.
func (w *Watch) almostFull() bool {
	return w.err == nil && slices.ContainsFunc(w.dirs, func(dir string) bool {
		free, _, err := Free(dir)
		return err == nil && free < 4*probeSize
	})
}

func (w *Watch) probe() error {
	for _, dir := range w.dirs {
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := Probe(dir); err != nil {
			free, _, _ := Free(dir) // 0 is a good guess
			return Fault(err, "%s 无法写入（剩余 %d MiB）", dir, free>>20)
		}
	}
	return nil
}

// Run checks until ctx ends, so that failures are logged even when nobody requests /readyz.
func (w *Watch) Run(ctx context.Context) {
	for ctx.Err() == nil {
		_ = w.Check(ctx) // logged there
		select {
		case <-ctx.Done():
		case <-time.After(runEvery):
		}
	}
}
