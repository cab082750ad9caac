package bus

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
)

const (
	announcementFile = "bus.json"
	lockFile         = "bus.lock"
	startTimeout     = 30 * time.Second // recovery of a large store included
)

// embedded is the server inside this process.
type embedded struct {
	dir, url, token string
	server          *server.Server
	lock            *os.File
}

// announcement is the content of bus.json.
type announcement struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	PID   int    `json:"pid"`
}

func startEmbedded(ctx context.Context, dir string, log *slog.Logger) (*embedded, error) {
	if dir == "" {
		return nil, fault.New(fault.Invalid, "内置消息总线需要数据目录")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, disk.Fault(err, "无法创建消息总线目录 %s", dir)
	}
	lock, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	e := &embedded{dir: dir, token: rand.Text(), lock: lock}
	if err := e.start(ctx, log); err != nil {
		return nil, errors.Join(err, e.stop())
	}
	return e, nil
}

func (e *embedded) start(ctx context.Context, log *slog.Logger) error {
	opts := &server.Options{
		ServerName:    "guiyi-" + rand.Text()[:8],
		Host:          "127.0.0.1",
		Port:          server.RANDOM_PORT,
		Authorization: e.token,
		JetStream:     true,
		StoreDir:      filepath.Join(e.dir, "jetstream"),
		SyncAlways:    true,
		NoSigs:        true,
		NoLog:         true,
	}
	s, err := server.NewServer(opts)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "内置消息总线无法启动")
	}
	e.server = s
	slogger := &natsLog{log: log}
	s.SetLoggerV2(slogger, false, false, false)
	started := make(chan struct{})
	go func() {
		s.Start()
		close(started)
	}()
	select {
	case <-started:
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, ctx.Err(), "内置消息总线的启动被取消")
	}
	if slogger.fatal.Load() != nil || !s.ReadyForConnections(startTimeout) || !s.JetStreamEnabled() {
		return disk.Fault(errors.Join(disk.Probe(e.dir), slogger.failure()), "内置消息总线在 %s 无法启动", e.dir)
	}
	e.url = s.ClientURL()
	return nil
}

// takeLock locks bus.lock. The lock ends when the file is closed, so a crash releases it.
func takeLock(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, disk.Fault(err, "无法打开 %s", path)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		holder := "另一个进程"
		if a, err := readAnnouncement(dir); err == nil {
			holder = fmt.Sprintf("进程 %d", a.PID)
		}
		return nil, fault.Wrap(fault.Conflict, err, "%s正在使用数据目录 %s，请先停止它", holder, dir)
	}
	return f, nil
}

// announce writes bus.json, and replaces one that a crashed process has left.
func (e *embedded) announce() error {
	data, err := json.Marshal(announcement{URL: e.url, Token: e.token, PID: os.Getpid()})
	if err != nil {
		return fault.Wrap(fault.Internal, err, "无法编码 %s", announcementFile)
	}
	path := filepath.Join(e.dir, announcementFile)
	tmp := path + ".tmp" // no other process writes it: we hold the lock
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return disk.Fault(err, "无法写入 %s", path)
	}
	err = os.WriteFile(tmp, data, 0o600)
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return disk.Fault(err, "无法写入 %s", path)
	}
	return nil
}

func readAnnouncement(dir string) (announcement, error) {
	var a announcement
	data, err := os.ReadFile(filepath.Join(dir, announcementFile))
	if errors.Is(err, fs.ErrNotExist) {
		return a, fault.Wrap(fault.Unavailable, err, "服务没有运行（%s 中没有 %s）", dir, announcementFile)
	}
	if err != nil {
		return a, fault.Wrap(fault.Unavailable, err, "无法读取 %s 中的 %s", dir, announcementFile)
	}
	if err := json.Unmarshal(data, &a); err != nil || a.URL == "" {
		return a, fault.Wrap(fault.Unavailable, err, "%s 中的 %s 已损坏，请重新启动服务", dir, announcementFile)
	}
	return a, nil
}

// stop stops the server and removes bus.json. It may be called twice.
func (e *embedded) stop() error {
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
		e.server = nil
	}
	if e.lock == nil {
		return nil
	}
	// We hold the lock, so the file is either ours or stale.
	err := os.Remove(filepath.Join(e.dir, announcementFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	err = errors.Join(err, e.lock.Close())
	e.lock = nil
	if err != nil {
		return fault.Wrap(fault.Internal, err, "消息总线未能完全关闭")
	}
	return nil
}

// natsLog forwards the log of the NATS server. It is verbose at start, so its notices are logged as debug.
type natsLog struct {
	log   *slog.Logger
	fatal atomic.Pointer[string]
}

var _ server.Logger = (*natsLog)(nil)

func (l *natsLog) Noticef(format string, v ...any) { l.log.Debug(fmt.Sprintf("nats: "+format, v...)) }
func (l *natsLog) Warnf(format string, v ...any)   { l.log.Warn(fmt.Sprintf("nats: "+format, v...)) }
func (l *natsLog) Debugf(string, ...any)           {}
func (l *natsLog) Tracef(string, ...any)           {}

func (l *natsLog) Errorf(format string, v ...any) {
	l.log.Error(fmt.Sprintf("nats: "+format, v...))
}

// Fatalf does not end the process: the start fails with the reason instead.
func (l *natsLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.fatal.Store(&text)
	l.Errorf("%s", text)
}

func (l *natsLog) failure() error {
	if text := l.fatal.Load(); text != nil {
		return errors.New(*text)
	}
	return errors.New("not ready in time")
}
