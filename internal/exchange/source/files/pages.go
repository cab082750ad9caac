package files

import (
	"context"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
)

// pageFiles is the source of saved pages: one file, or all files below a folder. os.Root refuses links that lead out of
// the folder.
type pageFiles struct {
	label   string
	dir     fs.FS
	only    string // name of the only file, "" for all
	skipped int
}

// rooted is a folder that refuses links leading out of it. Other than os.Root.FS it accepts names in any encoding:
// archives from Chinese Windows have names in GBK.
type rooted struct{ root *os.Root }

// Open implements fs.FS.
func (r rooted) Open(name string) (fs.File, error) { return r.root.Open(name) }

// Stat implements fs.StatFS.
func (r rooted) Stat(name string) (fs.FileInfo, error) { return r.root.Stat(name) }

// ReadDir implements fs.ReadDirFS. It sorts the entries by name.
func (r rooted) ReadDir(name string) ([]fs.DirEntry, error) {
	f, err := r.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

// OpenPages returns the saved pages at a path: one file, or all files below a folder.
func OpenPages(at string, isDir bool) (*pageFiles, error) {
	dir, only := at, ""
	if !isDir {
		dir, only = filepath.Dir(at), filepath.Base(at)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "打不开文件夹 %s，请检查是否存在、有没有权限", dir)
	}
	return &pageFiles{label: source.Label(dir), dir: rooted{root}, only: only}, nil
}

// Label implements source.Source.
func (p *pageFiles) Label() string { return p.label }

// Skipped returns the number of files that are parts of pages.
func (p *pageFiles) Skipped() int { return p.skipped }

// Inputs implements source.Source.
func (p *pageFiles) Inputs(ctx context.Context) iter.Seq2[source.Input, error] {
	return func(yield func(source.Input, error) bool) {
		p.skipped = 0
		if p.only != "" {
			p.file(p.only, yield)
			return
		}
		stopped := false
		walk := func(name string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil: // a folder that cannot be read
				in := source.Input{ID: name, Name: name,
					Problem: source.Because(source.ReasonFetch, fault.Wrap(fault.NotFound, err, "读不了 %s，请检查权限", name))}
				stopped = !yield(in, nil)
			case d.IsDir():
			case source.IsDocument(name):
				stopped = !yield(source.Input{Name: name, Leftover: "不是网页。有网页引用时作为它的图片或附件取走；否则没有导入，如是表格或订阅源请单独导入"}, nil)
			case source.IsAsset(name) || strings.HasPrefix(path.Base(name), "."):
				p.skipped++
			default:
				stopped = !p.file(name, yield)
			}
			if stopped {
				return fs.SkipAll
			}
			return nil
		}
		if err := fs.WalkDir(p.dir, ".", walk); err != nil && !stopped {
			yield(source.Input{}, err)
		}
	}
}

func (p *pageFiles) file(name string, yield func(source.Input, error) bool) bool {
	in := source.Input{ID: name, Name: name, Assets: &folder{fs: p.dir, base: path.Dir(name)}}
	raw, info, err := readLimited(p.dir, name, source.MaxPage)
	if err != nil {
		in.Problem = err
		return yield(in, nil)
	}
	in.Raw, in.Modified = raw, info.ModTime()
	switch kind := source.Sniff(raw); kind {
	case source.Page:
		return yield(in, nil)
	case source.Feed:
		for entry := range source.FeedEntries(in) {
			if !yield(entry, nil) {
				return false
			}
		}
		return true
	case source.Unknown:
		in.Problem = source.Refuse(source.ReasonType, "不是网页，也不是订阅源")
	default:
		in.Problem = source.Refuse(source.ReasonType, "不是网页；表格、压缩包和内容文件请单独导入")
	}
	return yield(in, nil)
}

// readLimited reads a regular file of at most limit bytes. It refuses pipes and devices, so it never blocks.
func readLimited(dir fs.FS, name string, limit int64) ([]byte, fs.FileInfo, error) {
	before, err := fs.Stat(dir, name)
	if err != nil {
		return nil, nil, fault.Wrap(fault.NotFound, err, "文件打不开，或链接指到文件夹外面：%s", name)
	}
	if !before.Mode().IsRegular() {
		return nil, nil, source.Refuse(source.ReasonType, "不是普通文件：%s", name)
	}
	f, err := dir.Open(name)
	if err != nil {
		return nil, nil, fault.Wrap(fault.NotFound, err, "文件打不开：%s", name)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil, source.Refuse(source.ReasonType, "不是普通文件：%s", name)
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, nil, fault.Wrap(fault.NotFound, err, "文件读不了：%s", name)
	}
	if int64(len(b)) > limit {
		return nil, nil, fault.New(fault.TooLarge, "文件超过 %d MiB：%s", limit>>20, name)
	}
	return b, info, nil
}

// folder fetches assets from the folder of a saved page or content file.
type folder struct {
	fs   fs.FS
	base string
}

// Fetch implements source.Assets for relative addresses. It refuses others.
func (f *folder) Fetch(_ context.Context, address string) ([]byte, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.IsAbs() || u.Host != "" || u.Path == "" {
		return nil, fault.New(fault.NotFound, "不在文件夹里：%s", address)
	}
	name := path.Join(f.base, u.Path)
	if strings.HasPrefix(u.Path, "/") {
		name = strings.TrimPrefix(path.Clean(u.Path), "/")
	}
	if !filepath.IsLocal(name) {
		return nil, fault.New(fault.NotFound, "在文件夹外面：%s", address)
	}
	body, _, err := readLimited(f.fs, name, source.MaxAsset)
	return body, err
}
