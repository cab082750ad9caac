package importtest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"guiyi/internal/exchange/exchangetest"
)

// BenchmarkRecords imports 20,000 JSON lines into a fresh site.
func BenchmarkRecords(b *testing.B) {
	const n = 20_000
	at := filepath.Join(b.TempDir(), "a.jsonl")
	f, err := os.Create(at)
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		fmt.Fprintf(f,
			`{"id":"%d","title":"第%d号文件关于做好有关工作的通知","date":"2026-03-02 10:30","body":"<p>各县（区）人民政府，市政府各部门：</p><p>为做好第%d项工作，现就有关事项通知如下，请认真贯彻执行。</p><p>一、加强组织领导。二、落实工作责任。三、强化监督检查。</p>"}`+"\n", i, i, i)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	importAll(b, at, n)
}

// BenchmarkPages imports 2,000 saved pages of 30 KB.
func BenchmarkPages(b *testing.B) {
	const n = 2000
	page, err := os.ReadFile(data(b, "html-gov", "yjybeijing.gov.cn__index.html"))
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	for i := range n {
		text := append([]byte(nil), page...)
		text = append(text, fmt.Sprintf("<!-- %d -->", i)...)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.html", i)), text, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	importAll(b, dir, n)
}

func importAll(b *testing.B, at string, n int) {
	for b.Loop() {
		w := exchangetest.SQLite(b)
		start := time.Now()
		r := w.ImportPath(at, nil)
		if r.Inputs != n || r.Quarantined > 0 {
			b.Fatalf("%+v", r.Totals)
		}
		b.ReportMetric(float64(n)/time.Since(start).Seconds(), "inputs/s")
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapSys>>20), "MiB-heap")
		start = time.Now()
		if again := w.ImportPath(at, nil); again.Unchanged != n {
			b.Fatalf("%+v", again.Totals)
		}
		b.ReportMetric(float64(n)/time.Since(start).Seconds(), "inputs-again/s")
	}
}
