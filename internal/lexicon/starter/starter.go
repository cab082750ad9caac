package starter

import (
	_ "embed" // the files
	"sync"

	"guiyi/internal/lexicon/check"
)

//go:embed wrong.tsv
var wrong []byte

//go:embed confusable.tsv
var confusable []byte

//go:embed expression.tsv
var expression []byte

// Dictionary is one of the dictionaries of the program.
type Dictionary struct {
	check.Dictionary
	Name string // Chinese
}

// Dictionaries returns the dictionaries of the program, in the order in which they count. The caller must not change
// them.
var Dictionaries = sync.OnceValue(func() []Dictionary {
	var out []Dictionary
	for _, d := range []struct {
		code, kind, name string
		file             []byte
	}{
		{"starter.wrong", "word.wrong", "常见错别字（随带）", wrong},
		{"starter.confusable", "word.confusable", "易混词（随带）", confusable},
		{"starter.expression", "word.expression", "规范表述（随带）", expression},
	} {
		entries, err := check.ParseEntries(d.file)
		if err != nil {
			continue // cannot happen: TestDictionaries reads the files
		}
		out = append(out, Dictionary{check.Dictionary{Code: d.code, Kind: d.kind, Entries: entries}, d.name})
	}
	return out
})
