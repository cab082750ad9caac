package bus

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"guiyi/internal/kernel/fault"
)

var (
	bucketShape = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,100}$`)
	keyShape    = regexp.MustCompile(`^[-/_=a-zA-Z0-9]+(\.[-/_=a-zA-Z0-9]+)*$`)
)

// Put sets the value of a key and returns its revision once it is durable. A bucket is created on first use.
func (b *Bus) Put(ctx context.Context, bucket, key string, v []byte) (uint64, error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	kv, err := b.bucket(ctx, bucket)
	if err != nil {
		return 0, err
	}
	rev, err := kv.Put(ctx, key, v)
	if lostBucket(err) {
		b.forget(bucket)
		if kv, err = b.bucket(ctx, bucket); err != nil {
			return 0, err
		}
		rev, err = kv.Put(ctx, key, v)
	}
	return rev, stateFault(err)
}

// Swap sets the value of a key whose revision is old (0: the key has no value yet). Any other revision is a Conflict:
// another writer was first.
func (b *Bus) Swap(ctx context.Context, bucket, key string, v []byte, old uint64) (uint64, error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	kv, err := b.bucket(ctx, bucket)
	if err != nil {
		return 0, err
	}
	var rev uint64
	if old == 0 {
		rev, err = kv.Create(ctx, key, v)
	} else {
		rev, err = kv.Update(ctx, key, v, old)
	}
	if lostBucket(err) {
		b.forget(bucket)
	}
	return rev, stateFault(err)
}

// lostBucket reports whether the server has lost its files since the bucket was opened.
func lostBucket(err error) bool {
	return errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders)
}

// All returns the current values of a bucket, in no particular order.
func (b *Bus) All(ctx context.Context, bucket string) ([]Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	kv, err := b.bucket(ctx, bucket)
	if err != nil {
		return nil, err
	}
	kw, err := kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		b.forget(bucket) // perhaps the server lost it: the next call creates it again
		return nil, stateFault(err)
	}
	defer func() {
		_ = kw.Stop() // fails only on a closed connection
		go drain(kw.Updates())
	}()
	var out []Entry
	for {
		select {
		case <-ctx.Done():
			return nil, stateFault(ctx.Err())
		case e, ok := <-kw.Updates():
			switch {
			case !ok:
				return nil, stateFault(nats.ErrConnectionClosed)
			case e == nil: // the end of the current values
				return out, nil
			}
			out = append(out, Entry{Key: e.Key(), Value: e.Value(), Revision: e.Revision()})
		}
	}
}

// Get returns the value of a key, NotFound when it has none.
func (b *Bus) Get(ctx context.Context, bucket, key string) (Entry, error) {
	if err := checkKey(key); err != nil {
		return Entry{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	kv, err := b.bucket(ctx, bucket)
	if err != nil {
		return Entry{}, err
	}
	e, err := kv.Get(ctx, key)
	if err != nil {
		return Entry{}, stateFault(err)
	}
	return Entry{Key: e.Key(), Value: e.Value(), Revision: e.Revision()}, nil
}

// Watch delivers the current value of every key of the bucket, then every change, until ctx ends or the bus is
// closed; then the channel is closed. A revision of a key that is not newer than the one delivered last is dropped.
// Changes that a slow receiver or a lost connection missed may be skipped, the newest value never is.
func (b *Bus) Watch(ctx context.Context, bucket string) (<-chan Entry, error) {
	if !bucketShape.MatchString(bucket) {
		return nil, badBucket(bucket)
	}
	if b.life.Err() != nil {
		return nil, fault.New(fault.Unavailable, "消息总线已关闭")
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(b.life, cancel)
	w := &watch{b: b, bucket: bucket, out: make(chan Entry), seen: map[string]uint64{}}
	go func() {
		defer cancel()
		defer stop()
		defer close(w.out)
		w.run(ctx)
	}()
	return w.out, nil
}

// watch is one Watch call.
type watch struct {
	b      *Bus
	bucket string
	out    chan Entry
	born   time.Time         // of the bucket that seen belongs to
	seen   map[string]uint64 // revision delivered last, by key
}

// run reopens the watch: immediately after a reconnection, with growing pauses after failures.
func (w *watch) run(ctx context.Context) {
	pause := firstRetry
	for ctx.Err() == nil {
		epoch := w.b.currentEpoch()
		opened, err := w.once(ctx, epoch)
		if opened {
			pause = firstRetry
		}
		if err == nil || ctx.Err() != nil {
			continue
		}
		w.b.log.Warn("bus watch interrupted", "bucket", w.bucket, "err", err)
		select {
		case <-ctx.Done():
		case <-epoch:
		case <-time.After(pause):
			pause = min(2*pause, lastRetry)
		}
	}
}

// once delivers until the epoch or ctx ends (nil) or the watch breaks.
func (w *watch) once(ctx context.Context, epoch <-chan struct{}) (opened bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// the watch lives as long as its context, so the context must have no deadline
	overdue := time.AfterFunc(opTimeout, cancel)
	kv, err := w.b.bucket(ctx, w.bucket)
	if err != nil {
		w.b.forget(w.bucket)
		return false, err
	}
	if err := w.checkBirth(ctx, kv); err != nil {
		w.b.forget(w.bucket)
		return false, err
	}
	kw, err := kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return false, err
	}
	defer func() {
		_ = kw.Stop() // fails only on a closed connection
		go drain(kw.Updates())
	}()
	if !overdue.Stop() {
		return false, context.DeadlineExceeded
	}
	for {
		select {
		case <-ctx.Done():
			return true, nil
		case <-epoch:
			return true, nil
		case e, ok := <-kw.Updates():
			if !ok {
				return true, errors.New("watch closed by the server")
			}
			if e == nil || e.Revision() <= w.seen[e.Key()] { // nil marks the end of the current values
				continue
			}
			select {
			case <-ctx.Done():
				return true, nil
			case w.out <- Entry{Key: e.Key(), Value: e.Value(), Revision: e.Revision()}:
				w.seen[e.Key()] = e.Revision()
			}
		}
	}
}

// checkBirth clears the revisions seen when the server has lost its files and the bucket was created again. Revisions
// then start at 1, and new values must not be dropped as outdated.
func (w *watch) checkBirth(ctx context.Context, kv jetstream.KeyValue) error {
	status, err := kv.Status(ctx)
	if err != nil {
		return stateFault(err)
	}
	if s, ok := status.(*jetstream.KeyValueBucketStatus); ok {
		if born := s.StreamInfo().Created; !born.Equal(w.born) {
			clear(w.seen)
			w.born = born
		}
	}
	return nil
}

// drain unblocks a sender that may be waiting to send an entry.
func drain(ch <-chan jetstream.KeyValueEntry) {
	for range ch {
	}
}

func (b *Bus) bucket(ctx context.Context, name string) (jetstream.KeyValue, error) {
	if !bucketShape.MatchString(name) {
		return nil, badBucket(name)
	}
	b.mu.Lock()
	kv := b.buckets[name]
	b.mu.Unlock()
	if kv != nil {
		return kv, nil
	}
	kv, err := b.js.KeyValue(ctx, name)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = b.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: name, History: 1, Storage: jetstream.FileStorage, Replicas: b.replicas,
		})
	}
	if err != nil {
		return nil, stateFault(err)
	}
	b.mu.Lock()
	b.buckets[name] = kv
	b.mu.Unlock()
	return kv, nil
}

func (b *Bus) forget(bucket string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.buckets, bucket)
}

func checkKey(key string) error {
	if len(key) > 300 || !keyShape.MatchString(key) || strings.HasPrefix(key, "_kv") {
		return fault.New(fault.Invalid, "状态键 %.80q 无效：只含字母、数字、连字符、下划线、等号、斜线，以点分段", key)
	}
	return nil
}

func badBucket(bucket string) error {
	return fault.New(fault.Invalid, "状态桶名称 %.80q 无效：只含字母、数字、下划线和连字符", bucket)
}

func stateFault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrKeyDeleted):
		return fault.Wrap(fault.NotFound, err, "消息总线中没有该状态")
	case wrongRevision(err):
		return fault.Wrap(fault.Conflict, err, "消息总线中的状态已被其他进程更新")
	case errors.Is(err, nats.ErrMaxPayload):
		return fault.Wrap(fault.TooLarge, err, "状态值超过消息总线的上限（1 MiB）")
	}
	return fault.Wrap(fault.Unavailable, err, "消息总线暂不可用，请稍后重试")
}

func wrongRevision(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, jetstream.ErrKeyExists) || errors.As(err, &api) &&
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}
