package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store/storetest"
)

func at(entries []entry, prefix string) int {
	return slices.IndexFunc(entries, func(e entry) bool { return strings.HasPrefix(e.Name, prefix) })
}

func plain(name, data string) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600}, []byte(data)}
}

// TestHostileArchives are refused, by Check and by Restore, and leave the target empty. Their
// manifests are put right: each must be refused for what it does.
func TestHostileArchives(t *testing.T) {
	good, _ := taken(t, filled(t, storetest.SQLite(t), ""), TakeOptions{})
	insert := func(before string, add ...entry) func([]entry) []entry {
		return func(es []entry) []entry { return slices.Insert(es, at(es, before), add...) }
	}
	edit := func(prefix string, change func(string) string) func([]entry) []entry {
		return func(es []entry) []entry {
			i := at(es, prefix)
			es[i].data = []byte(change(string(es[i].data)))
			return es
		}
	}
	replace := func(old, with string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, with, 1) }
	}
	link := entry{tar.Header{Typeflag: tar.TypeSymlink, Name: "files/themes/a", Linkname: "/etc/passwd"}, nil}
	for name, c := range map[string]struct {
		kind   fault.Kind
		change func([]entry) []entry
	}{
		"path out of the folder":   {fault.Invalid, insert("objects/", plain("files/themes/../../etc/cron.d/x", "x"))},
		"absolute path":            {fault.Invalid, insert("objects/", plain("files//etc/cron.d/x", "x"))},
		"file of the program":      {fault.Invalid, insert("objects/", plain("files/guiyi.db", "x"))},
		"private key in the clear": {fault.Invalid, insert("files/themes", plain("files/keys/sm2.key", "x"))},
		"hidden file":              {fault.Invalid, insert("objects/", plain("files/themes/x/.bashrc", "x"))},
		"backslash":                {fault.Invalid, insert("objects/", plain(`files/themes/x\..\y`, "x"))},
		"file twice":               {fault.Invalid, insert("objects/", plain("files/themes/city/theme.yaml", "x"))},
		"symbolic link":            {fault.Invalid, insert("files/", link)},
		"object out of the store":  {fault.Invalid, insert("manifest", plain("objects/pack/../../x", "x"))},
		"hidden object":            {fault.Invalid, insert("manifest", plain("objects/zz/.tmp/x", "x"))},
		"object of odd hash":       {fault.Invalid, insert("objects/pack", plain("objects/cas/zz", "x"))},
		"mark of a restore":        {fault.Invalid, insert("manifest", plain("objects/restore/x", "x"))},
		"object twice":             {fault.Invalid, insert("manifest", plain("objects/pack/site/0002-b", ""))},
		"content with other hash":  {fault.Invalid, edit("objects/cas", func(s string) string { return s + "x" })},
		"unknown entry":            {fault.Invalid, insert("manifest", plain("extra/x", "x"))},
		"unknown table":            {fault.Invalid, insert("files/", plain("tables/zeta/000001.jsonl", "[1]\n"))},
		"part left out":            {fault.Invalid, edit("tables/alpha_doc", func(string) string { return "" })},
		"row doubled": {fault.Invalid,
			edit("tables/alpha_doc", func(s string) string { return s + s[:strings.Index(s, "\n")+1] })},
		"row changed": {fault.Invalid, edit("tables/alpha_doc", replace("true", "false"))},
		"row without its end": {fault.Invalid,
			edit("tables/alpha_doc", func(s string) string { return strings.TrimSuffix(s, "\n") })},
		"no row": {fault.Invalid,
			edit("tables/alpha_doc", func(s string) string { return s + "{}\n" })},
		"two manifests": {fault.Invalid, func(es []entry) []entry { return append(es, es[len(es)-1]) }},
		"something after the end": {fault.Invalid,
			func(es []entry) []entry { return append(es, plain("objects/zz/x", "x")) }},
		"manifest without end": {fault.Invalid, edit("manifest", func(s string) string { return s[:len(s)-3] })},
		"rows miscounted":      {fault.Invalid, edit("manifest", replace(`"rows": 20`, `"rows": 21`))},
		"objects miscounted":   {fault.Invalid, edit("manifest", replace(`"objects": 23`, `"objects": 24`))},
		"of another archive":   {fault.Invalid, edit("manifest", replace(`"id": "`, `"id": "x`))},
		"newer format":         {fault.Unsupported, edit("guiyi", replace(`"version": 1`, `"version": 2`))},
		"newer tables":         {fault.Unsupported, edit("guiyi", replace(`"alpha": 1`, `"alpha": 9`))},
		"unknown slice":        {fault.Unsupported, edit("guiyi", replace(`"alpha": 1`, `"alpha": 1, "omega": 1`))},
		"renamed column":       {fault.Unsupported, edit("guiyi", replace(`"hash"`, `"hush"`))},
		"column of other type": {fault.Unsupported, edit("guiyi", replace(`"bool"`, `"int"`))},
		"table name with SQL":  {fault.Invalid, edit("guiyi", replace(`"alpha_doc"`, `"alpha_doc; DROP TABLE x"`))},
		"table twice":          {fault.Invalid, edit("guiyi", replace(`"alpha_none"`, `"alpha_doc"`))},
		"column twice":         {fault.Invalid, edit("guiyi", replace(`"hash"`, `"id"`))},
		"odd id":               {fault.Invalid, edit("guiyi", replace(`"id": "`, `"id": "../`))},
		"another format":       {fault.Invalid, edit("guiyi", replace("guiyi-backup", "other"))},
		"header is no JSON":    {fault.Invalid, edit("guiyi", func(string) string { return "[" })},
		"no header":            {fault.Invalid, func(es []entry) []entry { return es[1:] }},
		"header alone":         {fault.Invalid, func(es []entry) []entry { return es[:1] }},
	} {
		t.Run(name, func(t *testing.T) {
			entries := c.change(unpack(t, good))
			archive := pack(t, entries)
			if strings.HasPrefix(entries[len(entries)-1].Name, "manifest") {
				archive = resigned(t, entries)
			}
			to := place(t, storetest.SQLite(t), "")
			_, err := Restore(t.Context(), bytes.NewReader(archive), to, options())
			if !fault.Is(err, c.kind) {
				t.Errorf("restore: %v", err)
			}
			empty(t, to)
			if _, err := Check(t.Context(), bytes.NewReader(archive), nil); err == nil && c.kind != fault.Unsupported {
				t.Error("check found nothing")
			}
		})
	}
}

// TestChangedBytes: bytes that have no hash in their name are held by the hash over all entries.
func TestChangedBytes(t *testing.T) {
	good, _ := taken(t, filled(t, storetest.SQLite(t), ""), TakeOptions{})
	for _, name := range []string{"objects/pack/site/0001-a", "files/themes/city/theme.yaml", "files/keys/abcd.pub"} {
		entries := unpack(t, good)
		entries[at(entries, name)].data[3] ^= 1
		archive := pack(t, entries)
		to := place(t, storetest.SQLite(t), "")
		if _, err := Restore(t.Context(), bytes.NewReader(archive), to, options()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		empty(t, to)
	}
}

// TestSparse: a sparse entry would be larger than its bytes.
func TestSparse(t *testing.T) {
	var b bytes.Buffer
	// As GNU tar writes version 0.1 of the format; package tar reads it and refuses to write it.
	record := func(key, value string) string {
		rest := " " + key + "=" + value + "\n"
		n := len(rest) + 2
		return fmt.Sprint(n) + rest
	}
	pax := record("GNU.sparse.size", "1099511627776") + record("GNU.sparse.numblocks", "0") + record("GNU.sparse.map",
		"")
	w := tar.NewWriter(&b)
	must(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "PaxHeaders.0/x", Size: int64(len(pax)), Mode: 0o600,
		Format: tar.FormatUSTAR}))
	_, err := io.WriteString(w, pax)
	must(t, err)
	must(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: headerName, Size: 0, Mode: 0o600,
		Format: tar.FormatUSTAR}))
	must(t, w.Close())
	raw := b.Bytes()
	raw[156] = 'x' // the first entry holds the records of the second
	sum := 0
	for i, c := range raw[:512] {
		if i >= 148 && i < 156 {
			c = ' '
		}
		sum += int(c)
	}
	copy(raw[148:], fmt.Sprintf("%06o\x00 ", sum))
	if _, err := Check(t.Context(), bytes.NewReader(compress(raw)), nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("err = %v", err)
	}
}

// TestTornArchives: cut anywhere, or with any byte changed, an archive is refused or has not lost
// anything.
func TestTornArchives(t *testing.T) {
	p := place(t, storetest.SQLite(t), "")
	must(t, p.DB.Migrate(t.Context(), sets()...))
	must(t, write(t.Context(), p, 1, "one"))
	good, rep := taken(t, p, TakeOptions{})
	for i := range good {
		if i%7 == 0 || i > len(good)-100 {
			if _, err := Check(t.Context(), bytes.NewReader(good[:i]), nil); !fault.Is(err, fault.Invalid) {
				t.Fatalf("cut after %d of %d bytes: %v", i, len(good), err)
			}
		}
		bad := slices.Clone(good)
		bad[i] ^= 1 << (i % 8)
		if got, err := Check(t.Context(), bytes.NewReader(bad), nil); err == nil && got.Fingerprint != rep.Fingerprint {
			t.Fatalf("byte %d changed and taken for another archive", i)
		} else if err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("byte %d changed: no text for people: %v", i, err)
		}
	}
	for name, data := range map[string][]byte{"nothing": nil, "text": []byte("SQLite format 3\x00"),
		"empty frame": compress(nil), "zeros": compress(make([]byte, 4096)),
		"garbage behind": append(slices.Clone(good), "garbage"...)} {
		if _, err := Check(t.Context(), bytes.NewReader(data), nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBomb: a small file that unpacks to more than any archive would is given up early.
func TestBomb(t *testing.T) {
	p := place(t, storetest.SQLite(t), "")
	must(t, p.DB.Migrate(t.Context(), sets()...))
	entries := unpack(t, func() []byte { b, _ := taken(t, p, TakeOptions{}); return b }())
	const size = 64 << 30
	read := 0
	pr, pw := io.Pipe()
	go func() {
		zs, _ := zstd.NewWriter(pw, zstd.WithEncoderLevel(zstd.SpeedFastest))
		w := tar.NewWriter(zs)
		_ = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: headerName, Size: int64(len(entries[0].data)),
			Mode: 0o600})
		_, _ = w.Write(entries[0].data)
		_ = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "objects/pack/bomb", Size: size, Mode: 0o600})
		zeros := make([]byte, 1<<20)
		for range size >> 20 {
			if _, err := w.Write(zeros); err != nil {
				break
			}
			read++
		}
		pw.CloseWithError(io.ErrUnexpectedEOF)
	}()
	_, err := Check(t.Context(), pr, nil)
	pr.Close()
	if !fault.Is(err, fault.TooLarge) {
		t.Errorf("err = %v", err)
	}
	if read > 2048 {
		t.Errorf("%d MiB were unpacked first", read)
	}
}

func TestCancelled(t *testing.T) {
	good, _ := taken(t, filled(t, storetest.SQLite(t), ""), TakeOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Check(ctx, bytes.NewReader(good), nil); err == nil || strings.Contains(fault.Text(err), "损坏") {
		t.Errorf("a cancelled check says %v", err)
	}
}

// FuzzCheck: whatever comes out of the compression is refused or whole, in bounded memory.
func FuzzCheck(f *testing.F) {
	p := place(f, storetest.SQLite(f), "")
	must(f, p.DB.Migrate(context.Background(), sets()...))
	must(f, write(context.Background(), p, 1, "one"))
	good, _ := taken(f, p, TakeOptions{})
	zs, err := zstd.NewReader(bytes.NewReader(good))
	must(f, err)
	raw, err := io.ReadAll(zs)
	must(f, err)
	f.Add(raw)
	f.Add(raw[:1024])
	f.Fuzz(func(t *testing.T, raw []byte) {
		rep, err := Check(t.Context(), bytes.NewReader(compress(raw)), nil)
		if err == nil && (rep.Fingerprint == "" || rep.Header.check() != nil) {
			t.Fatalf("taken: %+v", rep)
		}
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("no text for people: %v", err)
		}
	})
}

// TestSealedForHours: the archive says how much work its passphrase costs, and may not ask for hours or all memory.
func TestSealedForHours(t *testing.T) {
	sealed, err := seal(fstest.MapFS{"a.key": {Data: []byte("secret")}}, "a.key", "passphrase")
	if err != nil {
		t.Fatal(err)
	}
	if key, err := unseal(sealed, "passphrase"); err != nil || string(key) != "secret" {
		t.Fatalf("%q, %v", key, err)
	}
	head := regexp.MustCompile(`(?m)^(-> scrypt \S+) \d+$`)
	costly := head.ReplaceAll(sealed, []byte("$1 30")) // 2^30 times 1 KiB of memory
	if bytes.Equal(costly, sealed) {
		t.Fatal("the header has another form")
	}
	if _, err := unseal(costly, "passphrase"); !fault.Is(err, fault.Forbidden) ||
		!strings.Contains(err.Error(), "work factor") {
		t.Errorf("%v", err)
	}
}
