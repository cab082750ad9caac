package bleveindex

import (
	"math"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"guiyi/internal/search"
)

// term is a term with its postings in every segment.
type term struct {
	lists []segment.PostingsList
	count uint64                   // number of documents that contain it
	spare segment.PostingsIterator // made by the last call of each; the next call reuses its memory
}

// lookUp returns a term with its postings. A request looks up each term only once.
func (q *findRun) lookUp(t search.Term) (*term, error) {
	if known := q.terms[t]; known != nil {
		return known, nil
	}
	out := &term{lists: make([]segment.PostingsList, len(q.parts))}
	for i := range q.parts {
		p := &q.parts[i]
		dict, ok := p.dicts[t.Field]
		if !ok {
			var err error
			if dict, err = p.segment.Segment().Dictionary(t.Field); err != nil {
				return nil, err
			}
			p.dicts[t.Field] = dict
		}
		list, err := dict.PostingsList([]byte(t.Text), p.segment.Deleted(), nil)
		if err != nil {
			return nil, err
		}
		out.lists[i] = list
		out.count += list.Count()
	}
	q.terms[t] = out
	return out, nil
}

func (q *findRun) lookUpTerms(terms []search.Term) ([]*term, error) {
	out := make([]*term, len(terms))
	for i, t := range terms {
		var err error
		if out[i], err = q.lookUp(t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// count returns an upper limit of the number of documents that contain any of the terms.
func count(terms []*term) (n uint64) {
	for _, t := range terms {
		n += t.count
	}
	return n
}

// idf returns the engine's weight of the term, in an index of docs documents.
func (t *term) idf(docs uint64) float64 {
	return 1 + math.Log(float64(docs)/float64(t.count+1))
}

// documents returns the documents of the segment with this number that contain the term, without deleted ones. The
// caller must not change the result.
func (t *term) documents(segmentNo int) *roaring.Bitmap {
	it, ok := t.lists[segmentNo].Iterator(false, false, false, nil).(segment.OptimizablePostingsIterator)
	if !ok {
		return roaring.New()
	}
	if doc, one := it.DocNum1Hit(); one {
		return roaring.BitmapOf(uint32(doc))
	}
	if docs := it.ActualBitmap(); docs != nil {
		return docs
	}
	return roaring.New()
}

// each calls fn for each posting of the term in the segment with this number whose document is in set. When set is nil,
// it calls fn for every posting. Postings of deleted documents are left out.
func (t *term) each(segmentNo int, set *roaring.Bitmap, fn func(doc uint32, freq uint64, norm float64)) error {
	it := t.lists[segmentNo].Iterator(true, true, false, t.spare)
	t.spare = it
	if narrow, ok := it.(segment.OptimizablePostingsIterator); ok && set != nil {
		if docs := narrow.ActualBitmap(); docs != nil {
			shared := roaring.And(docs, set)
			if shared.IsEmpty() {
				return nil
			}
			if shared.GetCardinality() < docs.GetCardinality() {
				narrow.ReplaceActual(shared)
			}
		} else if doc, one := narrow.DocNum1Hit(); one && !set.Contains(uint32(doc)) {
			return nil
		}
	}
	for {
		p, err := it.Next()
		if err != nil || p == nil {
			return err
		}
		fn(uint32(p.Number()), p.Frequency(), p.Norm())
	}
}

// union returns the documents of a segment that contain any of the terms. The caller must not change the result.
func union(p *part, terms []*term) *roaring.Bitmap {
	if len(terms) == 1 {
		return terms[0].documents(p.no)
	}
	var some []*roaring.Bitmap
	for _, t := range terms {
		if docs := t.documents(p.no); !docs.IsEmpty() {
			some = append(some, docs)
		}
	}
	return roaring.FastOr(some...)
}

// intersect returns the documents in both a and b. When a is nil, it returns b.
func intersect(a, b *roaring.Bitmap) *roaring.Bitmap {
	if a == nil {
		return b
	}
	return roaring.And(a, b)
}
