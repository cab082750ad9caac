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

// DefaultQueue is the queue of jobs that name none. Waking it wakes every kind.
const DefaultQueue = "default"

// Job is one piece of work. Times are unix milliseconds.
type Job struct {
	ID          int64           // 0 = assigned by Enqueue
	Queue       string          // wake-up group; "" = the one of the kind's handler
	Kind        string          // names the handler, for instance "publish.plan"
	Args        json.RawMessage // nil = null
	UniqueKey   string          // "" = never merged with another
	Priority    int             // smaller is sooner, 0 is normal
	RunAt       int64           // earliest start; 0 = now
	Attempt     int             // attempts started, including this one
	MaxAttempts int             // 0 = as its handler says
	Event       string          // name of the event that made it, "" = none
	Key         string          // of the event
	Revision    int64           // of the event
	TraceID     string          // 32 hex digits, "" = none
	SpanID      string          // 16 hex digits of the span that enqueued it, "" = not recorded
}

// Decode reads the arguments into v. Arguments that cannot be decoded make the job dead: a retry cannot succeed.
func (j Job) Decode(v any) error {
	if err := json.Unmarshal(j.Args, v); err != nil {
		return Permanent(fault.Wrap(fault.Invalid, err, "任务参数无法解析（%s）。", j.Kind))
	}
	return nil
}

// Event notifies other slices of what happened in one. An event whose Revision is below the newest seen for its Name
// and Key is dropped; Revision 0 is never dropped. While a subscriber's job for the same Key is waiting, it is merged
// with the new one and gets the newer Payload.
type Event struct {
	Name     string // "resource.released"
	Key      string // what it is about; "" = never merged
	Revision int64
	Payload  any // becomes Job.Args
}

// Handler processes a batch of jobs of one kind, all sharing ctx. An error fails the whole batch; *Partial fails some
// of it. A panic counts as an error.
type Handler func(ctx context.Context, batch []Job) error

// HandleOptions say how jobs of a kind are processed. Zero values mean the default.
type HandleOptions struct {
	Queue    string // wake-up group; DefaultQueue
	Batch    int    // most jobs per call; 1
	Parallel int    // calls at once in this process; 1
	// time without a heartbeat after which another process takes over, longer than any transaction; 60 s
	Lease       time.Duration
	MaxAttempts int                             // then dead; 12
	Backoff     func(attempt int) time.Duration // pause after the n-th attempt; 2 s doubling to 1 h, ±25 %
	// Permissions of the handler, which acts as the system, for all owners. Without any, every desk that checks
	// permissions refuses it.
	Permissions []actor.Permission
}

// Partial is the error of a batch handler that completed all jobs except those listed, by id.
type Partial struct{ Failed map[int64]error }

// Error returns how many failed and one of the reasons.
func (p *Partial) Error() string {
	for id, err := range p.Failed {
		return fmt.Sprintf("%d of the batch failed, for instance %d: %v", len(p.Failed), id, err)
	}
	return "none of the batch failed"
}

type permanent struct{ err error }

func (p *permanent) Error() string { return p.err.Error() }
func (p *permanent) Unwrap() error { return p.err }

// Permanent marks err as not worth a retry: the job becomes dead.
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

// Observer receives the figures for metrics. Methods must not block.
type Observer interface {
	// Batch is called after each call of a handler, with its outcome.
	Batch(kind string, done, failed, dead int, took time.Duration)
	// Depth is called every few seconds for each kind.
	Depth(d Depth)
}

// Depth is the state of one kind in the whole database.
type Depth struct {
	Kind    string
	Waiting int64 // due or not
	Running int64
	Dead    int64
	Late    time.Duration // how long the oldest due job has been due
}
