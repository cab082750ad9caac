package importjob

import (
	"encoding/json"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/exchange"
	"guiyi/internal/kernel/actor"
)

// savedScope is the scope that the requester had when the import was requested.
type savedScope struct {
	All    bool    `json:"all"`
	Owners []int64 `json:"owners,omitempty"`
}

// scopeOf returns the sites in all of whose columns the actor may import. An actor with a right to only some columns of
// a site may not import into it, because an import can put items into any column.
func scopeOf(by actor.Actor) savedScope {
	if by.Covers(exchange.Write, actor.Scope{All: true}) {
		return savedScope{All: true}
	}
	var out savedScope
	for _, owner := range by.ScopeOf(exchange.Write).Owners {
		if by.May(exchange.Write, actor.At(owner)) {
			out.Owners = append(out.Owners, owner)
		}
	}
	return out
}

// requester returns the actor who requested the import, with the scope of that time.
func (r *jobRow) requester() actor.Actor {
	kind, id, _ := strings.Cut(r.Actor, ":")
	return actor.Actor{Kind: actor.Kind(kind), ID: id, Scope: actor.Scope{All: r.Scope.All, Owners: r.Scope.Owners},
		Permissions: []actor.Permission{exchange.Write}}
}

type jobRow struct {
	bun.BaseModel `bun:"table:exchange_order"`

	ID         int64      `bun:"id,pk"`
	Owner      int64      `bun:"owner"`
	Actor      string     `bun:"actor"`
	Scope      savedScope `bun:"reach,type:text"`
	State      State      `bun:"state"`
	Source     string     `bun:"source"`
	Column     string     `bun:"column_path"`
	Mapping    string     `bun:"mapping"`
	DryRun     bool       `bun:"dry_run"`
	File       string     `bun:"file_name"`
	Hash       string     `bun:"file_hash"`
	Address    string     `bun:"address"`
	MaxPages   int        `bun:"max_pages"`
	Done       int64      `bun:"done"`
	Run        int64      `bun:"run_id"`
	Report     string     `bun:"report"`
	Error      string     `bun:"error"`
	CreatedAt  int64      `bun:"created_at"`
	StartedAt  int64      `bun:"started_at"`
	FinishedAt int64      `bun:"finished_at"`
}

func (r *jobRow) job() *Job {
	o := &Job{
		ID:         r.ID,
		Owner:      r.Owner,
		Actor:      r.Actor,
		State:      r.State,
		Source:     r.Source,
		Column:     r.Column,
		File:       r.File,
		Address:    r.Address,
		DryRun:     r.DryRun,
		Done:       r.Done,
		Run:        r.Run,
		Error:      r.Error,
		CreatedAt:  r.CreatedAt,
		StartedAt:  r.StartedAt,
		FinishedAt: r.FinishedAt,
	}
	if report := (&exchange.Report{}); r.Report != "{}" && json.Unmarshal([]byte(r.Report), report) == nil {
		o.Report = report
	}
	return o
}

type uploadRow struct {
	bun.BaseModel `bun:"table:exchange_upload"`

	ID    int64  `bun:"id,pk"`
	Owner int64  `bun:"owner"`
	Name  string `bun:"name"`
	Hash  string `bun:"hash"`
	Size  int64  `bun:"size"`
	At    int64  `bun:"at"`
}
