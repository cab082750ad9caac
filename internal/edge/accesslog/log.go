package accesslog

import (
	_ "embed" // rules.yaml
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
)

// Forms of the log.
const (
	Combined = "combined"
	JSON     = "json"
	Off      = "off"
)

// Options say how the log is kept. A zero size takes the default.
type Options struct {
	// Dir is where the files are; it is made when it is missing.
	Dir string
	// Format is Combined or JSON.
	Format string
	// FileBytes is the size at which a file is full; default 256 MiB.
	FileBytes int64
	// CeilingBytes is what all files together should not exceed; default 20 GiB.
	CeilingBytes int64
	// KeepDays is how long files are kept at most while there is room; less than the law asks for is an error, 0 means
	// what the law asks for.
	KeepDays int
	// BufferBytes bounds what waits in memory for the disk; default 4 MiB.
	BufferBytes int
	// Zone is that of times and days.
	Zone *time.Location
	// Log gets what an operator must know.
	Log *slog.Logger
	// Metrics may be nil.
	Metrics prometheus.Registerer
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	flushEvery = 500 * time.Millisecond
	tidyEvery  = time.Hour
	quietTime  = time.Minute // between two messages about the same trouble
)

// Log is an access log. It may be used by many goroutines at once.
type Log struct {
	files   *files
	asJSON  bool
	times   stamper
	now     func() time.Time
	metrics *metrics
	report  *slog.Logger
	most    int
	lines   sync.Pool // of *[]byte

	mu      sync.Mutex // of the buffer
	buffer  []byte
	waiting int64 // lines in it
	lost    int64 // lines that found no room
	trouble error // of the last write

	disk    sync.Mutex // of what follows and of files: one writer at a time
	pending []byte     // taken from the buffer, not written yet
	failed  bool       // there was trouble since lost lines were told last
	told    time.Time

	full chan struct{}
	stop chan struct{}
	done sync.WaitGroup
}

//go:embed rules.yaml
var ruleText []byte

// LawDays is how many days a line must be kept at the moment now.
func LawDays(now time.Time) (int, error) {
	rows, err := rule.Parse(ruleText)
	if err != nil {
		return 0, err
	}
	return rule.NewBook(rows).Int("accesslog.keep.days", now)
}

// Open begins to keep a log. A disk that cannot be written is no error: it is reported, and tried again.
func Open(o Options) (*Log, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	law, err := LawDays(o.Now())
	if err != nil {
		return nil, err
	}
	if o.KeepDays != 0 && o.KeepDays < law {
		return nil, fault.New(fault.Invalid, "访问日志至少留存 %d 天（网络安全法），不能设为 %d 天", law, o.KeepDays)
	}
	l := &Log{
		asJSON:  o.Format == JSON,
		now:     o.Now,
		metrics: newMetrics(),
		report:  o.Log,
		most:    int(positive(int64(o.BufferBytes), 4<<20)),
		full:    make(chan struct{}, 1),
		stop:    make(chan struct{}),
		files: &files{
			dir:     o.Dir,
			most:    positive(o.FileBytes, 256<<20),
			ceiling: positive(o.CeilingBytes, 20<<30),
			law:     law,
			keep:    max(law, o.KeepDays),
			zone:    o.Zone,
			now:     o.Now,
			log:     o.Log,
		},
	}
	l.lines.New = func() any { b := make([]byte, 0, 512); return &b }
	l.times = stamper{layout: combinedTime, zone: o.Zone}
	if l.asJSON {
		l.times.layout = jsonTime
	}
	if o.Metrics != nil {
		if err := l.metrics.register(o.Metrics); err != nil {
			return nil, fault.Wrap(fault.Internal, err, "无法登记访问日志的指标")
		}
	}
	l.done.Go(l.flushing)
	l.done.Go(l.tidying)
	return l, nil
}

func positive(v, otherwise int64) int64 {
	if v > 0 {
		return v
	}
	return otherwise
}

// Add notes a request. It does not wait for the disk.
func (l *Log) Add(r *Record) {
	line := l.lines.Get().(*[]byte)
	if l.asJSON {
		*line = l.json((*line)[:0], r)
	} else {
		*line = l.combined((*line)[:0], r)
	}
	l.mu.Lock()
	if len(l.buffer)+len(*line) > l.most {
		l.lost++
	} else {
		l.buffer = append(l.buffer, *line...)
		l.waiting++
	}
	half := len(l.buffer) > l.most/2
	l.mu.Unlock()
	l.lines.Put(line)
	if half {
		select {
		case l.full <- struct{}{}:
		default:
		}
	}
}

func (l *Log) flushing() {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
		case <-l.full:
		}
		_ = l.Flush() // reported there
	}
}

func (l *Log) tidying() {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		l.tidy()
		select {
		case <-l.stop:
			return
		case <-tick.C:
		case <-l.files.turned():
		}
	}
}

// tidy compresses, removes what is older than it must be, and notes how much there is.
func (l *Log) tidy() {
	use, err := l.files.tidy(l.stop)
	if err != nil {
		l.report.Error("access log: files not tidied", "dir", l.files.dir, "err", err)
	}
	l.metrics.bytes.Set(float64(use.bytes))
	l.metrics.days.Set(float64(use.days))
}

// Flush writes what waits. On an error it waits on, as far as there is room.
func (l *Log) Flush() error {
	l.disk.Lock()
	defer l.disk.Unlock()
	if len(l.pending) == 0 {
		l.take()
	}
	for len(l.pending) > 0 {
		n, err := l.files.write(l.pending)
		l.pending = l.pending[:copy(l.pending, l.pending[n:])]
		l.mu.Lock()
		l.trouble = err
		l.mu.Unlock()
		if err != nil {
			l.failed = true
			l.tell(err)
			return err
		}
		l.take() // what came meanwhile, and how much was lost
	}
	return nil
}

// take moves the buffer to pending, which is empty. It needs the lock of the disk.
func (l *Log) take() {
	l.mu.Lock()
	l.buffer, l.pending = l.pending, l.buffer
	lines, lost := l.waiting, l.lost
	l.waiting, l.lost = 0, 0
	l.mu.Unlock()
	l.metrics.lines.Add(float64(lines))
	if lost == 0 {
		return
	}
	cause := "buffer full"
	if l.failed {
		cause, l.failed = "disk", false
	}
	l.metrics.lost.WithLabelValues(cause).Add(float64(lost))
	l.pending = append(l.pending, l.gap(lost, cause)...)
}

// tell reports trouble, once a minute.
func (l *Log) tell(err error) {
	if now := l.now(); now.Sub(l.told) >= quietTime || now.Before(l.told) {
		l.told = now
		l.report.Error("access log: not written, lines wait in memory", "dir", l.files.dir, "err", err)
	}
}

// Check says whether the last line could be written, for the readiness of the process.
func (l *Log) Check() error {
	l.mu.Lock()
	err := l.trouble
	l.mu.Unlock()
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Unavailable, err, "访问日志写不进 %s，请检查磁盘空间和权限；网站照常服务", l.files.dir)
}

// Close writes what is left and ends the log.
func (l *Log) Close() error {
	close(l.stop)
	l.done.Wait()
	return errors.Join(l.Flush(), l.files.close())
}
