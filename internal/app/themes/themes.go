package themes

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/site"
	"guiyi/internal/theme"
	"guiyi/web"
)

// Themes loads themes and reloads them when their files change. A theme is embedded ("default") or a folder
// DATA/themes/NAME. The folder DATA/themes/NAME/sites/CODE overlays files for one site.
type Themes struct {
	dir string

	mu     sync.Mutex
	loaded map[string]loaded // by theme and overlay
}

type loaded struct {
	stamp string // of the files from which it was loaded
	set   *theme.Set
}

// New loads the default theme and returns an error if it is invalid.
func New(dataDir string) (*Themes, error) {
	t := &Themes{dir: filepath.Join(dataDir, "themes"), loaded: map[string]loaded{}}
	_, err := t.load("default", "")
	return t, err
}

// Find returns the theme of a site with its overlay. It always uses the current files, so that a running server does
// not publish with an older theme than a command.
func (t *Themes) Find(s *site.Site) (*theme.Set, error) {
	overlay := filepath.Join(t.dir, s.Theme, "sites", s.Code)
	if _, err := os.Stat(overlay); err != nil {
		overlay = ""
	}
	return t.load(s.Theme, overlay)
}

func (t *Themes) load(name, overlay string) (*theme.Set, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	base, err := t.base(name)
	if err != nil {
		return nil, err
	}
	layers := []fs.FS{base}
	if overlay != "" {
		layers = append(layers, os.DirFS(overlay))
	}
	key := name + "\x00" + overlay
	stamp, err := stampOf(layers)
	if have := t.loaded[key]; err != nil || have.set != nil && have.stamp == stamp {
		return have.set, err
	}
	set, err := theme.Load(base, layers[1:]...)
	if err != nil {
		return nil, err
	}
	t.loaded[key] = loaded{stamp, set}
	return set, nil
}

// stampOf returns a text with name, size and time of all files. It differs when a file has changed.
func stampOf(layers []fs.FS) (string, error) {
	var b strings.Builder
	for _, layer := range layers {
		err := fs.WalkDir(layer, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if err == nil {
				fmt.Fprintln(&b, p, info.Size(), info.ModTime().UnixNano())
			}
			return err
		})
		if err != nil {
			return "", err
		}
		b.WriteByte(0)
	}
	return b.String(), nil
}

func (t *Themes) base(name string) (fs.FS, error) {
	dir := filepath.Join(t.dir, name)
	if _, err := os.Stat(filepath.Join(dir, "templates")); err == nil {
		return os.DirFS(dir), nil
	}
	base, err := web.Theme(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.NotFound, err, "没有主题 %s：把它放进 %s，或在站点声明里改用 default", name, dir)
	}
	return base, err
}
