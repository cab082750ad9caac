package studio

import (
	"context"
	"net/http"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
)

const jobTag = "后台任务"

type jobHandlers struct {
	db    *store.DB
	board *jobs.Board
}

// Jobs returns the mount of the operations on jobs.
func Jobs(db *store.DB, board *jobs.Board) api.Mount { return jobHandlers{db, board}.mount }

func (h jobHandlers) mount(a *api.API) {
	api.Register(a, api.Operation{
		ID:          "list-jobs",
		Method:      http.MethodGet,
		Path:        "/jobs",
		Tag:         jobTag,
		Permission:  jobs.Read,
		Summary:     "列出后台任务",
		Description: "state=dead 为多次失败后停下、等人处理的。需要平台级令牌。",
	}, h.list)
	api.Register(a, api.Operation{
		ID:          "retry-job",
		Method:      http.MethodPost,
		Path:        "/jobs/{job}/retry",
		Tag:         jobTag,
		Permission:  jobs.Write,
		Summary:     "重做停下的任务",
		Description: "需要平台级令牌。",
	}, h.retry)
	api.Register(a, api.Operation{
		ID:          "discard-job",
		Method:      http.MethodDelete,
		Path:        "/jobs/{job}",
		Tag:         jobTag,
		Permission:  jobs.Write,
		Summary:     "放弃停下的任务",
		Description: "需要平台级令牌。",
	}, h.discard)
}

// Job is a job as the API shows it.
type Job struct {
	ID        api.ID     `json:"id"`
	Kind      string     `json:"kind"`
	State     string     `json:"state" doc:"waiting 等待、running 进行、dead 停下"`
	Attempt   int        `json:"attempt" doc:"第几次尝试"`
	Error     string     `json:"error,omitempty" doc:"上一次失败的原因"`
	Worker    string     `json:"worker,omitempty" doc:"由哪个进程执行"`
	RunAt     *time.Time `json:"run_at,omitempty" doc:"最早何时执行"`
	CreatedAt *time.Time `json:"created_at,omitempty"`
}

// platformOnly returns a fault unless the actor has the permission for all sites, because jobs belong to no site.
func platformOnly(ctx context.Context, p actor.Permission) error {
	by, err := actor.From(ctx)
	if err != nil {
		return err
	}
	return by.CheckAll(p)
}

func (h jobHandlers) list(ctx context.Context, in *struct {
	State string `query:"state" enum:"waiting,running,dead" doc:"状态"`
	Kind  string `query:"kind" maxLength:"100" doc:"种类，如 publish.plan"`
	api.PageInput
}) (*api.PageOutput[Job], error) {
	after, err := in.One("jobs")
	if err != nil {
		return nil, err
	}
	if err := platformOnly(ctx, jobs.Read); err != nil {
		return nil, err
	}
	records, err := h.board.List(ctx, jobs.Filter{State: in.State, Kind: in.Kind, After: after, Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	var out []Job
	for _, r := range records {
		out = append(out, Job{
			ID:        api.NewID(r.ID),
			Kind:      r.Kind,
			State:     r.State,
			Attempt:   r.Attempt,
			Error:     r.Error,
			Worker:    r.Worker,
			RunAt:     api.Time(r.RunAt),
			CreatedAt: api.Time(r.CreatedAt),
		})
	}
	return api.NewPage(ctx, in.PageInput, "jobs", out, func(j Job) []int64 { return []int64{j.ID.Int()} }), nil
}

// JobPath has the path parameter of a job.
type JobPath struct {
	Job api.ID `path:"job" doc:"任务编号"`
}

func (h jobHandlers) retry(ctx context.Context, in *JobPath) (*struct{}, error) {
	return nil, h.dead(ctx, in, "重试", h.board.Requeue)
}

func (h jobHandlers) discard(ctx context.Context, in *JobPath) (*struct{}, error) {
	return nil, h.dead(ctx, in, "放弃", h.board.Discard)
}

func (h jobHandlers) dead(ctx context.Context, in *JobPath, what string,
	do func(context.Context, bun.IDB, ...int64) (int, error)) error {
	if err := platformOnly(ctx, jobs.Write); err != nil {
		return err
	}
	return h.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := do(ctx, tx, in.Job.Int())
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "没有编号为 %s 的停下的任务；等待和进行中的任务会自动完成", in.Job)
		}
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Action: jobs.Write, Object: "job", ID: in.Job.Int(), Detail: what})
	})
}
