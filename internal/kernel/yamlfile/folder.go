package yamlfile

import (
	"io"
	"io/fs"
	"os"
	"syscall"

	"guiyi/internal/kernel/fault"
)

// Folder reads a folder with untrusted content: no link leads out of it, and reading never blocks, because only
// regular files are opened.
type Folder struct{ root *os.Root }

// OpenFolder opens a folder; the caller closes it.
func OpenFolder(at string) (*Folder, error) {
	root, err := os.OpenRoot(at)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "打不开文件夹 %s，请检查是否存在、有没有权限", at)
	}
	return &Folder{root}, nil
}

// Close releases the folder.
func (f *Folder) Close() { _ = f.root.Close() }

// Open implements fs.FS for regular files and folders.
func (f *Folder) Open(name string) (fs.File, error) {
	file, err := f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe without writer opens at once
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "打不开，请检查权限；链接不能指到文件夹外面")
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() && !info.IsDir() {
		_ = file.Close()
		return nil, fault.Wrap(fault.Unsupported, err, "不是普通文件")
	}
	return file, nil
}

// ReadFile implements fs.ReadFileFS. It reads at most one byte more than the limit, which is enough to refuse a
// larger file.
func (f *Folder) ReadFile(name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, fault.New(fault.Unsupported, "不是普通文件，是文件夹")
	}
	text, err := io.ReadAll(io.LimitReader(file, MaxBytes+1))
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "读不了，请检查权限")
	}
	return text, nil
}
