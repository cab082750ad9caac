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
	count uint64 // documents that have it
	spare segment.PostingsIterator
}

// look finds a term's postings; every term is looked up once in a request.
func (q *finding) look(t search.Term) (*term, error) {
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

func (q *finding) lookUp(terms []search.Term) ([]*term, error) {
	out := make([]*term, len(terms))
	for i, t := range terms {
		var err error
		if out[i], err = q.look(t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// count is how many documents have any of the terms, at most.
func count(terms []*term) (n uint64) {
	for _, t := range terms {
		n += t.count
	}
	return n
}

// idf is the engine's weight of a term in so many documents.
func (t *term) idf(docs uint64) float64 {
	return 1 + math.Log(float64(docs)/float64(t.count+1))
}

// documents returns those of a segment that have the term. They are not to be changed.
func (t *term) documents(no int) *roaring.Bitmap {
	it, ok := t.lists[no].Iterator(false, false, false, nil).(segment.OptimizablePostingsIterator)
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

// each calls fn with the postings of a segment that lie in only, all of them when it is nil.
func (t *term) each(no int, only *roaring.Bitmap, fn func(doc uint32, freq uint64, norm float64)) error {
	it := t.lists[no].Iterator(true, true, false, t.spare)
	t.spare = it
	if narrow, ok := it.(segment.OptimizablePostingsIterator); ok && only != nil {
		if docs := narrow.ActualBitmap(); docs != nil {
			shared := roaring.And(docs, only)
			if shared.IsEmpty() {
				return nil
			}
			if shared.GetCardinality() < docs.GetCardinality() {
				narrow.ReplaceActual(shared)
			}
		} else if doc, one := narrow.DocNum1Hit(); one && !only.Contains(uint32(doc)) {
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

// union returns the documents of a segment that have any of the terms. They are not to be changed.
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

// both returns what a and b share; a may be nil for everything.
func both(a, b *roaring.Bitmap) *roaring.Bitmap {
	if a == nil {
		return b
	}
	return roaring.And(a, b)
}
