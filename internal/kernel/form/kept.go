package form

import (
	"bytes"
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"guiyi/internal/kernel/fault"
)

// File is an attachment of this request, or of an earlier request whose form had faults.
type File struct {
	Name string
	Size int64  // bytes
	id   string // of a kept file; "" for a file of this request
	open func() (io.ReadCloser, error)
}

// Open opens the content, which has not been checked yet.
func (f File) Open() (io.ReadCloser, error) { return f.open() }

// KeptOptions are options for NewKept. A number of zero means the default.
type KeptOptions struct {
	// Dir is used by this process only: its content is removed at start.
	Dir string
	// For is how long a file is kept; default 1 hour.
	For time.Duration
	// Bytes bounds the size of all files, ClientBytes that of one client's files; default 512 and 64 MiB.
	Bytes, ClientBytes int64
	Now                func() time.Time
}

// Kept (暂存附件) stores the attachments of forms with faults, so that readers need not choose them again. The files are on
// disk for an hour by default, encrypted with a key that only this process has. To use a file again, a request must
// contain its random id and be for the same form and session. Nothing else reads the files: they are checked when the
// form is accepted, like newly uploaded ones.
type Kept struct {
	o    KeptOptions
	seal cipher.AEAD

	mu      sync.Mutex
	files   map[string]*keptFile // by id
	bytes   int64
	clients map[string]int64 // bytes
}

type keptFile struct {
	owner, client, name string
	size                int64
	until               time.Time
	timer               *time.Timer
}

// keepAfterDone is how long a file is kept after its form was accepted: a repeated submission sends it again.
const keepAfterDone = time.Minute

// NewKept creates the directory, and empties it when it exists.
func NewKept(o KeptOptions) (*Kept, error) {
	o.For = cmp.Or(o.For, time.Hour)
	o.Bytes, o.ClientBytes = cmp.Or(o.Bytes, 512<<20), cmp.Or(o.ClientBytes, 64<<20)
	err := errors.Join(os.RemoveAll(o.Dir), os.MkdirAll(o.Dir, 0o700))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "无法使用暂存附件的目录 %s", o.Dir)
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Kept{o: o, seal: seal, files: map[string]*keptFile{}, clients: map[string]int64{}}, nil
}

// Close removes all files.
func (k *Kept) Close() error {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for id := range k.files {
		k.remove(id)
	}
	return os.RemoveAll(k.o.Dir)
}

// owner identifies the form field and session to which a file belongs.
func owner(form, session, field string) string {
	return strings.Join([]string{form, session, field}, "\x00")
}

// Find adds the kept files named in a request to its new files. A file that no longer exists is a fault.
func (k *Kept) Find(f Form, session string, in *Input) (faults Faults) {
	for _, d := range f.Fields {
		for _, id := range in.kept[d.Name] {
			file, ok := k.find(owner(f.Name, session, d.Name), id)
			if !ok {
				faults = append(faults, Fault{d.Name, "之前上传的文件已经不在了，请重新选择" + d.Label + "。"})
				break
			}
			in.Files[d.Name] = append(in.Files[d.Name], file)
		}
	}
	return faults
}

func (k *Kept) find(who, id string) (File, bool) {
	if k == nil {
		return File{}, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	one := k.files[id]
	if one == nil || one.owner != who || k.o.Now().After(one.until) {
		return File{}, false
	}
	return File{
		Name: one.name,
		Size: one.size,
		id:   id,
		open: func() (io.ReadCloser, error) { return k.read(who, id) },
	}, true
}

func (k *Kept) read(who, id string) (io.ReadCloser, error) {
	sealed, err := os.ReadFile(filepath.Join(k.o.Dir, id))
	if err == nil {
		sealed, err = k.seal.Open(nil, nil, sealed, []byte(who+"\x00"+id))
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "之前上传的文件无法读取，请重新选择。")
	}
	return io.NopCloser(bytes.NewReader(sealed)), nil
}

// Keep stores the files of fields without fault, and removes all other files from in. A file that cannot be stored
// becomes a fault, so that the reader chooses it again.
func (k *Kept) Keep(f Form, session, client string, in *Input, faults Faults) (more Faults) {
	for _, d := range f.Fields {
		var kept []File
		lost := false
		for _, file := range in.Files[d.Name] {
			if file.id == "" && faults.text(d.Name) == "" {
				file.id = k.keep(owner(f.Name, session, d.Name), client, file)
				lost = lost || file.id == ""
			}
			if file.id != "" {
				kept = append(kept, file)
			}
		}
		if in.Files[d.Name] = kept; lost {
			more = append(more, Fault{d.Name, "文件没有保留下来，请重新选择" + d.Label + "。"})
		}
	}
	return more
}

// keep returns the id of a stored file, "" when there is no room for it.
func (k *Kept) keep(who, client string, file File) string {
	if k == nil {
		return ""
	}
	id := strings.ToLower(rand.Text())
	k.mu.Lock()
	if k.bytes+file.Size > k.o.Bytes || k.clients[client]+file.Size > k.o.ClientBytes {
		k.mu.Unlock()
		return ""
	}
	one := &keptFile{owner: who, client: client, name: file.Name, size: file.Size, until: k.o.Now().Add(k.o.For)}
	one.timer = time.AfterFunc(k.o.For, func() { k.drop(id) })
	k.files[id] = one
	k.bytes += one.size
	k.clients[client] += one.size
	k.mu.Unlock()
	if err := k.write(who, id, file); err != nil {
		k.drop(id)
		return ""
	}
	return id
}

func (k *Kept) write(who, id string, file File) error {
	from, err := file.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	plain, err := io.ReadAll(io.LimitReader(from, file.Size))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(k.o.Dir, id), k.seal.Seal(nil, nil, plain, []byte(who+"\x00"+id)), 0o600)
}

// Done releases the kept files of an accepted form.
func (k *Kept) Done(in Input) {
	for _, files := range in.Files {
		for _, file := range files {
			if file.id != "" {
				time.AfterFunc(keepAfterDone, func() { k.drop(file.id) })
			}
		}
	}
}

func (k *Kept) drop(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.remove(id)
}

// remove deletes a file; the caller holds the lock. A file that cannot be deleted is deleted at the next start; it
// cannot be decrypted without the key.
func (k *Kept) remove(id string) {
	one := k.files[id]
	if one == nil {
		return
	}
	one.timer.Stop()
	delete(k.files, id)
	k.bytes -= one.size
	if k.clients[one.client] -= one.size; k.clients[one.client] <= 0 {
		delete(k.clients, one.client)
	}
	_ = os.Remove(filepath.Join(k.o.Dir, id))
}
