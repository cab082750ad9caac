package lexicon

import (
	"embed"
	"io/fs"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/lexicon/check"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations are the tables of this slice.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrationFiles, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "lexicon", FS: sub}
}

// Dictionary is a dictionary of a site or of the platform.
type Dictionary struct {
	bun.BaseModel `bun:"table:lexicon_dictionary,alias:d"`

	ID      int64       `bun:"id,pk"`
	Owner   int64       `bun:"owner"` // the site; 0 = all sites
	Code    string      `bun:"code"`  // unique for the owner
	Kind    string      `bun:"kind"`  // code of a check.Kind that begins with "word."
	Name    string      `bun:"name"`
	Level   check.Level `bun:"level"`   // "" = that of the kind
	Version int64       `bun:"version"` // from 1, one more with each import
	Entries int         `bun:"entries"`
	By      string      `bun:"set_by"` // kind and id of who imported last
	At      int64       `bun:"at"`     // unix ms

	Builtin bool `bun:"-"` // of the program; not in the database, cannot be changed
}

// Version is one import of a dictionary.
type Version struct {
	bun.BaseModel `bun:"table:lexicon_version,alias:v"`

	Dictionary int64  `bun:"dictionary_id,pk"`
	Version    int64  `bun:"version,pk"`
	Content    string `bun:"content"`
	Added      int    `bun:"added"`
	Removed    int    `bun:"removed"`
	Changed    int    `bun:"changed"`
	Note       string `bun:"note"`
	By         string `bun:"set_by"`
	At         int64  `bun:"at"` // unix ms
}

type levelRow struct {
	bun.BaseModel `bun:"table:lexicon_level"`

	Owner int64       `bun:"owner,pk"`
	Code  string      `bun:"code,pk"`
	Level check.Level `bun:"level"`
}

type leaderRow struct {
	bun.BaseModel `bun:"table:lexicon_leader"`

	Owner  int64    `bun:"owner,pk"`
	Place  int      `bun:"place,pk"`
	Name   string   `bun:"name"`
	Titles []string `bun:"titles,type:text"`
}

// Ignored is a finding that somebody has ignored.
type Ignored struct {
	bun.BaseModel `bun:"table:lexicon_ignore,alias:i"`

	ID       int64  `bun:"id,pk"`
	Owner    int64  `bun:"owner"`
	Item     int64  `bun:"item_id"` // 0 = all items of the site
	Code     string `bun:"code"`
	Hash     string `bun:"hash"`
	Text     string `bun:"text"` // personal information is masked
	Reason   string `bun:"reason"`
	ByEditor bool   `bun:"by_editor"` // counts for findings that block too
	By       string `bun:"set_by"`
	At       int64  `bun:"at"` // unix ms
}
