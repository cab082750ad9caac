package resource

import (
	"context"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

// upTo are the migrations of this slice up to and with a file.
func upTo(t *testing.T, last string) store.Migrations {
	t.Helper()
	m := Migrations()
	names, err := fs.Glob(m.FS, "*.sql")
	if err != nil || !slices.Contains(names, last) {
		t.Fatalf("no migration %s in %v, %v", last, names, err)
	}
	older := fstest.MapFS{}
	for _, name := range names {
		if name <= last {
			text, err := fs.ReadFile(m.FS, name)
			if err != nil {
				t.Fatal(err)
			}
			older[name] = &fstest.MapFile{Data: text}
		}
	}
	return store.Migrations{Slice: m.Slice, FS: older}
}

// Of the links of an older database those inside one owner stay accepted; those across
// owners show nowhere until somebody has consented.
func TestOldLinksAreMigrated(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), upTo(t, "00003_media.sql")); err != nil {
			t.Fatal(err)
		}
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for _, it := range [][2]int64{{1, 10}, {2, 10}, {3, 20}} { // item, owner
				_, err := tx.NewRaw(`INSERT INTO resource_item (id, owner, class, version, state, live_edition,
					draft_edition, release_at, offline_at, withdrawal, merge_key, created_at, updated_at)
					VALUES (?, ?, 'document', 1, 'live', 0, 0, 0, 0, '{}', '', 0, 0)`, it[0], it[1]).Exec(ctx)
				if err != nil {
					return err
				}
			}
			_, err := tx.NewRaw(`INSERT INTO resource_link (from_item, to_item, kind, owner) VALUES
				(1, 2, 'repeals', 10), (3, 1, 'repeals', 20), (1, 3, 'related', 10)`).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context(), Migrations()); err != nil {
			t.Fatal(err)
		}
		var rows []linkRow
		if err := db.Read().NewSelect().Model(&rows).Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := map[Link]LinkState{{1, 2, Repeals}: LinkAccepted, {3, 1, Repeals}: linkUnasked,
			{1, 3, Related}: linkUnasked}
		for _, r := range rows {
			l := r.Link
			if r.State != want[l] {
				t.Errorf("%+v is %s, want %s", l, r.State, want[l])
			}
			delete(want, l)
		}
		if len(want) != 0 {
			t.Errorf("lost: %v", want)
		}
	})
}
