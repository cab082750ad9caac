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
	current   = "access.log"
	dayLayout = "20060102"
	unfinish  = ".tmp"
)

// rotated is the name of a file that is full or of an older day: its day, and its number on that day.
var rotated = regexp.MustCompile(`^access-(\d{8})-(\d{3,6})\.log(\.gz)?$`)

// files are the files of a log. write and close are called by one goroutine at a time; tidy by another.
type files struct {
	dir     string
	most    int64 // bytes of a file
	ceiling int64 // bytes of all
	law     int   // days that are kept whatever the ceiling
	keep    int   // days that are kept
	zone    *time.Location
	now     func() time.Time
	log     *slog.Logger

	file *os.File // nil before the first write and after an error
	size int64
	day  string // of the open file

	once sync.Once
	turn chan struct{} // a file was closed for good
	told time.Time     // of the last warning about the ceiling
}

func (f *files) turned() chan struct{} {
	f.once.Do(func() { f.turn = make(chan struct{}, 1) })
	return f.turn
}

func (f *files) today() string { return f.now().In(f.zone).Format(dayLayout) }

// write appends whole lines and returns how many bytes are in the file. After an error no part of a line is.
func (f *files) write(b []byte) (int, error) {
	if f.file != nil && (f.day != f.today() || f.size >= f.most) {
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

// open opens the current file, which a process before may have left; one of another day is put aside first.
func (f *files) open() error {
	if err := os.MkdirAll(f.dir, 0o750); err != nil {
		return err
	}
	name := filepath.Join(f.dir, current)
	info, err := os.Stat(name)
	if err == nil {
		f.day = info.ModTime().In(f.zone).Format(dayLayout)
		if f.day != f.today() || info.Size() >= f.most {
			if err := f.aside(); err != nil {
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

// endOfLines ends a line that was cut off by a crash of the machine, and returns the size of the file.
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

// rotate closes the current file and puts it aside.
func (f *files) rotate() error {
	err := f.file.Close()
	f.file = nil
	return errors.Join(err, f.aside())
}

// aside gives the current file its final name.
func (f *files) aside() error {
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
	case f.turned() <- struct{}{}:
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

// old is a file that is written no more.
type old struct {
	name   string
	day    string
	number int
	bytes  int64
}

// list returns the files that are written no more, the oldest first.
func (f *files) list() (out []old) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil // the next write says what is the matter
	}
	for _, e := range entries {
		m := rotated.FindStringSubmatch(e.Name())
		info, err := e.Info()
		if m == nil || err != nil || !info.Mode().IsRegular() {
			continue
		}
		one := old{name: e.Name(), day: m[1], bytes: info.Size()}
		_, _ = fmt.Sscan(strings.TrimLeft(m[2], "0"), &one.number) // digits only
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b old) int {
		if a.day != b.day {
			return strings.Compare(a.day, b.day)
		}
		return a.number - b.number
	})
	return out
}

// use is how much there is.
type use struct {
	bytes int64
	days  int // from the oldest file to today
}

// tidy compresses what is complete and removes what is older than it must be.
func (f *files) tidy(stop <-chan struct{}) (use, error) {
	var errs []error
	for _, e := range f.list() {
		select {
		case <-stop:
			return use{}, nil
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
	for len(all) > 0 && (all[0].day < before(f.keep) || all[0].day < before(f.law) && total > f.ceiling) {
		if err := os.Remove(filepath.Join(f.dir, all[0].name)); err != nil {
			errs = append(errs, err)
			break
		}
		total -= all[0].bytes
		all = all[1:]
	}
	u := use{bytes: total}
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

// warn says, once a day, that what the law wants kept does not fit below the ceiling, or will not at this rate.
func (f *files) warn(u use) {
	expected := u.bytes
	if u.days > 0 && u.days < f.law {
		expected = u.bytes / int64(u.days) * int64(f.law)
	}
	now := f.now()
	if expected <= f.ceiling || now.Sub(f.told) < 24*time.Hour && !f.told.IsZero() {
		return
	}
	f.told = now
	f.log.Warn("access log: more than access-log.max-gib before the days of the law are over; nothing younger is removed: "+
		"give it more room, or move files of complete days to an archive",
		"dir", f.dir, "bytes", u.bytes, "expected_bytes", expected, "ceiling_bytes", f.ceiling, "law_days", f.law)
}

// compress replaces a file by its compressed form. A crash leaves either, or both; never none.
func (f *files) compress(name string) (err error) {
	plain := filepath.Join(f.dir, name)
	to := plain + ".gz"
	in, err := os.Open(plain)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to+unfinish, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	z, _ := gzip.NewWriterLevel(out, gzip.BestSpeed) // a known level
	_, err = io.Copy(z, in)
	if err = errors.Join(err, z.Close()); err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(to+unfinish))
	}
	if err := os.Rename(to+unfinish, to); err != nil {
		return err
	}
	return os.Remove(plain)
}
