package rule

// Level is the severity of a finding: an Error blocks, a Warn is only shown.
type Level string

// The two levels of a finding. Real sites deviate, so checks of form mostly warn.
const (
	Error Level = "error"
	Warn  Level = "warn"
)

// Finding is one result of a check.
type Finding struct {
	Code  string `json:"code"`  // e.g. "T-TAG-07" or "dossier.idcode"
	Level Level  `json:"level"` // error or warn
	Field string `json:"field"` // which field, in the field's own name
	Text  string `json:"text"`  // Chinese, says what to do
}

// HasError reports whether any finding is an error.
func HasError(fs []Finding) bool {
	for _, f := range fs {
		if f.Level == Error {
			return true
		}
	}
	return false
}
