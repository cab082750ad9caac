package audit

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"guiyi/internal/edge/verified"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/publish/manifest"
)

// strangers looks at every object of the local store: content must have the hash it is named by, packs must be known,
// and nothing else may be there.
func (a *audit) strangers() error {
	if a.o.Objects == nil {
		return nil
	}
	listed := map[string]bool{}
	for info, err := range a.o.Objects.List(a.ctx, "") {
		if err != nil {
			return err
		}
		a.report.Objects++
		if a.o.Dir != "" {
			listed[info.Name] = true
		}
		if err := a.object(info); err != nil {
			return err
		}
	}
	if a.o.Dir == "" {
		return nil
	}
	return filepath.WalkDir(a.o.Dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(a.o.Dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case d.IsDir() && strings.HasPrefix(name, ".tmp"):
			return fs.SkipDir
		case d.IsDir() || listed[name]:
			return a.ctx.Err()
		}
		if _, err := d.Info(); errors.Is(err, fs.ErrNotExist) || a.written(name) {
			return a.ctx.Err() // gone, or written since the listing
		}
		a.find(verified.Event{Kind: Planted, Where: name, Detail: "存储目录中有不属于存储的文件，不会对外提供"})
		return a.ctx.Err()
	})
}

// written reports whether a file that the listing lacked is an object by now.
func (a *audit) written(name string) bool {
	for info, err := range a.o.Objects.List(a.ctx, name) {
		if err != nil {
			return false
		}
		if info.Name == name {
			return true
		}
	}
	return false
}

func (a *audit) object(info blob.Info) error {
	switch {
	case strings.HasPrefix(info.Name, "pack/"):
		if !a.packs[info.Name] { // planted, or of an older revision: an edge cannot tell
			a.find(verified.Event{Kind: Unlinked, Where: info.Name, Detail: "没有现行版本使用这个包；可能属于历史版本"})
		}
	case strings.HasPrefix(info.Name, "cas/"):
		return a.blob(info)
	default:
		a.find(verified.Event{Kind: Planted, Where: info.Name, Detail: "存储中有来历不明的对象，不会对外提供"})
	}
	return a.ctx.Err()
}

// blob checks content that no snapshot led to.
func (a *audit) blob(info blob.Info) error {
	hash, err := manifest.ParseHash(strings.ReplaceAll(strings.TrimPrefix(info.Name, "cas/"), "/", ""))
	if err != nil || hash.IsZero() || blob.CASName(hash.String()) != info.Name {
		a.find(verified.Event{Kind: Planted, Where: info.Name, Detail: "对象名称不是内容散列，不会对外提供"})
		return a.ctx.Err()
	}
	if a.seen[hash] || a.bad[hash] {
		return nil
	}
	r, err := a.o.Objects.Get(a.ctx, hash.String())
	if err == nil {
		_, err = io.Copy(paced{a}, r)
		err = errors.Join(err, r.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // removed meanwhile
		a.wrong(verified.Origin{}, hash, manifest.Loc{}, err)
	}
	return a.ctx.Err()
}

// paced counts what is written to it and keeps to the audit's rate.
type paced struct{ a *audit }

func (p paced) Write(b []byte) (int, error) { return len(b), p.a.pause(int64(len(b))) }
