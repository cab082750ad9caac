package source

import (
	"context"
	"errors"
	"iter"
	"time"

	"guiyi/internal/kernel/fault"
)

// Input is one thing to import: a page, or a record of a table.
type Input struct {
	ID       string            // external id, unique in its source
	Name     string            // for people: "news/a.html", "list.csv:12"
	Raw      []byte            // bytes of the page, or of the document that holds the record
	Encoding string            // charset from the HTTP header, if any
	Fields   map[string]string // of a record
	URL      string            // original address, if known
	Modified time.Time         // of the file or answer; stands in for a missing publish time
	Assets   Assets            // finds pictures and attachments; nil finds none
	Content  *Content
	Problem  error // the input could not be read; it goes to quarantine

	// Leftover says in Chinese why this is no input: a hidden row, an empty sheet, the words above a header. The report
	// names it with this reason and does not count it as an input.
	Leftover string

	// Keep puts the file that holds a record into the blob store and returns its hash;
	// nil when Raw is all there is. It may be called often and works once.
	Keep func(ctx context.Context) (hash string, err error)
}

// Assets fetches what a page refers to, by the address as written in the page after
// resolution against Input.URL.
type Assets interface {
	Fetch(ctx context.Context, address string) ([]byte, error)
}

// Source yields inputs. An error ends the run; a bad input is an Input with a Problem.
// A source with a method Skipped() int returns how many files of a folder were no inputs.
type Source interface {
	// Label is the default name of the source in provenance.
	Label() string
	// Inputs yields every input once, in a stable order.
	Inputs(ctx context.Context) iter.Seq2[Input, error]
}

// Headed is a source with rows below a header. It finds the header by the known names of columns.
type Headed interface {
	Know(column func(name string) bool)
}

// Reasons for quarantine.
const (
	ReasonTitle     = "missing-title"
	ReasonBody      = "missing-body"
	ReasonEncoding  = "undecodable"
	ReasonType      = "refused-type"
	ReasonSize      = "too-large"
	ReasonNotItem   = "not-an-article" // a list, a home page, an empty template, an error page
	ReasonMalformed = "malformed"
	ReasonFetch     = "not-fetched"
)

// refusal is an error with a reason for quarantine.
type refusal struct {
	reason string
	err    error
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// Because gives an error its reason for quarantine.
func Because(reason string, err error) error { return &refusal{reason, err} }

// Refuse is a new error with a reason for quarantine; its text is Chinese and safe to show.
func Refuse(reason, format string, a ...any) error {
	return &refusal{reason, fault.New(fault.Invalid, format, a...)}
}

// ReasonOf sorts an error into a reason for quarantine.
func ReasonOf(err error) string {
	var r *refusal
	if errors.As(err, &r) {
		return r.reason
	}
	switch fault.KindOf(err) {
	case fault.TooLarge:
		return ReasonSize
	case fault.Unsupported:
		return ReasonEncoding
	case fault.Unavailable, fault.NotFound:
		return ReasonFetch
	}
	return ReasonMalformed
}

// Limits of one input, in bytes.
const (
	MaxPage  = 16 << 20 // a page or document
	MaxAsset = 64 << 20 // a picture or attachment
)
