package bus

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"guiyi/internal/kernel/fault"
)

// Options say which bus to open.
type Options struct {
	// URL of a NATS server, such as "nats://10.0.0.5:4222"; several with commas. Empty: a server inside this process.
	URL string
	// Dir holds the embedded server's files.
	Dir string
	// Credentials for URL: Token, Creds (a file) or NKey (a seed file). At most one is set.
	Token, Creds, NKey string
	// Replicas of new buckets in a cluster: 1 (also when 0), 3 or 5.
	Replicas int
	// Name of this connection in the server's listing.
	Name string
	// Log may be nil.
	Log *slog.Logger
}

// Entry is the value of a key.
type Entry struct {
	Key      string
	Value    []byte
	Revision uint64 // grows with every Put to the bucket
}

const (
	opTimeout    = 5 * time.Second
	drainTimeout = 5 * time.Second
	firstRetry   = 50 * time.Millisecond
	lastRetry    = 2 * time.Second
	wakePrefix   = "guiyi.wake."
)

// Bus is a connection. It may be used by many goroutines at once.
type Bus struct {
	nc       *nats.Conn
	js       jetstream.JetStream
	embedded *embedded // nil when the server is elsewhere
	log      *slog.Logger
	replicas int
	closed   chan struct{} // closed when the connection is closed for good
	life     context.Context
	end      context.CancelFunc

	mu      sync.Mutex
	epoch   chan struct{} // closed and replaced at every reconnection
	buckets map[string]jetstream.KeyValue
}

// Open starts the embedded server, or connects to a remote one. A remote server that cannot be reached is no error:
// the connection is made as soon as possible; until then Health returns an error.
func Open(ctx context.Context, o Options) (*Bus, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.URL == "" {
		return openEmbedded(ctx, o)
	}
	login, err := loginOptions(o)
	if err != nil {
		return nil, err
	}
	return connect(o.URL, o, append(login, nats.RetryOnFailedConnect(true), nats.IgnoreAuthErrorAbort())...)
}

func openEmbedded(ctx context.Context, o Options) (*Bus, error) {
	e, err := startEmbedded(ctx, o.Dir, o.Log)
	if err != nil {
		return nil, err
	}
	b, err := connect(e.url, o, nats.Token(e.token), nats.InProcessServer(e.server))
	if err != nil {
		return nil, errors.Join(err, e.stop())
	}
	b.embedded = e
	if err := e.announce(); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// Dial connects to the embedded server of a running process, which it finds by DIR/bus.json. It returns an Unavailable
// fault when none runs.
func Dial(ctx context.Context, dir string) (*Bus, error) {
	a, err := readAnnouncement(dir)
	if err != nil {
		return nil, err
	}
	b, err := connect(a.URL, Options{Log: slog.New(slog.DiscardHandler), Name: "cli"}, nats.Token(a.Token))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "未连接到正在运行的服务（%s 可能已过期）", announcementFile)
	}
	if err := b.Health(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func loginOptions(o Options) ([]nats.Option, error) {
	switch {
	case (o.Token != "" && o.Creds != "") || (o.Token != "" && o.NKey != "") || (o.Creds != "" && o.NKey != ""):
		return nil, fault.New(fault.Invalid, "消息总线的 token、creds、nkey 只能设置其中一项")
	case o.Token != "":
		return []nats.Option{nats.Token(o.Token)}, nil
	case o.Creds != "":
		return []nats.Option{nats.UserCredentials(o.Creds)}, nil
	case o.NKey != "":
		opt, err := nats.NkeyOptionFromSeed(o.NKey)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "无法读取 nkey 种子文件 %s", o.NKey)
		}
		return []nats.Option{opt}, nil
	}
	return nil, nil
}

func connect(url string, o Options, extra ...nats.Option) (*Bus, error) {
	b := &Bus{
		log:      o.Log,
		replicas: max(o.Replicas, 1),
		closed:   make(chan struct{}),
		epoch:    make(chan struct{}),
		buckets:  map[string]jetstream.KeyValue{},
	}
	b.life, b.end = context.WithCancel(context.Background())
	opts := append([]nats.Option{
		nats.Name(strings.TrimSpace("guiyi " + o.Name)),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(200 * time.Millisecond),
		nats.ReconnectJitter(200*time.Millisecond, 500*time.Millisecond),
		nats.PingInterval(10 * time.Second), // a silent connection is given up after two unanswered pings
		nats.DrainTimeout(drainTimeout),
		nats.ClosedHandler(func(*nats.Conn) { close(b.closed) }),
		nats.ConnectHandler(func(*nats.Conn) { b.reconnected("bus connected") }),
		nats.ReconnectHandler(func(*nats.Conn) { b.reconnected("bus reconnected") }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if b.life.Err() == nil {
				b.log.Warn("bus disconnected", "err", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { b.log.Warn("bus error", "err", err) }),
	}, extra...)
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "无法连接消息总线，请检查地址和凭据")
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, fault.Wrap(fault.Internal, err, "消息总线初始化失败")
	}
	b.nc, b.js = nc, js
	return b, nil
}

// reconnected starts a new epoch: watches are opened again and wake functions run.
func (b *Bus) reconnected(what string) {
	b.log.Info(what)
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.epoch)
	b.epoch = make(chan struct{})
}

func (b *Bus) currentEpoch() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.epoch
}

// Health reports whether the server answers, its store included.
func (b *Bus) Health(ctx context.Context) error {
	if s := b.nc.Status(); s != nats.CONNECTED {
		return fault.New(fault.Unavailable, "消息总线未连接（%s）", strings.ToLower(s.String()))
	}
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	if _, err := b.js.AccountInfo(ctx); err != nil {
		return fault.Wrap(fault.Unavailable, err, "消息总线没有应答")
	}
	return nil
}

// Close ends all watches, sends what is buffered, and stops the embedded server. A second call does nothing.
func (b *Bus) Close() error {
	b.end()
	if b.nc.Drain() != nil { // not connected: nothing to send, or already closed
		b.nc.Close()
	}
	select {
	case <-b.closed:
	case <-time.After(drainTimeout + time.Second):
		b.nc.Close()
	}
	if b.embedded == nil {
		return nil
	}
	return b.embedded.stop()
}

var topicShape = regexp.MustCompile(`^[a-z0-9_-]+(\.[a-z0-9_-]+)*$`)

func checkTopic(topic string) error {
	if len(topic) > 200 || !topicShape.MatchString(topic) {
		return fault.New(fault.Invalid, "唤醒主题 %.80q 无效：只含小写字母、数字、下划线、连字符和点", topic)
	}
	return nil
}

// Wake triggers every OnWake function of the topic, in all processes.
func (b *Bus) Wake(topic string) error {
	if err := checkTopic(topic); err != nil {
		return err
	}
	if err := b.nc.Publish(wakePrefix+topic, nil); err != nil {
		return fault.Wrap(fault.Unavailable, err, "无法发送唤醒消息")
	}
	return nil
}

// OnWake runs fn, one call at a time, after every Wake of the topic and after every reconnection. Wakes that come
// while fn runs are merged into one more call. It ends with stop, which does not wait for a running call, or with
// Close.
func (b *Bus) OnWake(topic string, fn func()) (stop func(), err error) {
	if err := checkTopic(topic); err != nil {
		return nil, err
	}
	due := make(chan struct{}, 1)
	sub, err := b.nc.Subscribe(wakePrefix+topic, func(*nats.Msg) {
		select {
		case due <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "无法订阅唤醒消息")
	}
	// a Wake after we return must be received; without a connection, the reconnection triggers fn
	if b.nc.IsConnected() {
		if err := b.nc.FlushTimeout(opTimeout); err != nil {
			b.log.Warn("bus subscription not confirmed", "topic", topic, "err", err)
		}
	}
	life, end := context.WithCancel(b.life)
	epoch := b.currentEpoch()
	go func() {
		for {
			select {
			case <-life.Done():
				return
			case <-due:
			case <-epoch:
				epoch = b.currentEpoch()
			}
			if life.Err() == nil {
				fn()
			}
		}
	}()
	return func() {
		end()
		_ = sub.Unsubscribe() // fails only on a closed connection, which has no subscriptions
	}, nil
}
