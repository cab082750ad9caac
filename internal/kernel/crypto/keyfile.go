package crypto

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"guiyi/internal/kernel/fault"
)

const (
	pemPrivate = "PRIVATE KEY"
	pemPublic  = "PUBLIC KEY"
	// maxKeyFile is the maximum size of a key file in bytes, far above that of any key of the suites.
	maxKeyFile = 64 << 10
)

// LoadOrCreateSigner reads the private key DIR/<suite>.key, or creates it when there is none, and ensures that the
// public half is in DIR/<key id>.pub. Two processes that start at the same time get the same key.
func LoadOrCreateSigner(dir, suite string) (Signer, error) {
	path := filepath.Join(dir, suite+".key")
	s, err := readSigner(path, suite)
	if errors.Is(err, fs.ErrNotExist) {
		s, err = createSigner(dir, path, suite)
	}
	if err != nil {
		return nil, err
	}
	return s, writePublic(dir, s)
}

func createSigner(dir, path, suite string) (Signer, error) {
	s, err := newSigner(suite)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "无法创建密钥目录 %s", dir)
	}
	var key any
	switch s := s.(type) {
	case edSigner:
		key = s.key
	case sm2Signer:
		key = s.key
	}
	der, err := smx509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "无法编码私钥")
	}
	err = writeOnce(path, 0o600, pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: der}))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fault.Wrap(fault.Unavailable, err, "无法写入私钥文件 %s", path)
	}
	return readSigner(path, suite) // ours, or that of a process that was first
}

// readSigner returns an error that wraps fs.ErrNotExist when there is no file.
func readSigner(path, suite string) (Signer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "无法打开私钥文件 %s", path)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "无法读取私钥文件 %s 的权限", path)
	}
	if !info.Mode().IsRegular() {
		return nil, fault.New(fault.Invalid, "私钥文件 %s 不是普通文件，请移开并放回原来的私钥", path)
	}
	if mode := info.Mode(); mode.Perm()&0o077 != 0 {
		return nil, fault.New(fault.Forbidden, "私钥文件 %s 的权限为 %04o，其他用户可以访问；请执行 chmod 600 %s 后重试，并考虑更换密钥",
			path, mode.Perm(), path)
	}
	der, err := readPEM(f, path, pemPrivate)
	if err != nil {
		return nil, err
	}
	key, err := smx509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "私钥文件 %s 不是有效的 PKCS#8 私钥", path)
	}
	var s Signer
	switch key := key.(type) {
	case ed25519.PrivateKey:
		s = edSigner{key}
	case *sm2.PrivateKey:
		s = sm2Signer{key}
	}
	if s == nil || s.Suite() != suite {
		return nil, fault.New(fault.Invalid, "私钥文件 %s 不属于套件 %q", path, suite)
	}
	return s, nil
}

func writePublic(dir string, s Signer) error {
	path := filepath.Join(dir, s.KeyID()+".pub")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	var key any
	switch s := s.(type) {
	case edSigner:
		key = s.key.Public()
	case sm2Signer:
		key = &s.key.PublicKey
	}
	der, err := smx509.MarshalPKIXPublicKey(key)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "无法编码公钥")
	}
	err = writeOnce(path, 0o644, pem.EncodeToMemory(&pem.Block{Type: pemPublic, Bytes: der}))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fault.Wrap(fault.Unavailable, err, "无法写入公钥文件 %s", path)
	}
	return nil
}

func readPublic(path string) (suite string, public []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", nil, fault.Wrap(fault.Unavailable, err, "无法打开公钥文件 %s", path)
	}
	defer f.Close()
	der, err := readPEM(f, path, pemPublic)
	if err != nil {
		return "", nil, err
	}
	key, err := smx509.ParsePKIXPublicKey(der)
	if err != nil {
		return "", nil, fault.Wrap(fault.Invalid, err, "公钥文件 %s 无效", path)
	}
	switch key := key.(type) {
	case ed25519.PublicKey:
		return Ed25519, key, nil
	case *ecdsa.PublicKey:
		if sm2.IsSM2PublicKey(key) {
			//lint:ignore SA1019 crypto/ecdh does not know the SM2 curve
			return SM2, elliptic.Marshal(key.Curve, key.X, key.Y), nil
		}
	}
	return "", nil, fault.New(fault.Unsupported, "公钥文件 %s 的算法不受支持，可用：Ed25519、SM2", path)
}

// readPEM returns the content of the only block of the file.
func readPEM(r io.Reader, path, kind string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxKeyFile))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "无法读取密钥文件 %s", path)
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != kind || len(bytes.TrimSpace(rest)) > 0 {
		return nil, fault.New(fault.Invalid, "密钥文件 %s 已损坏或不是密钥文件（应只含一个 PEM 段 %q），"+
			"请从密钥的备份或另一台机器取回", path, kind)
	}
	return block.Bytes, nil
}

// writeOnce makes the file complete and durable, or leaves nothing. It fails with fs.ErrExist when the file is there.
func writeOnce(path string, mode fs.FileMode, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil { // unlike rename, never replaces a key
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
