package blob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"regexp"
	"strings"
	"time"

	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
)

var (
	// ErrTampered is the cause when stored bytes do not match the hash in their name.
	ErrTampered = errors.New("stored content does not match its hash")
	// ErrRange is the cause when a range reaches beyond the object.
	ErrRange = errors.New("range outside the object")
)

// Ref names content.
type Ref struct {
	Hash string // SHA-256, 64 lower-case hex digits
	Size int64  // bytes
}

// Info describes a stored object.
type Info struct {
	Name     string
	Size     int64 // bytes
	Modified time.Time
}

// Store stores immutable objects. It may be used by many goroutines and processes at once.
type Store struct{ d driver }

// driver is implemented by each engine. Names passed to it are valid. An error wraps fs.ErrNotExist when an object is
// missing and fs.ErrExist when a name is taken.
type driver interface {
	stage() (stage, error)
	open(ctx context.Context, name string) (io.ReadCloser, int64, error)
	readRange(ctx context.Context, name string, off, n int64) ([]byte, error)
	stat(ctx context.Context, name string) (Info, error)
	list(ctx context.Context, prefix string) iter.Seq2[Info, error]
	remove(ctx context.Context, name string) error
	// removeStale removes an object if it was last written before a time, and reports whether it did.
	removeStale(ctx context.Context, name string, before time.Time) (bool, error)
	sweep(ctx context.Context, before time.Time) (int, error)
	check(ctx context.Context) error
	close() error
}

// stage collects bytes that are invisible until they are published under a name.
type stage interface {
	io.Writer
	// publish makes the object visible and durable. Without replace it fails with fs.ErrExist when the name is taken.
	publish(ctx context.Context, name string, replace bool) error
	// discard frees what publish did not use. It may be called twice.
	discard()
}

// Open opens the store at an address: "dir:PATH" (made when missing) or "s3://BUCKET?endpoint=URL". S3 credentials come
// from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), never from the address.
func Open(ctx context.Context, url string) (*Store, error) {
	s, err := OpenUnchecked(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := s.d.check(ctx); err != nil {
		_ = s.d.close() // nothing was written
		if disk.Reason(err) != nil {
			return nil, disk.Fault(err, "无法访问文件存储")
		}
		return nil, fault.Wrap(fault.Unavailable, err, "无法访问文件存储，请检查地址、凭据和网络")
	}
	return s, nil
}

// OpenUnchecked is Open without a connection check: the store need not be reachable yet.
func OpenUnchecked(ctx context.Context, url string) (*Store, error) {
	var d driver
	var err error
	switch {
	case strings.HasPrefix(url, "dir:"):
		d, err = openDir(strings.TrimPrefix(url, "dir:"))
	case strings.HasPrefix(url, "s3://"):
		d, err = openS3(ctx, url)
	default:
		return nil, fault.New(fault.Invalid, "文件存储地址应为 dir:目录 或 s3://存储桶?endpoint=地址")
	}
	if err != nil {
		return nil, err
	}
	return &Store{d}, nil
}

// Close releases open files and connections.
func (s *Store) Close() error { return s.d.close() }

// Check reports whether the store can be reached; it is cheap enough for a readiness probe.
func (s *Store) Check(ctx context.Context) error {
	if err := s.d.check(ctx); err != nil {
		return fault.Wrap(fault.Unavailable, err, "文件存储不可用")
	}
	return nil
}

// Empty reports whether the store has no object at all, as when its directory was lost or is not mounted.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	for _, err := range s.List(ctx, "") {
		return false, err
	}
	return true, nil
}

// Has reports whether content is stored; it does not read it.
func (s *Store) Has(ctx context.Context, hash string) (bool, error) {
	if err := checkHash(hash); err != nil {
		return false, err
	}
	_, err := s.d.stat(ctx, CASName(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, readFault(err, CASName(hash))
}

// Stat describes a named object.
func (s *Store) Stat(ctx context.Context, name string) (Info, error) {
	if err := checkName(name); err != nil {
		return Info{}, err
	}
	info, err := s.d.stat(ctx, name)
	return info, readFault(err, name)
}

// List yields the objects whose name begins with prefix ("" for all), in no particular order. Unfinished writes are not
// listed. Iteration ends after the first error.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	if err := checkPrefix(prefix); err != nil {
		return func(yield func(Info, error) bool) { yield(Info{}, err) }
	}
	return func(yield func(Info, error) bool) {
		for info, err := range s.d.list(ctx, prefix) {
			if err != nil {
				yield(Info{}, readFault(err, prefix))
				return
			}
			if !yield(info, nil) {
				return
			}
		}
	}
}

// Remove deletes an object; one that is not there is no error.
func (s *Store) Remove(ctx context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	err := s.d.remove(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return writeFault(err)
}

// RemoveStale removes content that was last put before a time; it reports whether it did. It is for unreferenced
// content: a Put of the same content in the meantime renews it (see Put), so that it is not removed. In S3 a Put in
// the milliseconds between check and removal is lost: choose a time that is days ago.
func (s *Store) RemoveStale(ctx context.Context, hash string, before time.Time) (bool, error) {
	if err := checkHash(hash); err != nil {
		return false, err
	}
	removed, err := s.d.removeStale(ctx, CASName(hash), before)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return removed, writeFault(err)
}

// Sweep removes temporary files of interrupted writes that are older than age, and returns how many. It does nothing
// for S3: there only parts of interrupted large uploads remain, and a life-cycle rule of the bucket removes them.
func (s *Store) Sweep(ctx context.Context, age time.Duration) (int, error) {
	n, err := s.d.sweep(ctx, time.Now().Add(-age))
	return n, writeFault(err)
}

// CASHash returns the hash of the content stored under an object name, "" for names of other objects.
func CASHash(name string) string {
	hash := strings.ReplaceAll(strings.TrimPrefix(name, casPrefix), "/", "")
	if checkHash(hash) != nil || CASName(hash) != name {
		return ""
	}
	return hash
}

// CASName is the object name of content, for ReadRange and Stat.
func CASName(hash string) string { return casPrefix + hash[:2] + "/" + hash[2:] }

const (
	casPrefix = "cas/"
	maxName   = 512
)

var (
	hashShape   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	nameShape   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}(/[A-Za-z0-9][A-Za-z0-9._-]{0,199})*$`)
	prefixShape = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]{0,199}/)*([A-Za-z0-9][A-Za-z0-9._-]{0,199})?$`)
)

func checkHash(hash string) error {
	if !hashShape.MatchString(hash) {
		return fault.New(fault.Invalid, "内容标识应为 64 位小写十六进制 SHA-256")
	}
	return nil
}

// checkName allows letters, digits, ".", "_" and "-" in segments that do not begin with a dot. So no name can leave
// the root, collide with a temporary file, or have another meaning in another engine.
func checkName(name string) error {
	if len(name) > maxName || !nameShape.MatchString(name) {
		return fault.New(fault.Invalid, "存储对象名称 %.80q 无效：各段应以字母或数字开头，只含字母、数字、点、下划线和连字符", name)
	}
	return nil
}

func checkPrefix(prefix string) error {
	if len(prefix) > maxName || !prefixShape.MatchString(prefix) {
		return fault.New(fault.Invalid, "存储对象前缀 %.80q 无效", prefix)
	}
	return nil
}

// readFault gives an engine's error a kind. A nil error stays nil.
func readFault(err error, name string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fault.Wrap(fault.NotFound, err, "存储中没有对象 %s", name)
	case errors.Is(err, ErrTampered):
		return fault.Wrap(fault.Internal, err, "对象 %s 的内容与哈希不符，可能已被篡改", name)
	case errors.Is(err, ErrRange):
		return fault.Wrap(fault.Internal, err, "读取范围超出对象 %s", name)
	case errors.Is(err, errRemote):
		return fault.Wrap(fault.Unavailable, err, "无法读取文件存储中的 %s，请检查对象存储的地址、凭据和网络", name)
	}
	return disk.Fault(err, "无法读取文件存储中的 %s", name)
}

func writeFault(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, errRemote) {
		return fault.Wrap(fault.Unavailable, err, "无法写入文件存储，请检查对象存储的地址、凭据、空间和网络")
	}
	return disk.Fault(err, "无法写入文件存储")
}
