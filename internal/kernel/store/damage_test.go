package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

// filled makes a closed database of some hundred pages and returns its file.
func filled(t *testing.T) string {
	t.Helper()
	dsn := storetest.SQLite(t)
	db, err := store.Open(t.Context(), dsn)
	must(t, err)
	must(t, db.Migrate(t.Context(), tables()))
	must(t, db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for i := range int64(2000) {
			one := row{ID: i, Name: fmt.Sprintf("name %d", i), Data: make([]byte, 500)}
			if err := insert(ctx, tx, one); err != nil {
				return err
			}
		}
		return nil
	}))
	if r, err := db.Check(t.Context(), store.CheckOptions{}); err != nil || r.Tables < 3 {
		t.Errorf("a good database: %+v, %v", r, err)
	}
	must(t, db.Close())
	return strings.TrimPrefix(dsn, "sqlite:")
}

func change(t *testing.T, file string, off int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt(b, off)
	must(t, errors.Join(err, f.Close()))
}

// TestDamagedFilesAreNamed: each damage that opening notices gets its own cause, and the file stays as it was.
func TestDamagedFilesAreNamed(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		damage     func(t *testing.T, file string)
		reason     error
	}{
		{"header zeroed", "文件头被清零", func(t *testing.T, file string) { change(t, file, 0, make([]byte, 100)) },
			store.ErrDamaged},
		{"not a database", "内容不是数据库", func(t *testing.T, file string) {
			change(t, file, 0, []byte(strings.Repeat("not a database ", 30)))
		}, store.ErrDamaged},
		{"truncated", "文件被截短", func(t *testing.T, file string) { must(t, os.Truncate(file, 40<<10)) },
			store.ErrDamaged},
		{"ten bytes left", "文件被截短", func(t *testing.T, file string) { must(t, os.Truncate(file, 10)) },
			store.ErrDamaged},
		{"schema overwritten", "数据页自相矛盾", func(t *testing.T, file string) {
			change(t, file, 100, []byte(strings.Repeat("\xff", 3000)))
		}, store.ErrDamaged},
		{"a folder", "不能写", func(t *testing.T, file string) {
			must(t, os.Remove(file))
			must(t, os.Mkdir(file, 0o700))
		}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filled(t)
			tc.damage(t, file)
			before, _ := os.ReadFile(file)
			_, err := store.Open(t.Context(), "sqlite:"+file)
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Text(err), tc.text) ||
				!strings.Contains(fault.Text(err), file) || tc.reason != nil && !errors.Is(err, tc.reason) {
				t.Fatalf("%v", err)
			}
			if tc.reason != nil && (!strings.Contains(fault.Text(err), "从备份恢复") ||
				strings.Contains(fault.Text(err), "权限")) {
				t.Errorf("advice: %s", fault.Text(err))
			}
			if after, _ := os.ReadFile(file); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

// TestOverwrittenPagesAreFound: a database whose pages were overwritten opens; the check finds it, in both forms,
// also while the database is open and its pages are cached.
func TestOverwrittenPagesAreFound(t *testing.T) {
	file := filled(t)
	db := storetest.Open(t, "sqlite:"+file)
	if n := count(t, db); n != 2000 {
		t.Fatalf("%d rows", n)
	}
	for _, o := range []store.CheckOptions{{Quick: true}, {}, {Quick: true, Rest: 0.01}, {Rest: 0.01}} {
		if _, err := db.Check(t.Context(), o); err != nil {
			t.Errorf("before: %+v: %v", o, err)
		}
	}
	info, err := os.Stat(file)
	must(t, err)
	change(t, file, info.Size()/2/4096*4096, []byte(strings.Repeat("damage! ", 8*4096/8)))
	for _, o := range []store.CheckOptions{{Quick: true}, {}, {Quick: true, Rest: 0.01}, {Rest: 0.01}} {
		_, err := db.Check(t.Context(), o)
		if !errors.Is(err, store.ErrDamaged) || !fault.Is(err, fault.Unavailable) ||
			!strings.Contains(fault.Text(err), "已损坏") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestCheckOfEveryEngine: a good database of either engine passes, and PostgreSQL says what cannot be asked.
func TestCheckOfEveryEngine(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		r, err := db.Check(t.Context(), store.CheckOptions{})
		if err != nil || !db.Postgres() && (r.Tables == 0 || r.Unchecked != "") {
			t.Errorf("%+v, %v", r, err)
		}
		if db.Postgres() && r.Tables == 0 && !strings.Contains(r.Unchecked, "amcheck") {
			t.Errorf("nothing was looked at, and nothing said: %+v", r)
		}
	})
}

// TestExplain: what comes from the disk is told as that, whatever text it has; all else stays.
func TestExplain(t *testing.T) {
	full := fault.Wrap(fault.Internal, syscall.ENOSPC, "数据库升级失败")
	if err := store.Explain(full); disk.Reason(err) != disk.ErrFull || !fault.Is(err, fault.Unavailable) ||
		!strings.Contains(fault.Text(err), "磁盘空间已满") {
		t.Errorf("%v", err)
	}
	other := fault.New(fault.Conflict, "已经有了。")
	if err := store.Explain(other); err != other { // the very same
		t.Errorf("%v", err)
	}
	if store.Explain(nil) != nil {
		t.Error("no error became one")
	}
	db := storetest.Open(t, "sqlite:"+filled(t))
	_, err := db.Read().NewDelete().Model((*row)(nil)).Where("TRUE").Exec(t.Context())
	if disk.Reason(store.Explain(err)) != disk.ErrReadOnly {
		t.Errorf("a write that the engine refuses as read-only: %v", store.Explain(err))
	}
}

// TestFullDisk fills a file system in memory below an open database: what fails says why, and goes on when there is
// space again.
func TestFullDisk(t *testing.T) {
	dir := storetest.SmallDisk(t, 4<<20)
	db := storetest.Open(t, "sqlite:"+filepath.Join(dir, "guiyi.db"))
	must(t, db.Migrate(t.Context(), tables()))
	fill := filepath.Join(dir, "fill")
	storetest.Fill(t, fill)
	write := func(id int64) error {
		return db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return insert(ctx, tx, row{ID: id, Name: fmt.Sprint(id), Data: make([]byte, 100<<10)})
		})
	}
	if err := store.Explain(write(1)); disk.Reason(err) != disk.ErrFull || !fault.Is(err, fault.Unavailable) {
		t.Errorf("a write on a full disk: %v", err)
	}
	if n := count(t, db); n != 0 {
		t.Errorf("%d rows", n)
	}
	must(t, os.Remove(fill))
	must(t, write(2))
	if _, err := db.Check(t.Context(), store.CheckOptions{}); err != nil {
		t.Error(err)
	}
}

// TestForeignLogIsNotCopied: the write-ahead log of another database makes the file look damaged. Closing must not copy
// the log into the file, or the file is lost that needed nothing but its log removed.
func TestForeignLogIsNotCopied(t *testing.T) {
	file := filled(t)
	good, err := os.ReadFile(file)
	must(t, err)
	dsn := storetest.SQLite(t)
	other, err := store.Open(t.Context(), dsn)
	must(t, err)
	must(t, other.Migrate(t.Context(), tables()))
	for i := range int64(300) { // each row a transaction, so that every part of the log is a log
		must(t, other.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return insert(ctx, tx, row{ID: i, Name: fmt.Sprint("other ", i), Data: make([]byte, 2000)})
		}))
	}
	foreign, err := os.ReadFile(strings.TrimPrefix(dsn, "sqlite:") + "-wal")
	must(t, err)
	must(t, other.Close())
	foreign = foreign[:len(foreign)*2/3]
	must(t, os.WriteFile(file+"-wal", foreign, 0o600))

	db, err := store.Open(t.Context(), "sqlite:"+file)
	if err == nil {
		_, err = db.Check(t.Context(), store.CheckOptions{})
		must(t, db.Close())
	}
	if !errors.Is(err, store.ErrDamaged) {
		t.Fatalf("a foreign log is taken: %v", err)
	}
	now, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(now, good) {
		t.Errorf("the file has changed: %d bytes, %d before (%v)", len(now), len(good), err)
	}
	if log, err := os.ReadFile(file + "-wal"); err != nil || !bytes.Equal(log, foreign) {
		t.Errorf("the log has changed: %d bytes, %d before (%v)", len(log), len(foreign), err)
	}
	must(t, os.Remove(file+"-wal"))
	db, err = store.Open(t.Context(), "sqlite:"+file)
	must(t, err)
	if _, err := db.Check(t.Context(), store.CheckOptions{}); err != nil {
		t.Errorf("without the foreign log: %v", err)
	}
	must(t, db.Close())
}
