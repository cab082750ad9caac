package office

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"strings"

	"guiyi/internal/kernel/fault"
)

// Limits of an archive.
const (
	maxEntries  = 5000
	maxPart     = 96 << 20  // bytes of one part, unpacked
	maxUnpacked = 256 << 20 // bytes of all parts that are read
	maxRatio    = 250       // unpacked to packed, for parts above ratioFrom
	ratioFrom   = 8 << 20   // bytes
)

// archive is a ZIP file whose parts are read within limits.
type archive struct {
	parts map[string]*zip.File // by lower-case name without a leading slash
	left  int64                // bytes that may still be unpacked
	ctx   context.Context
	err   error // the limit that ended a part; a parser may hide it behind an error of its own
}

// openArchive reads the directory of an archive.
func openArchive(ctx context.Context, r io.ReaderAt, size int64) (*archive, error) {
	if n, err := countEntries(r, size); err != nil {
		return nil, err
	} else if n > maxEntries {
		return nil, fault.New(fault.TooLarge, "压缩包里的文件超过 %d 个", maxEntries)
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fault.Wrap(fault.Unsupported, err, "文件损坏，压缩包的目录读不出来")
	}
	a := &archive{parts: map[string]*zip.File{}, left: maxUnpacked, ctx: ctx}
	for _, f := range z.File {
		name := partName("", f.Name)
		if name == "" || strings.HasSuffix(f.Name, "/") {
			continue
		}
		if a.parts[name] != nil {
			return nil, fault.New(fault.Unsupported, "文件里有两个同名的部件，不同的程序会读出不同的内容")
		}
		a.parts[name] = f
	}
	return a, nil
}

// directoryEntry begins each entry of the directory of a ZIP file.
var directoryEntry = []byte("PK\x01\x02")

// countEntries counts the entries without building a directory, which costs memory for each. The number that the end
// of the file states is not believed.
func countEntries(r io.ReaderAt, size int64) (int, error) {
	buf := make([]byte, 256<<10)
	n, keep := 0, len(directoryEntry)-1
	for at := int64(0); at < size; at += int64(len(buf) - keep) {
		got, err := r.ReadAt(buf, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		n += bytes.Count(buf[:got], directoryEntry)
	}
	return n, nil
}

// partName returns the name of a part that is named in the folder of another part, in lower case. A path that leads out
// of the archive ends at its root; names are only looked up, never used on a disk.
func partName(folder, name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	if !strings.HasPrefix(name, "/") {
		name = folder + "/" + name
	}
	return strings.ToLower(strings.TrimPrefix(path.Clean("/"+name), "/"))
}

func (a *archive) has(name string) bool { return a.parts[partName("", name)] != nil }

// open returns a reader of a part. It returns nil without an error if there is no such part.
func (a *archive) open(name string) (io.ReadCloser, error) {
	f := a.parts[partName("", name)]
	if f == nil {
		return nil, nil
	}
	if f.Flags&1 != 0 {
		return nil, fault.New(fault.Unsupported, "文件有密码，读不出内容")
	}
	rc, err := f.Open()
	if err != nil {
		return nil, fault.Wrap(fault.Unsupported, err, "文件损坏，部件 %.60s 读不出来", name)
	}
	return &part{
		ReadCloser: rc,
		a:          a,
		packed:     max(int64(f.CompressedSize64), 1),
	}, nil
}

// read returns a part of at most limit bytes.
func (a *archive) read(name string, limit int64) ([]byte, error) {
	r, err := a.open(name)
	if err != nil || r == nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fault.New(fault.TooLarge, "部件 %.60s 超过 %d MB", name, limit>>20)
	}
	return b, a.fault(err)
}

// part counts what is unpacked.
type part struct {
	io.ReadCloser
	a      *archive
	n      int64
	packed int64
}

// Read implements io.Reader within the limits.
func (p *part) Read(b []byte) (int, error) {
	if p.a.err = p.a.ctx.Err(); p.a.err != nil {
		return 0, p.a.err
	}
	n, err := p.ReadCloser.Read(b)
	p.n, p.a.left = p.n+int64(n), p.a.left-int64(n)
	switch {
	case p.n > maxPart || p.a.left < 0:
		p.a.err = fault.New(fault.TooLarge, "文件解压后太大")
	case p.n > ratioFrom && p.n/p.packed > maxRatio:
		p.a.err = fault.New(fault.TooLarge, "文件的压缩比例异常，可能是压缩炸弹")
	}
	if p.a.err != nil {
		return 0, p.a.err
	}
	return n, err
}

// fault names an error of reading the archive; the limit that caused it comes first.
func (a *archive) fault(err error) error {
	if err != nil && a.err != nil {
		err = a.err
	}
	return asFault(err)
}

// asFault names errors of foreign bytes; faults, ends of time and nil stay.
func asFault(err error) error {
	switch {
	case err == nil, fault.KindOf(err) != fault.Internal:
		return err
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Wrap(fault.TooLarge, err, "文件太复杂，在规定的时间里没有读完")
	}
	return fault.Wrap(fault.Unsupported, err, "文件损坏，读不出内容")
}
