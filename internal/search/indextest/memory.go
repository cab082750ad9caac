package indextest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"

	"guiyi/internal/search"
)

// Memory is the reference driver. It is as simple as possible, so that engines can be compared with it. Its folders
// exist as long as the Memory does.
type Memory struct {
	mu      sync.Mutex
	folders map[string]*folder
}

// NewMemory returns a Memory without folders.
func NewMemory() *Memory { return &Memory{folders: map[string]*folder{}} }

// Open opens a folder; it creates the folder when it does not exist.
func (m *Memory) Open(_ context.Context, dir string) (search.Driver, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.folders[dir] == nil {
		m.folders[dir] = &folder{entries: map[string]search.Entry{}}
	}
	return m.folders[dir], nil
}

type folder struct {
	mu      sync.RWMutex
	entries map[string]search.Entry
	meta    []byte
}

var _ search.Driver = (*folder)(nil)

func (f *folder) Apply(_ context.Context, b search.Batch) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range b.Drop {
		delete(f.entries, id)
	}
	for _, e := range b.Put {
		f.entries[e.ID] = e
	}
	if b.Meta != nil {
		f.meta = b.Meta
	}
	return nil
}

func (f *folder) Meta(context.Context) ([]byte, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.meta, nil
}

func (f *folder) Close() error { return nil }

func (f *folder) Load(ctx context.Context, ids []string) (map[string][]byte, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	out := map[string][]byte{}
	for _, id := range ids {
		if e, ok := f.entries[id]; ok {
			out[id] = e.Stored
		}
	}
	return out, ctx.Err()
}

func (f *folder) Find(_ context.Context, r search.Request) (search.Result, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	out := search.Result{Docs: int64(len(f.entries)), Facets: make([][]search.Count, len(r.Facets))}
	var hits []search.Entry
	for _, id := range slices.Sorted(maps.Keys(f.entries)) {
		if e := f.entries[id]; satisfies(e, r) {
			hits = append(hits, e)
		}
	}
	out.Total = int64(len(hits))
	for i, fr := range r.Facets {
		out.Facets[i] = tally(hits, fr)
	}
	slices.SortStableFunc(hits, func(a, b search.Entry) int {
		switch {
		case r.ByTime && a.At != b.At:
			return sign(b.At > a.At)
		case !r.ByTime && score(a, r) != score(b, r):
			return sign(score(b, r) > score(a, r))
		}
		return 0
	})
	for _, e := range hits[min(r.Offset, len(hits)):min(r.Offset+r.Limit, len(hits))] {
		h := search.Found{ID: e.ID, Score: score(e, r), Freq: frequencies(e, r.Features)}
		for _, field := range r.Values {
			h.Values, h.At = append(h.Values, e.Keywords[field]), e.At
		}
		out.Hits = append(out.Hits, h)
	}
	if len(out.Hits) > 0 {
		out.DF = f.countDocs(r.Features)
	}
	return out, nil
}

func (f *folder) Terms(ctx context.Context, field string, pattern []rune) ([]search.Count, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	counts := map[string]int64{}
	for _, e := range f.entries {
		for term := range e.Counts[field] {
			if like([]rune(term), pattern) {
				counts[term]++
			}
		}
	}
	var out []search.Count
	for _, term := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, search.Count{Value: term, N: counts[term]})
	}
	slices.SortStableFunc(out, func(a, b search.Count) int { return int(b.N - a.N) })
	return out, ctx.Err()
}

func like(term, pattern []rune) bool {
	return slices.EqualFunc(term, pattern, func(r, p rune) bool {
		return r == p || p == 0 && r >= 0x3000 && r <= 0x9fff && unicode.Is(unicode.Han, r)
	})
}

// countDocs counts the documents that contain each of the terms.
func (f *folder) countDocs(terms []search.Term) []int64 {
	out := make([]int64, len(terms))
	for _, e := range f.entries {
		for i, t := range terms {
			if e.Counts[t.Field][t.Text] > 0 {
				out[i]++
			}
		}
	}
	return out
}

func sign(positive bool) int {
	if positive {
		return 1
	}
	return -1
}

func contains(e search.Entry, t search.Term) bool {
	return e.Counts[t.Field][t.Text] > 0 || t.Text != "" && slices.Contains(e.Keywords[t.Field], t.Text)
}

func containsAny(e search.Entry, terms []search.Term) bool {
	return slices.ContainsFunc(terms, func(t search.Term) bool { return contains(e, t) })
}

func satisfies(e search.Entry, r search.Request) bool {
	met := 0
	for _, c := range r.Clauses {
		if containsAny(e, c) {
			met++
		}
	}
	need := len(r.Clauses)
	if r.Min > 0 {
		need = min(need, r.Min)
	}
	for _, f := range r.Filters {
		if !containsAny(e, f) {
			return false
		}
	}
	return met >= need && (r.Since == 0 || e.At >= r.Since) && (r.Until == 0 || e.At < r.Until)
}

// score counts the matches of the terms; more matches give a higher score.
func score(e search.Entry, r search.Request) (s float64) {
	for _, c := range r.Clauses {
		for _, t := range c {
			s += float64(e.Counts[t.Field][t.Text])
		}
	}
	return s
}

func frequencies(e search.Entry, features []search.Term) []search.Freq {
	out := make([]search.Freq, len(features))
	for i, t := range features {
		if n := e.Counts[t.Field][t.Text]; n > 0 {
			out[i].N = float64(n)
			for _, k := range e.Counts[t.Field] {
				out[i].Len += float64(k)
			}
		}
	}
	return out
}

func tally(hits []search.Entry, fr search.FacetRequest) []search.Count {
	counts := map[string]int64{}
	for _, e := range hits {
		for _, v := range e.Keywords[fr.Field] {
			if strings.HasPrefix(v, fr.Prefix) {
				counts[v]++
			}
		}
	}
	var out []search.Count
	for _, v := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, search.Count{Value: v, N: counts[v]})
	}
	slices.SortStableFunc(out, func(a, b search.Count) int { return int(b.N - a.N) })
	return out[:min(fr.Size, len(out))]
}
