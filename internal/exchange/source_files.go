package exchange

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"iter"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"guiyi/internal/kernel/fault"
)

// pageFiles are saved pages: one file, or a folder searched through. Paths stay inside
// the folder: os.Root refuses links that lead out.
type pageFiles struct {
	label string
	root  *os.Root
	only  string // the one file, or "" for all
}

func openPages(at string, isDir bool) (*pageFiles, error) {
	dir, only := at, ""
	if !isDir {
		dir, only = filepath.Split(at)
		if dir == "" {
			dir = "."
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "打不开 %s", at)
	}
	return &pageFiles{label: labelOf(at), root: root, only: only}, nil
}

func labelOf(at string) string {
	abs, err := filepath.Abs(at)
	if err != nil {
		abs = at
	}
	return filepath.Base(abs)
}

func (p *pageFiles) Label() string { return p.label }

func (p *pageFiles) Inputs(ctx context.Context) iter.Seq2[Input, error] {
	return func(yield func(Input, error) bool) {
		if p.only != "" {
			p.file(ctx, p.only, yield)
			return
		}
		stop := false
		err := fs.WalkDir(p.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			if d.IsDir() || isAsset(name) || strings.HasPrefix(path.Base(name), ".") {
				return nil
			}
			if !p.file(ctx, name, yield) {
				stop = true
				return fs.SkipAll
			}
			return nil
		})
		if err != nil && !stop {
			yield(Input{}, err)
		}
	}
}

// isAsset tells files that belong to pages rather than being pages.
func isAsset(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".css", ".js", ".mjs", ".map", ".json", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".svg", ".ico", ".woff", ".woff2", ".ttf", ".eot", ".otf",
		".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".wps", ".et", ".ofd", ".zip", ".rar", ".7z", ".mp3", ".mp4", ".flv", ".swf", ".txt", ".md", ".tsv", ".csv":
		return true
	}
	return false
}

func (p *pageFiles) file(ctx context.Context, name string, yield func(Input, error) bool) bool {
	in := Input{ID: filepath.ToSlash(name), Name: filepath.ToSlash(name), Assets: &folder{root: p.root, base: path.Dir(filepath.ToSlash(name))}}
	raw, info, err := readLimited(p.root, name, maxPageBytes)
	if err != nil {
		in.Problem = err
		return yield(in, nil)
	}
	in.Raw, in.Modified = raw, info.ModTime()
	switch kind := sniff(raw); kind {
	case formatPage:
		return yield(in, nil)
	case formatFeed:
		for entry := range feedInputs(in) {
			if !yield(entry, nil) {
				return false
			}
		}
		return true
	default:
		in.Problem = refuse(ReasonType, "不是网页，也不是订阅源")
		return yield(in, nil)
	}
}

func readLimited(root *os.Root, name string, limit int64) ([]byte, fs.FileInfo, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, nil, fault.Wrap(fault.NotFound, err, "文件打不开：%s", name)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil, refuse(ReasonType, "不是普通文件：%s", name)
	}
	if info.Size() > limit {
		return nil, nil, fault.New(fault.TooLarge, "文件超过 %d MiB：%s", limit>>20, name)
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	return b, info, err
}

// folder finds assets beside a saved page.
type folder struct {
	root *os.Root
	base string
}

// Fetch implements Assets for relative addresses; others are not fetched.
func (f *folder) Fetch(_ context.Context, address string) ([]byte, string, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.IsAbs() || u.Host != "" || u.Path == "" {
		return nil, "", fault.New(fault.NotFound, "不在文件夹里")
	}
	name := path.Join(f.base, u.Path)
	if strings.HasPrefix(u.Path, "/") {
		name = strings.TrimPrefix(path.Clean(u.Path), "/")
	}
	body, _, err := readLimited(f.root, filepath.FromSlash(name), maxAsset)
	if err != nil {
		return nil, "", err
	}
	return body, mediaTypeOf(name, body), nil
}

func mediaTypeOf(name string, body []byte) string {
	if t := mime.TypeByExtension(strings.ToLower(path.Ext(name))); t != "" {
		t, _, _ = strings.Cut(t, ";")
		return t
	}
	t, _, _ := strings.Cut(http.DetectContentType(body), ";")
	return t
}

// format is what a file is, by its content.
type format int

const (
	formatUnknown format = iota
	formatPage
	formatFeed
	formatSitemap
	formatLines
	formatTable
	formatXLSX
	formatGzip
	formatContent
)

// sniff tells the format of bytes by their beginning.
func sniff(b []byte) format {
	head := b[:min(len(b), 4096)]
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return formatGzip
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return formatXLSX
	}
	text := strings.ToLower(sniffText(head))
	trimmed := strings.TrimLeft(text, " \t\r\n\ufeff")
	has := func(marks ...string) bool {
		for _, m := range marks {
			if strings.Contains(text, m) {
				return true
			}
		}
		return false
	}
	switch {
	case has("<urlset", "<sitemapindex"):
		return formatSitemap
	case has("<!doctype html", "<html", "<head", "<body"):
		return formatPage
	case has("<rss", "<feed", "<rdf:rdf"):
		return formatFeed
	case strings.HasPrefix(trimmed, "{"):
		return formatLines
	case has("<div", "<p>", "<table", "<meta", "<title"):
		return formatPage
	case strings.HasPrefix(trimmed, "<"):
		return formatUnknown
	case strings.HasPrefix(trimmed, "---\n"), strings.HasPrefix(trimmed, "id:"), strings.HasPrefix(trimmed, "#"):
		return formatContent
	case strings.ContainsAny(trimmed, ",\t;，") && strings.Contains(trimmed, "\n"):
		return formatTable
	}
	return formatUnknown
}

// sniffText drops the zero bytes of UTF-16, so that marks can be looked for.
func sniffText(b []byte) string {
	if bytes.Count(b, []byte{0}) > len(b)/4 {
		return string(bytes.ReplaceAll(b, []byte{0}, nil))
	}
	return string(b)
}
