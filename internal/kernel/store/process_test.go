package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

// The test binary is started again as a second process: roleEnv says what it does,
// urlEnv on which database.
const (
	roleEnv = "GUIYI_STORETEST_ROLE"
	urlEnv  = "GUIYI_STORETEST_URL"
)

const childRounds = 60

func main(m *testing.M) int {
	role := os.Getenv(roleEnv)
	if role == "" {
		return m.Run()
	}
	db, err := store.Open(context.Background(), os.Getenv(urlEnv))
	if err == nil {
		err = db.Migrate(context.Background(), tables())
	}
	if err == nil {
		fmt.Println("open")
		switch role {
		case "add":
			for range childRounds {
				if err == nil {
					err = addOne(db, func() {})
				}
			}
		case "pairs":
			err = writePairs(db)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, role, err)
		return 1
	}
	return 0
}

// writePairs writes two rows in every transaction, and their number after the commit,
// until it is killed.
func writePairs(db *store.DB) error {
	for i := int64(1); ; i++ {
		err := db.InTx(context.Background(), func(ctx context.Context, tx bun.Tx) error {
			if err := insert(ctx, tx, row{ID: 2 * i, Name: fmt.Sprint(2 * i), N: i}); err != nil {
				return err
			}
			return insert(ctx, tx, row{ID: 2*i + 1, Name: fmt.Sprint(2*i + 1), N: i})
		})
		if err != nil {
			return err
		}
		fmt.Println("pair", i)
	}
}

// child starts this binary again and returns its output, line by line.
func child(t *testing.T, role, dsn string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), roleEnv+"="+role, urlEnv+"="+dsn)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

// TestTwoProcesses: a second process opens, migrates and writes the same database
// while this one writes.
func TestTwoProcesses(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		db := storetest.Open(t, dsn)
		must(t, db.Migrate(t.Context(), tables()))
		must(t, db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return insert(ctx, tx, row{ID: 1, Name: "a"})
		}))
		cmd, lines := child(t, "add", dsn)
		if !lines.Scan() || lines.Text() != "open" {
			t.Fatalf("the second process did not open the database: %q", lines.Text())
		}
		for range childRounds {
			must(t, addOne(db, func() {}))
		}
		for lines.Scan() {
			_ = lines.Text() // until it closes its output
		}
		must(t, cmd.Wait())
		var n int
		must(t, db.Read().NewSelect().Model((*row)(nil)).Column("n").Where("id = 1").Scan(t.Context(), &n))
		if n != 2*childRounds {
			t.Errorf("n = %d, want %d", n, 2*childRounds)
		}
	})
}

// TestManyProcessesOpenANewFile: the first start of several roles at once.
func TestManyProcessesOpenANewFile(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		var cmds []*exec.Cmd
		for range 3 {
			cmd, _ := child(t, "open", dsn) // its one line fits into the pipe
			cmds = append(cmds, cmd)
		}
		for _, cmd := range cmds {
			must(t, cmd.Wait())
		}
		if db := storetest.Open(t, dsn); !exists(db, "test_row") {
			t.Error("nobody migrated")
		}
	})
}

// TestKill: a process killed in the middle loses nothing it was told is committed,
// leaves no half transaction, and blocks nobody.
func TestKill(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		cmd, lines := child(t, "pairs", dsn)
		acked := 0
		for acked < 50 && lines.Scan() {
			if _, number, ok := strings.Cut(lines.Text(), "pair "); ok {
				acked, _ = strconv.Atoi(number) // written by us
			}
		}
		must(t, cmd.Process.Kill())
		for lines.Scan() {
			if _, number, ok := strings.Cut(lines.Text(), "pair "); ok {
				acked, _ = strconv.Atoi(number)
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child ended by itself")
		}
		db := storetest.Open(t, dsn)
		must(t, db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return insert(ctx, tx, row{ID: 1, Name: "after the kill", N: 0})
		}))
		rows := count(t, db) - 1
		if acked < 50 || rows%2 != 0 || rows/2 < acked || rows/2 > acked+1 {
			t.Errorf("%d pairs acknowledged, %d rows found", acked, rows)
		}
		if !db.Postgres() {
			var verdict string
			must(t, db.Read().QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict))
			if verdict != "ok" {
				t.Errorf("integrity_check: %s", verdict)
			}
		}
	})
}
