package manifest

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// memory is a pack in memory that counts what is read and written.
type memory struct {
	pack          string
	nodes         map[Hash][]byte
	off           int64
	reads, writes int
}

func newMemory(pack string) *memory { return &memory{pack: pack, nodes: map[Hash][]byte{}} }

func (m *memory) Node(_ context.Context, r Ref) ([]byte, error) {
	m.reads++
	b, ok := m.nodes[r.Hash]
	if !ok {
		return nil, errors.New("no such node")
	}
	return b, nil
}

func (m *memory) AddNode(b []byte, h Hash) (Loc, error) {
	m.writes++
	m.nodes[h] = b
	m.off += int64(len(b))
	return Loc{m.pack, m.off - int64(len(b)), int64(len(b))}, nil
}

func page(i int, content string) Entry {
	path := fmt.Sprintf("/zwgk/zcwj/202611/t20261120_%d.html", i)
	if i%10 == 0 {
		path = fmt.Sprintf("/政务公开/第%d页/", i)
	}
	return Entry{Path: path, Status: 200, Type: "text/html; charset=utf-8", Cache: CachePage,
		Hash: Sum([]byte(path + content)),
		Size: 9000, Loc: Loc{"pack/qinghe/1", int64(i) * 9000, 9000}, Modified: 1795000000000,
		Variants: []Variant{{Brotli, Sum([]byte(path + "br")), Loc{"pack/qinghe/1", int64(i), 10}},
			{Gzip, Sum([]byte(path + "gz")), Loc{}}}}
}

func pages(from, to int) []Change {
	var out []Change
	for i := from; i < to; i++ {
		out = append(out, Put(page(i, "")))
	}
	return out
}

func mustApply(t testing.TB, m *memory, root Ref, changes []Change) (Ref, Stats) {
	t.Helper()
	next, stats, err := Apply(t.Context(), m, m, root, changes)
	if err != nil {
		t.Fatal(err)
	}
	return next, stats
}

func mustGet(t testing.TB, m *memory, root Ref, path string) (Entry, bool) {
	t.Helper()
	e, ok, err := Get(t.Context(), m, root, path)
	if err != nil {
		t.Fatal(err)
	}
	return e, ok
}
