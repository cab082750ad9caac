package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"guiyi/internal/kernel/fault"
)

// The reasons that Reason returns.
var (
	ErrFull     = errors.New("disk full")
	ErrReadOnly = errors.New("disk read-only")
	ErrDenied   = errors.New("access denied")
	ErrBroken   = errors.New("disk does not read or write")
	ErrPath     = errors.New("path is not what it should be")
	ErrHandles  = errors.New("too many open files")
)

// Reason returns why the system refused to access a file, nil when the disk is not the reason. A quota or a limit on
// file sizes counts as a full disk.
func Reason(err error) error {
	for _, known := range []error{ErrFull, ErrReadOnly, ErrDenied, ErrBroken, ErrPath, ErrHandles} {
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
	case errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR), escapes(err):
		return ErrPath
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return ErrHandles
	}
	return nil
}

// escapes reports whether os.Root refused a symbolic link that leads out of it; the error has no name to compare with.
func escapes(err error) bool {
	for {
		path, ok := errors.AsType[*fs.PathError](err)
		if !ok {
			return false
		}
		if err = path.Err; err.Error() == "path escapes from parent" {
			return true
		}
	}
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
	case ErrPath:
		return "路径不对：该是文件或文件夹的地方是别的东西，或者是成环、指向外面的符号链接，请移开后放回原来的内容"
	case ErrHandles:
		return "打开的文件过多，请提高系统对打开文件数的限制（LimitNOFILE、ulimit -n）"
	}
	return ""
}

// Fault gives err the kind Unavailable and a text that says what could not be done. If the disk is the cause, the text
// also names the reason and what to do.
func Fault(err error, format string, a ...any) error {
	text := fmt.Sprintf(format, a...)
	if reason := Reason(err); reason != nil {
		return fault.Wrap(fault.Unavailable, errors.Join(reason, err), "%s：%s。", text, Advice(reason))
	}
	return fault.Wrap(fault.Unavailable, err, "%s，请检查磁盘空间和权限。", text)
}
