package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"guiyi/internal/kernel/fault"
)

// Kinds of trouble; Reason returns one of them.
var (
	ErrFull     = errors.New("disk full")
	ErrReadOnly = errors.New("disk read-only")
	ErrDenied   = errors.New("access denied")
	ErrBroken   = errors.New("disk does not read or write")
)

// Reason returns why the system refused to access a file, nil when the disk is not the reason. A quota or a limit on
// file sizes counts as a full disk.
func Reason(err error) error {
	for _, known := range []error{ErrFull, ErrReadOnly, ErrDenied, ErrBroken} {
		if errors.Is(err, known) {
			return known
		}
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return ErrFull
	case errors.Is(err, syscall.EROFS):
		return ErrReadOnly
	case errors.Is(err, fs.ErrPermission):
		return ErrDenied
	case errors.Is(err, syscall.EIO):
		return ErrBroken
	}
	return nil
}

// Advice explains in Chinese what a reason returned by Reason means and what to do; "" for any other error.
func Advice(reason error) string {
	switch reason {
	case ErrFull:
		return "磁盘空间已满，请清理或扩容；有空间后会自动恢复"
	case ErrReadOnly:
		return "磁盘或文件夹是只读的，请以可写方式重新挂载；可写后会自动恢复"
	case ErrDenied:
		return "没有权限，请检查文件和文件夹的属主与权限"
	case ErrBroken:
		return "磁盘读写出错，请检查硬件和系统日志"
	}
	return ""
}

// Fault gives err the kind Unavailable and a text that says what could not be done and, where the disk is the reason,
// which reason and what to do.
func Fault(err error, format string, a ...any) error {
	text := fmt.Sprintf(format, a...)
	if reason := Reason(err); reason != nil {
		return fault.Wrap(fault.Unavailable, errors.Join(reason, err), "%s：%s。", text, Advice(reason))
	}
	return fault.Wrap(fault.Unavailable, err, "%s，请检查磁盘空间和权限。", text)
}
