package store

import (
	"io/fs"
	"slices"
	"strings"
)

// Suffixes of migrations that only one engine runs, because triggers have different syntax on each. Both files have the
// same number, so that version numbers mean the same on both engines.
const (
	onlySQLite   = ".sqlite.sql"
	onlyPostgres = ".postgres.sql"
)

// engineFS contains the files of a set without those for the other engine.
type engineFS struct {
	fs.FS
	other string
}

// filesFor returns the files of a set that the engine of db runs.
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
