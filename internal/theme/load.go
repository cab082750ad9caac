package theme

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"mime"
	"path"
	"regexp"
	"slices"
	"strings"

	"guiyi/internal/address"
)

// Load reads a theme. base has the folders templates (with partials) and assets; a file of a later overlay replaces the
// file with the same path. Every template is checked against the view it renders; the error names each fault with file
// and line.
func Load(base fs.FS, overlays ...fs.FS) (*Set, error) {
	files, err := readAll(append([]fs.FS{base}, overlays...))
	if err != nil {
		return nil, fmt.Errorf("theme.Load: %w", err)
	}
	assets, addresses := buildAssets(files)
	set := &Set{assets: assets, addresses: addresses, hash: fingerprint(files)}
	set.templates = template.New("").Funcs(funcs(addresses)).Option("missingkey=error")
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasPrefix(name, "templates/") {
			continue
		}
		short := strings.TrimPrefix(name, "templates/")
		if _, err := set.templates.New(short).Parse(string(files[name])); err != nil {
			faults = append(faults, err)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("theme.Load: %w", err)
	}
	if err := set.check(); err != nil {
		return nil, fmt.Errorf("theme.Load: %w", err)
	}
	set.compile()
	return set, nil
}

// readAll merges the layers; paths are relative to the theme, e.g. "templates/article.html".
func readAll(layers []fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, layer := range layers {
		err := fs.WalkDir(layer, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !themeFile(p) {
				return err
			}
			b, err := fs.ReadFile(layer, p)
			if err == nil {
				files[p] = b
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

func themeFile(p string) bool {
	return strings.HasPrefix(p, "assets/") || strings.HasPrefix(p, "templates/") && path.Ext(p) == ".html"
}

var cssURL = regexp.MustCompile(`url\("?([a-z0-9._-]+)"?\)`)

// buildAssets names every asset by its hash. Style sheets are processed last: url(name) in them is replaced by the
// asset's address.
func buildAssets(files map[string][]byte) ([]Asset, map[string]string) {
	addresses := map[string]string{}
	var assets []Asset
	add := func(p string, b []byte) {
		name := strings.ReplaceAll(strings.TrimPrefix(p, "assets/"), "/", "-")
		sum := sha256.Sum256(b)
		at := address.Assets + hex.EncodeToString(sum[:6]) + "." + name
		addresses[name] = at
		assets = append(assets, Asset{Name: name, Path: at, Type: mediaType(name), Bytes: b})
	}
	var sheets []string
	for _, p := range slices.Sorted(maps.Keys(files)) {
		switch {
		case !strings.HasPrefix(p, "assets/"):
		case path.Ext(p) == ".css":
			sheets = append(sheets, p)
		default:
			add(p, files[p])
		}
	}
	for _, p := range sheets {
		add(p, cssURL.ReplaceAllFunc(files[p], func(m []byte) []byte {
			if a := addresses[string(cssURL.FindSubmatch(m)[1])]; a != "" {
				return []byte(`url("` + a + `")`)
			}
			return m
		}))
	}
	slices.SortFunc(assets, func(a, b Asset) int { return strings.Compare(a.Name, b.Name) })
	return assets, addresses
}

// mediaType ignores the machine's own table, so that a theme has the same types everywhere.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".webp":
		return "image/webp"
	case ".woff2":
		return "font/woff2"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func fingerprint(files map[string][]byte) string {
	h := sha256.New()
	for _, p := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%s %d\n", p, len(files[p]))
		h.Write(files[p])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
