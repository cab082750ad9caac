package store

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"

	sqlite3 "modernc.org/sqlite/lib"

	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
)

// ErrDamaged is the cause when the database itself is wrong: a page that contradicts itself, a header that is none, a
// file that is too short. Only a backup helps.
var ErrDamaged = errors.New("database damaged")

// SQLSTATE codes of PostgreSQL that speak of its disk, Appendix A of its manual.
const (
	pgDiskFull       = "53100"
	pgReadOnly       = "25006"
	pgIOError        = "58030"
	pgDataCorrupted  = "XX001"
	pgIndexCorrupted = "XX002"
)

const damagedText = "数据库已损坏：请先停止平台并保留现在的文件，再从备份恢复；不要在损坏的数据库上继续编辑。"

// Explain gives an error that comes from the disk below the database, or from damage of the database, its right cause
// and the kind Unavailable, whatever text it has had. Every other error is returned as it is.
func Explain(err error) error {
	if err == nil {
		return nil
	}
	reason := reasonOf(err)
	if reason == nil {
		reason = disk.Reason(err)
	}
	switch {
	case reason == nil:
		return err
	case errors.Is(reason, ErrDamaged):
		return fault.Wrap(fault.Unavailable, errors.Join(ErrDamaged, err), damagedText)
	}
	return disk.Fault(errors.Join(reason, err), "操作未完成")
}

// reasonOf returns what an engine's error says about disk and file, nil for all other errors.
func reasonOf(err error) error {
	if errors.Is(err, ErrDamaged) {
		return ErrDamaged
	}
	code, state := codes(err)
	switch code & 0xff {
	case sqlite3.SQLITE_FULL:
		return disk.ErrFull
	case sqlite3.SQLITE_READONLY:
		return disk.ErrReadOnly
	case sqlite3.SQLITE_PERM:
		return disk.ErrDenied
	case sqlite3.SQLITE_IOERR:
		return disk.ErrBroken
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return ErrDamaged
	}
	switch state {
	case pgDiskFull:
		return disk.ErrFull
	case pgReadOnly:
		return disk.ErrReadOnly
	case pgIOError:
		return disk.ErrBroken
	case pgDataCorrupted, pgIndexCorrupted:
		return ErrDamaged
	}
	return nil
}

// magic are the first bytes of every SQLite database.
const magic = "SQLite format 3\x00"

// openFault says why a database file could not be opened. SQLite has judged before: a file that looks wrong may be
// right together with its write-ahead log.
func openFault(file string, err error) error {
	damaged := func(what string) error {
		return fault.Wrap(fault.Unavailable, errors.Join(ErrDamaged, err),
			"数据库文件 %s 已损坏（%s），没有改动任何文件：请保留这个文件，从备份恢复。", file, what)
	}
	header := make([]byte, 100)
	n, rerr := readStart(file, header)
	reason := reasonOf(err)
	switch {
	case disk.Reason(rerr) == disk.ErrDenied:
		return disk.Fault(rerr, "数据库文件 %s 读不了", file)
	case errors.Is(reason, ErrDamaged) && n < len(header):
		return damaged("文件被截短，只剩几个字节")
	case errors.Is(reason, ErrDamaged) && allZero(header):
		return damaged("文件头被清零")
	case errors.Is(reason, ErrDamaged) && string(header[:len(magic)]) != magic:
		return damaged("内容不是数据库")
	case errors.Is(reason, ErrDamaged) && short(file, header):
		return damaged("文件被截短")
	case errors.Is(reason, ErrDamaged):
		return damaged("数据页自相矛盾")
	}
	if werr := writable(file); werr != nil {
		return disk.Fault(errors.Join(werr, err), "数据库文件 %s 不能写", file)
	}
	for _, side := range []string{file + "-wal", file + "-shm"} {
		if info, serr := os.Lstat(side); serr == nil && !info.Mode().IsRegular() {
			return disk.Fault(errors.Join(disk.ErrPath, err), "数据库文件 %s 打不开，因为 %s 不是普通文件", file, side)
		}
	}
	if perr := disk.Probe(filepath.Dir(file)); perr != nil {
		return disk.Fault(errors.Join(perr, err), "数据库文件夹 %s 不能写", filepath.Dir(file))
	}
	if reason != nil {
		return disk.Fault(errors.Join(reason, err), "数据库文件 %s 打不开", file)
	}
	return disk.Fault(err, "数据库文件 %s 打不开", file)
}

func readStart(file string, into []byte) (int, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	n, err := f.ReadAt(into, 0)
	return n, err
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// short reports whether a file has fewer pages than its header says (file format, section 1.3.7).
func short(file string, header []byte) bool {
	info, err := os.Stat(file)
	if err != nil {
		return false
	}
	size := int64(binary.BigEndian.Uint16(header[16:]))
	if size == 1 {
		size = 64 << 10
	}
	return info.Size() < size*int64(binary.BigEndian.Uint32(header[28:]))
}

// writable reports why a file cannot be opened for writing. It does not make it.
func writable(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}
