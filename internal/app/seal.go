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
	"guiyi/internal/kernel/form"
	"guiyi/internal/kernel/session"
	"guiyi/internal/kernel/web"
)

// Files in the data folder, made when nothing else is set.
const (
	portalSecret  = "portal.secret"  // shared by the edge and the portal of one machine
	sessionSecret = "session.secret" // of the portal; an edge never has it
)

// portalSeal is what an edge and a portal in different processes prove themselves with.
func portalSeal(cfg config.Config) (*web.Seal, error) {
	list, err := readSecrets(cfg.Portal.Secret, cfg.Portal.SecretFile, filepath.Join(cfg.DataDir, portalSecret))
	if err != nil {
		return nil, err
	}
	return web.NewSeal(list, time.Now)
}

// openSessions makes what the sessions and forms of the portal are sealed with.
func openSessions(cfg config.Config) (*session.Sessions, *form.Guard, error) {
	list, err := readSecrets(cfg.Session.Secret, cfg.Session.SecretFile, filepath.Join(cfg.DataDir, sessionSecret))
	if err != nil {
		return nil, nil, err
	}
	sessions, err := session.New(session.Options{
		Name:    "guiyi",
		Secrets: list,
		Idle:    cfg.Session.Idle,
		Longest: cfg.Session.Longest,
		Now:     time.Now,
	})
	if err != nil && cfg.Session.Secret == "" && cfg.Session.SecretFile == "" {
		file := filepath.Join(cfg.DataDir, sessionSecret)
		return nil, nil, fault.Wrap(fault.Unavailable, err, "密钥文件 %s 已损坏：请从备份或另一台机器取回；没有时删除它，会生成新的一份，读者的会话重新开始",
			file)
	}
	if err != nil {
		return nil, nil, err
	}
	guard, err := form.NewGuard(list, time.Now)
	return sessions, guard, err
}

// readSecrets returns those of the configuration, else those of its file, else those of a file in the data folder,
// which is made when it is missing.
func readSecrets(given, file, own string) ([]string, error) {
	if given != "" {
		return secrets(given), nil
	}
	if file == "" {
		file = own
		if err := makeSecret(file); err != nil {
			return nil, err
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "读不了密钥文件 %s", file)
	}
	list := secrets(string(text))
	if len(list) == 0 {
		kind := fault.Invalid
		if file == own { // damage, not a setting: an edge goes on without
			kind = fault.Unavailable
		}
		return nil, fault.New(kind, "密钥文件 %s 是空的：请从备份或另一台机器取回；没有时删除它，会生成新的一份，读者的会话重新开始", file)
	}
	return list, nil
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
		return fault.Wrap(fault.Unavailable, err, "建不了密钥文件 %s", path)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(rand.Text() + rand.Text() + "\n")
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Link(tmp.Name(), path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fault.Wrap(fault.Unavailable, err, "建不了密钥文件 %s", path)
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
