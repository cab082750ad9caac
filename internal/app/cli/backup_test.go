package cli_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/dump"
	"guiyi/internal/kernel/store/storetest"
)

// on makes every command of c work on another place.
func (c commands) on(dataDir, database string) []string {
	return []string{"--data-dir", dataDir, "--database", database}
}

// archiveText reads one entry of a backup as any program could.
func archiveText(t *testing.T, name, entry string) []byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zs, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer zs.Close()
	for r := tar.NewReader(zs); ; {
		h, err := r.Next()
		if err != nil {
			t.Fatalf("%s has no %s: %v", name, entry, err)
		}
		if h.Name == entry {
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
}

// sums are the rows and sums of the tables in a backup, but for the hold of the backup itself.
func sums(t *testing.T, name string) map[string]string {
	t.Helper()
	var m struct {
		Tables []struct {
			Name, Sum string
			Rows      int
		}
	}
	if err := json.Unmarshal(archiveText(t, name, "manifest.json"), &m); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, table := range m.Tables {
		if table.Name != "hold_copy" {
			out[table.Name] = fmt.Sprintf("%d rows, %s", table.Rows, table.Sum)
		}
	}
	return out
}

// created are all tables that migrations create, read from their text.
func created(t *testing.T) (tables []string) {
	t.Helper()
	create := regexp.MustCompile(`(?i)create\s+table\s+(?:if\s+not\s+exists\s+)?([a-z_]+)`)
	drop := regexp.MustCompile(`(?i)drop\s+table\s+(?:if\s+exists\s+)?([a-z_]+)`)
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.Contains(path, "/migrations/") || filepath.Ext(path) != ".sql" {
			return err
		}
		text, err := os.ReadFile(path)
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		for _, m := range create.FindAllStringSubmatch(up, -1) {
			tables = append(tables, m[1])
		}
		for _, m := range drop.FindAllStringSubmatch(up, -1) {
			tables = slices.DeleteFunc(tables, func(name string) bool { return name == m[1] })
		}
		return err
	})
	if err != nil || len(tables) < 20 {
		t.Fatalf("%d tables in migrations, %v", len(tables), err)
	}
	slices.Sort(tables)
	return slices.Compact(tables) // a table that is created again is named twice
}

// addRows puts two rows into every table, each value chosen by the type of its column.
func addRows(t *testing.T, dsn string) {
	t.Helper()
	db := storetest.Open(t, dsn)
	schema, _, err := dump.Describe(t.Context(), db, db.Read())
	if err != nil {
		t.Fatal(err)
	}
	err = db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, table := range schema.Tables {
			for n := range int64(2) {
				values := make([]any, len(table.Columns))
				for i, c := range table.Columns {
					values[i] = map[dump.Type]any{dump.Int: 7_000_000 + n, dump.Text: fmt.Sprintf("值\n\"%d\"", n),
						dump.Bool: n == 0, dump.Bytes: []byte{0, byte(n)}, dump.Float: 0.1}[c.Type]
				}
				names := make([]bun.Ident, len(table.Columns))
				for i, name := range table.ColumnNames() {
					names[i] = bun.Ident(name)
				}
				if _, err := tx.ExecContext(ctx, "INSERT INTO ? (?) VALUES (?)", bun.Ident(table.Name), bun.List(names),
					bun.List(values)); err != nil {
					return fmt.Errorf("%s: %w", table.Name, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestBackupHoldsEveryTable: whatever table a migration creates, its rows go through a backup to
// the other engine and through another backup back, and are the same.
func TestBackupHoldsEveryTable(t *testing.T) {
	want := created(t)
	storetest.EachURL(t, func(t *testing.T, from string) {
		dir := t.TempDir()
		g := commands{t: t, dir: dir, exe: link(t, dir)}
		g.run(append(g.on("data", from), "site", "list")...) // makes the tables
		addRows(t, from)
		g.run(append(g.on("data", from), "backup", "one.guiyi")...)
		one := sums(t, filepath.Join(dir, "one.guiyi"))
		have := append(slices.Collect(maps.Keys(one)), "hold_copy")
		slices.Sort(have)
		if !slices.Equal(have, want) {
			t.Errorf("tables in the backup: %v\nin migrations: %v", have, want)
		}
		for table, sum := range one {
			if strings.HasPrefix(sum, "0 ") {
				t.Errorf("%s: %s", table, sum)
			}
		}
		storetest.EachURL(t, func(t *testing.T, to string) {
			g := commands{t: t, dir: dir, exe: g.exe}
			data := filepath.Join(t.TempDir(), "data")
			g.run(append(g.on(data, to), "restore", "one.guiyi")...)
			two := filepath.Join(t.TempDir(), "two.guiyi")
			g.run(append(g.on(data, to), "backup", two)...)
			if got := sums(t, two); !maps.Equal(got, one) {
				t.Errorf("restored and backed up again:\n%v\nfirst:\n%v", got, one)
			}
		})
	})
}

// cut starts a command and kills it after a while; it may have ended by then.
func (c commands) cut(after time.Duration, args ...string) {
	c.t.Helper()
	cmd := c.command(args...)
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait() // its end is what is asked for, not its status
}

// TestKilledBackupAndRestore kills both at random moments: no file looks whole that is not, and
// the target can always be restored into.
func TestKilledBackupAndRestore(t *testing.T) {
	dir := t.TempDir()
	g := commands{t: t, dir: dir, exe: link(t, dir)}
	writeSite(t, dir)
	writeRecords(t, filepath.Join(dir, "news.jsonl"), 100)
	g.run("apply", "sites")
	g.run("import", "news.jsonl", "--site", "test", "--column", "news")
	moment := func(most time.Duration) time.Duration { return time.Duration(rand.Int64N(int64(most))) }
	for range 5 {
		g.cut(moment(400*time.Millisecond), "backup", "b.guiyi")
		if _, err := os.Stat(filepath.Join(dir, "b.guiyi")); err == nil {
			g.run("backup", "verify", "b.guiyi")
			if err := os.Remove(filepath.Join(dir, "b.guiyi")); err != nil {
				t.Fatal(err)
			}
		}
	}
	g.run("backup", "b.guiyi")
	if left, _ := filepath.Glob(filepath.Join(dir, "*.partial")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	storetest.EachURL(t, func(t *testing.T, to string) {
		g := commands{t: t, dir: dir, exe: g.exe}
		there := g.on(filepath.Join(t.TempDir(), "data"), to)
		for range 5 {
			g.cut(moment(1500*time.Millisecond), append(slices.Clone(there), "restore", "b.guiyi")...)
		}
		restored := false
		for range 2 { // the second time it says so when a killed one had come to its end
			cmd := g.command(append(slices.Clone(there), "restore", "b.guiyi")...)
			out, err := cmd.CombinedOutput()
			restored = restored || err == nil || strings.Contains(string(out), "不是空的")
		}
		if out := g.run(append(slices.Clone(there), "verify")...); !restored || !strings.Contains(out, "一致") {
			t.Errorf("verify: %s", out)
		}
		g.run(append(slices.Clone(there), "ledger", "verify")...)
	})
}

// TestInterruptedBackup: Ctrl-C leaves no file and says so.
func TestInterruptedBackup(t *testing.T) {
	dir := t.TempDir()
	g := commands{t: t, dir: dir, exe: link(t, dir)}
	g.run("site", "list")
	pipe := filepath.Join(dir, "slow") // nobody reads: the backup waits there until it is interrupted
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	cmd := g.command("backup", "slow") // there is something of this name
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "已经存在") {
		t.Errorf("a pipe was overwritten: %v, %s", err, out)
	}
	if out, err := g.command("backup", filepath.Join("none", "b.guiyi")).CombinedOutput(); err == nil ||
		!strings.Contains(string(out), "写不了") {
		t.Errorf("no such folder: %v, %s", err, out)
	}
	db := storetest.Open(t, "sqlite:"+filepath.Join(dir, "data", "guiyi.db"))
	err = db.Bulk(t.Context(), func(context.Context, *store.Bulk) error { // its hold waits for this
		cmd := g.command("backup", "b.guiyi")
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			return err
		}
		for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			if _, err := os.Stat(filepath.Join(dir, "b.guiyi.partial")); err == nil || time.Now().After(end) {
				break
			}
		}
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			return err
		}
		if err := cmd.Wait(); err == nil || !strings.Contains(said.String(), "没有留下") {
			t.Errorf("interrupted: %v, %s", err, said.String())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "b.guiyi*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
