package bleveindex

import (
	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"
)

// encodedText is the type byte of stored text fields.
const encodedText = 't'

// field is a document's field with its terms already counted.
type field struct {
	name    string
	options index.FieldIndexingOptions
	value   []byte // stored bytes
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

// Size estimates the memory held, for the engine's accounting.
func (f *field) Size() int { return len(f.name) + len(f.value) + f.freqs.Size() }

// counted makes a text field: searched and counted, not stored, without positions.
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

// exact makes a field of exact values: for filters, facets and numbers.
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

// stored makes a field that is only kept.
func stored(name string, value []byte) *field {
	return &field{name: name, options: index.StoreField, value: value}
}
