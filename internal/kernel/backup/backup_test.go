package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/lease"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

// TestBothWays backs up from each engine and restores into each engine.
func TestBothWays(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, fromURL string) {
		from := filled(t, fromURL, "")
		archive, rep := taken(t, from, TakeOptions{Program: "1.2"})
		if rep.Manifest.Rows() != 41 || rep.Manifest.Objects != 23 || rep.Manifest.Files != 3 ||
			!slices.Equal(rep.Skipped, []string{"themes/a\\b"}) {
			t.Errorf("report: %+v", rep)
		}
		checked, err := Check(t.Context(), bytes.NewReader(archive), nil)
		must(t, err)
		if checked.Fingerprint != rep.Fingerprint || checked.Header.Program != "1.2" ||
			checked.Header.ID != rep.Header.ID {
			t.Errorf("checked: %+v", checked)
		}
		storetest.EachURL(t, func(t *testing.T, toURL string) {
			to := place(t, toURL, bucket(t))
			got, err := Restore(t.Context(), bytes.NewReader(archive), to,
				options("CREATE TABLE alpha_later (id BIGINT PRIMARY KEY);"))
			must(t, err)
			if got.Fingerprint != rep.Fingerprint || got.Resumed {
				t.Errorf("restored: %+v", got)
			}
			must(t, from.DB.Migrate(t.Context(), sets("CREATE TABLE alpha_later (id BIGINT PRIMARY KEY);")...))
			same(t, from, to)
			for name, want := range map[string]string{"themes/city/theme.yaml": "name: city\n",
				"themes/city/templates/页.html": "<p>", "keys/abcd.pub": "public",
				"keys/ed25519.key": "", "themes/city/.git/config": "", "search/root": "", "heads/x.json": "",
				".restore": ""} {
				b, err := os.ReadFile(filepath.Join(to.DataDir, name))
				if string(b) != want || (want == "") != errors.Is(err, os.ErrNotExist) {
					t.Errorf("%s: %q, %v", name, b, err)
				}
			}
			must(t, Unfinished(t.Context(), to.Blobs))
			_, err = Restore(t.Context(), bytes.NewReader(archive), to, options()) // not twice
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("a second restore: %v", err)
			}
		})
	})
}

// TestFromS3 reads objects from a bucket.
func TestFromS3(t *testing.T) {
	from := filled(t, storetest.SQLite(t), bucket(t))
	archive, _ := taken(t, from, TakeOptions{})
	to := place(t, storetest.SQLite(t), "")
	_, err := Restore(t.Context(), bytes.NewReader(archive), to, options())
	must(t, err)
	same(t, from, to)
}

// TestUnderWriters: with writers at work all the time, every restored row has its bytes, and a
// lease is active as long as the backup reads.
func TestUnderWriters(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		p := filled(t, dsn, "")
		ctx, stop := context.WithCancel(t.Context())
		wrote := make(chan int64)
		go func() {
			n := int64(0)
			for ctx.Err() == nil {
				if write(ctx, p, n, fmt.Sprintf("written meanwhile %d", n)) == nil {
					n++
				}
			}
			wrote <- n
		}()
		held, rounds := 0, 0
		var archive []byte
		for rounds = range 5 {
			archive, _ = taken(t, p, TakeOptions{Progress: func(what string, _, _ int64) {
				if reason, err := lease.Active(t.Context(), p.DB.Read(), time.Now()); what == "存储对象" && reason != "" &&
					err == nil {
					held++
				}
			}})
		}
		stop()
		n := <-wrote
		if n == 0 || held < rounds {
			t.Fatalf("%d rows were written meanwhile, held %d times", n, held)
		}
		if reason, err := lease.Active(t.Context(), p.DB.Read(), time.Now()); reason != "" || err != nil {
			t.Errorf("still held: %q, %v", reason, err)
		}
		to := place(t, storetest.SQLite(t), "")
		_, err := Restore(t.Context(), bytes.NewReader(archive), to, options())
		must(t, err)
		rows, err := to.DB.Read().QueryContext(t.Context(), "SELECT hash FROM alpha_doc")
		must(t, err)
		defer rows.Close()
		count := 0
		for rows.Next() {
			var hash string
			must(t, rows.Scan(&hash))
			if _, err := to.Blobs.Bytes(t.Context(), hash, 0); err != nil {
				t.Errorf("row without its bytes: %v", err)
			}
			count++
		}
		must(t, rows.Err())
		if count < 20 {
			t.Errorf("%d rows restored", count)
		}
	})
}

// TestDamagedObjectIsToldAndLeftOut: one bad picture must not keep a city from having a backup.
func TestDamagedObject(t *testing.T) {
	from := filled(t, storetest.SQLite(t), "")
	ref, err := from.Blobs.Put(t.Context(), strings.NewReader("will rot"), 0)
	must(t, err)
	name := blob.CASName(ref.Hash)
	must(t, os.WriteFile(filepath.Join(from.DataDir, "blob", name), []byte("has rot"), 0o600))
	must(t, os.WriteFile(filepath.Join(from.DataDir, "blob", "cas", "planted"), nil, 0o600))
	archive, rep := taken(t, from, TakeOptions{})
	if !slices.Equal(rep.Manifest.Damaged, []string{name}) || !slices.Contains(rep.Skipped, "cas/planted") {
		t.Errorf("damaged %v, skipped %v", rep.Manifest.Damaged, rep.Skipped)
	}
	to := place(t, storetest.SQLite(t), "")
	got, err := Restore(t.Context(), bytes.NewReader(archive), to, options())
	must(t, err)
	if there, err := to.Blobs.Has(t.Context(), ref.Hash); there || err != nil || len(got.Manifest.Damaged) != 1 {
		t.Errorf("damaged object restored: %v, %v", there, err)
	}
}

// TestVanishedObject: what is removed between listing and reading is named by no row.
func TestVanishedObject(t *testing.T) {
	from := filled(t, storetest.SQLite(t), "")
	tk := &take{p: from}
	list := []blob.Info{{Name: "pack/site/0000-gone", Size: 10}, {Name: "pack/site/0001-a", Size: 16}}
	var errs []error
	for o := range tk.ahead(t.Context(), list) {
		errs = append(errs, (<-o).err)
	}
	if len(errs) != 2 || !fault.Is(errs[0], fault.NotFound) || errs[1] != nil {
		t.Errorf("%v", errs)
	}
}

// TestExpiredLease: a backup whose lease has expired fails.
func TestExpiredLease(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		p := filled(t, dsn, "")
		later := func() time.Time { return time.Now().Add(2 * lease.TTL) }
		var b bytes.Buffer
		once := false
		_, err := Take(t.Context(), &b, p, TakeOptions{Progress: func(what string, _, _ int64) {
			if what == "存储对象" && !once { // somebody with a later clock takes away what has ended
				once = true
				h, err := lease.Acquire(t.Context(), p.DB, "later", later)
				must(t, errors.Join(err, h.Release(t.Context())))
			}
		}})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("err = %v", err)
		}
		if _, err := Check(t.Context(), &b, nil); err == nil {
			t.Error("what was written looks whole")
		}
	})
}

func TestKeys(t *testing.T) {
	from := filled(t, storetest.SQLite(t), "")
	const pass = "correct horse battery"
	plain, _ := taken(t, from, TakeOptions{})
	sealed, rep := taken(t, from, TakeOptions{Passphrase: pass})
	if !slices.Equal(rep.Keys, []string{"keys/ed25519"}) {
		t.Errorf("keys %v", rep.Keys)
	}
	for name, archive := range map[string][]byte{"plain": plain, "sealed": sealed} {
		for _, e := range unpack(t, archive) {
			if bytes.Contains(e.data, []byte("private key")) {
				t.Errorf("%s: the private key is readable in %s", name, e.Name)
			}
			if e.Name == "files/keys/notes.txt" ||
				strings.HasSuffix(e.Name, sealedKey) != (name == "sealed" && strings.Contains(e.Name, "ed25519")) {
				t.Errorf("%s holds %s", name, e.Name)
			}
		}
	}
	open := func(pass string, prepare func(Place)) (Place, *Report, error) {
		to := place(t, storetest.SQLite(t), "")
		if prepare != nil {
			prepare(to)
		}
		o := options()
		o.Passphrase = pass
		rep, err := Restore(t.Context(), bytes.NewReader(sealed), to, o)
		return to, rep, err
	}
	key := func(to Place) string { return filepath.Join(to.DataDir, "keys", "ed25519.key") }
	to, rep, err := open(pass, nil)
	must(t, err)
	info, err := os.Stat(key(to))
	must(t, err)
	if b, _ := os.ReadFile(key(to)); string(b) != "private key of the city" || info.Mode().Perm() != 0o600 ||
		len(rep.Keys) != 1 {
		t.Errorf("%q, mode %v, keys %v", b, info.Mode(), rep.Keys)
	}
	to, rep, err = open("", nil)
	if _, statErr := os.Stat(key(to)); err != nil || statErr == nil || len(rep.Keys) != 1 {
		t.Errorf("without a passphrase: %v, %v", err, statErr)
	}
	if to, _, err = open("wrong "+pass, nil); !fault.Is(err, fault.Forbidden) {
		t.Errorf("wrong passphrase: %v", err)
	}
	empty(t, to)
	to, _, err = open(pass, func(to Place) {
		must(t, os.MkdirAll(filepath.Dir(key(to)), 0o700))
		must(t, os.WriteFile(key(to), []byte("another key"), 0o600))
	})
	if b, _ := os.ReadFile(key(to)); !fault.Is(err, fault.Conflict) || string(b) != "another key" {
		t.Errorf("a key that is there: %v, %q", err, b)
	}
}

// empty: no rows, no files that a platform would read.
func empty(t *testing.T, p Place) {
	t.Helper()
	for name, text := range contents(t, p) {
		if !strings.Contains(name, "/") && text != "" {
			t.Errorf("table %s has rows", name)
		}
	}
	if name, err := occupied(p.DataDir, "themes", stagePrefix); name != "" || err != nil {
		t.Errorf("folder %q is not empty, %v", name, err)
	}
}

// TestInterruptedRestore ends the archive at many places: the target stays empty, no platform opens
// it, and the same archive can be restored into it afterwards, another one cannot.
func TestInterruptedRestore(t *testing.T) {
	from := filled(t, storetest.SQLite(t), "")
	archive, rep := taken(t, from, TakeOptions{})
	other, _ := taken(t, from, TakeOptions{})
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		to := place(t, dsn, "")
		broken := errors.New("the cable was pulled")
		for part := range 8 {
			cut := io.MultiReader(bytes.NewReader(archive[:len(archive)*(part+1)/9]), iotest.ErrReader(broken))
			if _, err := Restore(t.Context(), cut, to, options()); err == nil {
				t.Fatal("half an archive was restored")
			}
			empty(t, to)
		}
		if err := Unfinished(t.Context(), to.Blobs); !fault.Is(err, fault.Unavailable) ||
			!strings.Contains(fault.Text(err), rep.Header.ID) {
			t.Errorf("the place does not say that it is unfinished: %v", err)
		}
		if _, err := Take(t.Context(), io.Discard, to, TakeOptions{}); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a backup of half a platform: %v", err)
		}
		if _, err := Restore(t.Context(), bytes.NewReader(other), to, options()); !fault.Is(err, fault.Unavailable) {
			t.Errorf("another archive: %v", err)
		}
		_, err := Restore(t.Context(), bytes.NewReader(archive), to, options())
		must(t, err)
		same(t, from, to)
		// Killed between the commit and taking the mark away: only that is left to do.
		must(t, to.Blobs.PutNamed(t.Context(), markPrefix+rep.Header.ID, []byte("guiyi restore\n")))
		again, err := Restore(t.Context(), bytes.NewReader(archive), to, options())
		if err != nil || !again.Resumed {
			t.Errorf("%+v, %v", again, err)
		}
		must(t, Unfinished(t.Context(), to.Blobs))
		same(t, from, to)
	})
}

// TestAnewIsPartOfTheRestore: a place that still has the names of the original does not open.
func TestAnewIsPartOfTheRestore(t *testing.T) {
	archive, _ := taken(t, filled(t, storetest.SQLite(t), ""), TakeOptions{})
	to, o, killed, renamed := place(t, storetest.SQLite(t), ""), options(), errors.New("killed"), 0
	o.AfterRestore = func(context.Context, *store.DB) error { return killed }
	if _, err := Restore(t.Context(), bytes.NewReader(archive), to, o); !errors.Is(err, killed) {
		t.Errorf("Restore = %v", err)
	}
	if err := Unfinished(t.Context(), to.Blobs); !fault.Is(err, fault.Unavailable) {
		t.Errorf("the place opens under the old name: %v", err)
	}
	o.AfterRestore = func(context.Context, *store.DB) error { renamed++; return nil }
	rep, err := Restore(t.Context(), bytes.NewReader(archive), to, o)
	if err != nil || !rep.Resumed || renamed != 1 {
		t.Errorf("again: %+v, %v; renamed %d times", rep, err, renamed)
	}
	must(t, Unfinished(t.Context(), to.Blobs))
}

// TestRefusedPlaces are not changed.
func TestRefusedPlaces(t *testing.T) {
	from := filled(t, storetest.SQLite(t), "")
	archive, _ := taken(t, from, TakeOptions{})
	for name, prepare := range map[string]func(*testing.T, Place){
		"object": func(t *testing.T, p Place) { must(t, p.Blobs.PutNamed(t.Context(), "pack/a/1", []byte("x"))) },
		"theme": func(t *testing.T, p Place) {
			must(t, os.MkdirAll(filepath.Join(p.DataDir, "themes", "city"), 0o750))
		},
		"search": func(t *testing.T, p Place) { must(t, os.MkdirAll(filepath.Join(p.DataDir, "search", "a"), 0o750)) },
		"rows":   func(t *testing.T, p Place) { must(t, p.DB.Migrate(t.Context(), sets()...)); must(t, addRow(t, p)) },
		"newer": func(t *testing.T, p Place) {
			must(t, p.DB.Migrate(t.Context(), sets("CREATE TABLE alpha_x (id BIGINT);")...))
		},
		"stranger": func(t *testing.T, p Place) { must(t, stranger(t, p)) },
	} {
		t.Run(name, func(t *testing.T) {
			to := place(t, storetest.SQLite(t), "")
			prepare(t, to)
			before := contents(t, to)
			_, err := Restore(t.Context(), bytes.NewReader(archive), to, options("CREATE TABLE alpha_x (id BIGINT);"))
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("err = %v", err)
			}
			if after := contents(t, to); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("changed: %v, before %v", after, before)
			}
		})
	}
}

func addRow(t *testing.T, p Place) error {
	return p.DB.Bulk(t.Context(), func(ctx context.Context, b *store.Bulk) error {
		_, err := b.ExecContext(ctx, "INSERT INTO alpha_none VALUES (1)")
		return err
	})
}

func stranger(t *testing.T, p Place) error {
	return p.DB.Bulk(t.Context(), func(ctx context.Context, b *store.Bulk) error {
		_, err := b.ExecContext(ctx, "CREATE TABLE stranger (id BIGINT)")
		return err
	})
}

// TestEmptyPlatform has nothing to back up.
func TestEmptyPlatform(t *testing.T) {
	if _, err := Take(t.Context(), io.Discard, place(t, storetest.SQLite(t), ""), TakeOptions{}); !fault.Is(err,
		fault.NotFound) {
		t.Errorf("err = %v", err)
	}
}

// TestFullDisk: an error of the file is the backup's error, and the lease is released.
func TestFullDisk(t *testing.T) {
	p := filled(t, storetest.SQLite(t), "")
	full := errors.New("disk full")
	for _, room := range []int{0, 100, 4 << 10} {
		if _, err := Take(t.Context(), &small{room, full}, p, TakeOptions{}); !errors.Is(err, full) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
	if reason, err := lease.Active(t.Context(), p.DB.Read(), time.Now()); reason != "" || err != nil {
		t.Errorf("still held: %q, %v", reason, err)
	}
}

type small struct {
	room int
	err  error
}

func (s *small) Write(p []byte) (int, error) {
	if s.room -= len(p); s.room < 0 {
		return 0, s.err
	}
	return len(p), nil
}

// TestReadBackFinds: a database that keeps something else than what was written, and a store that
// has other bytes under a name, are found before anything is committed.
func TestReadBackFinds(t *testing.T) {
	from := filled(t, storetest.SQLite(t), "")
	archive, rep := taken(t, from, TakeOptions{})
	to := place(t, storetest.SQLite(t), "")
	o := options()
	files := o.Migrations[1].FS.(fstest.MapFS)
	files["1_a.sql"].Data = append(files["1_a.sql"].Data,
		"\n-- +goose StatementBegin\nCREATE TRIGGER alpha_turn AFTER INSERT ON alpha_doc WHEN NEW.id % 7 = 0 BEGIN UPDATE alpha_doc SET live = NOT live WHERE id = NEW.id; END;\n-- +goose StatementEnd\n"...)
	_, err := Restore(t.Context(), bytes.NewReader(archive), to, o)
	if !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "alpha_doc") {
		t.Errorf("other rows: %v", err)
	}
	empty(t, to)
	to = place(t, storetest.SQLite(t), "")
	// as an interrupted restore leaves it
	must(t, to.Blobs.PutNamed(t.Context(), markPrefix+rep.Header.ID, []byte("guiyi restore\n")))
	must(t, to.Blobs.PutNamed(t.Context(), "pack/site/0001-a", []byte("other bytes")))
	_, err = Restore(t.Context(), bytes.NewReader(archive), to, options())
	if !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "pack/site/0001-a") {
		t.Errorf("other bytes: %v", err)
	}
	empty(t, to)
}
