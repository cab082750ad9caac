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
	Name     string            // for users, e.g. "news/a.html" or "list.csv:12"
	Raw      []byte            // bytes of the page, or of the document that contains the record
	Encoding string            // charset from the HTTP header, if any
	Fields   map[string]string // fields of a record, by name; nil for a page
	URL      string            // original address, if known
	Modified time.Time         // time of the file or response; used when the original has no time
	Assets   Assets            // fetches pictures and attachments; nil when there are none
	Content  *Content          // a document of a content file
	Problem  error             // why the input could not be read; it goes into quarantine

	// Leftover says in Chinese why this is not an input: a hidden row, an empty sheet, the text above a header. The
	// report lists it with this reason and does not count it as an input.
	Leftover string

	// StoreFile stores the file that contains a record in the blob store and returns its hash. It stores the file only
	// at the first call. It is nil when Raw is the whole original.
	StoreFile func(ctx context.Context) (hash string, err error)
}

// Assets fetches the pictures and files that a page refers to. The address is that in the page, resolved against
// Input.URL.
type Assets interface {
	Fetch(ctx context.Context, address string) ([]byte, error)
}

// Source yields inputs. An error ends the run. An input that cannot be read has a Problem instead.
// A source may have a method Skipped() int: the number of files in a folder that are not inputs.
type Source interface {
	// Label is the default name of the source in provenance.
	Label() string
	// Inputs yields every input once, in a stable order.
	Inputs(ctx context.Context) iter.Seq2[Input, error]
}

// Headed is a source of rows below a header. SetKnown sets the function that reports known column names, by which it
// finds the header.
type Headed interface {
	SetKnown(known func(column string) bool)
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

// Because adds a reason for quarantine to an error.
func Because(reason string, err error) error { return &refusal{reason, err} }

// Refuse returns a new error with a reason for quarantine. Its text is Chinese and can be shown to users.
func Refuse(reason, format string, a ...any) error {
	return &refusal{reason, fault.New(fault.Invalid, format, a...)}
}

// ReasonOf returns the reason for quarantine of an error.
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
