package bustest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guiyi/internal/kernel/bus"
	"guiyi/internal/kernel/fault"
)

// Engine starts one server for the test and returns a function that opens connections to it.
type Engine func(t *testing.T) (open func() *bus.Bus)

// Patience is how long a test waits for an event, on a busy machine, before it fails.
const Patience = 30 * time.Second

// Run checks that the engine does what the package documentation says.
func Run(t *testing.T, e Engine) {
	for name, test := range map[string]func(*testing.T, Engine){
		"PutGet":       testPutGet,
		"Swap":         testSwap,
		"All":          testAll,
		"Refused":      testRefused,
		"WatchCurrent": testWatchCurrent,
		"WatchMany":    testWatchMany,
		"WatchEnds":    testWatchEnds,
		"Wake":         testWake,
		"WakeMerged":   testWakeMerged,
		"Health":       testHealth,
	} {
		t.Run(name, func(t *testing.T) { test(t, e) })
	}
}

// Next waits for one entry.
func Next(t *testing.T, ch <-chan bus.Entry) bus.Entry {
	t.Helper()
	select {
	case e, ok := <-ch:
		if !ok {
			t.Fatal("the watch ended")
		}
		return e
	case <-time.After(Patience):
		t.Fatal("no entry came")
	}
	return bus.Entry{}
}

// Put stores a value or fails the test.
func Put(t *testing.T, b *bus.Bus, bucket, key, value string) uint64 {
	t.Helper()
	rev, err := b.Put(t.Context(), bucket, key, []byte(value))
	if err != nil {
		t.Fatalf("Put(%s, %s): %v", bucket, key, err)
	}
	return rev
}

func testPutGet(t *testing.T, e Engine) {
	open := e(t)
	a, b := open(), open()
	first := Put(t, a, "manifest", "qinghe", "一")
	second := Put(t, b, "manifest", "qinghe", "二")
	if first == 0 || second <= first {
		t.Errorf("revisions %d, %d do not grow", first, second)
	}
	for _, c := range []*bus.Bus{a, b} {
		got, err := c.Get(t.Context(), "manifest", "qinghe")
		if err != nil || string(got.Value) != "二" || got.Revision != second || got.Key != "qinghe" {
			t.Errorf("Get = %+v, %v", got, err)
		}
	}
	if _, err := a.Get(t.Context(), "manifest", "none"); !fault.Is(err, fault.NotFound) {
		t.Errorf("Get of an absent key = %v", err)
	}
	if _, err := a.Get(t.Context(), "never_used", "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("Get from a new bucket = %v", err)
	}
	Put(t, a, "manifest", "empty", "")
	if got, err := a.Get(t.Context(), "manifest", "empty"); err != nil || len(got.Value) != 0 {
		t.Errorf("empty value = %q, %v", got.Value, err)
	}
}

// testSwap: of many writers that saw the same revision one wins, and its value is stored.
func testSwap(t *testing.T, e Engine) {
	open := e(t)
	a, b := open(), open()
	first, err := a.Swap(t.Context(), "manifest", "qinghe", []byte("1"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Swap(t.Context(), "manifest", "qinghe", []byte("x"), 0); !fault.Is(err, fault.Conflict) {
		t.Errorf("Swap of a key that exists by now = %v", err)
	}
	if _, err := b.Swap(t.Context(), "manifest", "none", []byte("x"), 7); !fault.Is(err, fault.Conflict) {
		t.Errorf("Swap of a key that is not there = %v", err)
	}
	if _, err := b.Swap(t.Context(), "manifest", "a b", nil, 0); !fault.Is(err, fault.Invalid) {
		t.Errorf("Swap(key \"a b\") = %v", err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := map[string]uint64{}
	for i := range 8 {
		c := []*bus.Bus{a, b}[i%2]
		wg.Go(func() {
			value := fmt.Sprint("by ", i)
			rev, err := c.Swap(t.Context(), "manifest", "qinghe", []byte(value), first)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won[value] = rev
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := a.Get(t.Context(), "manifest", "qinghe")
	if err != nil || len(won) != 1 || won[string(got.Value)] != got.Revision {
		t.Errorf("%v won; the value is %+v, %v", won, got, err)
	}
}

func testAll(t *testing.T, e Engine) {
	open := e(t)
	a, b := open(), open()
	if all, err := a.All(t.Context(), "manifest"); err != nil || len(all) != 0 {
		t.Errorf("All of a new bucket = %v, %v", all, err)
	}
	want := map[string]string{}
	for i := range 50 {
		key := fmt.Sprint("site-", i%25)
		want[key] = fmt.Sprint(i)
		Put(t, a, "manifest", key, want[key])
	}
	all, err := b.All(t.Context(), "manifest")
	if err != nil || len(all) != len(want) {
		t.Fatalf("All = %d values, %v", len(all), err)
	}
	for _, e := range all {
		if now, err := a.Get(t.Context(), "manifest", e.Key); want[e.Key] != string(e.Value) || err != nil ||
			now.Revision != e.Revision {
			t.Errorf("%+v, want %q, revision %d, %v", e, want[e.Key], now.Revision, err)
		}
	}
	if _, err := a.All(t.Context(), "a b"); !fault.Is(err, fault.Invalid) {
		t.Errorf("All of a bad name = %v", err)
	}
}

func testRefused(t *testing.T, e Engine) {
	b := e(t)()
	for _, key := range []string{"", ".", "a.", ".a", "a..b", "a b", "*", ">", "a.*", "a.>", "清河", "a\n", "_kv.x",
		strings.Repeat("a", 301)} {
		if _, err := b.Put(t.Context(), "manifest", key, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("Put(key %q) = %v", key, err)
		}
		if _, err := b.Get(t.Context(), "manifest", key); !fault.Is(err, fault.Invalid) {
			t.Errorf("Get(key %q) = %v", key, err)
		}
	}
	for _, bucket := range []string{"", "a.b", "*", ">", "a b", "桶", "$JS", strings.Repeat("a", 101)} {
		if _, err := b.Put(t.Context(), bucket, "k", nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("Put(bucket %q) = %v", bucket, err)
		}
		if _, err := b.Watch(t.Context(), bucket); !fault.Is(err, fault.Invalid) {
			t.Errorf("Watch(bucket %q) = %v", bucket, err)
		}
	}
	for _, topic := range []string{"", "*", ">", "a.>", "a.", "A", "a b"} {
		if err := b.Wake(topic); !fault.Is(err, fault.Invalid) {
			t.Errorf("Wake(%q) = %v", topic, err)
		}
		if _, err := b.OnWake(topic, func() {}); !fault.Is(err, fault.Invalid) {
			t.Errorf("OnWake(%q) = %v", topic, err)
		}
	}
	if _, err := b.Put(t.Context(), "manifest", "large", bytes.Repeat([]byte("x"), 2<<20)); !fault.Is(err,
		fault.TooLarge) {
		t.Errorf("Put of 2 MiB = %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Put(ctx, "manifest", "k", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Put with an ended context = %v", err)
	}
}

func testWatchCurrent(t *testing.T, e Engine) {
	open := e(t)
	writer, reader := open(), open()
	Put(t, writer, "manifest", "a", "old")
	Put(t, writer, "manifest", "a", "current")
	Put(t, writer, "manifest", "b", "current")
	ch, err := reader.Watch(t.Context(), "manifest")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for range 2 {
		entry := Next(t, ch)
		got[entry.Key] = string(entry.Value)
	}
	if got["a"] != "current" || got["b"] != "current" {
		t.Errorf("current values = %v", got)
	}
	rev := Put(t, writer, "manifest", "a", "changed")
	if entry := Next(t, ch); entry.Key != "a" || string(entry.Value) != "changed" || entry.Revision != rev {
		t.Errorf("change = %+v, want revision %d", entry, rev)
	}
}

// testWatchMany has a slow reader: revisions of a key grow, and the newest value of every key arrives.
func testWatchMany(t *testing.T, e Engine) {
	open := e(t)
	writer, reader := open(), open()
	ch, err := reader.Watch(t.Context(), "manifest")
	if err != nil {
		t.Fatal(err)
	}
	const keys, rounds = 20, 40
	var wg sync.WaitGroup
	wg.Go(func() {
		for round := range rounds {
			for k := range keys {
				if _, err := writer.Put(t.Context(), "manifest", fmt.Sprint("site-", k),
					fmt.Append(nil, round)); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	seen, done := map[string]uint64{}, map[string]bool{}
	for len(done) < keys {
		entry := Next(t, ch)
		if entry.Revision <= seen[entry.Key] {
			t.Fatalf("revision %d of %s after %d", entry.Revision, entry.Key, seen[entry.Key])
		}
		seen[entry.Key] = entry.Revision
		if string(entry.Value) == fmt.Sprint(rounds-1) {
			done[entry.Key] = true
		}
	}
	wg.Wait()
}

func testWatchEnds(t *testing.T, e Engine) {
	b := e(t)()
	Put(t, b, "manifest", "a", "1")
	ctx, cancel := context.WithCancel(t.Context())
	unread, err := b.Watch(ctx, "manifest") // nobody receives its entry
	if err != nil {
		t.Fatal(err)
	}
	byClose, err := b.Watch(t.Context(), "manifest")
	if err != nil {
		t.Fatal(err)
	}
	Next(t, byClose)
	cancel()
	awaitEnd(t, unread)
	if err := b.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	awaitEnd(t, byClose)
	if err := b.Close(); err != nil {
		t.Errorf("second Close = %v", err)
	}
	if _, err := b.Watch(t.Context(), "manifest"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Watch after Close = %v", err)
	}
	if err := b.Wake("x"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Wake after Close = %v", err)
	}
	if _, err := b.Put(t.Context(), "manifest", "a", nil); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Put after Close = %v", err)
	}
	if err := b.Health(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Health after Close = %v", err)
	}
}

func awaitEnd(t *testing.T, ch <-chan bus.Entry) {
	t.Helper()
	late := time.After(Patience)
	for {
		select {
		case _, ok := <-ch:
			if !ok {
				return
			}
		case <-late:
			t.Fatal("the watch does not end")
		}
	}
}

func await(t *testing.T, ch <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(Patience):
		t.Fatalf("%s did not happen", what)
	}
}

func testWake(t *testing.T, e Engine) {
	open := e(t)
	a, b := open(), open()
	woken := [2]chan struct{}{make(chan struct{}, 10), make(chan struct{}, 10)}
	var stops [2]func()
	for i, c := range []*bus.Bus{a, b} {
		stop, err := c.OnWake("jobs.publish", func() { woken[i] <- struct{}{} })
		if err != nil {
			t.Fatal(err)
		}
		stops[i] = stop
	}
	other := make(chan struct{}, 10)
	stop, err := a.OnWake("jobs.search", func() { other <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if err := a.Wake("jobs.publish"); err != nil {
		t.Fatal(err)
	}
	await(t, woken[0], "wake in the same connection")
	await(t, woken[1], "wake in the other connection")
	stops[1]()
	stops[1]()
	for _, topic := range []string{"jobs.publish", "jobs.search"} {
		if err := b.Wake(topic); err != nil {
			t.Fatal(err)
		}
	}
	await(t, woken[0], "wake after another subscriber stopped")
	await(t, other, "wake of the other topic")
	if len(woken[1]) != 0 {
		t.Error("a stopped function was woken")
	}
}

func testWakeMerged(t *testing.T, e Engine) {
	open := e(t)
	a, b := open(), open()
	const wakes = 500
	started, release := make(chan struct{}, wakes), make(chan struct{})
	stop, err := a.OnWake("jobs", func() {
		started <- struct{}{}
		<-release
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if err := b.Wake("jobs"); err != nil {
		t.Fatal(err)
	}
	await(t, started, "first call")
	heard := make(chan struct{}, 1)
	stopHeard, err := a.OnWake("last", func() { heard <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	defer stopHeard()
	for range wakes {
		if err := b.Wake("jobs"); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Wake("last"); err != nil {
		t.Fatal(err)
	}
	await(t, heard, "the wake after all others")
	close(release)
	await(t, started, "the merged call")
	if n := len(started); n > 2 { // one more call may begin while the last wakes are delivered
		t.Errorf("%d more calls, want the wakes merged", n)
	}
}

func testHealth(t *testing.T, e Engine) {
	b := e(t)()
	if err := b.Health(t.Context()); err != nil {
		t.Errorf("Health = %v", err)
	}
}
