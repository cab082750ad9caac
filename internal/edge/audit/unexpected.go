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

// unexpectedObjects checks every object of the local store: content must match the hash in its name, packs must be
// known, and there must be no other objects.
func (a *audit) unexpectedObjects() error {
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
			return a.ctx.Err() // removed or written after the listing
		}
		a.reportEvent(verified.Event{Kind: Planted, Where: name, Detail: "存储目录中有不属于存储的文件，不会对外提供"})
		return a.ctx.Err()
	})
}

// written reports whether a file that was missing in the listing is now an object.
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
		if !a.packs[info.Name] { // planted or of an older revision; an edge cannot know
			a.reportEvent(verified.Event{Kind: Unlinked, Where: info.Name, Detail: "没有现行版本使用这个包；可能属于历史版本"})
		}
	case strings.HasPrefix(info.Name, "cas/"):
		return a.blob(info)
	default:
		a.reportEvent(verified.Event{Kind: Planted, Where: info.Name, Detail: "存储中有来历不明的对象，不会对外提供"})
	}
	return a.ctx.Err()
}

// blob checks content that no audited head refers to.
func (a *audit) blob(info blob.Info) error {
	hash, err := manifest.ParseHash(strings.ReplaceAll(strings.TrimPrefix(info.Name, "cas/"), "/", ""))
	if err != nil || hash.IsZero() || blob.CASName(hash.String()) != info.Name {
		a.reportEvent(verified.Event{Kind: Planted, Where: info.Name, Detail: "对象名称不是内容散列，不会对外提供"})
		return a.ctx.Err()
	}
	if a.seen[hash] || a.bad[hash] {
		return nil
	}
	r, err := a.o.Objects.Get(a.ctx, hash.String())
	if err == nil {
		_, err = io.Copy(rateWriter{a}, r)
		err = errors.Join(err, r.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // removed meanwhile
		a.reportDamage(verified.Origin{}, hash, manifest.Loc{}, err)
	}
	return a.ctx.Err()
}

// rateWriter counts what is written to it and limits the rate.
type rateWriter struct{ a *audit }

func (p rateWriter) Write(b []byte) (int, error) { return len(b), p.a.pause(int64(len(b))) }
