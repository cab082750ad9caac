package bleveindex

import (
	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"
)

// encodedText is the engine's type byte of a text field.
const encodedText = 't'

// field is a field of a document; its terms are already counted.
type field struct {
	name    string
	options index.FieldIndexingOptions
	value   []byte // stored bytes, nil when the field is only indexed
	freqs   index.TokenFrequencies
	length  int
}

var _ document.Field = (*field)(nil)

func (f *field) Name() string                                     { return f.name }
func (f *field) Value() []byte                                    { return f.value }
func (f *field) ArrayPositions() []uint64                         { return nil }
func (f *field) EncodedFieldType() byte                           { return encodedText }
func (f *field) Analyze()                                         {}
func (f *field) Options() index.FieldIndexingOptions              { return f.options }
func (f *field) AnalyzedLength() int                              { return f.length }
func (f *field) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.freqs }
func (f *field) NumPlainTextBytes() uint64                        { return uint64(len(f.value)) }

// Size returns the approximate memory in bytes, for the engine's accounting.
func (f *field) Size() int { return len(f.name) + len(f.value) + f.freqs.Size() }

// counted returns a text field. The index has its terms with their frequencies, but no positions, and does not store
// its text.
func counted(name string, counts map[string]int) *field {
	f := &field{name: name, options: index.IndexField, freqs: make(index.TokenFrequencies, len(counts))}
	backing, size := make([]index.TokenFreq, 0, len(counts)), 0
	for term := range counts {
		size += len(term)
	}
	text := make([]byte, 0, size)
	for term, n := range counts {
		text = append(text, term...)
		backing = append(backing, index.TokenFreq{Term: text[len(text)-len(term) : len(text) : len(text)]})
		tf := &backing[len(backing)-1]
		tf.SetFrequency(n)
		f.freqs[term] = tf
		f.length += n
	}
	return f
}

// exact returns a keyword field: its values are terms without frequencies. Filters, facets, document numbers and the
// time of a document use it.
func exact(name string, values []string) *field {
	f := &field{name: name, options: index.IndexField | index.SkipFreqNorm,
		freqs: make(index.TokenFrequencies, len(values))}
	for _, v := range values {
		if _, ok := f.freqs[v]; ok || v == "" {
			continue
		}
		tf := &index.TokenFreq{Term: []byte(v)}
		tf.SetFrequency(1)
		f.freqs[v] = tf
		f.length++
	}
	return f
}

// stored returns a field that is stored but not indexed.
func stored(name string, value []byte) *field {
	return &field{name: name, options: index.StoreField, value: value}
}
