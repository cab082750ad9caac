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

// Find implements search.Driver. It reads one snapshot, segment by segment and term by term.
func (d *Driver) Find(ctx context.Context, req search.Request) (_ search.Result, err error) {
	defer readFailed(&err)
	r, snapshot, err := d.snapshot()
	if err != nil {
		return search.Result{}, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	docs, err := r.DocCount()
	if err != nil {
		return search.Result{}, err
	}
	q := &findRun{
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
	for i, c := range d.columns.columnsOf(snapshot.Segments()) {
		q.parts[i].columns = c
	}
	return q.run()
}

// errNoSnapshot is returned after Close.
var errNoSnapshot = errors.New("bleveindex: the engine has no snapshot: the index is closed")

// snapshot returns a reader twice: as the interface that the caller must close, and as the engine's own type.
func (d *Driver) snapshot() (index.IndexReader, *scorch.IndexSnapshot, error) {
	r, err := d.index.Reader()
	if err != nil {
		return nil, nil, err
	}
	s := r.(*scorch.IndexSnapshot) // the only type that this engine returns
	if s == nil {
		return nil, nil, errNoSnapshot
	}
	return r, s, nil
}

// findRun is the state of one Find.
type findRun struct {
	ctx    context.Context
	req    search.Request
	docs   uint64 // number of documents in the index
	parts  []part
	terms  map[search.Term]*term // terms that were already looked up
	total  int64
	best   top
	counts []map[string]int64 // counts of each facet, by value
}

// part is a segment of the snapshot.
type part struct {
	no      int
	segment *scorch.SegmentSnapshot
	columns *columns
	dicts   map[string]segment.TermDictionary
}

func (q *findRun) run() (search.Result, error) {
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
		out.Facets = append(out.Facets, mostFrequent(q.counts[i], f.Size))
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

// clauses looks up the terms of the clauses. When all clauses are required, the rarest comes first.
func (q *findRun) clauses() ([][]*term, error) {
	var out [][]*term
	for _, c := range q.req.Clauses {
		terms, err := q.lookUpTerms(c)
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

// all reports whether a document must satisfy every clause.
func (q *findRun) all() bool { return q.req.Min <= 0 || q.req.Min >= len(q.req.Clauses) }

// part searches one segment.
func (q *findRun) part(p *part, clauses [][]*term) error {
	if err := q.ctx.Err(); err != nil {
		return err
	}
	passed, err := q.filtered(p)
	if err != nil || passed != nil && passed.IsEmpty() {
		return err
	}
	s := getScores(int(p.segment.FullSize()))
	defer s.release()
	need := q.req.Min
	if q.all() {
		need = 0
		if passed = matchAll(p, passed, clauses); passed.IsEmpty() {
			return nil
		}
	}
	for _, c := range clauses {
		if err := q.ctx.Err(); err != nil {
			return err
		}
		set := passed
		if need > 0 {
			set = nil // one selection at the end costs less than intersecting every list of postings with the set
		}
		if err := s.add(p, c, set, q.docs); err != nil {
			return err
		}
	}
	s.selectDocs(passed, need)
	q.total += int64(len(s.docs))
	if err := q.offer(p, s); err != nil {
		return err
	}
	return q.tally(p, s.docs)
}

// filtered returns the documents of a segment that pass the keyword filters and the time range, nil when the request
// has neither. With a time range and no keyword filter, the result can contain deleted documents.
func (q *findRun) filtered(p *part) (*roaring.Bitmap, error) {
	var out *roaring.Bitmap
	for _, f := range q.req.Filters {
		terms, err := q.lookUpTerms(f)
		if err != nil {
			return nil, err
		}
		if out = intersect(out, union(p, terms)); out.IsEmpty() {
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
	return intersect(out, period), nil
}

// matchAll returns those documents of set that satisfy all clauses and are not deleted. A nil set has all documents.
func matchAll(p *part, set *roaring.Bitmap, clauses [][]*term) *roaring.Bitmap {
	for _, c := range clauses {
		if set = intersect(set, union(p, c)); set.IsEmpty() {
			return set
		}
	}
	if len(clauses) == 0 { // the postings of clauses leave out deleted documents; a time range does not
		set = intersect(set, p.segment.DocNumbersLive())
	}
	return set
}

// offer offers the selected documents to q.best.
func (q *findRun) offer(p *part, s *scores) error {
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

// found returns the hits with all fields except the frequencies of the features.
func (q *findRun) found(hits []hit) ([]search.Found, error) {
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

// values sets the requested keyword values and the time of a document in f.
func (q *findRun) values(p *part, doc uint32, f *search.Found) error {
	at, err := p.times()
	if err != nil {
		return err
	}
	f.At = at[doc]
	for _, field := range q.req.Values {
		c, err := p.column(field)
		if err != nil {
			return err
		}
		var all []string
		for _, v := range c.valuesOf(doc) {
			all = append(all, c.values[v])
		}
		f.Values = append(f.Values, all)
	}
	return nil
}

// features returns the number of documents of each feature, and sets its frequencies in the hits. The frequencies of
// characters come from the stored field, the others from the postings.
func (q *findRun) features(hits []hit, found []search.Found) ([]int64, error) {
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
		t, err := q.lookUp(f)
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

// length computes the length of a field from the engine's norm, which is 1/√length.
func length(norm float64) float64 {
	return math.Round(1 / max(norm*norm, 1e-12))
}

// timeTerm returns a time as a term. Terms sort in the order of time.
func timeTerm(ms int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(ms)^1<<63)
}

func parseTimeTerm(term string) int64 {
	return int64(binary.BigEndian.Uint64([]byte(term)) ^ 1<<63)
}
