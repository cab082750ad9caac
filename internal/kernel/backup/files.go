package backup

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"guiyi/internal/kernel/fault"
)

const (
	publicKey  = ".pub"
	privateKey = ".key"
	sealedKey  = ".key.age"

	stagePrefix = ".restore" // folder in the data folder for files until the end of a restore
)

// dataFile is a file of the data folder.
type dataFile struct {
	name string // path in the data folder, with slashes
	read func() ([]byte, error)
}

// dataFiles lists the files of the data folder that a backup contains, sorted by name: themes, public keys and, with
// a passphrase, encrypted private keys. It does not follow symbolic links. It returns files of themes that are not
// regular files, or have unsafe names, as skipped.
func dataFiles(dir, passphrase string) (found []dataFile, skipped []string, err error) {
	root := os.DirFS(dir)
	add := func(name string) {
		found = append(found, dataFile{name, func() ([]byte, error) { return fs.ReadFile(root, name) }})
	}
	keys, err := fs.ReadDir(root, "keys")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fault.Wrap(fault.Unavailable, err, "读不了密钥目录")
	}
	for _, e := range keys {
		name := path.Join("keys", e.Name())
		switch {
		case !e.Type().IsRegular():
		case path.Ext(name) == publicKey:
			add(name)
		case path.Ext(name) == privateKey && passphrase != "":
			found = append(found, dataFile{strings.TrimSuffix(name, privateKey) + sealedKey,
				func() ([]byte, error) { return seal(root, name, passphrase) }})
		}
	}
	err = fs.WalkDir(root, "themes", func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == "themes":
			return nil
		case err != nil:
			return fault.Wrap(fault.Unavailable, err, "读不了主题文件 %s", name)
		case e.IsDir() && strings.HasPrefix(e.Name(), "."):
			return fs.SkipDir // .git of a checkout
		case e.IsDir():
		case e.Type().IsRegular() && checkFileName(name) == nil:
			add(name)
		default:
			skipped = append(skipped, name)
		}
		return nil
	})
	slices.SortFunc(found, func(a, b dataFile) int { return strings.Compare(a.name, b.name) })
	return found, skipped, err
}

// seal encrypts a private key with a passphrase (age, scrypt). "age -d" decrypts it.
func seal(root fs.FS, name, passphrase string) ([]byte, error) {
	key, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(key)
	err = errors.Join(err, w.Close())
	return out.Bytes(), err
}

// maxSealed is the maximum size of a sealed key, in bytes. Real keys are much smaller.
const maxSealed = 64 << 10

func unseal(sealed []byte, passphrase string) ([]byte, error) {
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(20) // a larger factor in a hostile archive would take hours
	r, err := age.Decrypt(bytes.NewReader(sealed), id)
	if err != nil {
		return nil, fault.Wrap(fault.Forbidden, err, "解不开备份里的私钥：口令不对，或备份已损坏")
	}
	key, err := io.ReadAll(io.LimitReader(r, maxSealed))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "备份里的私钥已损坏")
	}
	return key, nil
}

// stage stores restored files in a temporary folder until the whole archive was verified.
type stage struct {
	root  *os.Root // the data folder; paths cannot leave it
	names []string
}

func openStage(dataDir string) (*stage, error) {
	if err := os.MkdirAll(dataDir, 0o750); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "数据目录建不了：%s", dataDir)
	}
	root, err := os.OpenRoot(dataDir)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "数据目录打不开：%s", dataDir)
	}
	return &stage{root: root}, wrapWrite(root.RemoveAll(stagePrefix)) // left by an interrupted restore
}

func wrapWrite(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Unavailable, err, "数据目录写不了，请检查空间和权限")
}

// add stores a file durably under the staging folder.
func (s *stage) add(name string, mode fs.FileMode, r io.Reader) error {
	at := path.Join(stagePrefix, name)
	if err := s.root.MkdirAll(path.Dir(at), 0o750); err != nil {
		return wrapWrite(err)
	}
	f, err := s.root.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return wrapWrite(err)
	}
	if _, err := io.Copy(f, r); err != nil {
		f.Close()
		return err // may be an error of the archive, which has its own kind
	}
	s.names = append(s.names, name)
	return wrapWrite(errors.Join(f.Sync(), f.Close()))
}

// publish moves the files to their places. It can be repeated after an interruption.
func (s *stage) publish() error {
	dirs := map[string]bool{".": true}
	for _, name := range s.names {
		mode := fs.FileMode(0o750)
		if strings.HasPrefix(name, "keys/") {
			mode = 0o700
		}
		if err := s.root.MkdirAll(path.Dir(name), mode); err != nil {
			return wrapWrite(err)
		}
		if err := s.root.Rename(path.Join(stagePrefix, name), name); err != nil {
			return wrapWrite(err)
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			dirs[dir] = true
		}
	}
	for dir := range dirs {
		d, err := s.root.Open(dir)
		if err == nil {
			err = errors.Join(d.Sync(), d.Close())
		}
		if err != nil {
			return wrapWrite(err)
		}
	}
	return nil
}

// close removes the files that were not published.
func (s *stage) close() error { return errors.Join(s.root.RemoveAll(stagePrefix), s.root.Close()) }

// occupied returns the first of the folders in the data folder that is not empty, or "".
func occupied(dataDir string, folders ...string) (string, error) {
	for _, name := range folders {
		entries, err := os.ReadDir(filepath.Join(dataDir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fault.Wrap(fault.Unavailable, err, "数据目录读不了")
		}
		if len(entries) > 0 {
			return name, nil
		}
	}
	return "", nil
}
