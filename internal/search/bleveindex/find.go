package bleveindex

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"guiyi/internal/search"
)

// Find runs the request on one snapshot: segment by segment, term by term.
func (d *Driver) Find(ctx context.Context, req search.Request) (_ search.Result, err error) {
	defer damaged(&err)
	r, snapshot, err := d.snapshot()
	if err != nil {
		return search.Result{}, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	docs, err := r.DocCount()
	if err != nil {
		return search.Result{}, err
	}
	q := &finding{
		ctx:    ctx,
		req:    req,
		docs:   docs,
		terms:  map[search.Term]*term{},
		best:   top{limit: req.Offset + req.Limit},
		counts: make([]map[string]int64, len(req.Facets)),
	}
	for i, s := range snapshot.Segments() {
		q.parts = append(q.parts, part{no: i, segment: s, dicts: map[string]segment.TermDictionary{}})
	}
	for i, c := range d.columns.of(snapshot.Segments()) {
		q.parts[i].columns = c
	}
	return q.run()
}

// snapshot returns a reader, which the caller closes, as the engine's own type.
func (d *Driver) snapshot() (index.IndexReader, *scorch.IndexSnapshot, error) {
	r, err := d.index.Reader()
	if err != nil {
		return nil, nil, err
	}
	s, ok := r.(*scorch.IndexSnapshot)
	if !ok {
		return nil, nil, errors.Join(errors.New("bleveindex: the engine has another kind of snapshot"), r.Close())
	}
	return r, s, nil
}

// finding is a request on its way.
type finding struct {
	ctx    context.Context
	req    search.Request
	docs   uint64 // documents of the index
	parts  []part
	terms  map[search.Term]*term // those that were looked up
	total  int64
	best   top
	counts []map[string]int64 // of every facet
}

// part is a segment of the snapshot.
type part struct {
	no      int
	segment *scorch.SegmentSnapshot
	columns *columns
	dicts   map[string]segment.TermDictionary
}

func (q *finding) run() (search.Result, error) {
	out := search.Result{Docs: int64(q.docs)}
	clauses, err := q.clauses()
	if err != nil {
		return out, err
	}
	for i := range q.parts {
		if err := q.part(&q.parts[i], clauses); err != nil {
			return out, err
		}
	}
	out.Total = q.total
	for i, f := range q.req.Facets {
		out.Facets = append(out.Facets, most(q.counts[i], f.Size))
	}
	hits := q.best.sorted()
	hits = hits[min(q.req.Offset, len(hits)):]
	if len(hits) == 0 {
		return out, nil
	}
	if out.Hits, err = q.found(hits); err != nil {
		return out, err
	}
	out.DF, err = q.features(hits, out.Hits)
	return out, err
}

// clauses looks the terms of the clauses up and puts the rarest clause first.
func (q *finding) clauses() ([][]*term, error) {
	var out [][]*term
	for _, c := range q.req.Clauses {
		terms, err := q.lookUp(c)
		if err != nil {
			return nil, err
		}
		out = append(out, terms)
	}
	if q.all() {
		slices.SortStableFunc(out, func(a, b []*term) int { return int(count(a)) - int(count(b)) })
	}
	return out, nil
}

// all reports that every clause must be satisfied.
func (q *finding) all() bool { return q.req.Min <= 0 || q.req.Min >= len(q.req.Clauses) }

// part finds the documents of one segment.
func (q *finding) part(p *part, clauses [][]*term) error {
	if err := q.ctx.Err(); err != nil {
		return err
	}
	within, err := q.within(p)
	if err != nil || within != nil && within.IsEmpty() {
		return err
	}
	s := borrow(int(p.segment.FullSize()))
	defer s.giveBack()
	need := q.req.Min
	if q.all() {
		need = 0
		if within = meet(p, within, clauses); within.IsEmpty() {
			return nil
		}
	}
	for _, c := range clauses {
		if err := q.ctx.Err(); err != nil {
			return err
		}
		only := within
		if need > 0 {
			only = nil // most documents have few of the clauses: choosing afterwards costs less
		}
		if err := s.add(p, c, only, q.docs); err != nil {
			return err
		}
	}
	s.choose(within, need)
	q.total += int64(len(s.docs))
	if err := q.take(p, s); err != nil {
		return err
	}
	return q.tally(p, s.docs)
}

// within returns the documents of a segment that pass the filters; nil for all, deleted ones included.
func (q *finding) within(p *part) (*roaring.Bitmap, error) {
	var out *roaring.Bitmap
	for _, f := range q.req.Filters {
		terms, err := q.lookUp(f)
		if err != nil {
			return nil, err
		}
		if out = both(out, union(p, terms)); out.IsEmpty() {
			return out, nil
		}
	}
	if q.req.Since == 0 && q.req.Until == 0 {
		return out, nil
	}
	at, err := p.times()
	if err != nil {
		return nil, err
	}
	period := roaring.New()
	for doc, t := range at {
		if (q.req.Since == 0 || t >= q.req.Since) && (q.req.Until == 0 || t < q.req.Until) {
			period.Add(uint32(doc))
		}
	}
	return both(out, period), nil
}

// meet narrows within to the documents that are not deleted and satisfy all clauses.
func meet(p *part, within *roaring.Bitmap, clauses [][]*term) *roaring.Bitmap {
	for _, c := range clauses {
		if within = both(within, union(p, c)); within.IsEmpty() {
			return within
		}
	}
	if len(clauses) == 0 { // filters by time, or nothing at all, know nothing of deletions
		within = both(within, p.segment.DocNumbersLive())
	}
	return within
}

// take offers the chosen documents to the best.
func (q *finding) take(p *part, s *sums) error {
	if q.best.limit == 0 {
		return nil
	}
	if !q.req.ByTime {
		for _, doc := range s.docs {
			q.best.offer(hit{key: s.score[doc], score: s.score[doc], part: p.no, doc: doc})
		}
		return nil
	}
	at, err := p.times()
	if err != nil {
		return err
	}
	for _, doc := range s.docs {
		q.best.offer(hit{key: float64(at[doc]), score: s.score[doc], part: p.no, doc: doc})
	}
	return nil
}

// found fills in the fields of a hit other than its features.
func (q *finding) found(hits []hit) ([]search.Found, error) {
	out := make([]search.Found, len(hits))
	freqs := make([]search.Freq, len(hits)*len(q.req.Features))
	for i, h := range hits {
		p := &q.parts[h.part]
		id, err := p.segment.DocID(uint64(h.doc))
		if err != nil {
			return nil, err
		}
		out[i] = search.Found{ID: string(id), Score: h.score}
		out[i].Freq, freqs = freqs[:len(q.req.Features):len(q.req.Features)], freqs[len(q.req.Features):]
		if len(q.req.Values) == 0 {
			continue
		}
		if err := q.values(p, h.doc, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// values fills in the wanted keywords of a document and its time.
func (q *finding) values(p *part, doc uint32, into *search.Found) error {
	at, err := p.times()
	if err != nil {
		return err
	}
	into.At = at[doc]
	for _, field := range q.req.Values {
		c, err := p.column(field)
		if err != nil {
			return err
		}
		var all []string
		for _, v := range c.of(doc) {
			all = append(all, c.values[v])
		}
		into.Values = append(into.Values, all)
	}
	return nil
}

// features reads the counts of every wanted term at the hits, those of characters from the
// documents and the others from the postings, and counts its documents.
func (q *finding) features(hits []hit, found []search.Found) ([]int64, error) {
	where := make([]map[uint32]int, len(q.parts)) // segment → document → index of the hit
	docs := make([]*roaring.Bitmap, len(q.parts))
	for i, h := range hits {
		if where[h.part] == nil {
			where[h.part], docs[h.part] = map[uint32]int{}, roaring.New()
		}
		where[h.part][h.doc] = i
		docs[h.part].Add(h.doc)
	}
	df := make([]int64, len(q.req.Features))
	for i, f := range q.req.Features {
		if err := q.ctx.Err(); err != nil {
			return nil, err
		}
		t, err := q.look(f)
		if err != nil {
			return nil, err
		}
		df[i] = int64(t.count)
		if f.Field == search.FieldChars {
			continue
		}
		for no, at := range where {
			if at == nil {
				continue
			}
			err := t.each(no, docs[no], func(doc uint32, freq uint64, norm float64) {
				found[at[doc]].Freq[i] = search.Freq{N: float64(freq), Len: length(norm)}
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return df, q.chars(hits, found)
}

// length undoes the engine's norm, 1/√length.
func length(norm float64) float64 {
	return math.Round(1 / max(norm*norm, 1e-12))
}

// instant is a time as a term; terms are in the order of time.
func instant(ms int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(ms)^1<<63)
}

func fromInstant(term string) int64 {
	return int64(binary.BigEndian.Uint64([]byte(term)) ^ 1<<63)
}
