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

// Formats of the log.
const (
	Combined = "combined"
	JSON     = "json"
	Off      = "off"
)

// Options configure the log. A size of zero means the default.
type Options struct {
	// Dir is the folder of the files; it is created when missing.
	Dir string
	// Format is Combined or JSON.
	Format string
	// FileBytes is the size at which a file is rotated; default 256 MiB.
	FileBytes int64
	// CeilingBytes is the intended maximum size of all files together; default 20 GiB.
	CeilingBytes int64
	// KeepDays is the number of days after which files are removed. 0 means the legal minimum; a smaller number than
	// that is an error.
	KeepDays int
	// BufferBytes bounds the lines that wait in memory for the disk; default 4 MiB.
	BufferBytes int
	// Zone is the time zone of times and days.
	Zone *time.Location
	// Log receives the messages for the operator.
	Log *slog.Logger
	// Metrics may be nil.
	Metrics prometheus.Registerer
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	flushEvery = 500 * time.Millisecond
	tidyEvery  = time.Hour
	quietTime  = time.Minute // between two messages about the same error
)

// Log is an access log, safe for concurrent use.
type Log struct {
	files     *files
	asJSON    bool
	times     stamper
	now       func() time.Time
	metrics   *metrics
	report    *slog.Logger
	maxBuffer int
	lines     sync.Pool // of *[]byte

	mu      sync.Mutex // of the buffer
	buffer  []byte
	waiting int64 // lines in the buffer
	lost    int64 // lines dropped because the buffer was full
	trouble error // error of the last write

	disk     sync.Mutex // guards the fields below and files: one writer at a time
	pending  []byte     // taken from the buffer, not written yet
	failed   bool       // a write failed since the last report of lost lines
	reported time.Time

	full chan struct{}
	stop chan struct{}
	done sync.WaitGroup
}

//go:embed rules.yaml
var ruleText []byte

// LawDays returns the number of days for which the law requires lines to be kept, at the time now.
func LawDays(now time.Time) (int, error) {
	rows, err := rule.Parse(ruleText)
	if err != nil {
		return 0, err
	}
	return rule.NewBook(rows).Int("accesslog.keep.days", now)
}

// Open opens a log. A disk that cannot be written is not an error: it is logged, and each flush tries again.
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
		asJSON:    o.Format == JSON,
		now:       o.Now,
		metrics:   newMetrics(),
		report:    o.Log,
		maxBuffer: int(positive(int64(o.BufferBytes), 4<<20)),
		full:      make(chan struct{}, 1),
		stop:      make(chan struct{}),
		files: &files{
			dir:           o.Dir,
			maxFileBytes:  positive(o.FileBytes, 256<<20),
			maxTotalBytes: positive(o.CeilingBytes, 20<<30),
			legalDays:     law,
			keepDays:      max(law, o.KeepDays),
			zone:          o.Zone,
			now:           o.Now,
			log:           o.Log,
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

// Add buffers a record. It does not wait for the disk.
func (l *Log) Add(r *Record) {
	line := l.lines.Get().(*[]byte)
	if l.asJSON {
		*line = l.json((*line)[:0], r)
	} else {
		*line = l.combined((*line)[:0], r)
	}
	l.mu.Lock()
	if len(l.buffer)+len(*line) > l.maxBuffer {
		l.lost++
	} else {
		l.buffer = append(l.buffer, *line...)
		l.waiting++
	}
	half := len(l.buffer) > l.maxBuffer/2
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
		_ = l.Flush() // Flush logs the error
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
		case <-l.files.rotatedSignal():
		}
	}
}

// tidy compresses and removes files, and updates the metrics of their size.
func (l *Log) tidy() {
	use, err := l.files.tidy(l.stop)
	if err != nil {
		l.report.Error("access log: files not tidied", "dir", l.files.dir, "err", err)
	}
	l.metrics.bytes.Set(float64(use.bytes))
	l.metrics.days.Set(float64(use.days))
}

// Flush writes the buffered lines. After an error they stay in memory, as far as there is room.
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
			l.logError(err)
			return err
		}
		l.take() // lines added meanwhile, and the number of lost ones
	}
	return nil
}

// take moves the buffer to pending, which must be empty. The caller holds the lock of the disk.
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

// logError logs an error, at most once a minute.
func (l *Log) logError(err error) {
	if now := l.now(); now.Sub(l.reported) >= quietTime || now.Before(l.reported) {
		l.reported = now
		l.report.Error("access log: not written, lines wait in memory", "dir", l.files.dir, "err", err)
	}
}

// Check returns the error of the last write, for the readiness probe.
func (l *Log) Check() error {
	l.mu.Lock()
	err := l.trouble
	l.mu.Unlock()
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Unavailable, err, "访问日志写不进 %s，请检查磁盘空间和权限；网站照常服务", l.files.dir)
}

// Close writes the remaining lines and closes the log.
func (l *Log) Close() error {
	close(l.stop)
	l.done.Wait()
	return errors.Join(l.Flush(), l.files.close())
}
