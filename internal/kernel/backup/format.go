package backup

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store/dump"
)

const (
	formatName    = "guiyi-backup"
	formatVersion = 1

	headerName   = "guiyi-backup.json"
	manifestName = "manifest.json"
	tablesPrefix = "tables/"
	filesPrefix  = "files/"
	objectPrefix = "objects/"
	casPrefix    = "cas/"

	partSize = 1 << 20 // size from which an entry of rows ends, in bytes

	// Limits for reading an archive. Real archives are far below them.
	maxText   = 8 << 20   // bytes of header and manifest
	maxLine   = 256 << 20 // bytes of a row
	maxFile   = 256 << 20 // bytes of a file of the data folder
	maxFiles  = 100_000
	maxTables = 10_000
)

// Header is the first entry of an archive. It describes the archive.
type Header struct {
	Format   string      `json:"format"`
	Version  int         `json:"version"`
	ID       string      `json:"id"`
	Created  time.Time   `json:"created"`
	Program  string      `json:"program"`  // version of the program that wrote the archive
	Database string      `json:"database"` // "sqlite" or "postgresql"
	Schema   dump.Schema `json:"schema"`
}

// Manifest is the last entry of an archive. It has the counts and checksums of all other entries.
type Manifest struct {
	ID      string     `json:"id"`
	Tables  []TableSum `json:"tables"`
	Files   int64      `json:"files"`
	Objects int64      `json:"objects"`
	Bytes   int64      `json:"bytes"`             // of the objects
	Damaged []string   `json:"damaged,omitempty"` // objects that were left out because their content has another hash
	Entries int64      `json:"entries"`           // number of entries before the manifest
	SHA256  string     `json:"sha256"`            // of the lines "HASH  NAME" of those entries, in order
}

// TableSum is the number of rows and the checksum of a table.
type TableSum struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
	Sum  string `json:"sum"` // dump.Sum
}

// Rows returns the number of rows of all tables.
func (m *Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// Report is the result of Take, Check or Restore.
type Report struct {
	Header      Header
	Manifest    Manifest
	Fingerprint string   // SHA-256 of the manifest, which covers the whole archive
	Foreign     []string // tables that belong to no slice; the archive does not contain them
	Skipped     []string // files that are not regular, and files and objects with unsafe names; not in the archive
	Vanished    int64    // number of objects that were removed after they were listed; no row names them
	Keys        []string // names of the private keys in the archive
	Resumed     bool     // an earlier run had restored everything, and this run only finished it
}

var (
	idShape    = regexp.MustCompile(`^[0-9a-z]{16,64}$`)
	tableShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	// objectShape is the same as in kernel/blob: segments do not begin with a dot.
	objectShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}(/[A-Za-z0-9][A-Za-z0-9._-]{0,199})*$`)
	casShape    = regexp.MustCompile(`^cas/[0-9a-f]{2}/[0-9a-f]{62}$`)
)

// check returns a fault if this program does not support the header or if a name in it is unsafe.
func (h *Header) check() error {
	switch {
	case h.Format != formatName:
		return errForeign(nil)
	case h.Version > formatVersion:
		return fault.New(fault.Unsupported, "这个备份的格式是第 %d 版，本程序只认识到第 %d 版：请用写出它的版本（%.40q）或更新的程序恢复", h.Version,
			formatVersion, h.Program)
	case h.Version < 1 || !idShape.MatchString(h.ID) || len(h.Schema.Tables) == 0 || len(h.Schema.Tables) > maxTables:
		return errDamaged("开头的说明不正确", nil)
	}
	for slice := range h.Schema.Versions {
		if !tableShape.MatchString(slice) {
			return errDamaged("数据表名称不正确", nil)
		}
	}
	seen := map[string]bool{}
	for _, t := range h.Schema.Tables {
		if !tableShape.MatchString(t.Name) || seen[t.Name] || len(t.Columns) == 0 {
			return errDamaged("数据表名称不正确", nil)
		}
		seen[t.Name] = true
		columns := map[string]bool{}
		for _, c := range t.Columns {
			if !tableShape.MatchString(c.Name) || columns[c.Name] {
				return errDamaged("数据表 "+t.Name+" 的列名不正确", nil)
			}
			columns[c.Name] = true
		}
	}
	return nil
}

// checkFileName returns a fault unless name is a path in a folder that a backup contains: themes or keys. Names that
// begin with a dot are refused, so that a restore cannot overwrite other files of the program.
func checkFileName(name string) error {
	ok := fs.ValidPath(name) && len(name) <= 512 &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '\\' || r == ':' || r == 0x7f })
	for part := range strings.SplitSeq(name, "/") {
		ok = ok && !strings.HasPrefix(part, ".")
	}
	folder, rest, _ := strings.Cut(name, "/")
	switch folder {
	case "themes":
		ok = ok && rest != ""
	case "keys":
		ok = ok && !strings.Contains(rest, "/") &&
			(strings.HasSuffix(rest, publicKey) || strings.HasSuffix(rest, sealedKey))
	default:
		ok = false
	}
	if !ok {
		return errDamaged(fmt.Sprintf("含有不该有的文件 %.200q", name), nil)
	}
	return nil
}

func checkObjectName(name string) error {
	if len(name) > 512 || !objectShape.MatchString(name) || strings.HasPrefix(name, markPrefix) ||
		strings.HasPrefix(name, casPrefix) && !casShape.MatchString(name) {
		return errDamaged(fmt.Sprintf("含有不该有的存储对象 %.200q", name), nil)
	}
	return nil
}

func errForeign(cause error) error {
	return fault.Wrap(fault.Invalid, cause, "这不是归一的备份文件")
}

func errDamaged(what string, cause error) error {
	return fault.Wrap(fault.Invalid, cause, "备份文件不完整或已损坏，没有采用：%s", what)
}
