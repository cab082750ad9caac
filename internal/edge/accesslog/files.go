package accesslog

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	current    = "access.log"
	dayLayout  = "20060102"
	tempSuffix = ".tmp"
)

// rotated matches the name of a complete file: its day, and its number on that day.
var rotated = regexp.MustCompile(`^access-(\d{8})-(\d{3,6})\.log(\.gz)?$`)

// files manages the files of a log. write and close are called by one goroutine at a time, tidy by another.
type files struct {
	dir           string
	maxFileBytes  int64 // of one file
	maxTotalBytes int64 // of all files
	legalDays     int   // a file is kept this long even above the size limit
	keepDays      int   // a file is removed after this
	zone          *time.Location
	now           func() time.Time
	log           *slog.Logger

	file *os.File // nil before the first write and after an error
	size int64
	day  string // of the open file

	once   sync.Once
	signal chan struct{} // signals that a file is complete
	warned time.Time     // time of the last warning about the size limit
}

func (f *files) rotatedSignal() chan struct{} {
	f.once.Do(func() { f.signal = make(chan struct{}, 1) })
	return f.signal
}

func (f *files) today() string { return f.now().In(f.zone).Format(dayLayout) }

// write appends whole lines and returns the number of bytes written. After an error no partial line remains in the
// file.
func (f *files) write(b []byte) (int, error) {
	if f.file != nil && (f.day != f.today() || f.size >= f.maxFileBytes) {
		if err := f.rotate(); err != nil {
			return 0, err
		}
	}
	if f.file == nil {
		if err := f.open(); err != nil {
			return 0, err
		}
	}
	n, err := f.file.Write(b)
	if err != nil {
		if n > 0 && f.file.Truncate(f.size) == nil {
			n = 0
		}
		f.file.Close()
		f.file = nil
		return n, err
	}
	f.size += int64(n)
	return n, nil
}

// open opens the current file, which may be left from an earlier process. A file of an earlier day is rotated first.
func (f *files) open() error {
	if err := os.MkdirAll(f.dir, 0o750); err != nil {
		return err
	}
	name := filepath.Join(f.dir, current)
	info, err := os.Stat(name)
	if err == nil {
		f.day = info.ModTime().In(f.zone).Format(dayLayout)
		if f.day != f.today() || info.Size() >= f.maxFileBytes {
			if err := f.renameCurrent(); err != nil {
				return err
			}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	if f.size, err = endOfLines(file); err != nil {
		file.Close()
		return err
	}
	f.file, f.day = file, f.today()
	return nil
}

// endOfLines completes a line that a crash cut off, and returns the size of the file.
func endOfLines(file *os.File) (int64, error) {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return 0, err
	}
	last := make([]byte, 1)
	if _, err := file.ReadAt(last, info.Size()-1); err != nil || last[0] == '\n' {
		return info.Size(), err
	}
	n, err := file.WriteString("\n")
	return info.Size() + int64(n), err
}

// rotate closes the current file and renames it.
func (f *files) rotate() error {
	err := f.file.Close()
	f.file = nil
	return errors.Join(err, f.renameCurrent())
}

// renameCurrent renames the current file to its final name.
func (f *files) renameCurrent() error {
	number := 1
	for _, e := range f.list() {
		if e.day == f.day {
			number = max(number, e.number+1)
		}
	}
	if err := os.Rename(filepath.Join(f.dir, current),
		filepath.Join(f.dir, fmt.Sprintf("access-%s-%03d.log", f.day, number))); err != nil {
		return err
	}
	select {
	case f.rotatedSignal() <- struct{}{}:
	default:
	}
	return nil
}

func (f *files) close() error {
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

// rotatedFile is a complete file.
type rotatedFile struct {
	name   string
	day    string
	number int
	bytes  int64
}

// list returns the complete files, the oldest first.
func (f *files) list() (out []rotatedFile) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil // the next write reports the error
	}
	for _, e := range entries {
		m := rotated.FindStringSubmatch(e.Name())
		info, err := e.Info()
		if m == nil || err != nil || !info.Mode().IsRegular() {
			continue
		}
		one := rotatedFile{name: e.Name(), day: m[1], bytes: info.Size()}
		_, _ = fmt.Sscan(strings.TrimLeft(m[2], "0"), &one.number) // digits only
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b rotatedFile) int {
		if a.day != b.day {
			return strings.Compare(a.day, b.day)
		}
		return a.number - b.number
	})
	return out
}

// usage is the size and age of all files.
type usage struct {
	bytes int64
	days  int // from the oldest file to today
}

// tidy compresses complete files and removes those that need not be kept.
func (f *files) tidy(stop <-chan struct{}) (usage, error) {
	var errs []error
	for _, e := range f.list() {
		select {
		case <-stop:
			return usage{}, nil
		default:
		}
		if !strings.HasSuffix(e.name, ".gz") {
			errs = append(errs, f.compress(e.name))
		}
	}
	before := func(days int) string { return f.now().In(f.zone).AddDate(0, 0, -days).Format(dayLayout) }
	all := f.list()
	var total int64
	if info, err := os.Stat(filepath.Join(f.dir, current)); err == nil {
		total = info.Size()
	}
	for _, e := range all {
		total += e.bytes
	}
	for len(all) > 0 && (all[0].day < before(f.keepDays) ||
		all[0].day < before(f.legalDays) && total > f.maxTotalBytes) {
		if err := os.Remove(filepath.Join(f.dir, all[0].name)); err != nil {
			errs = append(errs, err)
			break
		}
		total -= all[0].bytes
		all = all[1:]
	}
	u := usage{bytes: total}
	if len(all) > 0 {
		u.days = f.daysSince(all[0].day)
	}
	f.warn(u)
	return u, errors.Join(errs...)
}

func (f *files) daysSince(day string) int {
	from, err1 := time.Parse(dayLayout, day)
	to, err2 := time.Parse(dayLayout, f.today())
	if err1 != nil || err2 != nil {
		return 0
	}
	return max(0, int(to.Sub(from).Hours()/24))
}

// warn logs, once a day, that the files required by law exceed the size limit, or will at the current rate.
func (f *files) warn(u usage) {
	expected := u.bytes
	if u.days > 0 && u.days < f.legalDays {
		expected = u.bytes / int64(u.days) * int64(f.legalDays)
	}
	now := f.now()
	if expected <= f.maxTotalBytes || now.Sub(f.warned) < 24*time.Hour && !f.warned.IsZero() {
		return
	}
	f.warned = now
	f.log.Warn("access log: more than access-log.max-gib before the days of the law are over; nothing younger is removed: "+
		"give it more room, or move files of complete days to an archive",
		"dir", f.dir, "bytes", u.bytes, "expected_bytes", expected,
		"ceiling_bytes", f.maxTotalBytes, "law_days", f.legalDays)
}

// compress replaces a file by its compressed form. After a crash one of them or both exist.
func (f *files) compress(name string) (err error) {
	plain := filepath.Join(f.dir, name)
	to := plain + ".gz"
	in, err := os.Open(plain)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to+tempSuffix, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	z, _ := gzip.NewWriterLevel(out, gzip.BestSpeed) // the level is valid
	_, err = io.Copy(z, in)
	if err = errors.Join(err, z.Close()); err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(to+tempSuffix))
	}
	if err := os.Rename(to+tempSuffix, to); err != nil {
		return err
	}
	return os.Remove(plain)
}
