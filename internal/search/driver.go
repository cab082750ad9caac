package search

import (
	"context"
	"errors"
)

// Driver is what an engine must do. It knows terms, not texts: the same terms go to every
// engine. Calls may run concurrently; Index sees to it that only one Apply runs at a time.
type Driver interface {
	// Apply does the whole batch or nothing. On return it is on disk and findable.
	Apply(ctx context.Context, b Batch) error
	// Find returns the documents that satisfy r.
	Find(ctx context.Context, r Request) (Result, error)
	// Terms returns the terms of a text field that are like the pattern, in which 0 stands for any common Han
	// character, with how many documents have each, most frequent first. Removed documents may still be counted.
	Terms(ctx context.Context, field string, pattern []rune) ([]Count, error)
	// Load returns the stored bytes of the documents that exist.
	Load(ctx context.Context, ids []string) (map[string][]byte, error)
	// Meta returns what the last batch with a Meta stored, nil when none did.
	Meta(ctx context.Context) ([]byte, error)
	// Close ends the use of the engine.
	Close() error
}

// ErrCorrupt is returned (wrapped) by a driver whose data are damaged.
var ErrCorrupt = errors.New("search: index damaged")

// Text fields of an entry. Terms are counted, keywords are exact.
const (
	FieldPairs = "bi"    // pairs, words and numbers of everything
	FieldChars = "uni"   // single characters of everything
	FieldTitle = "title" // all terms of the title

	FieldItem     = "item"
	FieldNumber   = "no" // own document number and index number in normal form
	FieldSite     = "site"
	FieldColumn   = "col" // "path" and "site:path" of the column and of all above it
	FieldType     = "type"
	FieldYear     = "year"
	FieldValidity = "validity"
)

// textFields are the counted fields, in the order of Meta lengths.
var textFields = [...]string{FieldPairs, FieldChars, FieldTitle}

// Entry is a document as the engine gets it.
type Entry struct {
	ID       string
	Counts   map[string]map[string]int // text field → term → how often
	Keywords map[string][]string       // keyword field → values
	At       int64                     // unix milliseconds, for sorting and ranges
	Stored   []byte
}

// Batch is one atomic change.
type Batch struct {
	Put  []Entry
	Drop []string
	Meta []byte // replaces the stored one when not nil
}

// Term is one term of one field, text or keyword.
type Term struct{ Field, Text string }

// Request asks for documents. Nothing in it is parsed by the engine.
type Request struct {
	Clauses  [][]Term // each is satisfied by any of its terms
	Min      int      // clauses that must be satisfied; 0: all
	Filters  [][]Term // all must be satisfied, each by any of its keyword terms; no score
	Since    int64    // unix milliseconds, inclusive; 0: open
	Until    int64    // unix milliseconds, exclusive; 0: open
	ByTime   bool     // newest first instead of best first; ties always in the same order
	Offset   int
	Limit    int
	Facets   []FacetRequest
	Features []Term   // text terms whose counts are wanted for every hit
	Values   []string // keyword fields whose values are wanted for every hit, with its time
}

// FacetRequest asks how many of the matching documents carry each value of a keyword field.
type FacetRequest struct {
	Field  string
	Prefix string // only values that begin so
	Size   int
}

// Result answers a Request.
type Result struct {
	Total  int64
	Hits   []Found
	Facets [][]Count // one list per FacetRequest, most frequent first
	DF     []int64   // documents holding each feature; nil without hits
	Docs   int64     // documents in the index
}

// Found is one matching document.
type Found struct {
	ID     string
	Score  float64    // of the engine: only the order means something
	Freq   []Freq     // aligned with Request.Features
	Values [][]string // aligned with Request.Values, each in any order
	At     int64      // unix milliseconds; 0 unless Values are wanted
}

// Freq is how often a term occurs in a field of a document (N), and how many terms the field has (Len).
type Freq struct{ N, Len float64 }

// Count is a value with the number of documents that carry it.
type Count struct {
	Value string
	N     int64
}
