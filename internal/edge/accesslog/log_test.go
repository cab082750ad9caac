package accesslog

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// newClock starts at one minute before midnight in Shanghai.
func newClock() *clock { return &clock{t: time.Date(2026, 11, 29, 15, 59, 0, 0, time.UTC)} }

func openLog(t *testing.T, c *clock, edit func(*Options)) *Log {
	t.Helper()
	o := Options{Dir: filepath.Join(t.TempDir(), "access"), Format: Combined, Log: slog.New(slog.DiscardHandler),
		Zone: time.FixedZone("CST", 8*3600), Now: c.now, Metrics: prometheus.NewRegistry()}
	if edit != nil {
		edit(&o)
	}
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func sample(c *clock) *Record {
	return &Record{At: c.now(), Took: 1234567, Client: netip.MustParseAddr("203.0.113.9"), Host: "www.qinghe.gov.cn",
		Method: "GET", Target: "/zwgk/?page=2&phone=1", Proto: "HTTP/1.1", Status: 200, Bytes: 321,
		Referrer: "https://www.gov.cn/", Agent: "Mozilla/5.0 (X11)", ID: "abcd-1"}
}

func read(t *testing.T, l *Log, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(l.files.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if b, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return string(b)
}

func names(t *testing.T, l *Log) string {
	t.Helper()
	entries, err := os.ReadDir(l.files.dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func TestCombined(t *testing.T) {
	c := newClock()
	l := openLog(t, c, nil)
	l.Add(sample(c))
	l.Add(&Record{At: c.now(), Method: "GET", Target: "/", Proto: "HTTP/2.0", Status: 304})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	want := `203.0.113.9 - - [29/Nov/2026:23:59:00 +0800] "GET /zwgk/?page=2&phone=*** HTTP/1.1" 200 321 ` +
		`"https://www.gov.cn/" "Mozilla/5.0 (X11)" "www.qinghe.gov.cn" 0.001235 abcd-1` + "\n" +
		`- - - [29/Nov/2026:23:59:00 +0800] "GET / HTTP/2.0" 304 0 "-" "-" "-" 0.000000 -` + "\n"
	if got := read(t, l, current); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestJSON(t *testing.T) {
	c := newClock()
	l := openLog(t, c, func(o *Options) { o.Format = JSON })
	l.Add(sample(c))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(read(t, l, current)), &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"time": "2026-11-29T23:59:00+08:00", "client": "203.0.113.9",
		"host": "www.qinghe.gov.cn", "method": "GET", "target": "/zwgk/?page=2&phone=***", "protocol": "HTTP/1.1",
		"status": 200.0, "bytes": 321.0, "seconds": 0.001235, "referrer": "https://www.gov.cn/",
		"agent": "Mozilla/5.0 (X11)", "request_id": "abcd-1"} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if len(got) != 12 {
		t.Errorf("%d fields: %v", len(got), got)
	}
}

// No field can end its line or its field, or reach the terminal of who reads the log.
func TestInjection(t *testing.T) {
	combined := regexp.MustCompile(`^\S+ - - \[[^\]]+\] "[^"]*" \d{3} \d+ "[^"]*" "[^"]*" "[^"]*" \d+\.\d{6} \S+$`)
	for _, bad := range []string{"a\nb", "a\r\n203.0.113.1 - - x", `a" 200 1 "b`, `a\`, "\x1b[31mred", "\x00",
		"\x7f\x9b31m",
		"\xff\xfe", "a\u2028b", "\u202etxt.exe", "\u0085", "", "中文 ok", strings.Repeat("长", 4000), `\x22`, "\t",
		"𠮷\U000e0001"} {
		c := newClock()
		for _, format := range []string{Combined, JSON} {
			l := openLog(t, c, func(o *Options) { o.Format = format })
			r := sample(c)
			r.Host, r.Method, r.Target, r.Referrer, r.Agent = bad, bad, "/"+bad+"?"+bad, bad, bad
			l.Add(r)
			l.Add(sample(c))
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			text := read(t, l, current)
			if strings.Count(text, "\n") != 2 ||
				strings.ContainsAny(text, "\x00\x1b\r\t\x7f\u2028\u202e\u0085\U000e0001") {
				t.Errorf("%s with %.20q: %q", format, bad, text)
			}
			first, _, _ := strings.Cut(text, "\n")
			if len(first) > 15_000 {
				t.Errorf("%s with %.20q: %d bytes", format, bad, len(first))
			}
			if format == JSON && !json.Valid([]byte(first)) || format == Combined && !combined.MatchString(first) {
				t.Errorf("%s with %.20q: %s", format, bad, first)
			}
		}
	}
}

func TestDaysAndSizes(t *testing.T) {
	c := newClock()
	l := openLog(t, c, func(o *Options) { o.FileBytes = 300 })
	for i := range 4 { // two lines fill a file
		r := sample(c)
		r.ID = fmt.Sprint("today-", i)
		l.Add(r)
		if err := l.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	c.add(2 * time.Minute) // another day in Shanghai, the same in Greenwich
	r := sample(c)
	r.ID = "tomorrow"
	l.Add(r)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l.tidyNow(t)
	if got := names(t, l); got != "access-20261129-001.log.gz access-20261129-002.log.gz access.log" {
		t.Fatal(got)
	}
	for name, want := range map[string]string{"access-20261129-001.log.gz": "today-0 today-1",
		"access-20261129-002.log.gz": "today-2 today-3", current: "tomorrow"} {
		var ids []string
		for line := range strings.Lines(read(t, l, name)) {
			ids = append(ids, line[strings.LastIndexByte(line, ' ')+1:len(line)-1])
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s has %q, want %q", name, got, want)
		}
	}
}

// tidyNow tidies in the test's own time; the log is closed.
func (l *Log) tidyNow(t *testing.T) usage {
	t.Helper()
	u, err := l.files.tidy(make(chan struct{}))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// What a process before left behind is continued, completed or put aside; nothing is overwritten.
func TestTakesOver(t *testing.T) {
	c := newClock()
	dir := t.TempDir()
	put := func(name, text string, at time.Time) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	put("access-20261128-007.log", "older\n", c.now())
	put("access-20261128-006.log.gz.tmp", "half", c.now())
	put(current, "yesterday\nhalf a li", c.now().Add(-24*time.Hour))
	l := openLog(t, c, func(o *Options) { o.Dir = dir })
	l.Add(sample(c))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l.tidyNow(t)
	if got := read(t, l, "access-20261128-008.log.gz"); got != "yesterday\nhalf a li" {
		t.Errorf("%q in %s", got, names(t, l))
	}
	put(current, "same day, cut o", c.now())
	l = openLog(t, c, func(o *Options) { o.Dir = dir })
	l.Add(sample(c))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, l, current); !strings.HasPrefix(got, "same day, cut o\n203.0.113.9 ") {
		t.Errorf("%q", got)
	}
}

func TestRetention(t *testing.T) {
	law, err := LawDays(newClock().now())
	if err != nil || law < 180 {
		t.Fatalf("the rule says %d days, %v", law, err)
	}
	for _, tc := range []struct {
		name    string
		keep    int
		ceiling int64
		ages    []int // days of files of 1,000 bytes
		left    int
		warned  bool
	}{
		{"young files stay", 0, 0, []int{0, 1, law - 1, law}, 4, false},
		{"older ones go", 0, 0, []int{1, law + 1, law + 100}, 1, false},
		{"kept longer as asked", law + 50, 0, []int{1, law + 1, law + 50, law + 51}, 3, false},
		{"the ceiling takes what the law does not want", law + 50, 2500, []int{1, law, law + 1, law + 2}, 2, false},
		{"the ceiling never takes what the law wants", 0, 1500, []int{1, law - 1, law}, 3, true},
		{"a warning long before", 0, 50_000, []int{0, 1, 2, 3}, 4, true},
		{"room enough", 0, 400_000, []int{0, 1, 2, 3}, 4, false},
	} {
		c := newClock()
		var text bytes.Buffer
		l := openLog(t, c, func(o *Options) {
			o.KeepDays, o.CeilingBytes, o.Log = tc.keep, tc.ceiling, slog.New(slog.NewTextHandler(&text, nil))
		})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(l.files.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, age := range tc.ages {
			day := c.now().In(l.files.zone).AddDate(0, 0, -age).Format(dayLayout)
			if err := os.WriteFile(filepath.Join(l.files.dir, "access-"+day+"-001.log.gz"), make([]byte, 1000),
				0o600); err != nil {
				t.Fatal(err)
			}
		}
		foreign := filepath.Join(l.files.dir, "access-19990101-001.log.bak")
		if err := os.WriteFile(foreign, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		u := l.tidyNow(t)
		l.tidyNow(t)
		left := strings.Fields(names(t, l))
		if len(left) != tc.left+1 || u.bytes != int64(tc.left)*1000 {
			t.Errorf("%s: %d bytes in %v", tc.name, u.bytes, left)
		}
		if _, err := os.Stat(foreign); err != nil {
			t.Errorf("%s: a file that is not ours is gone", tc.name)
		}
		if n := strings.Count(text.String(), "level=WARN"); n != map[bool]int{true: 1}[tc.warned] {
			t.Errorf("%s: %d warnings\n%s", tc.name, n, text.String())
		}
	}
	if _, err := Open(Options{KeepDays: law - 1}); err == nil {
		t.Error("fewer days than the law asks for are accepted")
	}
}

// While the disk cannot be written requests are served and lines wait; what finds no room is counted and told.
func TestDiskFault(t *testing.T) {
	c := newClock()
	dir := filepath.Join(t.TempDir(), "access")
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	var text bytes.Buffer
	reg := prometheus.NewRegistry()
	l := openLog(t, c, func(o *Options) {
		o.Dir, o.BufferBytes, o.Metrics, o.Log = dir, 1000, reg, slog.New(slog.NewTextHandler(&text, nil))
	})
	add := func(n int) {
		for range n {
			l.Add(sample(c))
		}
	}
	add(3)
	if l.Flush() == nil || l.Check() == nil {
		t.Fatal("no error though nothing can be written")
	}
	add(20)
	if l.Flush() == nil {
		t.Fatal("no error")
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := l.Flush(); err != nil || l.Check() != nil {
		t.Fatal(err, l.Check())
	}
	add(1)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	got := read(t, l, current)
	lines, lost := strings.Count(got, "\n203.0.113.9")+1, 0
	_, gap, _ := strings.Cut(got, "\n# [")
	if _, err := fmt.Sscanf(gap[strings.IndexByte(gap, ']')+1:], " lost %d lines: disk", &lost); err != nil {
		t.Fatalf("%v in\n%s", err, got)
	}
	if lines+lost != 24 || lost < 10 {
		t.Errorf("%d lines and %d lost of 24:\n%s", lines, lost, got)
	}
	if n := counted(t, reg, "guiyi_access_log_lost_total"); int(n) != lost {
		t.Errorf("metric says %v lost, the log %d", n, lost)
	}
	if n := strings.Count(text.String(), "not written"); n != 1 {
		t.Errorf("%d messages within a minute", n)
	}
}

// A write that fails in the middle leaves no half line, and is repeated whole.
func TestHalfWritten(t *testing.T) {
	c := newClock()
	l := openLog(t, c, nil)
	l.Add(sample(c))
	if err := l.Flush(); err != nil {
		t.Fatal(err)
	}
	whole := read(t, l, current)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	l.disk.Lock()
	l.files.file.Close()
	l.files.file = full
	l.disk.Unlock()
	l.Add(sample(c))
	if err := l.Flush(); err == nil || !errors.Is(err, l.trouble) {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, l, current); got != whole+whole {
		t.Errorf("%s", got)
	}
}

// Many at once lose nothing, and each line is whole.
func TestManyAtOnce(t *testing.T) {
	c, reg := newClock(), prometheus.NewRegistry()
	l := openLog(t, c, func(o *Options) { o.FileBytes, o.Metrics = 50_000, reg })
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 500 {
				l.Add(sample(c))
			}
		})
	}
	all.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l.tidyNow(t)
	total := 0
	want := l.combined(nil, sample(c))
	for _, name := range strings.Fields(names(t, l)) {
		for line := range strings.Lines(read(t, l, name)) {
			total++
			if line != string(want) {
				t.Fatalf("%s: %q", name, line)
			}
		}
	}
	if n := counted(t, reg, "guiyi_access_log_lines_total"); total != 4000 || n != 4000 {
		t.Errorf("%d lines, metric %v", total, n)
	}
}

// counted returns the sum of a counter.
func counted(t *testing.T, reg *prometheus.Registry, name string) (n float64) {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				n += m.GetCounter().GetValue()
			}
		}
	}
	return n
}
