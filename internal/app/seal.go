package app

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"guiyi/internal/app/config"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/web"
)

// portalSecret is the file in the data folder that an edge and a portal of one machine share.
const portalSecret = "portal.secret"

// portalSeal is what an edge and a portal in different processes prove themselves with: the secrets of the
// configuration, else those of its file, else those of a file in the data folder, which is made when it is missing.
func portalSeal(cfg config.Config) (*web.Seal, error) {
	if cfg.Portal.Secret != "" {
		return web.NewSeal(secrets(cfg.Portal.Secret), time.Now)
	}
	path := cfg.Portal.SecretFile
	if path == "" {
		path = filepath.Join(cfg.DataDir, portalSecret)
		if err := makeSecret(path); err != nil {
			return nil, err
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "读不了边缘与门户的共享密钥文件 %s", path)
	}
	seal, err := web.NewSeal(secrets(string(text)), time.Now)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "共享密钥文件 %s：%s", path, fault.Text(err))
	}
	return seal, nil
}

// secrets are separated by commas, white space or lines; the first is the newest.
func secrets(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r <= ' ' })
}

// makeSecret writes a new secret unless there is a file; of two processes that do so at once, one wins.
func makeSecret(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // what is wrong with it, reading will say
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*") // mode 0600
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "建不了共享密钥文件 %s", path)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(rand.Text() + rand.Text() + "\n")
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Link(tmp.Name(), path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fault.Wrap(fault.Unavailable, err, "建不了共享密钥文件 %s", path)
	}
	return nil
}

// edgeSeal is portalSeal for an edge, which also starts where it cannot write: then the portal will refuse it, and
// published pages are served all the same.
func (s *server) edgeSeal() (*web.Seal, error) {
	seal, err := portalSeal(s.cfg)
	if err == nil || s.cfg.Portal.Secret != "" || s.cfg.Portal.SecretFile != "" || !fault.Is(err, fault.Unavailable) {
		return seal, err
	}
	s.engines.Tel.Log.Error("no secret is shared with the portal: it will refuse requests", "err", err)
	return web.NewSeal([]string{rand.Text() + rand.Text()}, time.Now)
}
