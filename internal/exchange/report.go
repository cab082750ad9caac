package exchange

import (
	"strings"
	"time"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/resource"
)

// Quarantined is the status of an input that could not be imported.
const Quarantined = "quarantined"

// Totals count how inputs ended; they add up to Inputs.
type Totals struct {
	Inputs      int `json:"inputs"`
	Imported    int `json:"imported"`
	Updated     int `json:"updated"`
	Unchanged   int `json:"unchanged"`
	Merged      int `json:"merged"`
	Quarantined int `json:"quarantined"`
}

// Report is the outcome of a run.
type Report struct {
	Run      int64     `json:"run"`
	Site     string    `json:"site"`
	Source   string    `json:"source"`
	DryRun   bool      `json:"dry_run,omitempty"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	Totals
	Skipped  int            `json:"skipped"`  // files of a folder that are no inputs: pictures, scripts, hidden files
	Reasons  map[string]int `json:"reasons"`  // quarantined inputs by reason
	Findings map[string]int `json:"findings"` // findings by code
	// inputs that are not unchanged: the first maxLines in quarantine and as many others
	Lines   []Line `json:"lines"`
	LeftOut int    `json:"left_out"` // lines beyond these

	// What the source named as no input: sheets, rows, files, each with the reason; the first maxLeftovers of
	// LeftoverCount.
	Leftovers     []Leftover `json:"leftovers,omitempty"`
	LeftoverCount int        `json:"leftover_count"`
}

// Leftover is a part of the source that is no input, and why.
type Leftover struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

const maxLeftovers = 1000

// leave names a part that is no input.
func (r *Report) leave(name, why string) {
	if r.LeftoverCount++; r.LeftoverCount <= maxLeftovers {
		r.Leftovers = append(r.Leftovers, Leftover{strings.Clone(name), strings.Clone(why)})
	}
}

// Line is how one input ended.
type Line struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Item   int64  `json:"item,omitempty,string"`
	Reason string `json:"reason,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// maxLines bounds the detail of a report, so that its size does not grow with the run;
// totals are always complete, and what is in quarantine is in the table of that name.
const maxLines = 10_000

// add accounts for one input.
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
	l.ID, l.Name = strings.Clone(l.ID), strings.Clone(l.Name) // not a part of the text it was cut from
	r.Lines = append(r.Lines, l)
}

func (r *Report) note(fs []rule.Finding) {
	if len(fs) > 0 && r.Findings == nil {
		r.Findings = map[string]int{}
	}
	for _, f := range fs {
		r.Findings[f.Code]++
	}
}

// Adds reports whether every input is accounted for.
func (t Totals) Adds() bool {
	return t.Inputs == t.Imported+t.Updated+t.Unchanged+t.Merged+t.Quarantined
}
