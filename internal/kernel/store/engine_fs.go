package store

import (
	"io/fs"
	"slices"
	"strings"
)

// Endings of migrations that one engine alone runs: triggers are written differently on each. The same number stands
// with the other ending, so that versions mean the same on both.
const (
	onlySQLite   = ".sqlite.sql"
	onlyPostgres = ".postgres.sql"
)

// engineFS are the files of a set without those of the other engine.
type engineFS struct {
	fs.FS
	other string
}

// filesFor returns the migrations of a set that the engine of db runs.
func (db *DB) filesFor(set Migrations) fs.FS {
	if db.postgres {
		return engineFS{set.FS, onlySQLite}
	}
	return engineFS{set.FS, onlyPostgres}
}

// ReadDir implements fs.ReadDirFS.
func (f engineFS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(f.FS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return strings.HasSuffix(e.Name(), f.other) }), err
}
