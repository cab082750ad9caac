package form

import (
	"sync"
	"time"

	"guiyi/internal/kernel/fault"
)

// Once accepts each submission once in this process. A repeated submission, by a second click or by going back,
// redirects to the result of the first. Across processes, the slice stores the id of the submission with its result,
// in a unique column, in the same transaction.
type Once struct {
	now  func() time.Time
	keep time.Duration

	mu   sync.Mutex
	done map[string]*submission
}

type submission struct {
	end   chan struct{} // closed when location or err is set
	at    time.Time
	where string
	err   error
}

// errUnfinished is returned for a repeated submission when the first one panicked.
var errUnfinished = fault.New(fault.Unavailable, "上一次提交没有完成，请再提交一次。")

// maxSubmissions bounds the memory: the oldest submissions are dropped first.
const maxSubmissions = 10_000

// NewOnce returns a Once that keeps submissions for as long as their tokens are valid.
func NewOnce(keep time.Duration, now func() time.Time) *Once {
	return &Once{now: now, keep: keep, done: map[string]*submission{}}
}

// Do runs accept for the first submission of an id and returns the location to redirect to. A repeated submission waits
// for the first and returns its location. A failed submission can be sent again.
func (o *Once) Do(id string, accept func() (location string, err error)) (string, error) {
	o.mu.Lock()
	if before := o.done[id]; before != nil && o.now().Sub(before.at) <= o.keep {
		o.mu.Unlock()
		<-before.end
		return before.where, before.err
	}
	o.forget()
	mine := &submission{end: make(chan struct{}), at: o.now(), err: errUnfinished}
	o.done[id] = mine
	o.mu.Unlock()
	defer func() { // also when accept panics
		if mine.err != nil {
			o.mu.Lock()
			delete(o.done, id)
			o.mu.Unlock()
		}
		close(mine.end)
	}()
	mine.where, mine.err = accept()
	return mine.where, mine.err
}

// forget deletes old submissions, and the oldest when there are too many. The caller holds the lock.
func (o *Once) forget() {
	if len(o.done) < maxSubmissions {
		return
	}
	oldest, at := "", o.now()
	for id, one := range o.done {
		switch {
		case o.now().Sub(one.at) > o.keep:
			delete(o.done, id)
		case oldest == "" || one.at.Before(at):
			oldest, at = id, one.at
		}
	}
	if len(o.done) >= maxSubmissions {
		delete(o.done, oldest)
	}
}
