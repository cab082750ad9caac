package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/klauspost/compress/zstd"
	"github.com/uptrace/bun"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/lease"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/dump"
	"guiyi/internal/kernel/store/storetest"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sets are the tables of a small program; later is its next version.
func sets(later ...string) []store.Migrations {
	files := fstest.MapFS{"1_a.sql": {Data: []byte(
		"-- +goose Up\nCREATE TABLE alpha_doc (id BIGINT PRIMARY KEY, hash TEXT NOT NULL, live BOOLEAN NOT NULL);\n" +
			"CREATE TABLE alpha_zero (id BIGINT PRIMARY KEY, doc BIGINT NOT NULL REFERENCES alpha_doc (id), text TEXT);\nCREATE TABLE alpha_none (id BIGINT PRIMARY KEY);")}}
	for i, text := range later {
		files[fmt.Sprintf("%d_later.sql", i+2)] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + text)}
	}
	return []store.Migrations{lease.Migrations(), {Slice: "alpha", FS: files}}
}

// place is an empty place: its database is at dsn, its blobs are in a directory or in S3.
func place(t testing.TB, dsn, blobs string) Place {
	t.Helper()
	p := Place{DB: storetest.Open(t, dsn), DataDir: filepath.Join(t.TempDir(), "data")}
	if blobs == "" {
		blobs = "dir:" + filepath.Join(p.DataDir, "blob")
	}
	var err error
	p.Blobs, err = blob.Open(context.Background(), blobs)
	must(t, err)
	t.Cleanup(func() { must(t, p.Blobs.Close()) })
	return p
}

// bucket is the address of an empty bucket on an S3 server of its own.
func bucket(t *testing.T) string {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	backend := s3mem.New()
	must(t, backend.CreateBucket("guiyi"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	return "s3://guiyi?endpoint=" + url.QueryEscape(server.URL)
}

// write stores a document as slices do: the bytes, then the row that names them.
func write(ctx context.Context, p Place, id int64, text string) error {
	ref, err := p.Blobs.Put(ctx, strings.NewReader(text), 0)
	if err != nil {
		return err
	}
	return p.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO alpha_doc VALUES (?, ?, ?)", id, ref.Hash,
			id%2 == 0); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO alpha_zero VALUES (?, ?, ?)", id, id, "第\n"+fmt.Sprint(id)+"行")
		return err
	})
}

// filled is a place with everything that a backup holds: rows, small and large objects, a theme, keys.
func filled(t testing.TB, dsn, blobs string) Place {
	t.Helper()
	p := place(t, dsn, blobs)
	must(t, p.DB.Migrate(context.Background(), sets()...))
	for i := range int64(20) {
		must(t, write(context.Background(), p, 1<<60+i, fmt.Sprintf("document %d", i)))
	}
	big := bytes.Repeat([]byte("0123456789abcdef\n"), smallSize/17+1000)
	_, err := p.Blobs.Put(context.Background(), bytes.NewReader(big), 0)
	must(t, err)
	must(t, p.Blobs.PutNamed(context.Background(), "pack/site/0001-a", big[1:]))
	must(t, p.Blobs.PutNamed(context.Background(), "pack/site/0002-b", nil))
	for name, text := range map[string]string{
		"themes/city/theme.yaml": "name: city\n", "themes/city/templates/页.html": "<p>",
		"themes/city/.git/config": "secret", "themes/a\\b": "odd",
		"keys/abcd.pub": "public", "keys/ed25519.key": "private key of the city", "keys/notes.txt": "no",
		"search/root": "index", "heads/x.json": "{}",
	} {
		file := filepath.Join(p.DataDir, name)
		must(t, os.MkdirAll(filepath.Dir(file), 0o750))
		must(t, os.WriteFile(file, []byte(text), 0o600))
	}
	return p
}

func options(later ...string) RestoreOptions {
	return RestoreOptions{Migrations: sets(later...), Folders: []string{"search", "heads"}}
}

func taken(t testing.TB, p Place, o TakeOptions) ([]byte, *Report) {
	t.Helper()
	var b bytes.Buffer
	rep, err := Take(context.Background(), &b, p, o)
	must(t, err)
	return b.Bytes(), rep
}

// contents are all rows and objects of a place, except leases.
func contents(t testing.TB, p Place) map[string]string {
	t.Helper()
	ctx := context.Background()
	out := map[string]string{}
	s, _, err := dump.Describe(ctx, p.DB, p.DB.Read())
	must(t, err)
	for _, table := range s.Tables {
		if table.Name == "hold_copy" {
			continue
		}
		var lines []string
		must(t, dump.Read(ctx, p.DB.Read(), table,
			func(line []byte) error { lines = append(lines, string(line)); return nil }))
		slices.Sort(lines)
		out[table.Name] = strings.Join(lines, "")
	}
	for info, err := range p.Blobs.List(ctx, "") {
		must(t, err)
		b, err := p.Blobs.ReadRange(ctx, info.Name, 0, info.Size)
		must(t, err)
		out[info.Name] = fmt.Sprintf("%x", sha256.Sum256(b))
	}
	return out
}

func same(t *testing.T, from, to Place) {
	t.Helper()
	a, b := contents(t, from), contents(t, to)
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if b[name] != a[name] {
			t.Errorf("%s differs:\n%.300q\n%.300q", name, a[name], b[name])
		}
		delete(b, name)
	}
	for name := range b {
		t.Errorf("%s is there and was not before", name)
	}
}

// entry is an entry of an archive, to be changed by a test.
type entry struct {
	tar.Header
	data []byte
}

func unpack(t testing.TB, archive []byte) (out []entry) {
	t.Helper()
	zs, err := zstd.NewReader(bytes.NewReader(archive))
	must(t, err)
	defer zs.Close()
	for r := tar.NewReader(zs); ; {
		h, err := r.Next()
		if err == io.EOF {
			return out
		}
		must(t, err)
		data, err := io.ReadAll(r)
		must(t, err)
		out = append(out, entry{*h, data})
	}
}

func pack(t testing.TB, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		if e.Typeflag == tar.TypeReg {
			e.Size = int64(len(e.data))
		}
		must(t, w.WriteHeader(&e.Header))
		if e.Typeflag == tar.TypeReg {
			_, err := w.Write(e.data)
			must(t, err)
		}
	}
	must(t, w.Close())
	return compress(b.Bytes())
}

func compress(b []byte) []byte {
	zs, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	defer zs.Close()
	return zs.EncodeAll(b, nil)
}

// resigned puts the manifest right after entries were changed, as somebody would who wants a
// changed archive to be taken.
func resigned(t testing.TB, entries []entry) []byte {
	t.Helper()
	whole := sha256.New()
	last := len(entries) - 1
	for _, e := range entries[:last] {
		sum := sha256.Sum256(e.data)
		io.WriteString(whole, entryLine(e.Name, sum[:]))
	}
	text := string(entries[last].data)
	text = replaceField(text, `"sha256": "`, `"`, fmt.Sprintf("%x", whole.Sum(nil)))
	text = replaceField(text, `"entries": `, ",", fmt.Sprint(last))
	entries[last].data = []byte(text)
	return pack(t, entries)
}

func replaceField(text, from, to, value string) string {
	a, rest, _ := strings.Cut(text, from)
	_, b, _ := strings.Cut(rest, to)
	return a + from + value + to + b
}
