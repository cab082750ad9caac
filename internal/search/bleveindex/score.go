package bleveindex

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// scores are the scores of the documents of one segment. They are summed term by term and set to zero after use.
type scores struct {
	score     []float64
	satisfied []uint16 // number of clauses that a document satisfies
	docs      []uint32 // the selected documents, in the order of the index

	part    []float64 // score of the current clause, when it has several terms
	terms   []uint16  // number of terms of that clause in a document
	touched []uint32  // documents with any term of that clause
}

var idle = sync.Pool{New: func() any { return &scores{} }}

// getScores returns scores for n documents from the pool.
func getScores(n int) *scores {
	s := idle.Get().(*scores)
	s.score = slices.Grow(s.score[:0], n)[:n]
	s.satisfied = slices.Grow(s.satisfied[:0], n)[:n]
	return s
}

func (s *scores) release() {
	clear(s.score)
	clear(s.satisfied)
	s.docs = s.docs[:0]
	idle.Put(s)
}

// add adds the score of a clause to each document of set, or to every document when set is nil. The score of a term is
// the tf-idf of the engine without its constant factor: √frequency · norm · idf². For a clause of several terms, the
// sum of their scores is multiplied by the share of the terms that the document contains. docs is the number of
// documents in the index.
func (s *scores) add(p *part, clause []*term, set *roaring.Bitmap, docs uint64) error {
	if len(clause) == 1 {
		idf := clause[0].idf(docs)
		return clause[0].each(p.no, set, func(doc uint32, freq uint64, norm float64) {
			s.score[doc] += math.Sqrt(float64(freq)) * norm * idf * idf
			s.satisfied[doc]++
		})
	}
	s.part = slices.Grow(s.part[:0], len(s.score))[:len(s.score)]
	s.terms = slices.Grow(s.terms[:0], len(s.score))[:len(s.score)]
	for _, t := range clause {
		idf := t.idf(docs)
		err := t.each(p.no, set, func(doc uint32, freq uint64, norm float64) {
			if s.terms[doc] == 0 {
				s.touched = append(s.touched, doc)
			}
			s.part[doc] += math.Sqrt(float64(freq)) * norm * idf * idf
			s.terms[doc]++
		})
		if err != nil {
			return err
		}
	}
	for _, doc := range s.touched {
		s.score[doc] += s.part[doc] * float64(s.terms[doc]) / float64(len(clause))
		s.satisfied[doc]++
		s.part[doc], s.terms[doc] = 0, 0
	}
	s.touched = s.touched[:0]
	return nil
}

// selectDocs selects documents of set. With need 0 it selects all of them. Otherwise it selects those that satisfy at
// least need clauses, and multiplies their score by the number of clauses that they satisfy; a nil set then has all
// documents.
func (s *scores) selectDocs(set *roaring.Bitmap, need int) {
	if need <= 0 {
		s.docs = slices.Grow(s.docs, int(set.GetCardinality()))[:set.GetCardinality()]
		set.ManyIterator().NextMany(s.docs)
		return
	}
	for doc, n := range s.satisfied {
		if int(n) >= need && (set == nil || set.Contains(uint32(doc))) {
			s.docs = append(s.docs, uint32(doc))
			s.score[doc] *= float64(n)
		}
	}
}

// hit is a document that was found.
type hit struct {
	key, score float64 // key is the sort key: the score or the time
	part       int
	doc        uint32
}

// top collects the hits with the greatest keys. Of equal keys it keeps the first. It is a heap with the worst hit on
// top.
type top struct {
	limit int
	heap  []hit
}

func (t *top) Len() int           { return len(t.heap) }
func (t *top) Less(i, j int) bool { return compare(t.heap[i], t.heap[j]) > 0 }
func (t *top) Swap(i, j int)      { t.heap[i], t.heap[j] = t.heap[j], t.heap[i] }
func (t *top) Push(x any)         { t.heap = append(t.heap, x.(hit)) }
func (t *top) Pop() any           { return nil } // not used: hits are only replaced

// offer adds h when it is one of the best. Hits must be offered in the order of the index.
func (t *top) offer(h hit) {
	switch {
	case len(t.heap) < t.limit:
		heap.Push(t, h)
	case h.key > t.heap[0].key:
		t.heap[0] = h
		heap.Fix(t, 0)
	}
}

// sorted returns the hits, best first.
func (t *top) sorted() []hit {
	slices.SortFunc(t.heap, compare)
	return t.heap
}

func compare(a, b hit) int {
	return cmp.Or(cmp.Compare(b.key, a.key), cmp.Compare(a.part, b.part), cmp.Compare(a.doc, b.doc))
}
