package store_test

import (
	"context"
	"sync"
	"testing"
	"testing/fstest"

	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

func files(slice string, sql ...string) store.Migrations {
	fsys := fstest.MapFS{}
	for i, text := range sql {
		fsys[string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + text)}
	}
	return store.Migrations{Slice: slice, FS: fsys}
}

func exists(db *store.DB, table string) bool {
	_, err := db.Read().ExecContext(context.Background(), "SELECT count(*) FROM "+table)
	return err == nil
}

func TestMigrate(t *testing.T) {
	one, two := "CREATE TABLE alpha_one (id BIGINT PRIMARY KEY);", "CREATE TABLE alpha_two (id BIGINT PRIMARY KEY);"
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		must(t, db.Migrate(ctx))
		must(t, db.Migrate(ctx, files("alpha", one),
			files("beta", "CREATE TABLE beta_one (id BIGINT PRIMARY KEY, a BIGINT REFERENCES alpha_one (id));")))
		must(t, db.Migrate(ctx, files("alpha", one))) // again: nothing to do
		must(t, db.Migrate(ctx, files("alpha", one, two)))
		for _, table := range []string{"alpha_one", "alpha_two", "beta_one", "alpha_migration", "beta_migration"} {
			if !exists(db, table) {
				t.Errorf("no table %s", table)
			}
		}
		for name, set := range map[string]store.Migrations{
			"wrong SQL":  files("gamma", "CREATE TABLE gamma_one (id BIGINT PRIMARY KEY);\nCREATE TABLE oops (;"),
			"wrong name": files("Gamma; DROP", "CREATE TABLE gamma_one (id BIGINT PRIMARY KEY);"),
			"no files":   {Slice: "gamma", FS: fstest.MapFS{}},
			"no goose": {Slice: "gamma",
				FS: fstest.MapFS{"1_x.sql": {Data: []byte("CREATE TABLE gamma_one (id BIGINT);")}}},
		} {
			if err := db.Migrate(ctx, set); err == nil {
				t.Errorf("%s: no error", name)
			}
			if exists(db, "gamma_one") {
				t.Errorf("%s: half a migration was applied", name)
			}
		}
		must(t, db.Migrate(ctx, files("gamma", "CREATE TABLE gamma_one (id BIGINT PRIMARY KEY);"))) // the lock is free
	})
}

func TestMigrateFromManySides(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		set := files("alpha", "CREATE TABLE alpha_one (id BIGINT PRIMARY KEY);",
			"CREATE TABLE alpha_two (id BIGINT PRIMARY KEY);",
			"ALTER TABLE alpha_one ADD COLUMN n BIGINT NOT NULL DEFAULT 0;")
		var all sync.WaitGroup
		for range 4 { // each opens the database again, as a process does
			db := storetest.Open(t, dsn)
			all.Go(func() {
				if err := db.Migrate(context.Background(), set); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
}
