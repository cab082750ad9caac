package editorialapi

import (
	"context"
	"time"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/api"
	"guiyi/internal/resource"
)

// TaskPath names a task in the address.
type TaskPath struct {
	Task api.ID `path:"task" doc:"任务编号"`
}

func (p TaskPath) seen(v TaskVersion) editorial.TaskSeen {
	return editorial.TaskSeen{Task: p.Task.Int(), Version: v.Version}
}

// Filter chooses tasks.
type Filter struct {
	View string `query:"view" enum:"todo,mine,returned,done" doc:"todo 待我处理、mine 我送审的、returned 退回给我的、done 我审过的"`
	Site string `query:"site" maxLength:"40" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"站点代码" doc:"只看一个站点"`
	Item api.ID `query:"item" doc:"只看一条信息"`
}

func (h handlers) list(ctx context.Context, in *struct {
	Filter
	api.PageInput
}) (*api.PageOutput[Task], error) {
	name := "tasks" + in.View
	after, err := in.One(name)
	if err != nil {
		return nil, err
	}
	f := editorial.Filter{View: editorial.View(in.View), After: after, Limit: in.Limit + 1}
	if in.Item != "" {
		f.Item = in.Item.Int()
	}
	if in.Site != "" {
		s, err := h.Sites.ByCodeInScope(ctx, in.Site)
		if err != nil {
			return nil, err
		}
		f.Owner = s.ID
	}
	all, err := h.Desk.Tasks(ctx, f)
	if err != nil {
		return nil, err
	}
	out, err := h.tasks(ctx, all...)
	if err != nil {
		return nil, err
	}
	return api.NewPage(ctx, in.PageInput, name, out, func(t Task) []int64 { return []int64{t.ID.Int()} }), nil
}

func (h handlers) get(ctx context.Context, in *TaskPath) (*struct{ Body TaskDetail }, error) {
	t, acts, err := h.Desk.Task(ctx, in.Task.Int())
	if err != nil {
		return nil, err
	}
	changes, err := h.Desk.Changes(ctx, t)
	if err != nil {
		return nil, err
	}
	d, err := h.detail(ctx, t, acts, changes)
	if err != nil {
		return nil, err
	}
	return &struct{ Body TaskDetail }{*d}, nil
}

// TaskBody is the answer with one task.
type TaskBody struct{ Body Task }

func (h handlers) body(ctx context.Context, t *editorial.Task, err error) (*TaskBody, error) {
	if err != nil {
		return nil, err
	}
	out, err := h.tasks(ctx, *t)
	if err != nil {
		return nil, err
	}
	return &TaskBody{out[0]}, nil
}

// Submission asks for a review.
type Submission struct {
	Version   int64      `json:"version" minimum:"1" doc:"您读到的信息版本号"`
	Note      string     `json:"note,omitempty" maxLength:"1000" doc:"给审核人的话"`
	ReleaseAt *time.Time `json:"release_at,omitempty" doc:"审核通过后定时发布的时间，不写为通过即发布"`
}

func (h handlers) submit(ctx context.Context, in *struct {
	Item api.ID `path:"item" doc:"信息编号"`
	Body Submission
}) (*TaskBody, error) {
	t, err := h.Desk.SubmitItem(ctx, editorial.Submission{
		Seen:      resource.Seen{Item: in.Item.Int(), Version: in.Body.Version},
		Note:      in.Body.Note,
		ReleaseAt: api.Milli(in.Body.ReleaseAt),
	})
	return h.body(ctx, t, err)
}

// TaskVersion is the version of a task that the caller decides about.
type TaskVersion struct {
	Version int64 `json:"version" minimum:"1" doc:"您读到的任务版本号"`
}

type onVersion struct {
	TaskPath
	Body TaskVersion
}

func (h handlers) claim(ctx context.Context, in *onVersion) (*TaskBody, error) {
	t, err := h.Desk.Claim(ctx, in.seen(in.Body))
	return h.body(ctx, t, err)
}

func (h handlers) unclaim(ctx context.Context, in *onVersion) (*TaskBody, error) {
	t, err := h.Desk.Unclaim(ctx, in.seen(in.Body))
	return h.body(ctx, t, err)
}

func (h handlers) recall(ctx context.Context, in *onVersion) (*TaskBody, error) {
	t, err := h.Desk.Recall(ctx, in.seen(in.Body))
	return h.body(ctx, t, err)
}

// Opinion is the consent of a reviewer.
type Opinion struct {
	TaskVersion
	Note  string   `json:"note,omitempty" maxLength:"1000" doc:"意见"`
	Ticks []string `json:"ticks,omitempty" maxItems:"50" doc:"逐项核对过的要点"`
}

func (h handlers) approve(ctx context.Context, in *struct {
	TaskPath
	Body Opinion
}) (*TaskBody, error) {
	t, err := h.Desk.Approve(ctx, in.seen(in.Body.TaskVersion), in.Body.Note, in.Body.Ticks...)
	return h.body(ctx, t, err)
}

// Refusal gives an edition back.
type Refusal struct {
	TaskVersion
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"退回的原因，作者据此修改"`
}

func (h handlers) giveBack(ctx context.Context, in *struct {
	TaskPath
	Body Refusal
}) (*TaskBody, error) {
	t, err := h.Desk.Return(ctx, in.seen(in.Body.TaskVersion), in.Body.Reason)
	return h.body(ctx, t, err)
}

// Handover gives a step to another person.
type Handover struct {
	TaskVersion
	To   string `json:"to" minLength:"1" maxLength:"40" doc:"另一位审核人的编号"`
	Note string `json:"note,omitempty" maxLength:"1000" doc:"说明"`
}

func (h handlers) transfer(ctx context.Context, in *struct {
	TaskPath
	Body Handover
}) (*TaskBody, error) {
	t, err := h.Desk.Transfer(ctx, in.seen(in.Body.TaskVersion), in.Body.To, in.Body.Note)
	return h.body(ctx, t, err)
}

// Reminder asks reviewers to hurry.
type Reminder struct {
	TaskVersion
	Note string `json:"note,omitempty" maxLength:"1000" doc:"说明"`
}

func (h handlers) urge(ctx context.Context, in *struct {
	TaskPath
	Body Reminder
}) (*TaskBody, error) {
	t, err := h.Desk.Urge(ctx, in.seen(in.Body.TaskVersion), in.Body.Note)
	return h.body(ctx, t, err)
}
