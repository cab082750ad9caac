package storetest

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// SmallDisk mounts a file system of size bytes until the test ends. It skips the test when mounting is not allowed.
func SmallDisk(t testing.TB, size int64) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := mountSmall(dir, size); err != nil {
		t.Skipf("a small file system cannot be mounted (%v): run this test as root, as CI and make check-long do", err)
	}
	t.Cleanup(func() {
		if err := unmount(dir); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return dir
}

// ReadOnly makes a file system of SmallDisk read-only, or writable again. No process may have one of its files open for
// writing.
func ReadOnly(t testing.TB, dir string, yes bool) {
	t.Helper()
	if err := remount(dir, yes); err != nil {
		t.Fatal(err)
	}
}

// Fill appends to a file until its file system is full.
func Fill(t testing.TB, name string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{256 << 10, 4096, 1} {
		for err == nil {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		err = nil
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
