package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"guiyi/internal/kernel/actor"
	"time"

	"guiyi/internal/kernel/fault"
)

// DefaultQueue is the queue of handlers and jobs without a queue. Wake(DefaultQueue) wakes the runners of all queues.
const DefaultQueue = "default"

// Job is one piece of work. Times are unix milliseconds.
type Job struct {
	ID          int64           // 0 = assigned by Enqueue
	Queue       string          // wake-up group; "" = the queue of the kind's handler
	Kind        string          // selects the handler, for instance "publish.plan"
	Args        json.RawMessage // nil = null
	UniqueKey   string          // "" = never merged with another job
	Priority    int             // jobs with smaller numbers run first; 0 is normal
	RunAt       int64           // earliest start; 0 = now
	Attempt     int             // number of attempts started, including this one
	MaxAttempts int             // 0 = HandleOptions.MaxAttempts
	Event       string          // name of the event that created the job, "" = none
	Key         string          // of the event
	Revision    int64           // of the event
	TraceID     string          // 32 hex digits, "" = none
	SpanID      string          // 16 hex digits of the span that enqueued it, "" = not recorded
}

// Decode unmarshals the arguments into v. It returns a Permanent error when that fails, because a retry cannot succeed.
func (j Job) Decode(v any) error {
	if err := json.Unmarshal(j.Args, v); err != nil {
		return Permanent(fault.Wrap(fault.Invalid, err, "任务参数无法解析（%s）。", j.Kind))
	}
	return nil
}

// Event notifies subscribers in other slices. An event is dropped if an event with the same Name and Key and a higher
// Revision was emitted before. An event with Revision 0 or without a Key is never dropped. If a job of the same
// subscriber and Key is still waiting, the new job is merged with it; the Payload with the higher Revision remains.
type Event struct {
	Name     string // "resource.released"
	Key      string // id of the changed object; "" = never merged
	Revision int64
	Payload  any // becomes Job.Args
}

// Handler processes a batch of jobs of one kind. An error means that all jobs of the batch failed; a *Partial error
// lists those that failed. A panic counts as an error.
type Handler func(ctx context.Context, batch []Job) error

// HandleOptions say how jobs of a kind are processed. A zero value means the default.
type HandleOptions struct {
	Queue    string // wake-up group; default DefaultQueue
	Batch    int    // maximum number of jobs per call; default 1
	Parallel int    // number of concurrent calls in this process; default 1
	// Lease is the time after the last heartbeat when another process may take over the jobs. It must be longer than
	// any transaction. The default is 60 s.
	Lease       time.Duration
	MaxAttempts int                             // a job that failed so often is dead; default 12
	Backoff     func(attempt int) time.Duration // pause after an attempt; default 2 s, doubling to 1 h, ±25 %
	// Permissions are the permissions of the handler. It acts as actor.System for all owners.
	Permissions []actor.Permission
}

// Partial is the error of a handler that completed some jobs of a batch. Failed contains the errors of the other jobs
// by id.
type Partial struct{ Failed map[int64]error }

// Error returns the number of failed jobs and one of the errors.
func (p *Partial) Error() string {
	for id, err := range p.Failed {
		return fmt.Sprintf("%d of the batch failed, for instance %d: %v", len(p.Failed), id, err)
	}
	return "none of the batch failed"
}

type permanent struct{ err error }

func (p *permanent) Error() string { return p.err.Error() }
func (p *permanent) Unwrap() error { return p.err }

// Permanent wraps err so that the job becomes dead without another attempt.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanent{err}
}

func isPermanent(err error) bool {
	_, ok := errors.AsType[*permanent](err)
	return ok
}

// Observer receives the numbers for metrics. Its methods must not block.
type Observer interface {
	// Batch is called after each call of a handler with the number of jobs done and failed. It is called once more,
	// with dead only, when jobs of a claim became dead.
	Batch(kind string, done, failed, dead int, took time.Duration)
	// Depth is called for each kind every 10 seconds.
	Depth(d Depth)
}

// Depth is the number of jobs of one kind in the database, by state.
type Depth struct {
	Kind    string
	Waiting int64 // including jobs that are not due yet
	Running int64
	Dead    int64
	Late    time.Duration // time since the oldest waiting job became due; 0 = no job is due
}
