package search_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"guiyi/internal/search"
)

// labelled is one line of a labelled set: a document or a query.
type labelled struct {
	ID, Title, Body, Text string
	Relevant              []string
}

func lines(t *testing.T, path string) []labelled {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("no labelled queries: %v (see docs: test data beside the repository)", err)
	}
	defer f.Close()
	var r io.Reader = f
	if filepath.Ext(path) == ".gz" {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	var out []labelled
	s := bufio.NewScanner(r)
	s.Buffer(nil, 4<<20)
	for s.Scan() {
		var l labelled
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	return out
}

// TestRelevance measures relevance with labelled queries. It takes a minute; GUIYI_LONG=1 enables it. The limits are
// slightly below the values measured when they were set.
func TestRelevance(t *testing.T) {
	if os.Getenv("GUIYI_LONG") == "" {
		t.Skip("long: set GUIYI_LONG=1")
	}
	for set, floor := range map[string]float64{"statutes": 0.38, "letters": 0.66, "covidgov": 0.34, "passages": 0.95} {
		t.Run(set, func(t *testing.T) {
			dir := filepath.Join("../../../shared/data/search", set)
			queries := lines(t, filepath.Join(dir, "queries.dev.jsonl"))
			x := opened(t, t.TempDir())
			began, n := time.Now(), 0
			for part := range slices.Chunk(lines(t, filepath.Join(dir, "corpus.jsonl.gz")), 1000) {
				docs := make([]search.Document, len(part))
				for i, l := range part {
					docs[i] = search.Document{ID: l.ID, ItemID: int64(n + i + 1), Title: l.Title, Body: l.Body}
				}
				n += len(part)
				put(t, x, docs...)
			}
			t.Logf("%d documents indexed, %.0f a second", n, float64(n)/time.Since(began).Seconds())
			mrr, recall, took := measure(t, x, queries)
			t.Logf("%d queries: MRR@10 %.4f, R@10 %.4f; p50 %v, p95 %v", len(queries), mrr, recall, took[len(took)/2],
				took[len(took)*95/100])
			if mrr < floor {
				t.Errorf("MRR %.4f is under %.2f", mrr, floor)
			}
		})
	}
}

func measure(t *testing.T, x *search.Index, queries []labelled) (mrr, recall float64, took []time.Duration) {
	for _, q := range queries {
		began := time.Now()
		p := ask(t, x, search.Query{Text: q.Text})
		took = append(took, time.Since(began))
		hits := 0.0
		for i, h := range p.Hits {
			if slices.Contains(q.Relevant, h.ID) {
				if hits == 0 {
					mrr += 1 / float64(i+1)
				}
				hits++
			}
		}
		recall += hits / float64(len(q.Relevant))
	}
	slices.Sort(took)
	return mrr / float64(len(queries)), recall / float64(len(queries)), took
}
