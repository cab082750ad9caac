package edge

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
)

const (
	headSuffix  = ".json"
	markSuffix  = ".mark"
	sealFile    = ".seal"
	sealSize    = 32
	maxHeadFile = 128 << 10
)

// headsDir is the directory of the newest heads and their marks. With an empty dir nothing is stored.
type headsDir struct {
	dir  string
	seal []byte
}

// mark identifies the newest head of a site that was ever served. It is authenticated by an HMAC.
type mark struct {
	Site     string        `json:"site"`
	Revision int64         `json:"revision"`
	Hash     manifest.Hash `json:"hash"`
	Seal     []byte        `json:"seal"`
}

func openHeadsDir(dir string, seal []byte) (*headsDir, error) {
	h := &headsDir{dir: dir, seal: seal}
	if dir == "" {
		return h, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, disk.Fault(err, "无法创建发布清单目录 %s", dir)
	}
	if len(seal) == 0 {
		var err error
		if h.seal, err = loadSeal(filepath.Join(dir, sealFile)); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func loadSeal(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		b = make([]byte, sealSize)
		rand.Read(b) // never fails
		err = writeAtomic(path, b)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "无法读写封印密钥 %s", path)
	}
	if len(b) != sealSize {
		return nil, fault.New(fault.Invalid, "封印密钥 %s 已损坏：请删除它和同目录的 *.mark 后重新启动，站点将在收到新的发布清单后恢复", path)
	}
	return b, nil
}

func (h *headsDir) sealOf(m mark) []byte {
	m.Seal = nil
	b, err := json.Marshal(m)
	if err != nil { // plain fields always marshal
		return nil
	}
	mac := hmac.New(sha256.New, h.seal)
	mac.Write(b)
	return mac.Sum(nil)
}

func (h *headsDir) path(site, suffix string) string { return filepath.Join(h.dir, site+suffix) }

// save writes the head, then the mark. After a crash in between, the head is newer than its mark, which is accepted;
// with the other order a valid head could be older than its mark.
func (h *headsDir) save(head manifest.Head) error {
	if h.dir == "" {
		return nil
	}
	if err := writeAtomic(h.path(head.Site, headSuffix), append(head.Encode(), '\n')); err != nil {
		return err
	}
	m := mark{Site: head.Site, Revision: head.Revision, Hash: head.Hash()}
	m.Seal = h.sealOf(m)
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return writeAtomic(h.path(head.Site, markSuffix), append(b, '\n'))
}

// sites returns the codes of the sites with a head or a mark, and the names of other files in the directory.
func (h *headsDir) sites() (codes []string, strange []string, err error) {
	if h.dir == "" {
		return nil, nil, nil
	}
	entries, err := os.ReadDir(h.dir)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Unavailable, err, "无法读取发布清单目录 %s", h.dir)
	}
	seen := map[string]bool{}
	for _, e := range entries {
		name := e.Name()
		code := strings.TrimSuffix(strings.TrimSuffix(name, headSuffix), markSuffix)
		switch {
		case name == sealFile, strings.HasPrefix(name, tmpPrefix):
		case code == name || !e.Type().IsRegular() || !manifest.SiteCode(code):
			strange = append(strange, name)
		case !seen[code]:
			seen[code] = true
			codes = append(codes, code)
		}
	}
	return codes, strange, nil
}

// load returns the head of a site and its mark, or a zero mark if there is no valid one. The error says why the head
// must not be served.
func (h *headsDir) load(site string, ring *crypto.Ring) (head manifest.Head, m mark, err error) {
	if m, err = h.readMark(site); err != nil {
		return manifest.Head{}, mark{}, err
	}
	head, err = h.readHead(site)
	if err == nil {
		err = head.Verify(ring)
	}
	switch {
	case err != nil:
	case head.Revision < m.Revision:
		err = fault.New(fault.Conflict, "清单文件被退回到第 %d 版，此前已发布第 %d 版", head.Revision, m.Revision)
	case head.Revision == m.Revision && head.Hash() != m.Hash:
		err = fault.New(fault.Conflict, "第 %d 版清单文件与曾经发布的不同", head.Revision)
	}
	return head, m, err
}

func (h *headsDir) readHead(site string) (manifest.Head, error) {
	b, err := readSmall(h.path(site, headSuffix))
	if err != nil {
		return manifest.Head{}, err
	}
	head, err := manifest.ParseHead(b)
	if err == nil && head.Site != site {
		err = fault.New(fault.Invalid, "清单文件属于另一站点 %s", head.Site)
	}
	return head, err
}

func (h *headsDir) readMark(site string) (mark, error) {
	b, err := readSmall(h.path(site, markSuffix))
	if err != nil {
		return mark{}, err
	}
	return h.parseMark(site, b)
}

// parseMark checks the HMAC of a mark and its site.
func (h *headsDir) parseMark(site string, b []byte) (mark, error) {
	var m mark
	if err := json.Unmarshal(b, &m); err != nil {
		return mark{}, fault.Wrap(fault.Invalid, err, "版本水位文件不是有效的 JSON")
	}
	if m.Site != site || !hmac.Equal(m.Seal, h.sealOf(m)) {
		return mark{}, fault.New(fault.Invalid, "版本水位文件的封印不符，可能被手工改动")
	}
	return m, nil
}

// intact returns an error if head and mark on disk are not those that save wrote for the current head.
func (h *headsDir) intact(head manifest.Head) error {
	if h.dir == "" {
		return nil
	}
	m, err := h.readMark(head.Site)
	if err != nil {
		return err
	}
	b, err := readSmall(h.path(head.Site, headSuffix))
	switch {
	case err != nil:
		return err
	case string(b) != string(head.Encode())+"\n":
		return fault.New(fault.Conflict, "清单文件与正在使用的第 %d 版不同，可能被手工改动", head.Revision)
	case m.Revision != head.Revision || m.Hash != head.Hash():
		return fault.New(fault.Conflict, "版本水位文件与正在使用的第 %d 版不同", head.Revision)
	}
	return nil
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "无法读取文件 %s", path)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxHeadFile {
		return nil, fault.Wrap(fault.Invalid, err, "文件 %s 过大或不是普通文件", path)
	}
	b := make([]byte, info.Size())
	_, err = f.ReadAt(b, 0)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "无法读取文件 %s", path)
	}
	return b, nil
}

const tmpPrefix = ".tmp-"

// writeAtomic replaces a file atomically and durably.
func writeAtomic(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), tmpPrefix+"*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
