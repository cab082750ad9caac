package backup

import (
	"archive/tar"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"guiyi/internal/kernel/store/dump"
)

// writer writes an archive.
type writer struct {
	zs      *zstd.Encoder
	tar     *tar.Writer
	created time.Time
	whole   hash.Hash // over the lines of all entries, see entryLine
	entries int64
}

func newID() string { return strings.ToLower(rand.Text()) }

func newWriter(w io.Writer, h Header) (*writer, error) {
	zs, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest)) // half of the content is compressed
	if err != nil {
		return nil, err
	}
	a := &writer{zs: zs, tar: tar.NewWriter(zs), created: h.Created, whole: sha256.New()}
	text, err := json.MarshalIndent(h, "", " ")
	if err != nil {
		return nil, err
	}
	return a, a.add(headerName, append(text, '\n'))
}

// begin starts an entry. The caller must write exactly size bytes to a.tar and then call end.
func (a *writer) begin(name string, size int64) error {
	return a.tar.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg,
		Name:     name,
		Size:     size,
		Mode:     0o600,
		ModTime:  a.created,
	})
}

// end records the hash of the entry that was written.
func (a *writer) end(name string, sum []byte) error {
	a.entries++
	_, err := io.WriteString(a.whole, entryLine(name, sum))
	return err
}

// entryLine returns a line in the format of sha256sum.
func entryLine(name string, sum []byte) string {
	return fmt.Sprintf("%s  %s\n", hex.EncodeToString(sum), name)
}

func (a *writer) add(name string, data []byte) error {
	if err := a.begin(name, int64(len(data))); err != nil {
		return err
	}
	if _, err := a.tar.Write(data); err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	return a.end(name, sum[:])
}

// close writes the manifest and closes the archive. It returns the SHA-256 of the manifest.
func (a *writer) close(m *Manifest) (fingerprint string, err error) {
	m.Entries, m.SHA256 = a.entries, hex.EncodeToString(a.whole.Sum(nil))
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return "", err
	}
	text = append(text, '\n')
	sum := sha256.Sum256(text)
	if err := a.add(manifestName, text); err != nil {
		return "", err
	}
	if err := a.tar.Close(); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum[:]), a.zs.Close()
}

// abort frees the compressor without closing the archive, so the archive is recognized as incomplete.
func (a *writer) abort() { a.zs.Reset(nil) }

// parts divides the lines of a table into entries of about partSize.
type parts struct {
	a     *writer
	table string
	buf   []byte
	n     int
	sum   dump.Sum
}

func partName(table string, n int) string {
	return fmt.Sprintf("%s%s/%06d.jsonl", tablesPrefix, table, n)
}

func (p *parts) add(line []byte) error {
	p.sum.Add(line)
	p.buf = append(p.buf, line...)
	if len(p.buf) < partSize {
		return nil
	}
	return p.flush()
}

func (p *parts) flush() error {
	if len(p.buf) == 0 {
		return nil
	}
	p.n++
	err := p.a.add(partName(p.table, p.n), p.buf)
	p.buf = p.buf[:0]
	return err
}
