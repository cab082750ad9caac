package blob_test

import (
	"context"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/blob/blobtest"
	"guiyi/internal/kernel/fault"
)

func open(t *testing.T, address string) *blob.Store {
	t.Helper()
	s, err := blob.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestDir(t *testing.T) {
	roots := map[*blob.Store]string{}
	blobtest.Run(t, blobtest.Engine{
		Open: func(t *testing.T) *blob.Store {
			root := t.TempDir()
			s := open(t, "dir:"+root)
			roots[s] = root
			return s
		},
		Overwrite: func(t *testing.T, s *blob.Store, name string, data []byte) {
			if err := os.WriteFile(filepath.Join(roots[s], name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		},
	})
}

func TestS3(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	backends := map[*blob.Store]gofakes3.Backend{}
	blobtest.Run(t, blobtest.Engine{
		Open: func(t *testing.T) *blob.Store {
			backend := s3mem.New()
			if err := backend.CreateBucket("guiyi"); err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(gofakes3.New(backend).Server())
			t.Cleanup(server.Close)
			s := open(t, "s3://guiyi?endpoint="+url.QueryEscape(server.URL))
			backends[s] = backend
			return s
		},
		Overwrite: func(t *testing.T, s *blob.Store, name string, data []byte) {
			_, err := backends[s].PutObject("guiyi", name, map[string]string{}, strings.NewReader(string(data)),
				int64(len(data)), nil)
			if err != nil {
				t.Fatal(err)
			}
		},
	})
}

// TestS3Server is TestS3 on a separate server, started by test/s3.sh: part of "make check-long".
func TestS3Server(t *testing.T) {
	server, dir := os.Getenv("GUIYI_TEST_S3"), os.Getenv("GUIYI_TEST_S3_DIR")
	if server == "" {
		t.Skip("GUIYI_TEST_S3 is not set; run the test by: test/s3.sh go test …")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	buckets := map[*blob.Store]string{}
	blobtest.Run(t, blobtest.Engine{
		Open: func(t *testing.T) *blob.Store {
			bucket, err := os.MkdirTemp(dir, "guiyi-")
			if err != nil {
				t.Fatal(err)
			}
			s := open(t, "s3://"+filepath.Base(bucket)+"?endpoint="+url.QueryEscape(server))
			buckets[s] = bucket
			return s
		},
		Overwrite: func(t *testing.T, s *blob.Store, name string, data []byte) {
			if err := os.WriteFile(filepath.Join(buckets[s], name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	})
}

func TestOpenRefuses(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	empty := httptest.NewServer(gofakes3.New(s3mem.New()).Server())
	defer empty.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for address, kind := range map[string]fault.Kind{
		"":                         fault.Invalid,
		"/var/lib/guiyi":           fault.Invalid,
		"ftp://x":                  fault.Invalid,
		"dir:":                     fault.Invalid,
		"dir:" + file:              fault.Unavailable,
		"s3://":                    fault.Invalid,
		"s3://key:secret@bucket":   fault.Invalid,
		"s3://bucket?no_such=1":    fault.Invalid,
		"s3://bucket?endpoint=%zz": fault.Invalid,
		"s3://none?endpoint=" + url.QueryEscape(empty.URL): fault.Unavailable,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if s, err := blob.Open(ctx, address); s != nil || !fault.Is(err, kind) ||
			strings.Contains(fault.Text(err), "secret") {
			t.Errorf("Open(%q) = %v", address, err)
		}
		cancel()
	}
}
