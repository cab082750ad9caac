package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"guiyi/internal/app/cli"
)

// The test binary is the platform when the replay starts it again.
func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestDay replays a very short day: everything happens once, and all is right at the end. Whether something grows is
// only told by a long one: GUIYI_LIFE_DURATION=10m judges that too.
func TestDay(t *testing.T) {
	s := settings{dir: t.TempDir(), duration: 12 * time.Second, seed: 7, rate: 20}
	long, err := time.ParseDuration(os.Getenv("GUIYI_LIFE_DURATION"))
	if err == nil {
		s.duration, s.rate = long, 60
	}
	if s.binary, err = os.Executable(); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	ok, faults, err := replay(t.Context(), s, &out)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(out.String())
	for _, f := range faults {
		t.Error(f)
	}
	if long > 0 && !ok {
		t.Error("something grows, see the table")
	}
	for _, want := range []string{"| goroutines", "edge stops 1", "rollback 2", "withdraw 1", "crawl 4", "404 "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q", want)
		}
	}
}

func TestPlan(t *testing.T) {
	day := newDay(1, 1)
	if !slices.Equal(day, newDay(1, 1)) || slices.Equal(day, newDay(2, 1)) {
		t.Error("a plan follows from its seed, and only from it")
	}
	n, work := map[kind]int{}, map[kind][2]int{}
	for i, ev := range day {
		if ev.hour < 0 || ev.hour >= 24 || i > 0 && ev.hour < day[i-1].hour {
			t.Errorf("%+v is out of order", ev)
		}
		n[ev.kind]++
		w := work[ev.kind]
		if morning.has(ev.hour) {
			w[0]++
		}
		if afternoon.has(ev.hour) {
			w[1]++
		}
		work[ev.kind] = w
	}
	for k, want := range daily {
		if n[k] != want {
			t.Errorf("%s happens %d times, want %d", k, n[k], want)
		}
		if w := work[k]; w[0] < want/4 || w[0]-w[1] > 1+want/20 || w[1]-w[0] > 1+want/20 {
			t.Errorf("%s: %d in the morning, %d in the afternoon", k, w[0], w[1])
		}
	}
	short := map[kind]bool{}
	for _, ev := range newDay(1, 0.001) {
		short[ev.kind] = true
	}
	if len(short) != 10 {
		t.Errorf("a short day has %v", short)
	}
}

func TestCrowd(t *testing.T) {
	for hour := 0.0; hour < 24; hour += 0.1 {
		if c := crowd(hour); c < .15 || c > 1 {
			t.Errorf("%.1f h: %v", hour, c)
		}
	}
	if crowd(10) != crowd(16) || crowd(3) > crowd(13) {
		t.Error("the windows compared must have the same crowd, the night less")
	}
}

func TestJudge(t *testing.T) {
	day := func(of func(hour float64) float64) (out []sample) {
		for i := range 120 {
			hour := float64(i) / 5
			out = append(out, sample{hour: hour, rss: of(hour)})
		}
		return out
	}
	s := series{"memory", "MiB", 1, .1, 5, func(s sample) float64 { return s.rss }}
	for name, c := range map[string]struct {
		of   func(float64) float64
		ok   bool
		near float64 // slope
	}{
		"flat":                {func(float64) float64 { return 100 }, true, 0},
		"a leak":              {func(h float64) float64 { return 100 + 5*h }, false, 5},
		"warm-up, then flat":  {func(h float64) float64 { return 100 + min(h, 8)*10 }, true, 0},
		"one spike":           {func(h float64) float64 { return 100 + map[bool]float64{true: 500}[h == 16] }, true, 0},
		"less than tolerated": {func(h float64) float64 { return 100 + h }, true, 1},
		"it falls":            {func(h float64) float64 { return 100 - 2*h }, true, -2},
	} {
		got := judge(s, day(c.of))
		if got.ok != c.ok || got.slope < c.near-.01 || got.slope > c.near+.01 {
			t.Errorf("%s: %+v", name, got)
		}
		if strings.Contains(got.String(), "GROWS") == c.ok {
			t.Errorf("%s: %s", name, got)
		}
	}
	s.share = -1
	if got := judge(s, day(func(h float64) float64 { return 100 * h })); !got.ok ||
		!strings.Contains(got.String(), "–") {
		t.Errorf("what is only shown was judged: %s", got)
	}
	if got := judge(s, nil); got.before != 0 || got.slope != 0 {
		t.Errorf("no samples: %+v", got)
	}
}

func TestFolders(t *testing.T) {
	for rel, want := range map[string]string{"guiyi.db": "db", "guiyi.db-wal": "wal", "guiyi.db-shm": "other",
		"blob/pack/qinghe/1": "pack", "blob/cas/ab/c": "cas",
		"blob/.tmp/x": "other", "search/gen-1/a.zap": "search", "bus/jetstream/x": "bus",
		"heads/qinghe.json": "heads"} {
		if got := folderOf(rel); got != want {
			t.Errorf("%s is %q, want %q", rel, got, want)
		}
	}
	if rss, fds := processUse(os.Getpid()); rss < 1<<20 || fds < 3 {
		t.Errorf("this process uses %v bytes and %v files", rss, fds)
	}
	if rss, _ := processUse(-1); rss != 0 {
		t.Error("a process that is not there uses memory")
	}
	if name, value, ok := cutLast(`guiyi_jobs_waiting{kind="a b",state="dead"} 3`); !ok || value != "3" ||
		!strings.HasSuffix(name, "}") {
		t.Errorf("%q %q", name, value)
	}
	if s := fmt.Sprint(counts(map[int]int{404: 2, 200: 1})); s != "200 1, 404 2" {
		t.Error(s)
	}
}
