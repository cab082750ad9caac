package bleveindex

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"guiyi/internal/search"
)

// TestDamageAfterOpening overwrites a block of stored fields in an open index.
func TestDamageAfterOpening(t *testing.T) {
	dir, marker := t.TempDir(), []byte("stored bytes of document a")
	d, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Apply(t.Context(), search.Batch{Put: []search.Entry{{ID: "a", Stored: marker,
		Counts: map[string]map[string]int{search.FieldChars: {"公": 1}}}}})
	if err = errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	if d, err = Open(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	find := search.Request{Limit: 1, Features: []search.Term{{Field: search.FieldChars, Text: "公"}}}
	if got, err := d.Load(t.Context(), []string{"a"}); err != nil || !bytes.Equal(got["a"], marker) {
		t.Fatalf("%q %v", got, err)
	}
	if _, err := d.Find(t.Context(), find); err != nil {
		t.Fatal(err)
	}
	overwriteBefore(t, dir, marker)
	if _, err := d.Load(t.Context(), []string{"a"}); !errors.Is(err, search.ErrCorrupt) {
		t.Errorf("load: %v", err)
	}
	if _, err := d.Find(t.Context(), find); !errors.Is(err, search.ErrCorrupt) {
		t.Errorf("find: %v", err)
	}
	if res, err := d.Find(t.Context(), search.Request{Limit: 1}); err != nil || res.Total != 1 {
		t.Errorf("a request that reads no stored field: %+v %v", res, err)
	}
}

// overwriteBefore overwrites in place the bytes before text: the other stored field and the start of the compressed
// block.
func overwriteBefore(t *testing.T, dir string, text []byte) {
	t.Helper()
	segments, _ := filepath.Glob(filepath.Join(dir, "*.zap"))
	if len(segments) != 1 {
		t.Fatalf("segments: %v", segments)
	}
	b, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(segments[0], os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, int64(bytes.Index(b, text)-7))
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestWhichErrorsAreDamage(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"none":            {nil, false},
		"of the engine":   {errors.New("snappy: corrupt input"), true},
		"cancelled":       {fmt.Errorf("find: %w", context.Canceled), false},
		"too late":        {context.DeadlineExceeded, false},
		"engine closed":   {scorch.ErrClosed, false},
		"file closed":     {os.ErrClosed, false},
		"of the disk":     {&fs.PathError{Op: "read", Path: "x", Err: syscall.EIO}, false},
		"closed and more": {errors.Join(errors.New("segment"), errNoSnapshot), false},
	} {
		t.Run(name, func(t *testing.T) {
			got := func() (err error) { defer readFailed(&err); return c.err }()
			if errors.Is(got, search.ErrCorrupt) != c.want || !errors.Is(got, c.err) {
				t.Errorf("%v", got)
			}
		})
	}
	err := func() (err error) { defer readFailed(&err); panic("slice bounds") }()
	if !errors.Is(err, search.ErrCorrupt) {
		t.Errorf("panic: %v", err)
	}
}

func TestClosedIndexIsNoDamage(t *testing.T) {
	d, err := Open(t.Context(), t.TempDir())
	if err == nil {
		err = d.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	_, ferr := d.Find(t.Context(), search.Request{Limit: 1})
	_, terr := d.Terms(t.Context(), search.FieldPairs, []rune("公积"))
	_, lerr := d.Load(t.Context(), []string{"a"})
	_, merr := d.Meta(t.Context())
	for _, err := range []error{ferr, terr, lerr, merr} {
		if err == nil || errors.Is(err, search.ErrCorrupt) {
			t.Errorf("%v", err)
		}
	}
}
