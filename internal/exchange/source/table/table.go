package table

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
)

// Limits of tables. Tables are read as a stream, so the limits are not for memory but for the time and disk space of
// one file.
const (
	MaxFile    = 2 << 30  // bytes of a file on disk
	maxLine    = 32 << 20 // bytes of a line
	maxColumns = 1000

	maxRecords = 1_000_000 // records of a file

	// A compressed file may decompress to maxUnzipped bytes. Beyond freeUnzipped bytes the ratio may not exceed
	// maxRatio: text never exceeds it, decompression bombs always do.
	maxUnzipped  = 4 << 30
	freeUnzipped = 16 << 20
	maxRatio     = 100
)

// table is a file of records: JSON lines, CSV, TSV, XLSX, XML Spreadsheet 2003 or an HTML table.
type table struct {
	path      string
	format    source.Format
	gzip      bool
	storeFile func(ctx context.Context) (hash string, err error)
	isKnown   func(column string) bool // nil: no column name is known
}

// SetKnown implements source.Headed.
func (t *table) SetKnown(known func(column string) bool) { t.isKnown = known }

// Open returns the records of a file. Its format must be Lines, Separated, Workbook, Spreadsheet2003 or Page (with
// tables). gzip is allowed for the first two. storeFile stores the file in the blob store, see Input.StoreFile.
func Open(at string, kind source.Format, gzip bool,
	storeFile func(ctx context.Context) (hash string, err error)) source.Source {
	return &table{path: at, format: kind, gzip: gzip, storeFile: storeFile}
}

// Label implements source.Source.
func (t *table) Label() string { return source.Label(t.path) }

// Inputs implements source.Source.
func (t *table) Inputs(ctx context.Context) iter.Seq2[source.Input, error] {
	return func(yield func(source.Input, error) bool) {
		f, err := os.Open(t.path)
		if err != nil {
			yield(source.Input{}, fault.Wrap(fault.NotFound, err, "打不开 %s", t.path))
			return
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			yield(source.Input{}, err)
			return
		}
		if info.Size() > MaxFile {
			yield(source.Input{}, t.tooLarge(MaxFile))
			return
		}
		storeFile := func(ctx context.Context) (string, error) {
			if err := t.changed(info); err != nil {
				return "", err
			}
			return t.storeFile(ctx)
		}
		n := 0
		send := func(in source.Input) bool {
			if n++; n > maxRecords {
				yield(source.Input{}, fault.New(fault.TooLarge, "一个文件最多 %d 条，%s 从 %s 起没有导入，请拆成几个文件", maxRecords, t.path,
					in.Name))
				return false
			}
			in.StoreFile, in.Modified = storeFile, info.ModTime()
			for k, v := range in.Fields {
				in.Fields[k] = source.CleanText(v)
			}
			return yield(in, nil) && ctx.Err() == nil
		}
		err = t.read(io.NewSectionReader(f, 0, info.Size()), send)
		if errors.Is(err, errStopped) {
			return
		}
		if changed := t.changed(info); changed != nil {
			err = changed
		}
		if err != nil {
			yield(source.Input{}, err)
		}
	}
}

// changed returns an error when the file was modified or replaced since it was opened. A file that was deleted in the
// meantime is no error.
func (t *table) changed(then os.FileInfo) error {
	now, err := os.Stat(t.path)
	if errors.Is(err, os.ErrNotExist) || err == nil && os.SameFile(now, then) && now.Size() == then.Size() &&
		now.ModTime().Equal(then.ModTime()) {
		return nil
	}
	return fault.Wrap(fault.Conflict, err, "文件在读取时被改动或替换，没有全部导入；请等它写完后再导入一次，不会重复：%s", t.path)
}

func (t *table) tooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "%s 超过 %d MiB，请拆成几个文件再导入", t.path, limit>>20)
}

var errStopped = errors.New("exchange: consumer stopped")

func (t *table) read(f *io.SectionReader, send func(source.Input) bool) error {
	var r io.Reader = f
	if t.gzip {
		var err error
		if r, err = t.unzip(f); err != nil {
			return err
		}
	}
	switch t.format {
	case source.Lines:
		return t.lines(r, send)
	case source.Workbook:
		return t.workbook(f, f.Size(), send)
	case source.Page:
		return t.page(r, send)
	case source.Spreadsheet2003:
		return t.spreadsheet2003(r, send)
	default:
		return t.separated(r, send)
	}
}

func (t *table) damaged(err error) error {
	return fault.Wrap(fault.Invalid, err, "压缩文件已损坏，只读到损坏处：%s", t.path)
}

// unzip first decompresses the file once without using the data, so that a decompression bomb is refused before any of
// its records is imported. It ignores damage in this pass: the records before the damage can be imported.
func (t *table) unzip(f io.ReadSeeker) (io.Reader, error) {
	open := func() (*unzipped, error) {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		packed := &counted{r: f}
		z, err := gzip.NewReader(packed)
		if err != nil {
			return nil, t.damaged(err)
		}
		return &unzipped{r: z, packed: packed, table: t}, nil
	}
	ahead, err := open()
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, ahead); fault.Is(err, fault.TooLarge) {
		return nil, err
	}
	return open()
}

// counted counts the bytes read through it.
type counted struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// unzipped decompresses a file. It returns a TooLarge error when the limits are exceeded.
type unzipped struct {
	r      io.Reader
	packed *counted
	n      int64
	table  *table
}

// Read implements io.Reader.
func (u *unzipped) Read(p []byte) (int, error) {
	switch {
	case u.n > maxUnzipped:
		return 0, fault.New(fault.TooLarge, "解压后超过 %d MiB，已停止，请拆成几个文件再导入：%s", maxUnzipped>>20, u.table.path)
	case u.n > freeUnzipped && u.n > maxRatio*u.packed.n:
		return 0, fault.New(fault.TooLarge, "解压后是原来的 %d 倍以上，不像正常的数据，已停止：%s", maxRatio, u.table.path)
	}
	n, err := u.r.Read(p)
	u.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = u.table.damaged(err)
	}
	return n, err
}

func (t *table) place(n int) string { return filepath.Base(t.path) + ":" + strconv.Itoa(n) }

// lines reads JSON lines. A line that is not an object or is too long becomes one input with a problem.
func (t *table) lines(r io.Reader, send func(source.Input) bool) error {
	br := bufio.NewReaderSize(transform.NewReader(r, unicode.BOMOverride(transform.Nop)), 1<<20)
	for n := 1; ; n++ {
		line, long, err := readLine(br, maxLine)
		if len(bytes.TrimSpace(line)) > 0 || long {
			in := source.Input{Name: t.place(n)}
			if long {
				in.ID, in.Problem = t.place(n), fault.New(fault.TooLarge, "第 %d 行超过 %d MiB", n, maxLine>>20)
			} else if in.Fields, in.Problem = jsonFields(line); in.Problem != nil {
				in.ID, in.Raw = t.place(n), bytes.Clone(line)
			}
			if !send(in) {
				return errStopped
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// readLine reads a line of at most limit bytes. It discards a longer line; long is then true.
func readLine(br *bufio.Reader, limit int) (line []byte, long bool, err error) {
	for {
		part, err := br.ReadSlice('\n')
		if !long {
			line = append(line, part...)
		}
		if len(line) > limit {
			line, long = nil, true
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, long, err
		}
	}
}
