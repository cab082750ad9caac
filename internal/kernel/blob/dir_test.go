package blob

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"guiyi/internal/kernel/fault"
)

func openTestDir(t *testing.T) (*Store, string) {
	t.Helper()
	root := t.TempDir()
	s, err := Open(t.Context(), "dir:"+root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, root
}

func tmpFiles(t *testing.T, root string) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root, tmpDir))
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestDirSymlinkDoesNotLeadOut(t *testing.T) {
	s, root := openTestDir(t)
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(root, "pack")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "secret"), filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("round", filepath.Join(root, "round")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pack/secret", "link", "round", "round/x"} {
		if b, err := s.ReadRange(t.Context(), name, 0, 6); !fault.Is(err, fault.NotFound) {
			t.Errorf("ReadRange(%q) = %q", name, b)
		}
		if err := s.Remove(t.Context(), name); err == nil {
			t.Errorf("Remove(%q) is accepted", name)
		}
	}
	if err := s.PutNamed(t.Context(), "pack/new", []byte("x")); err == nil {
		t.Error("PutNamed through a symbolic link is accepted")
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
		t.Errorf("outside now holds %v, %v", entries, err)
	}
	if left := tmpFiles(t, root); len(left) != 0 {
		t.Errorf("temporary files left: %v", left)
	}
}

func TestDirPlantedThingsAreNoObjects(t *testing.T) {
	s, root := openTestDir(t)
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "pack", "dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, junk := range []string{".hidden", "pack/.x", "空 格"} {
		if err := os.WriteFile(filepath.Join(root, junk), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"pipe", "pack/dir", "pack"} { // a pipe must not block either
		if _, err := s.ReadRange(t.Context(), name, 0, 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("ReadRange(%q) = %v", name, err)
		}
		if _, err := s.Stat(t.Context(), name); !fault.Is(err, fault.NotFound) {
			t.Errorf("Stat(%q) = %v", name, err)
		}
		if err := s.Remove(t.Context(), name); err != nil {
			t.Errorf("Remove(%q) = %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "pack", "dir")); err != nil {
		t.Errorf("Remove took a directory: %v", err)
	}
	for info, err := range s.List(t.Context(), "") {
		t.Errorf("listed: %v %v", info, err)
	}
}

func TestDirFailedPublishLeavesNothing(t *testing.T) {
	s, root := openTestDir(t)
	for _, block := range []string{"cas", "pack"} { // a file where a directory must be
		if err := os.WriteFile(filepath.Join(root, block), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Put(t.Context(), strings.NewReader("x"), 0); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Put = %v", err)
	}
	if err := s.PutNamed(t.Context(), "pack/a/1", []byte("x")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("PutNamed = %v", err)
	}
	if left := tmpFiles(t, root); len(left) != 0 {
		t.Errorf("temporary files left: %v", left)
	}
}

func TestDirFailedWriteLeavesNothing(t *testing.T) {
	s, root := openTestDir(t)
	w, err := s.Create(t.Context(), "pack/a/1")
	if err != nil {
		t.Fatal(err)
	}
	w.st.(*dirStage).f.Close() // as when a disk is removed
	if _, err := w.Write(bytes.Repeat([]byte("x"), 2*writeAhead)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Write = %v", err)
	}
	if err := w.Commit(t.Context()); err == nil {
		t.Error("Commit after a failed Write is accepted")
	}
	w.Abort()
	if left := tmpFiles(t, root); len(left) != 0 {
		t.Errorf("temporary files left: %v", left)
	}
	if _, err := s.Stat(t.Context(), "pack/a/1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("Stat = %v", err)
	}
}

func TestDirSweep(t *testing.T) {
	s, root := openTestDir(t)
	old, err := s.Create(t.Context(), "pack/a/old")
	if err != nil {
		t.Fatal(err)
	}
	stale := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(filepath.Join(root, old.st.(*dirStage).name), stale, stale); err != nil {
		t.Fatal(err)
	}
	fresh, err := s.Create(t.Context(), "pack/a/fresh")
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Abort()
	if n, err := s.Sweep(t.Context(), time.Hour); n != 1 || err != nil {
		t.Errorf("Sweep = %d, %v; want the old one only", n, err)
	}
	if err := old.Commit(t.Context()); err == nil {
		t.Error("a swept write is committed")
	}
	if err := fresh.Commit(t.Context()); err != nil {
		t.Errorf("a running write was swept: %v", err)
	}
}

func TestDirHandlesAreBounded(t *testing.T) {
	s, _ := openTestDir(t)
	const files = maxHandles + 40
	for i := range files {
		if err := s.PutNamed(t.Context(), fmt.Sprintf("pack/a/%d", i), fmt.Appendf(nil, "%06d", i)); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range files {
				got, err := s.ReadRange(t.Context(), fmt.Sprintf("pack/a/%d", i), 0, 6)
				if err != nil || string(got) != fmt.Sprintf("%06d", i) {
					t.Errorf("%d: %q, %v", i, got, err)
				}
			}
		})
	}
	wg.Wait()
	h := s.d.(*dir).handles
	if len(h.byName) != maxHandles || h.order.Len() != maxHandles {
		t.Errorf("%d handles are open, want %d", len(h.byName), maxHandles)
	}
}

func TestDirReadRangeOfCutFile(t *testing.T) {
	s, root := openTestDir(t)
	if err := s.PutNamed(t.Context(), "pack/a/1", []byte("0123456789")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReadRange(t.Context(), "pack/a/1", 0, 10); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(root, "pack/a/1"), 5); err != nil { // while the handle is open
		t.Fatal(err)
	}
	if b, err := s.ReadRange(t.Context(), "pack/a/1", 0, 10); b != nil || !errors.Is(err, ErrRange) {
		t.Errorf("= %q, %v", b, err)
	}
}

func TestFaultKinds(t *testing.T) {
	for _, err := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		if f := writeFault(&fs.PathError{Err: err}); !fault.Is(f, fault.Unavailable) ||
			!strings.Contains(fault.Text(f), "空间已满") {
			t.Errorf("writeFault(%v) = %v", err, f)
		}
	}
	away := s3Error(errors.New("403 AccessDenied"))
	for _, f := range []error{readFault(away, "x"), writeFault(away)} {
		if text := fault.Text(f); !fault.Is(f, fault.Unavailable) || !strings.Contains(text, "凭据") ||
			strings.Contains(text, "磁盘") {
			t.Errorf("an object store that refuses: %v", f)
		}
	}
	if s3Error(nil) != nil || writeFault(nil) != nil || readFault(nil, "x") != nil {
		t.Error("nil becomes an error")
	}
}

func FuzzName(f *testing.F) {
	for _, name := range []string{"pack/a/1", "..", "a/../b", ".tmp/x", "/etc/passwd", "a//b", "cas/ab/cd"} {
		f.Add(name)
	}
	root := f.TempDir()
	s, err := Open(f.Context(), "dir:"+filepath.Join(root, "store"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	f.Fuzz(func(t *testing.T, name string) {
		if checkName(name) == nil {
			if !fs.ValidPath(name) || !filepath.IsLocal(name) || strings.HasPrefix(name, tmpDir) {
				t.Fatalf("%q is accepted", name)
			}
			if checkPrefix(name) != nil {
				t.Fatalf("%q is a name but no prefix", name)
			}
		}
		if err := s.PutNamed(t.Context(), name, nil); err == nil {
			if err := s.Remove(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		if entries, err := os.ReadDir(root); err != nil || len(entries) != 1 {
			t.Fatalf("%q wrote outside the store: %v", name, entries)
		}
	})
}

// Putting old content again renews it, before the sweeper checks its date or between check and removal.
func TestPutRenews(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), "dir:"+dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	content, long := []byte("of an import that was killed"), time.Now().Add(-30*24*time.Hour)
	ref, err := s.Put(t.Context(), bytes.NewReader(content), 0)
	if err != nil {
		t.Fatal(err)
	}
	age := func() {
		if err := os.Chtimes(filepath.Join(dir, CASName(ref.Hash)), long, long); err != nil {
			t.Fatal(err)
		}
	}
	age()
	if _, err := s.Put(t.Context(), bytes.NewReader(content), 0); err != nil {
		t.Fatal(err)
	}
	if removed, err := s.RemoveStale(t.Context(), ref.Hash, time.Now().Add(-time.Minute)); removed || err != nil {
		t.Errorf("content put again was removed: %v, %v", removed, err)
	}

	// Writers and a sweeper at once: after a successful Put the content is stored.
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				if _, err := s.RemoveStale(t.Context(), ref.Hash, time.Now().Add(-time.Minute)); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	defer func() { // before the store is closed, also when the test has failed
		close(stop)
		<-done
	}()
	for range 300 {
		_ = os.Chtimes(filepath.Join(dir, CASName(ref.Hash)), long, long) // may be removed
		if _, err := s.Put(t.Context(), bytes.NewReader(content), 0); err != nil {
			t.Fatal(err)
		}
		found := false
		// The sweeper may have renamed it, and may take long to continue.
		for end := time.Now().Add(time.Minute); err == nil && !found && time.Now().Before(end); runtime.Gosched() {
			found, err = s.Has(t.Context(), ref.Hash)
		}
		if !found || err != nil {
			t.Fatalf("content is gone after a put: %v", err)
		}
	}
}

// The space of a file removed by another process is freed although other files are still being read.
func TestOldHandlesAreClosed(t *testing.T) {
	dir := t.TempDir()
	d, err := openDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	for _, name := range []string{"a", "b", "c"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := d.handles.get("a")
	if err != nil {
		t.Fatal(err)
	}
	a.opened = a.opened.Add(-handleAge)
	if _, err := d.handles.get("b"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.f.Stat(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("an old handle is open still: %v", err)
	}
	if b, err := d.handles.get("b"); err != nil || d.handles.order.Len() != 1 || b.name != "b" {
		t.Errorf("%d handles, %v", d.handles.order.Len(), err)
	}
}
