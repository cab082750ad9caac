package exchange

import (
	"strings"
	"time"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/resource"
)

// Quarantined is the status of an input that could not be imported.
const Quarantined = "quarantined"

// Totals count the results of the inputs; the counts add up to Inputs.
type Totals struct {
	Inputs      int `json:"inputs"`
	Imported    int `json:"imported"`
	Updated     int `json:"updated"`
	Unchanged   int `json:"unchanged"`
	Merged      int `json:"merged"`
	Quarantined int `json:"quarantined"`
}

// Report is the result of a run.
type Report struct {
	Run      int64     `json:"run"`
	Site     string    `json:"site"`
	Source   string    `json:"source"`
	DryRun   bool      `json:"dry_run,omitempty"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	Totals
	Skipped  int            `json:"skipped"`  // files of a folder that are not inputs: pictures, scripts, hidden files
	Reasons  map[string]int `json:"reasons"`  // quarantined inputs by reason
	Findings map[string]int `json:"findings"` // findings by code
	// Lines are the results of all inputs but the unchanged ones: at most maxLines quarantined and maxLines others.
	Lines   []Line `json:"lines"`
	LeftOut int    `json:"left_out"` // number of lines that are not in Lines

	// Leftovers are parts of the source that are not inputs (sheets, rows, files), with the reason. At most
	// maxLeftovers of them are listed; LeftoverCount counts all.
	Leftovers     []Leftover `json:"leftovers,omitempty"`
	LeftoverCount int        `json:"leftover_count"`
}

// Leftover is a part of the source that is not an input, with the reason in Chinese.
type Leftover struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

const maxLeftovers = 1000

// addLeftover adds a part of the source that is not an input.
func (r *Report) addLeftover(name, why string) {
	if r.LeftoverCount++; r.LeftoverCount <= maxLeftovers {
		r.Leftovers = append(r.Leftovers, Leftover{strings.Clone(name), strings.Clone(why)})
	}
}

// Line is the result of one input.
type Line struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Item   int64  `json:"item,omitempty,string"`
	Reason string `json:"reason,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// maxLines limits the lines of a report, so that its size does not grow with the run. The totals are always complete.
// All quarantined inputs are in the table exchange_quarantine.
const maxLines = 10_000

// add counts one input and adds its line.
func (r *Report) add(l Line) {
	r.Inputs++
	switch l.Status {
	case string(resource.Imported):
		r.Imported++
	case string(resource.Updated):
		r.Updated++
	case string(resource.Merged):
		r.Merged++
	case Quarantined:
		r.Quarantined++
		if r.Reasons == nil {
			r.Reasons = map[string]int{}
		}
		r.Reasons[l.Reason]++
	default:
		r.Unchanged++
		return
	}
	n := r.Inputs - r.Unchanged - r.Quarantined
	if l.Status == Quarantined {
		n = r.Quarantined
	}
	if n > maxLines {
		r.LeftOut++
		return
	}
	l.ID, l.Name = strings.Clone(l.ID), strings.Clone(l.Name) // a substring would keep the whole text in memory
	r.Lines = append(r.Lines, l)
}

// addFindings counts the findings by code.
func (r *Report) addFindings(fs []rule.Finding) {
	if len(fs) > 0 && r.Findings == nil {
		r.Findings = map[string]int{}
	}
	for _, f := range fs {
		r.Findings[f.Code]++
	}
}

// AddUp reports whether the counts add up to Inputs.
func (t Totals) AddUp() bool {
	return t.Inputs == t.Imported+t.Updated+t.Unchanged+t.Merged+t.Quarantined
}
