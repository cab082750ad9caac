package editorialapi

import (
	"context"
	"time"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/api"
)

// ColumnName is a column by id, name and path.
type ColumnName struct {
	ID   api.ID `json:"id"`
	Name string `json:"name"`
	Path string `json:"path"`
}

// TaskWait is an approval that the current step waits for.
type TaskWait struct {
	Unit      string      `json:"unit,omitempty" doc:"会签部门；不写为任何有权限的人"`
	ClaimedBy *api.Person `json:"claimed_by,omitempty"`
	ClaimedAt *time.Time  `json:"claimed_at,omitempty"`
	Due       *time.Time  `json:"due,omitempty"`
}

// Task is the review of one edition.
type Task struct {
	ID          api.ID      `json:"id"`
	Version     int64       `json:"version" doc:"版本号，每次处理加一；处理时要带上"`
	Item        api.ID      `json:"item"`
	Edition     api.ID      `json:"edition" doc:"审的是哪一稿"`
	Title       string      `json:"title"`
	Site        string      `json:"site"`
	Column      *ColumnName `json:"column,omitempty"`
	Class       string      `json:"class"`
	State       string      `json:"state" doc:"open 审核中、approved 已通过、returned 已退回、recalled 已撤回"`
	Stale       bool        `json:"stale" doc:"稿件在送审后有变动，不能再通过"`
	Step        int         `json:"step" doc:"现在是第几步，从 1 起"`
	Steps       int         `json:"steps" doc:"共几步"`
	StepName    string      `json:"step_name"`
	StepKind    string      `json:"step_kind" doc:"review 审核、proofread 校对、secrecy 保密审查、privacy 个人信息审查"`
	SubmittedBy api.Person  `json:"submitted_by"`
	SubmittedAt *time.Time  `json:"submitted_at"`
	ReleaseAt   *time.Time  `json:"release_at,omitempty" doc:"通过后定时发布的时间"`
	EndedAt     *time.Time  `json:"ended_at,omitempty"`
	UrgedAt     *time.Time  `json:"urged_at,omitempty" doc:"最近一次催办"`
	ClaimedBy   *api.Person `json:"claimed_by,omitempty" doc:"认领当前一步的人"`
	Due         *time.Time  `json:"due,omitempty" doc:"当前一步的期限"`
	Waits       []TaskWait  `json:"waits" nullable:"false" doc:"当前一步等待谁"`
	Note        string      `json:"note,omitempty" doc:"最近一条意见或原因"`
}

// TaskAct is what a person did in a task.
type TaskAct struct {
	No    int        `json:"no"`
	Step  int        `json:"step"`
	Unit  string     `json:"unit,omitempty"`
	Act   string     `json:"act" doc:"submit 送审、claim 认领、unclaim 放回、approve 通过、return 退回、transfer 转交、recall 撤回、urge 催办"`
	By    api.Person `json:"by"`
	At    *time.Time `json:"at"`
	Note  string     `json:"note,omitempty"`
	Hash  string     `json:"hash" doc:"所见内容的 SHA-256"`
	Ticks []string   `json:"ticks,omitempty"`
}

// TextChange is a sentence or a value against what was public when the edition was submitted.
type TextChange struct {
	Field string `json:"field"`
	Kind  string `json:"kind" doc:"same 相同、added 新增、removed 删去"`
	Text  string `json:"text"`
}

// FlowStep is one step of a flow.
type FlowStep struct {
	Name    string   `json:"name" minLength:"1" maxLength:"40" doc:"名称，如 初审"`
	Kind    string   `json:"kind" enum:"review,proofread,secrecy,privacy" doc:"review 审核、proofread 校对、secrecy 保密审查、privacy 个人信息审查"`
	Units   []string `json:"units,omitempty" maxItems:"20" doc:"会签部门的代码，每个部门一人通过；不写为任何有权限的一人"`
	Minutes int64    `json:"minutes,omitempty" minimum:"0" maximum:"129600" doc:"期限，分钟；0 没有期限"`
}

// TaskDetail is a task with all that a reviewer needs.
type TaskDetail struct {
	Task
	Acts    []TaskAct    `json:"acts" nullable:"false"`
	Changes []TextChange `json:"changes" nullable:"false" doc:"标题和正文的全文，和其他有变动的部分"`
	Flow    []FlowStep   `json:"flow" nullable:"false"`
}

func (h handlers) tasks(ctx context.Context, all ...editorial.Task) ([]Task, error) {
	var owners, columns []int64
	var who []string
	for _, t := range all {
		owners, columns, who = append(owners, t.Owner), append(columns, t.Column), append(who, t.SubmittedBy)
		for _, w := range t.Waits {
			who = append(who, w.ClaimedBy)
		}
	}
	codes, err := h.Sites.Codes(ctx, owners...)
	if err != nil {
		return nil, err
	}
	named, err := h.Sites.ColumnsByID(ctx, columns...)
	if err != nil {
		return nil, err
	}
	names, err := h.Names.Of(ctx, who...)
	if err != nil {
		return nil, err
	}
	var out []Task
	for i := range all {
		v := taskOf(&all[i], names)
		v.Site = codes[all[i].Owner]
		if c := named[all[i].Column]; c != nil {
			v.Column = &ColumnName{ID: api.NewID(c.ID), Name: c.Name, Path: c.Path}
		}
		out = append(out, v)
	}
	return out, nil
}

func taskOf(t *editorial.Task, names api.Names) Task {
	out := Task{
		ID:          api.NewID(t.ID),
		Version:     t.Version,
		Item:        api.NewID(t.Item),
		Edition:     api.NewID(t.Edition),
		Title:       t.Title,
		Class:       string(t.Class),
		State:       string(t.State),
		Stale:       t.Stale,
		Step:        t.Step,
		Steps:       len(t.Steps),
		StepName:    t.Current().Name,
		StepKind:    string(t.Current().Kind),
		SubmittedBy: *names.Person(t.SubmittedBy),
		SubmittedAt: api.Time(t.SubmittedAt),
		ReleaseAt:   api.Time(t.ReleaseAt),
		EndedAt:     api.Time(t.EndedAt),
		UrgedAt:     api.Time(t.UrgedAt),
		Waits:       []TaskWait{},
		Note:        t.Note,
	}
	for _, w := range t.Waits {
		v := TaskWait{Unit: w.Unit, ClaimedBy: names.Person(w.ClaimedBy), ClaimedAt: api.Time(w.ClaimedAt),
			Due: api.Time(w.Due)}
		out.Waits, out.Due = append(out.Waits, v), v.Due
		if out.ClaimedBy == nil {
			out.ClaimedBy = v.ClaimedBy
		}
	}
	return out
}

func (h handlers) detail(ctx context.Context, t *editorial.Task, acts []editorial.Act,
	changes []editorial.Change) (*TaskDetail, error) {
	one, err := h.tasks(ctx, *t)
	if err != nil {
		return nil, err
	}
	var who []string
	for _, a := range acts {
		who = append(who, a.Who)
	}
	names, err := h.Names.Of(ctx, who...)
	if err != nil {
		return nil, err
	}
	out := &TaskDetail{Task: one[0], Acts: []TaskAct{}, Changes: []TextChange{}, Flow: stepsOf(t.Steps)}
	for _, a := range acts {
		out.Acts = append(out.Acts, actOf(a, names))
	}
	for _, c := range changes {
		out.Changes = append(out.Changes, TextChange{Field: c.Field, Kind: string(c.Kind), Text: c.Text})
	}
	return out, nil
}

func actOf(a editorial.Act, names api.Names) TaskAct {
	return TaskAct{
		No:    a.No,
		Step:  a.Step,
		Unit:  a.Unit,
		Act:   string(a.Kind),
		By:    *names.Person(a.Who),
		At:    api.Time(a.At),
		Note:  a.Note,
		Hash:  a.Hash,
		Ticks: a.Ticks,
	}
}

func stepsOf(steps []editorial.Step) []FlowStep {
	out := []FlowStep{}
	for _, s := range steps {
		out = append(out, FlowStep{Name: s.Name, Kind: string(s.Kind), Units: s.Units, Minutes: s.Minutes})
	}
	return out
}
