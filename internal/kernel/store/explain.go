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

// ErrDamaged is the cause when the database itself is damaged: a corrupt page, an invalid header, a truncated file. The
// database must then be restored from a backup.
var ErrDamaged = errors.New("database damaged")

// SQLSTATE codes of PostgreSQL for problems of its disk, Appendix A of its manual.
const (
	pgDiskFull       = "53100"
	pgReadOnly       = "25006"
	pgIOError        = "58030"
	pgDataCorrupted  = "XX001"
	pgIndexCorrupted = "XX002"
)

const damagedText = "数据库已损坏：请先停止平台并保留现在的文件，再从备份恢复；不要在损坏的数据库上继续编辑。"

// Explain returns a fault of kind Unavailable with the right cause and text if err comes from the disk or from a
// damaged database. It returns every other error unchanged.
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

// reasonOf returns ErrDamaged or an error of package disk if an engine's error means that. It returns nil for all other
// errors.
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

// magic is the beginning of every SQLite database file.
const magic = "SQLite format 3\x00"

// openFault returns a fault that says why a database file could not be opened. err is the error of SQLite. The file is
// called damaged only if err says so, because the write-ahead log may complete a file that looks damaged.
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

// short reports whether a file is shorter than its header says (SQLite file format, sections 1.3.2 and 1.3.7).
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

// writable returns an error if the file exists and cannot be opened for writing. It does not create the file.
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
