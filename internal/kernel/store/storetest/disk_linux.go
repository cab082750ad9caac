package storetest

import (
	"fmt"
	"syscall"
)

func mountSmall(dir string, size int64) error {
	return syscall.Mount("guiyi-test", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size))
}

func remount(dir string, readOnly bool) error {
	flags := uintptr(syscall.MS_REMOUNT)
	if readOnly {
		flags |= syscall.MS_RDONLY
	}
	return syscall.Mount("guiyi-test", dir, "tmpfs", flags, "")
}

func unmount(dir string) error { return syscall.Unmount(dir, syscall.MNT_DETACH) }
