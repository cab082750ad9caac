package bleveindex

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// sums are the scores of the documents of a segment, term after term. All is zero between uses.
type sums struct {
	score []float64
	met   []uint16 // clauses that a document satisfies
	docs  []uint32 // the chosen ones, in the order of the index

	part    []float64 // of one clause of several terms
	terms   []uint16  // of it that a document has
	touched []uint32  // documents with any of them
}

var idle = sync.Pool{New: func() any { return &sums{} }}

// borrow returns sums for so many documents.
func borrow(n int) *sums {
	s := idle.Get().(*sums)
	s.score = slices.Grow(s.score[:0], n)[:n]
	s.met = slices.Grow(s.met[:0], n)[:n]
	return s
}

func (s *sums) giveBack() {
	clear(s.score)
	clear(s.met)
	s.docs = s.docs[:0]
	idle.Put(s)
}

// add adds a clause at the documents in only, all when it is nil. The score is tf-idf as the
// engine has it, up to a factor that is the same for all documents: √frequency · norm · idf²,
// and of a clause of several terms the part of them that a document has.
func (s *sums) add(p *part, clause []*term, only *roaring.Bitmap, docs uint64) error {
	if len(clause) == 1 {
		idf := clause[0].idf(docs)
		return clause[0].each(p.no, only, func(doc uint32, freq uint64, norm float64) {
			s.score[doc] += math.Sqrt(float64(freq)) * norm * idf * idf
			s.met[doc]++
		})
	}
	s.part = slices.Grow(s.part[:0], len(s.score))[:len(s.score)]
	s.terms = slices.Grow(s.terms[:0], len(s.score))[:len(s.score)]
	for _, t := range clause {
		idf := t.idf(docs)
		err := t.each(p.no, only, func(doc uint32, freq uint64, norm float64) {
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
		s.met[doc]++
		s.part[doc], s.terms[doc] = 0, 0
	}
	s.touched = s.touched[:0]
	return nil
}

// choose picks the documents in within, all when it is nil, that satisfy so many clauses. Where
// not all are needed, those with more of them count more.
func (s *sums) choose(within *roaring.Bitmap, need int) {
	if need <= 0 {
		s.docs = slices.Grow(s.docs, int(within.GetCardinality()))[:within.GetCardinality()]
		within.ManyIterator().NextMany(s.docs)
		return
	}
	for doc, met := range s.met {
		if int(met) >= need && (within == nil || within.Contains(uint32(doc))) {
			s.docs = append(s.docs, uint32(doc))
			s.score[doc] *= float64(met)
		}
	}
}

// hit is a document that was found.
type hit struct {
	key, score float64 // what it is sorted by: the score or the time
	part       int
	doc        uint32
}

// top keeps the hits with the greatest keys, of equals the first. It is a heap with the worst on top.
type top struct {
	limit int
	heap  []hit
}

func (t *top) Len() int           { return len(t.heap) }
func (t *top) Less(i, j int) bool { return compare(t.heap[i], t.heap[j]) > 0 }
func (t *top) Swap(i, j int)      { t.heap[i], t.heap[j] = t.heap[j], t.heap[i] }
func (t *top) Push(x any)         { t.heap = append(t.heap, x.(hit)) }
func (t *top) Pop() any           { return nil } // nothing is taken out

// offer takes h when it is among the best. Hits come in the order of the index.
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
