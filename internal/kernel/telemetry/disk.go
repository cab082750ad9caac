package telemetry

import (
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// diskEvery is how old a measurement of the disk may be. A large store, which takes long to walk, is measured less
// often, so that walking takes at most 1/diskShare of the time.
const (
	diskEvery = 15 * time.Second
	diskShare = 100
)

// diskMetrics shows the size of the data folder, by purpose.
type diskMetrics struct {
	dir  string
	desc *prometheus.Desc

	mu   sync.Mutex
	next time.Time
	size map[string]int64 // bytes
}

// Disk returns the gauge guiyi_disk_bytes of a data folder, by part.
func Disk(dir string) prometheus.Collector {
	return &diskMetrics{dir: dir, desc: prometheus.NewDesc("guiyi_disk_bytes",
		"Bytes of the data folder on this machine, by part.", []string{"part"}, nil)}
}

// Describe implements prometheus.Collector.
func (d *diskMetrics) Describe(out chan<- *prometheus.Desc) { out <- d.desc }

// Collect implements prometheus.Collector.
func (d *diskMetrics) Collect(out chan<- prometheus.Metric) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if began := time.Now(); began.After(d.next) {
		d.size = diskUse(d.dir)
		d.next = time.Now().Add(max(diskEvery, diskShare*time.Since(began)))
	}
	for part, n := range d.size {
		out <- prometheus.MustNewConstMetric(d.desc, prometheus.GaugeValue, float64(n), part)
	}
}

// diskParts are the parts with a value of their own, by path prefix below the data folder; the first match counts.
var diskParts = []struct{ prefix, part string }{
	{"guiyi.db-wal", "wal"}, {"guiyi.db", "database"}, {"blob/pack/", "pack"}, {"blob/cas/", "cas"},
	{"blob/.tmp/", "unfinished"},
	{"search/", "search"}, {"bus/", "bus"}, {"heads/", "heads"}, {"", "other"},
}

// diskUse measures a data folder. Files removed while it runs are left out.
func diskUse(dir string) map[string]int64 {
	out := map[string]int64{}
	for _, p := range diskParts {
		out[p.part] = 0
	}
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return nil
		}
		for _, p := range diskParts {
			if strings.HasPrefix(filepath.ToSlash(rel), p.prefix) {
				out[p.part] += info.Size()
				break
			}
		}
		return nil
	})
	return out
}
