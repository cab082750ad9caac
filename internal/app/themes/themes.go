package themes

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/theme"
	"guiyi/internal/site"
	"guiyi/web"
)

// Themes loads themes once each. A theme is embedded (default) or a folder
// DATA/themes/<name>; DATA/themes/<name>/sites/<code> overlays single files for one site.
type Themes struct {
	dir string

	mu     sync.Mutex
	loaded map[string]*theme.Set
}

// New checks the default theme at once, so that a broken one stops the start and
// not the first page.
func New(dataDir string) (*Themes, error) {
	t := &Themes{dir: filepath.Join(dataDir, "themes"), loaded: map[string]*theme.Set{}}
	_, err := t.load("default", "")
	return t, err
}

// Find returns the theme of a site with what is overlaid for it.
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
	key := name + "\x00" + overlay
	if set := t.loaded[key]; set != nil {
		return set, nil
	}
	base, err := t.base(name)
	if err != nil {
		return nil, err
	}
	var overlays []fs.FS
	if overlay != "" {
		overlays = append(overlays, os.DirFS(overlay))
	}
	set, err := theme.Load(base, overlays...)
	if err != nil {
		return nil, err
	}
	t.loaded[key] = set
	return set, nil
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
