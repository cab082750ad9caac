package editorial

import (
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

// State is the state of a task.
type State string

// The states of a task.
const (
	Open     State = "open"
	Approved State = "approved" // all steps done, the edition released or its release planned
	Returned State = "returned"
	Recalled State = "recalled"
)

// ActKind is what a person did in a task.
type ActKind string

// The kinds of acts.
const (
	DidSubmit   ActKind = "submit"
	DidClaim    ActKind = "claim"
	DidUnclaim  ActKind = "unclaim"
	DidApprove  ActKind = "approve"
	DidReturn   ActKind = "return"
	DidTransfer ActKind = "transfer"
	DidRecall   ActKind = "recall"
	DidUrge     ActKind = "urge"
)

// Name is the act in Chinese.
func (k ActKind) Name() string {
	return map[ActKind]string{DidSubmit: "送审", DidClaim: "认领", DidUnclaim: "放回", DidApprove: "通过", DidReturn: "退回",
		DidTransfer: "转交", DidRecall: "撤回", DidUrge: "催办"}[k]
}

// Task is the review of one edition. Times are unix ms; persons are kind and id, such as "officer:12".
type Task struct {
	bun.BaseModel `bun:"table:editorial_task,alias:t"`

	ID          int64          `bun:"id,pk"`
	Item        int64          `bun:"item_id"`
	Edition     int64          `bun:"edition_id"`
	Hash        string         `bun:"hash"`    // SHA-256 over the content of the edition, in hex
	Base        int64          `bun:"base_id"` // the edition that was public when it was submitted, 0 none
	Owner       int64          `bun:"owner"`   // the site
	Column      int64          `bun:"column_id"`
	Class       resource.Class `bun:"class"`
	Title       string         `bun:"title"`
	Steps       []Step         `bun:"steps,type:text"` // of the moment of submitting
	Step        int            `bun:"step"`            // the current one, from 1
	State       State          `bun:"state"`
	SubmittedBy string         `bun:"submitted_by"`
	SubmittedAt int64          `bun:"submitted_at"`
	ReleaseAt   int64          `bun:"release_at"` // wanted time of the release, 0 at once
	EndedAt     int64          `bun:"ended_at"`
	Followed    bool           `bun:"followed"` // the item was submitted again
	UrgedAt     int64          `bun:"urged_at"`
	Version     int64          `bun:"version"` // optimistic lock

	Waits []Wait `bun:"-"` // what the current step waits for
	Stale bool   `bun:"-"` // the item has something else to be released by now
	Note  string `bun:"-"` // of the last act that has one
}

// Current is the step that the task is at.
func (t *Task) Current() Step { return t.Steps[t.Step-1] }

// Wait is an approval that the current step of a task waits for.
type Wait struct {
	bun.BaseModel `bun:"table:editorial_wait,alias:w"`

	Task      int64  `bun:"task_id,pk"`
	Unit      string `bun:"unit,pk"` // "": of anybody with the permission
	Due       int64  `bun:"due"`     // unix ms, 0 no deadline
	ClaimedBy string `bun:"claimed_by"`
	ClaimedAt int64  `bun:"claimed_at"`
}

// Act is what a person did in a task.
type Act struct {
	bun.BaseModel `bun:"table:editorial_act,alias:a"`

	Task  int64    `bun:"task_id,pk"`
	No    int      `bun:"no,pk"` // from 1
	Step  int      `bun:"step"`
	Unit  string   `bun:"unit"` // for which a counter-signer acts
	Kind  ActKind  `bun:"act"`
	Who   string   `bun:"who"`
	At    int64    `bun:"at"`
	Note  string   `bun:"note"`
	Hash  string   `bun:"hash"` // SHA-256 over the content that was seen, in hex
	Ticks []string `bun:"ticks,type:text"`
}

// part is the one role of a person in a task.
type part struct {
	bun.BaseModel `bun:"table:editorial_part"`

	Task int64  `bun:"task_id,pk"`
	Who  string `bun:"who,pk"`
	Step int    `bun:"step"` // 0: wrote or submitted it
}

type node struct {
	bun.BaseModel `bun:"table:editorial_node"`

	Task int64 `bun:"task_id,pk"`
	Node int64 `bun:"node,pk"`
}

// mayDo reports whether the actor may decide for the unit at the place. A counter-signature is given by a
// person whose role is limited to that unit: a role over everything is nobody's department.
func mayDo(by actor.Actor, at actor.Place, unit string) bool {
	at.Unit = unit
	return slices.ContainsFunc(by.Grants(Review), func(g actor.Grant) bool {
		one := actor.Actor{Permissions: []actor.Permission{Review}, Scope: g.Scope}
		return one.May(Review, at) && (unit == "" || len(g.Scope.Units) > 0)
	})
}

// choose returns the wait that the actor decides: the one he claimed, else the first that he may do and nobody claimed.
func choose(by actor.Actor, at actor.Place, waits []Wait) (*Wait, error) {
	var taken *Wait
	var free *Wait
	for i := range waits {
		w := &waits[i]
		switch {
		case !mayDo(by, at, w.Unit):
		case w.ClaimedBy == by.String():
			return w, nil
		case w.ClaimedBy != "":
			taken = w
		case free == nil:
			free = w
		}
	}
	switch {
	case free != nil:
		return free, nil
	case taken != nil:
		return nil, fault.New(fault.Conflict, "这一步已由别人认领，请等他处理，或请他转交给您")
	}
	if err := by.Check(Review, at); err != nil {
		return nil, err
	}
	return nil, fault.New(fault.Forbidden, "这一步由指定的部门会签，您的审核权限不在这些部门，请联系站点管理员授权。")
}
