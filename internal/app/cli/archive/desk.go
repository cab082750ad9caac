package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"guiyi/internal/kernel/backup"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Where names the platform that is backed up or restored.
type Where struct {
	DataDir, Keys  string // folders
	Database, Blob string // addresses
}

// Desk runs the commands backup and restore.
type Desk struct {
	Out, Err   io.Writer // Out gets the archive, Err the messages
	Terminal   bool      // Out is a terminal
	At         Where
	Migrations []store.Migrations
	Program    string                               // version
	Progress   func(what string, done, total int64) // see backup.TakeOptions
	// AfterRestore is backup.RestoreOptions.AfterRestore.
	AfterRestore func(ctx context.Context, db *store.DB) error
}

// Take writes a backup to the file name, or to Out if name is "-". clean is false if objects in the store are damaged;
// Take prints them and leaves them out.
func (d *Desk) Take(ctx context.Context, name, passFile string) (clean bool, err error) {
	passphrase, err := readPassphrase(passFile)
	if err != nil {
		return false, err
	}
	if err := d.platformThere(); err != nil {
		return false, err
	}
	place, closePlace, err := d.openPlace(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, closePlace()) }()
	begin, size := time.Now(), int64(0)
	var rep *backup.Report
	write := func(w io.Writer) (err error) {
		sized := &sizing{w: w}
		rep, err = backup.Take(ctx, sized, place, backup.TakeOptions{Program: d.Program, Passphrase: passphrase,
			Progress: d.Progress})
		size = sized.n
		return err
	}
	if name == "-" {
		if d.Terminal {
			return false, fault.New(fault.Invalid, "备份不能写到终端：请重定向到文件或管道")
		}
		err = write(d.Out)
	} else {
		err = writeWhole(name, write)
	}
	if err != nil && ctx.Err() != nil {
		return false, fault.New(fault.Unavailable, "备份已中断，没有留下备份文件")
	}
	if err != nil {
		return false, fault.Advise(err, fault.NotFound, "请检查 data-dir 和 database 是否指向正在使用的平台")
	}
	fmt.Fprintf(d.Err, "备份完成：%s，%s，用时 %s\n", name, mebibytes(size), time.Since(begin).Round(time.Millisecond))
	d.show(rep)
	return len(rep.Manifest.Damaged) == 0, nil
}

// Check verifies a backup and prints its contents.
func (d *Desk) Check(ctx context.Context, name string) (clean bool, err error) {
	f, err := openFile(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	rep, err := backup.Check(ctx, f, d.checked())
	if err != nil {
		return false, unusable(err)
	}
	fmt.Fprintf(d.Err, "备份完整：%s\n", name)
	d.show(rep)
	return len(rep.Manifest.Damaged) == 0, nil
}

// Restore restores a backup, and prints what was verified and what to do next.
func (d *Desk) Restore(ctx context.Context, name, passFile string) (clean bool, err error) {
	passphrase, err := readPassphrase(passFile)
	if err != nil {
		return false, err
	}
	f, err := openFile(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	// A regular file can be read twice, so it is verified before anything is changed.
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		rep, err := backup.Check(ctx, f, d.checked())
		if err == nil {
			err = d.enoughSpace(rep.Manifest.Bytes)
		}
		if err != nil {
			return false, unusable(err)
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return false, err
		}
		fmt.Fprintln(d.Err, "备份完整，开始恢复")
	}
	place, closePlace, err := d.openPlace(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, closePlace()) }()
	begin := time.Now()
	rep, err := backup.Restore(ctx, f, place, backup.RestoreOptions{
		Migrations:   d.Migrations,
		Folders:      []string{"search", "bus", "heads"},
		Passphrase:   passphrase,
		Progress:     d.Progress,
		AfterRestore: d.AfterRestore,
	})
	if err != nil && ctx.Err() != nil {
		return false, fault.New(fault.Unavailable, "恢复已中断，数据库仍是空的：用同一个备份再运行一次即可")
	}
	if err != nil {
		return false, unusable(err)
	}
	if rep.Resumed {
		fmt.Fprintln(d.Err, "上一次恢复其实已经核对并写完，这次只做了收尾")
		return true, nil
	}
	fmt.Fprintf(d.Err, "恢复完成，用时 %s\n", time.Since(begin).Round(time.Millisecond))
	d.show(rep)
	fmt.Fprintf(d.Err, "核对：%d 张表逐行读回，行数和校验和与备份一致；%d 个存储对象逐字节读回，散列一致\n", len(rep.Manifest.Tables), rep.Manifest.Objects)
	d.showKeys(d.At.Keys, rep, passphrase != "")
	fmt.Fprintln(d.Err, "接下来：guiyi ledger verify 和 guiyi verify 核对账本与页面，再 guiyi serve；搜索索引会自己重建")
	return len(rep.Manifest.Damaged) == 0, nil
}

// unusable adds advice to the fault of a refused archive.
func unusable(err error) error {
	return fault.Advise(err, fault.Invalid, "请换一份备份，或重新传送后用 guiyi backup verify 检查")
}

// openFile opens an archive. "-" means the standard input.
func openFile(name string) (*os.File, error) {
	if name == "-" {
		return os.Stdin, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "备份文件打不开：%s", name)
	}
	return f, nil
}

func (d *Desk) show(rep *backup.Report) {
	h, m := rep.Header, rep.Manifest
	fmt.Fprintf(d.Err, "  编号 %s，%s 备份，数据库 %s，程序 %s\n", h.ID, h.Created.Local().Format("2006-01-02 15:04:05"),
		h.Database, h.Program)
	fmt.Fprintf(d.Err, "  数据表 %d 张 %d 行，存储对象 %d 个 %s，文件 %d 个\n", len(m.Tables), m.Rows(), m.Objects, mebibytes(m.Bytes),
		m.Files)
	fmt.Fprintf(d.Err, "  指纹 %s\n", rep.Fingerprint)
	for _, name := range m.Damaged {
		fmt.Fprintf(d.Err, "  注意：存储对象 %s 在备份前就已损坏，不在备份里\n", name)
	}
	for _, name := range rep.Foreign {
		fmt.Fprintf(d.Err, "  注意：数据表 %s 不属于平台，不在备份里\n", name)
	}
	for _, name := range rep.Skipped {
		fmt.Fprintf(d.Err, "  注意：%s 不是普通文件或名称不合规则，不在备份里\n", name)
	}
	if rep.Vanished > 0 {
		fmt.Fprintf(d.Err, "  有 %d 个不再使用的存储对象在备份时被清理\n", rep.Vanished)
	}
}

// showKeys prints what to do if the private key is missing.
func (d *Desk) showKeys(dir string, rep *backup.Report, opened bool) {
	there, _ := filepath.Glob(filepath.Join(dir, "*.key")) // cannot fail: the pattern is valid
	switch {
	case len(there) > 0:
		return
	case len(rep.Keys) > 0 && !opened:
		fmt.Fprintf(d.Err, "注意：备份里有加密的私钥 %s，没有解开。用 --keys-passphrase 恢复，或从备份里取出后执行 age -d\n",
			strings.Join(rep.Keys, "、"))
	}
	fmt.Fprintf(d.Err, "注意：签名私钥不在这里。启动前把原来的 *.key 放进 %s（权限 600）；否则启动时会生成新密钥：\n"+
		"  已有各版仍按恢复的公钥验证，但其他机器上的边缘要先得到新公钥，并运行 guiyi publish --full\n", dir)
}

func (d *Desk) checked() func(done int64) {
	sum := int64(0)
	return func(done int64) {
		sum += done
		d.Progress("检查备份", sum, 0)
	}
}

// openPlace opens database and blob store without migrations: a backup before an upgrade is taken with the new program,
// and a restore migrates the tables itself.
func (d *Desk) openPlace(ctx context.Context) (p backup.Place, closePlace func() error, err error) {
	p.DataDir = d.At.DataDir
	if p.DB, err = store.Open(ctx, d.At.Database); err != nil {
		return p, nil, err
	}
	if p.Blobs, err = blob.Open(ctx, d.At.Blob); err != nil {
		return p, nil, errors.Join(err, p.DB.Close())
	}
	return p, func() error { return errors.Join(p.Blobs.Close(), p.DB.Close()) }, nil
}

// platformThere returns a fault if the SQLite file does not exist; store.Open would create it.
func (d *Desk) platformThere() error {
	file, ok := strings.CutPrefix(d.At.Database, "sqlite:")
	if !ok {
		return nil
	}
	if _, err := os.Stat(file); err != nil {
		return fault.Wrap(fault.NotFound, err, "这里没有平台的数据库 %s：请检查 data-dir 和 database", file)
	}
	return nil
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// sizing is a writer that counts the bytes.
type sizing struct {
	w io.Writer
	n int64
}

func (s *sizing) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.n += int64(n)
	return n, err
}
