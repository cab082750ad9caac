package exchange

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
)

// OpenPath returns the source behind a path, its format told by content. A folder is a
// set of saved pages, or of content files when it holds those and no pages.
func OpenPath(at string, blobs *blob.Store) (Source, error) {
	info, err := os.Stat(at)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "没有这个文件或文件夹：%s", at)
	}
	if info.IsDir() {
		if holdsContent(at) {
			return openContentDir(at, "")
		}
		return openPages(at, true)
	}
	if !info.Mode().IsRegular() {
		return nil, fault.New(fault.Unsupported, "不是普通文件：%s", at)
	}
	head, err := headOf(at)
	if err != nil {
		return nil, err
	}
	keep := keepOnce(blobs, at)
	switch kind := sniff(head); kind {
	case formatPage, formatFeed:
		return openPages(at, false)
	case formatGzip:
		inner, err := insideGzip(at)
		if err != nil {
			return nil, err
		}
		return &table{path: at, format: inner, gzip: true, keep: keep}, nil
	case formatLines, formatTable, formatXLSX:
		return &table{path: at, format: kind, keep: keep}, nil
	case formatContent:
		return openContentDir(filepath.Dir(at), filepath.Base(at))
	}
	return nil, fault.New(fault.Unsupported, "认不出 %s 的格式；可以是网页、JSON 行、CSV/TSV、XLSX、RSS/Atom 或内容 YAML", at)
}

// openContentDir reads content files below a folder; links do not lead out of it.
func openContentDir(dir, only string) (Source, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "打不开文件夹 %s，请检查是否存在、有没有权限", dir)
	}
	if only != "" {
		return &contentFiles{label: labelOf(dir), dir: onlyFile{root.FS(), only}}, nil
	}
	return &contentFiles{label: labelOf(dir), dir: root.FS()}, nil
}

// OpenContent returns the content files of a file system, e.g. the embedded demo city.
func OpenContent(label string, dir fs.FS) Source { return &contentFiles{label: label, dir: dir} }

func holdsContent(dir string) bool {
	found := false
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch strings.ToLower(filepath.Ext(name)) {
		case ".yaml", ".yml":
			found = true
		case ".html", ".htm", ".shtml":
			found = false
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// onlyFile hides all content files but one.
type onlyFile struct {
	fs.FS
	name string
}

// ReadDir implements fs.ReadDirFS.
func (o onlyFile) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.FS, name)
	if name != "." {
		return entries, err
	}
	var out []fs.DirEntry
	for _, e := range entries {
		if e.Name() == o.name {
			out = append(out, e)
		}
	}
	return out, err
}

func headOf(at string) ([]byte, error) {
	f, err := os.Open(at)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "打不开 %s", at)
	}
	defer f.Close()
	return readHead(f)
}

func readHead(r io.Reader) ([]byte, error) {
	b := make([]byte, 4096)
	n, err := io.ReadFull(r, b)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return b[:n], err
}

func insideGzip(at string) (format, error) {
	f, err := os.Open(at)
	if err != nil {
		return formatUnknown, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return formatUnknown, fault.Wrap(fault.Invalid, err, "压缩文件已损坏：%s", at)
	}
	head, err := readHead(z)
	if err != nil {
		return formatUnknown, fault.Wrap(fault.Invalid, err, "压缩文件已损坏：%s", at)
	}
	if kind := sniff(head); kind == formatLines || kind == formatTable {
		return kind, nil
	}
	return formatUnknown, fault.New(fault.Unsupported, "压缩文件里不是 JSON 行或表格：%s", at)
}

// keepOnce puts a file into the blob store when the first of its records asks for it.
func keepOnce(blobs *blob.Store, at string) func(context.Context) (string, error) {
	var mu sync.Mutex
	var hash string
	return func(ctx context.Context) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if hash != "" {
			return hash, nil
		}
		f, err := os.Open(at)
		if err != nil {
			return "", fault.Wrap(fault.NotFound, err, "打不开 %s", at)
		}
		defer f.Close()
		ref, err := blobs.Put(ctx, f, maxTableBytes)
		hash = ref.Hash
		return hash, err
	}
}
