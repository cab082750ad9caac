package exchange

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"guiyi/internal/exchange/source"
	"guiyi/internal/exchange/source/files"
	"guiyi/internal/exchange/source/table"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
)

// OpenPath returns the source at a path. It recognizes the format of a file by its content. It reads a folder as saved
// pages, or as content files when the folder has content files and no pages.
func OpenPath(at string, blobs *blob.Store) (source.Source, error) {
	info, err := os.Stat(at)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "没有这个文件或文件夹：%s", at)
	}
	if info.IsDir() {
		if files.HasContent(at) {
			return files.OpenContentDir(at, "")
		}
		return files.OpenPages(at, true)
	}
	if !info.Mode().IsRegular() {
		return nil, fault.New(fault.Unsupported, "不是普通文件：%s", at)
	}
	head, err := headOf(at)
	if err != nil {
		return nil, err
	}
	storeFile := storeOnce(blobs, at)
	switch kind := source.Sniff(head); kind {
	case source.Page:
		if sheetName.MatchString(at) || bytes.Contains(head, []byte("urn:schemas-microsoft-com:office:excel")) {
			return table.Open(at, kind, false, storeFile), nil
		}
		return files.OpenPages(at, false)
	case source.Feed:
		return files.OpenPages(at, false)
	case source.Gzip:
		inner, err := insideGzip(at)
		if err != nil {
			return nil, err
		}
		return table.Open(at, inner, true, storeFile), nil
	case source.Lines, source.Separated, source.Workbook, source.Spreadsheet2003:
		return table.Open(at, kind, false, storeFile), nil
	case source.Documents:
		return files.OpenContentDir(filepath.Dir(at), filepath.Base(at))
	}
	switch {
	case bytes.HasPrefix(head, []byte("MIME-Version:")):
		return nil, fault.New(fault.Unsupported, "是单个文件的网页（MHTML），请用浏览器或表格软件打开后另存为 HTML 或 XLSX 再导入：%s", at)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")), oldSheet.Match(head):
		return nil, fault.New(fault.Unsupported, "是旧格式的 XLS 或有密码的工作簿，请另存为没有密码的 XLSX 再导入：%s", at)
	}
	return nil, fault.New(fault.Unsupported, "认不出 %s 的格式；可以是网页、JSON 行、CSV/TSV、XLSX、RSS/Atom 或内容 YAML", at)
}

var (
	// sheetName matches the file names of tables. Many systems write HTML into such files.
	sheetName = regexp.MustCompile(`(?i)\.(?:xls|xlsx|et)$`)
	// oldSheet matches the start of a workbook of Excel 2 to 4, which has no container.
	oldSheet = regexp.MustCompile(`^(?s)\x09[\x00\x02\x04\x08][\x04-\x10]\x00`)
)

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

func insideGzip(at string) (source.Format, error) {
	f, err := os.Open(at)
	if err != nil {
		return source.Unknown, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return source.Unknown, fault.Wrap(fault.Invalid, err, "压缩文件已损坏：%s", at)
	}
	head, err := readHead(z)
	if err != nil {
		return source.Unknown, fault.Wrap(fault.Invalid, err, "压缩文件已损坏：%s", at)
	}
	if kind := source.Sniff(head); kind == source.Lines || kind == source.Separated {
		return kind, nil
	}
	return source.Unknown, fault.New(fault.Unsupported, "压缩文件里不是 JSON 行或表格：%s", at)
}

// storeOnce returns a function that stores a file in the blob store at its first call, and returns the hash.
func storeOnce(blobs *blob.Store, at string) func(context.Context) (string, error) {
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
		ref, err := blobs.Put(ctx, f, table.MaxFile)
		hash = ref.Hash
		return hash, err
	}
}
