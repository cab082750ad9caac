package bus_test

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"guiyi/internal/kernel/bus"
	"guiyi/internal/kernel/bus/bustest"
	"guiyi/internal/kernel/fault"
	"guiyi/test/freeport"
)

func open(t *testing.T, o bus.Options) *bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func dial(t *testing.T, dir string) *bus.Bus {
	t.Helper()
	b, err := bus.Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestEmbedded(t *testing.T) {
	bustest.Run(t, func(t *testing.T) func() *bus.Bus {
		dir, started := t.TempDir(), false
		return func() *bus.Bus {
			if started {
				return dial(t, dir)
			}
			started = true
			return open(t, bus.Options{Dir: dir})
		}
	})
}

// remote is a separate server in this process, as it would run on another machine.
type remote struct {
	t      *testing.T
	opts   server.Options
	server *server.Server
}

func startRemote(t *testing.T) *remote {
	r := &remote{t: t, opts: server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, Authorization: "secret-token", JetStream: true,
		StoreDir: t.TempDir(),
		NoSigs:   true, NoLog: true,
	}}
	r.start()
	t.Cleanup(r.stop)
	return r
}

func (r *remote) start() {
	r.t.Helper()
	opts := r.opts
	s, err := server.NewServer(&opts)
	if err != nil {
		r.t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(bustest.Patience) {
		r.t.Fatal("server not ready")
	}
	r.server = s
	r.opts.Port = opts.Port // the next start takes the same port
}

func (r *remote) stop() {
	r.server.Shutdown()
	r.server.WaitForShutdown()
}

func (r *remote) options() bus.Options {
	return bus.Options{URL: r.server.ClientURL(), Token: "secret-token"}
}

func TestRemote(t *testing.T) {
	bustest.Run(t, func(t *testing.T) func() *bus.Bus {
		r := startRemote(t)
		return func() *bus.Bus { return open(t, r.options()) }
	})
}

// TestMain runs this binary as a NATS server when serverEnv names its address and folder.
func TestMain(m *testing.M) {
	if address, dir, ok := strings.Cut(os.Getenv(serverEnv), " "); ok {
		port, err := strconv.Atoi(address)
		if err != nil {
			panic(err)
		}
		s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, Authorization: "secret-token",
			JetStream: true, StoreDir: dir, SyncAlways: true, NoSigs: true, NoLog: true})
		if err != nil {
			panic(err)
		}
		s.Start()
		s.WaitForShutdown()
	}
	os.Exit(m.Run())
}

const serverEnv = "GUIYI_BUSTEST_SERVER" // "PORT FOLDER"

// separate is a NATS server in a separate process.
type separate struct {
	t    *testing.T
	port string
	dir  string
	cmd  *exec.Cmd
}

func newSeparate(t *testing.T) *separate {
	t.Helper()
	address, err := freeport.Address()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	s := &separate{t: t, port: port, dir: t.TempDir()}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *separate) start() {
	s.t.Helper()
	s.cmd = exec.Command(os.Args[0])
	s.cmd.Env = append(os.Environ(), serverEnv+"="+s.port+" "+s.dir)
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *separate) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // it was killed
}

func (s *separate) open() *bus.Bus {
	s.t.Helper()
	b := open(s.t, bus.Options{URL: "nats://127.0.0.1:" + s.port, Token: "secret-token"})
	for end := time.Now().Add(bustest.Patience); b.Health(s.t.Context()) != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatal("the server does not answer")
		}
	}
	return b
}

func TestSeparateProcess(t *testing.T) {
	bustest.Run(t, func(t *testing.T) func() *bus.Bus { return newSeparate(t).open })
}

// TestKilledServerLosesNothing: what Put has acknowledged is there after kill -9, and watches continue.
func TestKilledServerLosesNothing(t *testing.T) {
	s := newSeparate(t)
	writer, reader := s.open(), s.open()
	ch, err := reader.Watch(t.Context(), "manifest")
	if err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		want := strconv.Itoa(round)
		rev := bustest.Put(t, writer, "manifest", "a", want)
		if e := bustest.Next(t, ch); string(e.Value) != want {
			t.Fatalf("%+v, want %s", e, want)
		}
		s.kill()
		if err := writer.Health(t.Context()); !fault.Is(err, fault.Unavailable) {
			t.Errorf("Health without a server = %v", err)
		}
		s.start()
		fresh := s.open()
		if e, err := fresh.Get(t.Context(), "manifest", "a"); err != nil || string(e.Value) != want ||
			e.Revision != rev {
			t.Fatalf("after kill -9: %+v, %v; want %s", e, err, want)
		}
		for end := time.Now().Add(bustest.Patience); writer.Health(t.Context()) != nil &&
			time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		}
	}
}

func TestWatchSurvivesRestart(t *testing.T) {
	r := startRemote(t)
	writer, reader := open(t, r.options()), open(t, r.options())
	bustest.Put(t, writer, "manifest", "a", "1")
	ch, err := reader.Watch(t.Context(), "manifest")
	if err != nil {
		t.Fatal(err)
	}
	woken := make(chan struct{}, 100)
	stop, err := reader.OnWake("jobs", func() { woken <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	bustest.Next(t, ch)
	for _, value := range []string{"2", "3"} {
		r.stop()
		r.start()
		<-woken // hints may have been lost, so fn runs once
		late := open(t, r.options())
		bustest.Put(t, late, "manifest", "a", value)
		if e := bustest.Next(t, ch); string(e.Value) != value { // the value seen before is not delivered again
			t.Fatalf("after the restart: %+v, want %s", e, value)
		}
	}
}

func TestWatchStartsBeforeServer(t *testing.T) {
	r := startRemote(t)
	o := r.options()
	r.stop()
	b := open(t, o)
	if err := b.Health(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Health without a server = %v", err)
	}
	ch, err := b.Watch(t.Context(), "manifest")
	if err != nil {
		t.Fatal(err)
	}
	r.start()
	bustest.Put(t, open(t, o), "manifest", "a", "1")
	if e := bustest.Next(t, ch); string(e.Value) != "1" {
		t.Errorf("= %+v", e)
	}
}

// A server that has lost its files starts revisions at 1 again.
func TestWatchSurvivesLossOfState(t *testing.T) {
	r := startRemote(t)
	b := open(t, r.options())
	for _, value := range []string{"1", "2", "3"} {
		bustest.Put(t, b, "manifest", "a", value)
	}
	ch, err := b.Watch(t.Context(), "manifest")
	if err != nil {
		t.Fatal(err)
	}
	bustest.Next(t, ch)
	r.stop()
	r.opts.StoreDir = t.TempDir()
	r.start()
	bustest.Put(t, open(t, r.options()), "manifest", "a", "new")
	if e := bustest.Next(t, ch); string(e.Value) != "new" {
		t.Errorf("= %+v", e)
	}
	if _, err := b.Put(t.Context(), "manifest", "b", nil); err != nil {
		t.Errorf("Put by a client that knew the lost bucket = %v", err)
	}
}

func TestEmbeddedKeepsStateAndFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bus")
	first, err := bus.Open(t.Context(), bus.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	rev := bustest.Put(t, first, "manifest", "a", "kept")
	info, err := os.Stat(filepath.Join(dir, "bus.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("bus.json: %v, %v; want mode 0600", info, err)
	}
	if _, err := bus.Open(t.Context(), bus.Options{Dir: dir}); !fault.Is(err, fault.Conflict) ||
		!strings.Contains(fault.Text(err), "进程") {
		t.Errorf("second server on the same files = %v", err)
	}
	if got, err := dial(t, dir).Get(t.Context(), "manifest", "a"); err != nil || string(got.Value) != "kept" {
		t.Errorf("the refused start disturbed the first: %q, %v", got.Value, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "bus.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("bus.json is left: %v", err)
	}
	if _, err := bus.Dial(t.Context(), dir); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Dial without a server = %v", err)
	}
	second := open(t, bus.Options{Dir: dir})
	if got, err := second.Get(t.Context(), "manifest", "a"); err != nil || string(got.Value) != "kept" ||
		got.Revision != rev {
		t.Errorf("after a restart: %+v, %v", got, err)
	}
}

func TestEmbeddedRefusesStrangers(t *testing.T) {
	dir := t.TempDir()
	open(t, bus.Options{Dir: dir})
	data, err := os.ReadFile(filepath.Join(dir, "bus.json"))
	if err != nil {
		t.Fatal(err)
	}
	var a map[string]any
	if err := json.Unmarshal(data, &a); err != nil {
		t.Fatal(err)
	}
	if url, _ := a["url"].(string); !strings.HasPrefix(url, "nats://127.0.0.1:") {
		t.Errorf("the server listens on %v", a["url"])
	}
	if token, _ := a["token"].(string); len(token) < 20 {
		t.Errorf("token %q is short", token)
	}
	a["token"] = "guess"
	forged := t.TempDir()
	writeJSON(t, forged, a)
	if _, err := bus.Dial(t.Context(), forged); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Dial with a wrong token = %v", err)
	}
}

func writeJSON(t *testing.T, dir string, v any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bus.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestStaleAnnouncement(t *testing.T) {
	r := startRemote(t)
	dead := r.server.ClientURL()
	r.stop()
	defer r.start() // for the cleanup
	for name, content := range map[string]string{
		"nobody listens": `{"url":"` + dead + `","token":"x","pid":1}`,
		"cut":            `{"url":"nats`,
		"empty":          ``,
		"no url":         `{}`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "bus.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := bus.Dial(t.Context(), dir); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: Dial = %v", name, err)
		}
		b := open(t, bus.Options{Dir: dir}) // an earlier crash does not prevent the next start
		if err := dial(t, dir).Health(t.Context()); err != nil {
			t.Errorf("%s: after a new start: %v", name, err)
		}
		if err := b.Health(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	blocked := t.TempDir()
	if err := os.WriteFile(filepath.Join(blocked, "jetstream"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o    bus.Options
		kind fault.Kind
	}{
		"no directory":     {bus.Options{}, fault.Invalid},
		"a file":           {bus.Options{Dir: file}, fault.Unavailable},
		"store is a file":  {bus.Options{Dir: blocked}, fault.Unavailable},
		"two logins":       {bus.Options{URL: "nats://127.0.0.1:1", Token: "a", NKey: "b"}, fault.Invalid},
		"no seed file":     {bus.Options{URL: "nats://127.0.0.1:1", NKey: file + "x"}, fault.Invalid},
		"malformed URL":    {bus.Options{URL: "nats://[::1"}, fault.Unavailable},
		"token, creds":     {bus.Options{URL: "nats://127.0.0.1:1", Token: "a", Creds: "b"}, fault.Invalid},
		"no directory, ws": {bus.Options{Token: "x"}, fault.Invalid},
	} {
		if b, err := bus.Open(t.Context(), c.o); b != nil || !fault.Is(err, c.kind) {
			t.Errorf("%s: Open = %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(blocked, "bus.json")); !errors.Is(err, os.ErrNotExist) {
		t.Error("a failed start is announced")
	}
}
