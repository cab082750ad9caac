package bleveindex

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"guiyi/internal/search"
)

// cache holds the columns of the segments in use, about 60 bytes a document.
type cache struct {
	mu    sync.Mutex
	known map[uint64]*columns // by segment ID
}

// columns are the keyword values and times of the documents of one segment. They are made from its dictionaries when
// they are first needed. A segment never changes except for deletions, which do not affect its columns.
type columns struct {
	mu     sync.Mutex
	fields map[string]*column
	at     []int64
}

// column is one keyword field of a segment.
type column struct {
	values  []string
	from    []uint32 // start of each document's entries; one element more than documents
	entries []uint32 // indexes in values
}

// valuesOf returns the indexes of the values of a document.
func (c *column) valuesOf(doc uint32) []uint32 { return c.entries[c.from[doc]:c.from[doc+1]] }

// columnsOf returns the columns of segments and removes those of all other segments from the cache.
func (c *cache) columnsOf(segments []*scorch.SegmentSnapshot) []*columns {
	c.mu.Lock()
	defer c.mu.Unlock()
	out, fresh := make([]*columns, len(segments)), map[uint64]*columns{}
	for i, s := range segments {
		out[i] = c.known[s.Id()]
		if out[i] == nil {
			out[i] = &columns{fields: map[string]*column{}}
		}
		fresh[s.Id()] = out[i]
	}
	c.known = fresh
	return out
}

// column returns the column of a keyword field. It makes the column at the first call.
func (p *part) column(field string) (*column, error) {
	p.columns.mu.Lock()
	defer p.columns.mu.Unlock()
	if c := p.columns.fields[field]; c != nil {
		return c, nil
	}
	c := &column{from: make([]uint32, p.segment.FullSize()+1)}
	type entry struct{ doc, value uint32 }
	var all []entry
	err := p.terms(field, func(value string) { c.values = append(c.values, value) }, func(doc uint64) {
		all = append(all, entry{uint32(doc), uint32(len(c.values) - 1)})
		c.from[doc+1]++
	})
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(c.from); i++ {
		c.from[i] += c.from[i-1]
	}
	c.entries = make([]uint32, len(all))
	next := slices.Clone(c.from)
	for _, e := range all {
		c.entries[next[e.doc]] = e.value
		next[e.doc]++
	}
	p.columns.fields[field] = c
	return c, nil
}

// times returns the time of each document of the segment in unix milliseconds.
func (p *part) times() ([]int64, error) {
	p.columns.mu.Lock()
	defer p.columns.mu.Unlock()
	if p.columns.at != nil {
		return p.columns.at, nil
	}
	at, now := make([]int64, p.segment.FullSize()), int64(0)
	err := p.terms(timeField, func(value string) { now = parseTimeTerm(value) }, func(doc uint64) { at[doc] = now })
	if err != nil {
		return nil, err
	}
	p.columns.at = at
	return at, nil
}

// terms calls term with every term of a field, and document with every document of that term, deleted ones included.
func (p *part) terms(field string, term func(string), document func(uint64)) error {
	dict, err := p.segment.Segment().Dictionary(field)
	if err != nil {
		return err
	}
	var list segment.PostingsList
	var docs segment.PostingsIterator
	all := dict.AutomatonIterator(nil, nil, nil)
	for {
		next, err := all.Next()
		if err != nil || next == nil {
			return err
		}
		term(next.Term)
		if list, err = dict.PostingsList([]byte(next.Term), nil, list); err != nil {
			return err
		}
		docs = list.Iterator(false, false, false, docs)
		for {
			p, err := docs.Next()
			if err != nil {
				return err
			}
			if p == nil {
				break
			}
			document(p.Number())
		}
	}
}

// tally adds the facet counts of docs, which are documents of one segment.
func (q *findRun) tally(p *part, docs []uint32) error {
	for i, f := range q.req.Facets {
		c, err := p.column(f.Field)
		if err != nil {
			return err
		}
		counts := make([]int64, len(c.values))
		for _, doc := range docs {
			for _, v := range c.valuesOf(doc) {
				counts[v]++
			}
		}
		if q.counts[i] == nil {
			q.counts[i] = map[string]int64{}
		}
		for v, n := range counts {
			if n > 0 && strings.HasPrefix(c.values[v], f.Prefix) {
				q.counts[i][c.values[v]] += n
			}
		}
	}
	return nil
}

// mostFrequent returns the most frequent values, at most size.
func mostFrequent(counts map[string]int64, size int) []search.Count {
	var out []search.Count
	for v, n := range counts {
		out = append(out, search.Count{Value: v, N: n})
	}
	slices.SortFunc(out, func(a, b search.Count) int {
		return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Value, b.Value))
	})
	return out[:min(size, len(out))]
}
