package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store/dump"
)

const (
	// An archive that unpacks to more than bombRatio times its size is refused as a decompression bomb. Text compresses
	// by a factor of about 10.
	bombRatio = 500
	bombFree  = 256 << 20 // unpacked bytes from which the ratio is checked

	maxWindow = 32 << 20 // maximum window size of a frame, in bytes
)

// visitor gets the parts of an archive in order. Bytes that a visitor does not read are still read and verified. The
// manifest is verified last, so a visitor must not trust any content before body has returned.
type visitor interface {
	// table gets a table. next returns its lines and then io.EOF; a line is valid until the next call.
	table(ctx context.Context, t dump.Table, next func() ([]byte, error)) error
	file(ctx context.Context, name string, size int64, r io.Reader) error
	object(ctx context.Context, name string, size int64, r io.Reader) error
}

// body reads everything after the header and compares it with the manifest.
func (a *archive) body(ctx context.Context, h Header, to visitor) (*Report, error) {
	rep, have := &Report{Header: h}, Manifest{ID: h.ID}
	if err := a.advance(); err != nil {
		return nil, err
	}
	for _, t := range h.Schema.Tables {
		sum, err := a.readTable(ctx, t, to)
		if err != nil {
			return nil, err
		}
		have.Tables = append(have.Tables, TableSum{t.Name, sum.Rows, sum.String()})
	}
	var err error
	if have.Files, _, err = a.readAll(ctx, filesPrefix, to.file, checkFileName); err != nil {
		return nil, err
	}
	if have.Objects, have.Bytes, err = a.readAll(ctx, objectPrefix, to.object, checkObjectName); err != nil {
		return nil, err
	}
	rep.Fingerprint, err = a.readManifest(&rep.Manifest, &have)
	return rep, err
}

// archive is an archive that is being read.
type archive struct {
	ctx     context.Context
	in, out int64 // compressed and uncompressed bytes read so far
	zs      *zstd.Decoder
	tar     *tar.Reader
	entry   *tar.Header // the current entry
	sum     hash.Hash   // over the current entry
	whole   hash.Hash   // over the lines of all entries, see entryLine
	entries int64       // number of entries read
}

// openArchive opens an archive and returns its header after Header.check.
func openArchive(ctx context.Context, from io.Reader) (_ *archive, h Header, err error) {
	a := &archive{ctx: ctx, whole: sha256.New()}
	packed := bufio.NewReaderSize(counting{from, &a.in}, 1<<20)
	if magic, _ := packed.Peek(4); string(magic) != "\x28\xb5\x2f\xfd" {
		return nil, h, errForeign(nil)
	}
	zs, err := zstd.NewReader(packed, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(2*maxWindow),
		zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, h, err
	}
	a.zs = zs
	a.tar = tar.NewReader(guarded{a})
	if err := a.readHeader(&h); err != nil {
		a.close()
		return nil, h, err
	}
	return a, h, nil
}

func (a *archive) close() { a.zs.Close() }

type counting struct {
	r io.Reader
	n *int64
}

func (c counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	*c.n += int64(n)
	return n, err
}

// guarded reads the uncompressed bytes. It returns an error when the ratio is exceeded or ctx has ended.
type guarded struct{ a *archive }

func (g guarded) Read(p []byte) (int, error) {
	if err := context.Cause(g.a.ctx); err != nil {
		return 0, err
	}
	n, err := g.a.zs.Read(p)
	g.a.out += int64(n)
	if g.a.out > bombFree && g.a.out/bombRatio > g.a.in {
		return n, fault.New(fault.TooLarge, "备份文件解开后大得不合理（%d 字节解出 %d 字节以上），没有采用", g.a.in, g.a.out)
	}
	return n, err
}

// broken returns a fault with a text for an error of the tar or zstd reader. It returns other errors unchanged.
func (a *archive) broken(err error) error {
	if err == nil || fault.KindOf(err) != fault.Internal || a.ctx.Err() != nil {
		return err
	}
	after := ""
	if a.entry != nil {
		after = fmt.Sprintf("在 %.200q 处", a.entry.Name)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errDamaged(after+"中断，可能没有写完或没有传完", io.ErrUnexpectedEOF)
	}
	return errDamaged(after+"读不下去", err)
}

// advance reads the current entry to its end, records its hash, and moves to the next entry.
func (a *archive) advance() error {
	if err := a.leave(); err != nil {
		return err
	}
	h, err := a.tar.Next()
	if err != nil {
		return a.broken(err)
	}
	a.entry, a.sum = h, sha256.New()
	if h.Typeflag != tar.TypeReg || h.Size < 0 {
		return errDamaged(fmt.Sprintf("%.200q 不是普通文件", h.Name), nil)
	}
	for key := range h.PAXRecords { // sparse entries have more content than bytes in the archive
		if strings.HasPrefix(key, "GNU.sparse") {
			return errDamaged(fmt.Sprintf("%.200q 不是普通文件", h.Name), nil)
		}
	}
	return nil
}

// leave reads the rest of the current entry and records its hash.
func (a *archive) leave() error {
	if a.entry == nil {
		return nil
	}
	if _, err := io.Copy(io.Discard, a); err != nil {
		return err
	}
	a.entries++
	_, err := io.WriteString(a.whole, entryLine(a.entry.Name, a.sum.Sum(nil)))
	return err
}

// Read reads the current entry. It returns errors of the archive as faults, so that they can be distinguished from
// errors of the destination.
func (a *archive) Read(p []byte) (int, error) {
	n, err := a.tar.Read(p)
	a.sum.Write(p[:n])
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = a.broken(err)
	}
	return n, err
}

// text returns the content of the current entry. It returns a fault if the entry has another name or is too large.
func (a *archive) text(name string) ([]byte, error) {
	if a.entry.Name != name {
		return nil, errDamaged(fmt.Sprintf("%.200q 不该在这里", a.entry.Name), nil)
	}
	if a.entry.Size > maxText {
		return nil, errDamaged(name+" 过大", nil)
	}
	return io.ReadAll(a)
}

func (a *archive) readHeader(h *Header) error {
	if err := a.advance(); err != nil {
		return err
	}
	if a.entry.Name != headerName {
		return errForeign(nil)
	}
	text, err := a.text(headerName)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, h); err != nil {
		return errForeign(err)
	}
	return h.check()
}

// readTable passes the lines of all parts of a table to the visitor and returns their checksum.
func (a *archive) readTable(ctx context.Context, t dump.Table, to visitor) (dump.Sum, error) {
	var sum dump.Sum
	var part *bufio.Reader
	var line []byte
	n := 0
	next := func() (_ []byte, err error) {
		for {
			if part == nil {
				if a.entry.Name != partName(t.Name, n+1) || a.entry.Size == 0 {
					return nil, io.EOF
				}
				n++
				part = bufio.NewReaderSize(a, 64<<10)
			}
			line, err = readLine(part, line[:0])
			if err == nil {
				sum.Add(line)
				return line, nil
			}
			if !errors.Is(err, io.EOF) {
				return nil, err
			}
			part = nil
			if err := a.advance(); err != nil {
				return nil, err
			}
		}
	}
	if err := to.table(ctx, t, next); err != nil {
		return sum, err
	}
	for {
		if _, err := next(); errors.Is(err, io.EOF) {
			return sum, nil
		} else if err != nil {
			return sum, err
		}
	}
}

// readLine appends the next line with its line feed to line. It returns io.EOF at the end.
func readLine(r *bufio.Reader, line []byte) ([]byte, error) {
	for {
		piece, err := r.ReadSlice('\n')
		line = append(line, piece...)
		switch {
		case len(line) > maxLine:
			return nil, errDamaged("有一行过长", nil)
		case err == nil, errors.Is(err, io.EOF) && len(line) == 0:
			return line, err
		case errors.Is(err, io.EOF):
			return nil, errDamaged("有一行没有结尾", nil)
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// readAll passes all entries with the prefix to take. It returns a fault if their names are not in ascending order,
// so no name can occur twice.
func (a *archive) readAll(ctx context.Context, prefix string,
	take func(context.Context, string, int64, io.Reader) error, check func(string) error) (n, size int64, err error) {
	last := ""
	for strings.HasPrefix(a.entry.Name, prefix) {
		name := strings.TrimPrefix(a.entry.Name, prefix)
		if err := check(name); err != nil {
			return n, size, err
		}
		if name <= last {
			return n, size, errDamaged(fmt.Sprintf("%.200q 的次序不对", a.entry.Name), nil)
		}
		if prefix == filesPrefix && (a.entry.Size > maxFile || n >= maxFiles) {
			return n, size, errDamaged("文件过大或过多", nil)
		}
		last = name
		entrySize := a.entry.Size
		if err := take(ctx, name, entrySize, a); err != nil {
			return n, size, err
		}
		if _, err := io.Copy(io.Discard, a); err != nil {
			return n, size, err
		}
		if sum := hex.EncodeToString(a.sum.Sum(nil)); strings.HasPrefix(name, casPrefix) && prefix == objectPrefix &&
			sum != hashOfName(name) {
			return n, size, errDamaged(fmt.Sprintf("%.200q 的内容与散列不符", a.entry.Name), nil)
		}
		n, size = n+1, size+entrySize
		if err := a.advance(); err != nil {
			return n, size, err
		}
	}
	return n, size, nil
}

// hashOfName returns the hash in the name of an object: cas/ab/cd… gives abcd…
func hashOfName(name string) string {
	return strings.ReplaceAll(strings.TrimPrefix(name, casPrefix), "/", "")
}

// readManifest compares the manifest with have, and checks that nothing follows it. It returns the SHA-256 of the
// manifest.
func (a *archive) readManifest(m, have *Manifest) (fingerprint string, err error) {
	have.Entries, have.SHA256 = a.entries, hex.EncodeToString(a.whole.Sum(nil))
	text, err := a.text(manifestName)
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(text, m); err != nil {
		return "", errDamaged("末尾的清单不正确", err)
	}
	switch {
	case !slices.Equal(m.Tables, have.Tables):
		return "", errDamaged("数据表的行数或校验和与清单不符", nil)
	case m.ID != have.ID || m.Files != have.Files || m.Objects != have.Objects || m.Bytes != have.Bytes ||
		m.Entries != have.Entries || m.SHA256 != have.SHA256:
		return "", errDamaged("内容与清单不符", nil)
	}
	if _, err := a.tar.Next(); !errors.Is(err, io.EOF) {
		return "", errDamaged("清单之后还有内容", err)
	}
	rest, err := io.Copy(io.Discard, guarded{a})
	if err != nil {
		return "", a.broken(err)
	}
	if rest > 0 {
		return "", errDamaged("清单之后还有内容", nil)
	}
	return hex.EncodeToString(a.sum.Sum(nil)), nil
}

// checker is a visitor that only checks the lines of tables.
type checker struct{ progress func(done int64) }

func (checker) table(_ context.Context, t dump.Table, next func() ([]byte, error)) error {
	row := make([]any, len(t.Columns))
	for {
		line, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = dump.ParseRow(line, t.Columns, row)
		}
		if err != nil {
			return damagedRow(t, err)
		}
	}
}

// damagedRow returns a fault that names the table if err is dump.ErrLine. It returns other errors unchanged.
func damagedRow(t dump.Table, err error) error {
	if !errors.Is(err, dump.ErrLine) {
		return err
	}
	return errDamaged("数据表 "+t.Name+" 中有一行的格式不正确", err)
}

func (checker) file(context.Context, string, int64, io.Reader) error { return nil }

func (c checker) object(_ context.Context, _ string, size int64, _ io.Reader) error {
	if c.progress != nil {
		c.progress(size)
	}
	return nil
}

// Check reads an archive to its end and verifies that it is complete and undamaged. It calls progress with the size of
// each object; progress may be nil.
func Check(ctx context.Context, from io.Reader, progress func(done int64)) (*Report, error) {
	a, h, err := openArchive(ctx, from)
	if err != nil {
		return nil, err
	}
	defer a.close()
	return a.body(ctx, h, checker{progress})
}

// equal reports whether a hash equals one in hex.
func equal(sum []byte, hexHash string) bool {
	want, err := hex.DecodeString(hexHash)
	return err == nil && bytes.Equal(sum, want)
}
