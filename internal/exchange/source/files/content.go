package files

import (
	"bytes"
	"cmp"
	"context"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/yamlfile"
)

// contents is the source of the YAML content files in a folder.
type contents struct {
	label string
	dir   fs.FS
}

func (c *contents) Label() string { return c.label }

func (c *contents) Inputs(ctx context.Context) iter.Seq2[source.Input, error] {
	return func(yield func(source.Input, error) bool) {
		var names []string
		err := fs.WalkDir(c.dir, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (path.Ext(name) == ".yaml" || path.Ext(name) == ".yml") {
				names = append(names, name)
			}
			return err
		})
		if err != nil {
			yield(source.Input{}, err)
			return
		}
		slices.Sort(names)
		for _, name := range names {
			if !c.file(ctx, name, yield) {
				return
			}
		}
	}
}

// file yields the documents of one YAML stream. It parses each document separately: a mistake in one does not affect
// the others.
func (c *contents) file(ctx context.Context, name string, yield func(source.Input, error) bool) bool {
	raw, info, err := readLimited(c.dir, name, source.MaxPage)
	if err != nil {
		return yield(source.Input{ID: name, Name: name, Problem: err}, nil)
	}
	assets := &folder{fs: c.dir, base: path.Dir(name)}
	n := 0
	for _, part := range documents(raw) {
		if ctx.Err() != nil {
			return yield(source.Input{}, ctx.Err())
		}
		if blank(part) {
			continue
		}
		n++
		item := &source.Content{}
		faults, _ := yamlfile.Decode(part, item)
		in := source.Input{
			ID:       item.ID,
			Name:     name + "#" + cmp.Or(item.ID, strconv.Itoa(n)),
			Content:  item,
			Modified: info.ModTime(),
			Assets:   assets,
		}
		switch {
		case len(faults) > 0:
			in.ID, in.Problem = cmp.Or(in.ID, in.Name),
				source.Refuse(source.ReasonMalformed, "第 %d 篇有误（行号从这一篇算起）：%s", n, strings.Join(faults, "；"))
		case item.ID == "":
			in.ID, in.Problem = in.Name, source.Refuse(source.ReasonMalformed, "第 %d 篇没有 id", n)
		}
		if !yield(in, nil) {
			return false
		}
	}
	return true
}

// blank reports whether a document has only comments.
func blank(part []byte) bool {
	for line := range bytes.Lines(part) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

// documents splits a YAML stream at its separator lines.
func documents(raw []byte) [][]byte {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	var parts [][]byte
	start, at := 0, 0
	for line := range bytes.Lines(raw) {
		if bytes.Equal(bytes.TrimRight(line, " \t\r\n"), []byte("---")) {
			parts = append(parts, raw[start:at])
			start = at + len(line)
		}
		at += len(line)
	}
	return append(parts, raw[start:])
}

// OpenContentDir returns the content files below a folder, or only the file named only. It does not follow links that
// lead out of the folder.
func OpenContentDir(dir, only string) (source.Source, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "打不开文件夹 %s，请检查是否存在、有没有权限", dir)
	}
	if only != "" {
		return &contents{label: source.Label(dir), dir: onlyFile{rooted{root}, only}}, nil
	}
	return &contents{label: source.Label(dir), dir: rooted{root}}, nil
}

// OpenContent returns the content files of a file system, e.g. of the embedded demo city.
func OpenContent(label string, dir fs.FS) source.Source { return &contents{label: label, dir: dir} }

// HasContent reports whether a folder contains content files and no pages.
func HasContent(dir string) bool {
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

// onlyFile hides all files in the root folder except one.
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
