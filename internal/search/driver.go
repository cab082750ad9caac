package search

import (
	"context"
	"errors"
)

// Driver is a search engine. It stores and finds terms; it does not split texts into terms. All engines get the same
// terms. Calls may run concurrently, but Index never runs two calls of Apply at once.
type Driver interface {
	// Apply writes the whole batch or nothing. When it returns, the batch is on disk and can be found.
	Apply(ctx context.Context, b Batch) error
	// Find returns the documents that satisfy r.
	Find(ctx context.Context, r Request) (Result, error)
	// Terms returns the terms of a text field that match the pattern, with the number of documents that contain each,
	// most frequent first. A 0 in the pattern matches any Han character from U+3000 to U+9FFF. Removed documents may
	// still be counted.
	Terms(ctx context.Context, field string, pattern []rune) ([]Count, error)
	// Load returns the stored bytes by ID. IDs that do not exist are missing in the result.
	Load(ctx context.Context, ids []string) (map[string][]byte, error)
	// Meta returns the Meta of the last batch that had one, nil when no batch had one.
	Meta(ctx context.Context) ([]byte, error)
	// Close closes the engine.
	Close() error
}

// ErrCorrupt is wrapped by the errors of a driver whose data are damaged.
var ErrCorrupt = errors.New("search: index damaged")

// Fields of an entry. The first three are text fields, whose terms are counted. The others are keyword fields, whose
// values are matched as a whole.
const (
	FieldPairs = "bi"    // pairs, words and numbers of the whole text
	FieldChars = "uni"   // single characters of the whole text
	FieldTitle = "title" // all terms of the title

	FieldItem     = "item"
	FieldNumber   = "no" // the document's own document number and index number, in normal form
	FieldSite     = "site"
	FieldColumn   = "col" // "path" and "site:path" of the column and of the columns above it
	FieldType     = "type"
	FieldYear     = "year"
	FieldValidity = "validity"
)

// textFields are the text fields, in the order of meta.Lengths.
var textFields = [...]string{FieldPairs, FieldChars, FieldTitle}

// Entry is a document in the form for the engine.
type Entry struct {
	ID       string
	Counts   map[string]map[string]int // text field → term → number of occurrences
	Keywords map[string][]string       // keyword field → values
	At       int64                     // unix milliseconds, for sorting and ranges
	Stored   []byte
}

// Batch is one atomic change.
type Batch struct {
	Put  []Entry
	Drop []string
	Meta []byte // replaces the stored Meta; nil keeps it
}

// Term is one term of one field, text or keyword.
type Term struct{ Field, Text string }

// Request describes the documents to find. The engine does not parse its texts.
type Request struct {
	Clauses  [][]Term // a document satisfies a clause when it contains any of its terms
	Min      int      // number of clauses that a document must satisfy; 0: all
	Filters  [][]Term // clauses of keyword terms that must all be satisfied; they do not change the score
	Since    int64    // unix milliseconds, inclusive; 0: no limit
	Until    int64    // unix milliseconds, exclusive; 0: no limit
	ByTime   bool     // newest first instead of best first; the order of equals is stable
	Offset   int
	Limit    int
	Facets   []FacetRequest
	Features []Term   // text terms that are counted in every hit
	Values   []string // keyword fields whose values are returned with every hit, and its time
}

// FacetRequest asks how many of the matching documents have each value of a keyword field.
type FacetRequest struct {
	Field  string
	Prefix string // only values with this prefix are counted
	Size   int
}

// Result is the answer to a Request.
type Result struct {
	Total  int64
	Hits   []Found
	Facets [][]Count // one list per FacetRequest, most frequent first
	DF     []int64   // number of documents that contain each feature; nil when there are no hits
	Docs   int64     // documents in the index
}

// Found is one matching document.
type Found struct {
	ID     string
	Score  float64    // of the engine; only good for comparing hits of one result
	Freq   []Freq     // one per Request.Features
	Values [][]string // one list per Request.Values, in any order
	At     int64      // unix milliseconds; 0 when the request has no Values
}

// Freq counts a term in a field of a document (N) and all terms of that field (Len).
type Freq struct{ N, Len float64 }

// Count is a value and the number of documents that have it.
type Count struct {
	Value string
	N     int64
}
