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

// Files in the data folder for secrets that are not configured. They are created when they are missing.
const (
	portalSecret  = "portal.secret"  // shared by the edge and the portal of one machine
	sessionSecret = "session.secret" // used by portal and studio
	peopleSecret  = "people.secret"  // used by the studio and by commands
)

// portalSeal returns the seal that authenticates requests between an edge and a portal in different processes.
func portalSeal(cfg config.Config) (*web.Seal, error) {
	list, err := readSecrets(cfg.Portal.Secret, cfg.Portal.SecretFile, filepath.Join(cfg.DataDir, portalSecret))
	if err != nil {
		return nil, err
	}
	return web.NewSeal(list, time.Now)
}

// openSessions creates the sessions and the form guard of the portal.
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

// readSecrets returns the configured secrets (given), else those in the configured file, else those in the file own,
// which it creates if it is missing.
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
		if file == own { // damage and not a wrong setting, so an edge still serves
			kind = fault.Unavailable
		}
		return nil, fault.New(kind, "密钥文件 %s 是空的：请从备份或另一台机器取回；没有时删除它，会生成新的一份，读者的会话重新开始", file)
	}
	return list, nil
}

// secrets splits a text at commas and white space. The first secret is the newest.
func secrets(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r <= ' ' })
}

// makeSecret creates a file with a new secret unless it exists. If two processes do this at the same time, one file
// remains.
func makeSecret(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // reading it reports any error
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

// edgeSeal is portalSeal for an edge. If the secret file cannot be created or read, it returns a seal with a random
// secret. Then the portal refuses the requests, but published pages are served.
func (s *server) edgeSeal() (*web.Seal, error) {
	seal, err := portalSeal(s.cfg)
	if err == nil || s.cfg.Portal.Secret != "" || s.cfg.Portal.SecretFile != "" || !fault.Is(err, fault.Unavailable) {
		return seal, err
	}
	s.engines.Tel.Log.Error("no shared secret: the portal will refuse requests", "err", err)
	return web.NewSeal([]string{rand.Text() + rand.Text()}, time.Now)
}
