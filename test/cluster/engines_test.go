package cluster

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the SQL driver "pgx"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3bolt"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/rogpeppe/go-internal/testscript"

	"guiyi/internal/app/cli"
	"guiyi/test/freeport"
)

// TestMain makes this binary every program of the cluster but PostgreSQL: the name it is called by decides.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"guiyi": func() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) },
		"natsd": func() { end(runNATS(os.Args[1], os.Args[2])) },
		"s3d":   func() { end(runS3(os.Args[1], os.Args[2])) },
	})
}

func end(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// runNATS is a NATS server with JetStream on an address, with its files in dir.
func runNATS(address, dir string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	s, err := server.NewServer(&server.Options{Host: host, Port: n, Authorization: os.Getenv("GUIYI_BUS_TOKEN"),
		JetStream: true, StoreDir: dir, SyncAlways: true, NoLog: true})
	if err != nil {
		return err
	}
	s.Start()
	s.WaitForShutdown()
	return nil
}

// runS3 is an S3 server whose objects survive in one transactional file.
func runS3(address, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	backend, err := s3bolt.NewFile(filepath.Join(dir, "objects"))
	if err != nil {
		return err
	}
	if ok, err := backend.BucketExists("guiyi"); err != nil || !ok {
		if err := backend.CreateBucket("guiyi"); err != nil {
			return err
		}
	}
	return http.ListenAndServe(address, gofakes3.New(backend).Server())
}

// postgres is where initdb and postgres are, and the account they run as.
type postgres struct {
	bin  string
	cred *syscall.Credential // nil when this process is not root
}

// findPostgres skips the test when there is none, unless it must not be skipped.
func findPostgres(t *testing.T) postgres {
	t.Helper()
	bin := os.Getenv("PG_BIN")
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	for _, dir := range found {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil && bin == "" {
			bin = dir
		}
	}
	p := postgres{bin: bin}
	var err error
	if bin != "" && os.Geteuid() == 0 { // it refuses to run as root
		p.cred, err = credential("postgres")
	}
	if bin != "" && err == nil {
		return p
	}
	if os.Getenv("CI") == "true" || os.Getenv("GUIYI_TEST_PG_REQUIRED") == "1" {
		t.Fatalf("no PostgreSQL found, and this run must test it: %v", err)
	}
	t.Skip("no PostgreSQL found")
	return p
}

func credential(name string) (*syscall.Credential, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

func (p postgres) command(dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.cred}
	return cmd
}

// create makes a database cluster below dir and returns the password of its owner.
func (p postgres) create(t *testing.T, dir string) string {
	t.Helper()
	password := rand.Text()
	file := filepath.Join(dir, "password")
	must(t, os.WriteFile(file, []byte(password+"\n"), 0o600))
	if p.cred != nil {
		for _, name := range []string{dir, file} {
			must(t, os.Chown(name, int(p.cred.Uid), int(p.cred.Gid)))
		}
	}
	out, err := p.command(dir, "initdb", "-D", filepath.Join(dir, "data"), "-U", "guiyi", "-A", "scram-sha-256",
		"--pwfile="+file, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	return password
}

// answers reports whether the server at url takes queries.
func answers(url string) error {
	db, err := sql.Open("pgx", url+"&connect_timeout=2")
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Ping()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// patience is how long an awaited event may take on a busy machine.
const patience = 2 * time.Minute

// await repeats check until it holds.
func await(t *testing.T, what string, check func() error) {
	t.Helper()
	var err error
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatalf("%s: %v", what, err)
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := freeport.Address()
	must(t, err)
	return address
}

func port(address string) string { return address[strings.LastIndex(address, ":")+1:] }
