package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"time"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/s3blob" // the "s3" scheme
	"gocloud.dev/gcerrors"

	"guiyi/internal/kernel/fault"
)

// spoolMemory is how many bytes of an upload stay in memory. A larger one goes to a temporary file, because a name
// that is a hash is known only at the end.
const spoolMemory = 8 << 20

// s3 keeps objects in a bucket.
type s3 struct{ bucket *blob.Bucket }

var _ driver = (*s3)(nil)

func openS3(ctx context.Context, address string) (*s3, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, fault.Wrap(fault.Invalid, err, "S3 地址无效：应为 s3://存储桶?endpoint=地址，凭据放在环境变量中")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "S3 地址的参数无效")
	}
	u.RawQuery = withDefaults(q).Encode()
	bucket, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "无法打开 S3 存储桶 %s，请检查地址参数", u.Host)
	}
	return &s3{bucket}, nil
}

// withDefaults sets what servers other than Amazon's need. The checksums of the newer protocol are off: many servers
// lack them, and content is verified by its own hash anyway.
func withDefaults(q url.Values) url.Values {
	defaults := map[string]string{
		"request_checksum_calculation": "when_required",
		"response_checksum_validation": "when_required",
	}
	if q.Get("endpoint") != "" {
		defaults["hostname_immutable"] = "true"
		defaults["use_path_style"] = "true"
		defaults["region"] = "us-east-1"
	}
	for key, value := range defaults {
		if !q.Has(key) {
			q.Set(key, value)
		}
	}
	return q
}

func (s *s3) close() error { return s.bucket.Close() }

func (s *s3) check(ctx context.Context) error {
	ok, err := s.bucket.IsAccessible(ctx)
	if err == nil && !ok {
		err = fs.ErrNotExist
	}
	return err
}

func (s *s3) open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	r, err := s.bucket.NewReader(ctx, name, nil)
	if err != nil {
		return nil, 0, s3Error(err)
	}
	return r, r.Size(), nil
}

func (s *s3) readRange(ctx context.Context, name string, off, n int64) ([]byte, error) {
	// An empty range cannot be expressed in HTTP, and servers refuse one that begins at the end of the object.
	if n == 0 {
		info, err := s.stat(ctx, name)
		if err != nil {
			return nil, err
		}
		return []byte{}, checkBounds(off, n, info.Size)
	}
	r, err := s.bucket.NewRangeReader(ctx, name, off, n, nil)
	if err != nil {
		info, statErr := s.stat(ctx, name)
		if statErr != nil {
			return nil, statErr
		}
		return nil, errors.Join(checkBounds(off, n, info.Size), s3Error(err))
	}
	defer r.Close()
	if err := checkBounds(off, n, r.Size()); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	return b, nil
}

func (s *s3) stat(ctx context.Context, name string) (Info, error) {
	a, err := s.bucket.Attributes(ctx, name)
	if err != nil {
		return Info{}, s3Error(err)
	}
	return Info{Name: name, Size: a.Size, Modified: a.ModTime}, nil
}

func (s *s3) list(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		objects := s.bucket.List(&blob.ListOptions{Prefix: prefix})
		for {
			o, err := objects.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Info{}, s3Error(err))
				return
			}
			if checkName(o.Key) != nil {
				continue // not ours
			}
			if !yield(Info{Name: o.Key, Size: o.Size, Modified: o.ModTime}, nil) {
				return
			}
		}
	}
}

func (s *s3) remove(ctx context.Context, name string) error {
	return s3Error(s.bucket.Delete(ctx, name))
}

func (s *s3) removeStale(ctx context.Context, name string, before time.Time) (bool, error) {
	if info, err := s.stat(ctx, name); err != nil || !info.Modified.Before(before) {
		return false, err
	}
	return true, s.remove(ctx, name)
}

// sweep has nothing to do: spool files have no name.
func (s *s3) sweep(context.Context, time.Time) (int, error) { return 0, nil }

func (s *s3) stage() (stage, error) { return &s3Stage{s: s}, nil }

// s3Stage collects an upload in memory, or in an unlinked temporary file once it is large.
type s3Stage struct {
	s   *s3
	mem bytes.Buffer
	f   *os.File
}

func (st *s3Stage) Write(p []byte) (int, error) {
	if st.f == nil && st.mem.Len()+len(p) <= spoolMemory {
		return st.mem.Write(p)
	}
	if st.f == nil {
		f, err := os.CreateTemp("", "guiyi-spool-*")
		if err != nil {
			return 0, err
		}
		st.f = f
		if err := os.Remove(f.Name()); err != nil { // the system frees it even after a crash
			return 0, err
		}
		if _, err := st.mem.WriteTo(f); err != nil {
			return 0, err
		}
	}
	return st.f.Write(p)
}

func (st *s3Stage) publish(ctx context.Context, name string, replace bool) error {
	var body io.Reader = bytes.NewReader(st.mem.Bytes())
	if st.f != nil {
		if _, err := st.f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		body = st.f
		// Large objects are uploaded in parts, where not every server respects the condition.
		if _, err := st.s.stat(ctx, name); err == nil && !replace {
			return fs.ErrExist
		}
	}
	err := st.s.bucket.Upload(ctx, name, body, &blob.WriterOptions{
		ContentType: "application/octet-stream",
		IfNotExist:  !replace,
	})
	if err == nil {
		return nil
	}
	// The name is taken, perhaps by our own upload, repeated because its answer was lost: the caller compares the
	// content on fs.ErrExist.
	if _, statErr := st.s.stat(ctx, name); statErr == nil && !replace {
		return fmt.Errorf("%w: %w", fs.ErrExist, err)
	}
	return s3Error(err)
}

func (st *s3Stage) discard() {
	st.mem = bytes.Buffer{}
	if st.f != nil {
		st.f.Close() // a second Close only returns an error
	}
}

// errRemote marks what an object store answered, or did not: the disk of this machine is not the reason.
var errRemote = errors.New("object store")

func s3Error(err error) error {
	switch {
	case err == nil:
		return nil
	case gcerrors.Code(err) == gcerrors.NotFound:
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return fmt.Errorf("%w: %w", errRemote, err)
}
