package main

import (
	"strings"
	"testing"
	"time"
)

const wrkOutput = `Running 5s test @ http://127.0.0.1:40123/xwdt/202611/t20261120_1.html
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.05ms    1.00ms  20.00ms   90.00%
    Req/Sec    30.00k     1.00k   35.00k    70.00%
  Latency Distribution
     50%  890.00us
     75%    1.10ms
     90%    1.90ms
     99%    4.12ms
  151234 requests in 5.03s, 4.70GB read
Requests/sec:  30066.40
Transfer/sec:      0.93GB
`

func TestParseWrk(t *testing.T) {
	got, err := parseWrk(wrkOutput)
	if err != nil {
		t.Fatal(err)
	}
	want := load{Requests: 151234, Seconds: 5.03, PerSec: 30066.40, P50: 890 * time.Microsecond,
		P99: 4120 * time.Microsecond}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestParseWrkTroubles(t *testing.T) {
	text := strings.Replace(wrkOutput, "Requests/sec",
		"  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 55\nRequests/sec", 1)
	got, err := parseWrk(text)
	if err != nil {
		t.Fatal(err)
	}
	if got.Socket != 10 || got.Bad != 55 {
		t.Errorf("socket errors %d, bad answers %d, want 10 and 55", got.Socket, got.Bad)
	}
}

func TestParseWrkUnits(t *testing.T) {
	got, err := parseWrk(strings.NewReplacer("890.00us", "   1.50s", "4.12ms", "1.02m ").Replace(wrkOutput))
	if err != nil {
		t.Fatal(err)
	}
	if got.P50 != 1500*time.Millisecond || got.P99 != 61200*time.Millisecond {
		t.Errorf("p50 %v, p99 %v", got.P50, got.P99)
	}
}

func TestParseWrkRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":        "",
		"no connection":  "unable to connect to 127.0.0.1:1 Connection refused",
		"no totals":      strings.Replace(wrkOutput, "151234 requests in", "requests", 1),
		"no rate":        strings.Replace(wrkOutput, "Requests/sec", "Rate", 1),
		"no percentiles": strings.ReplaceAll(wrkOutput, "%  ", "x "),
	} {
		if got, err := parseWrk(text); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}

func FuzzParseWrk(f *testing.F) {
	f.Add(wrkOutput)
	f.Fuzz(func(t *testing.T, text string) {
		if l, err := parseWrk(text); err == nil && l.Requests < 0 {
			t.Errorf("negative count in %+v", l)
		}
	})
}
