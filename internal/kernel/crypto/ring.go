package crypto

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/emmansun/gmsm/sm2"

	"guiyi/internal/kernel/fault"
)

// ErrSignature is the cause of every refusal by Ring.Verify.
var ErrSignature = errors.New("signature refused")

// verifier is a public key bound to its suite.
type verifier struct {
	suite  string
	verify func(msg, sig []byte) bool
}

// Ring is the set of public keys that are trusted. It may be used by many goroutines at once.
type Ring struct {
	mu   sync.RWMutex
	keys map[string]verifier
}

// NewRing makes an empty ring, which refuses everything.
func NewRing() *Ring { return &Ring{keys: map[string]verifier{}} }

// Add trusts a raw public key of the suite and returns its key id. Adding it again changes nothing.
func (r *Ring) Add(suite string, public []byte) (keyID string, err error) {
	v, err := newVerifier(suite, public)
	if err != nil {
		return "", err
	}
	id := KeyID(public)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[id] = v
	return id, nil
}

// KeyIDs lists the trusted keys, sorted.
func (r *Ring) KeyIDs() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.keys))
}

// Verify returns nil when sig is a signature of msg by the trusted key keyID and that key belongs to suite.
// Otherwise the error wraps ErrSignature.
func (r *Ring) Verify(suite, keyID string, msg, sig []byte) error {
	r.mu.RLock()
	v, ok := r.keys[keyID]
	r.mu.RUnlock()
	switch {
	case !ok:
		return fault.Wrap(fault.Forbidden, ErrSignature, "签名密钥 %q 不在信任列表中", keyID)
	case v.suite != suite:
		return fault.Wrap(fault.Forbidden, ErrSignature, "签名密钥 %q 属于套件 %s，与声明的 %q 不符", keyID, v.suite, suite)
	case !v.verify(msg, sig):
		return fault.Wrap(fault.Forbidden, ErrSignature, "签名无效（密钥 %s）：内容或签名已被改动", keyID)
	}
	return nil
}

func newVerifier(suite string, public []byte) (verifier, error) {
	switch suite {
	case Ed25519:
		if len(public) != ed25519.PublicKeySize {
			return verifier{}, fault.New(fault.Invalid, "Ed25519 公钥应为 %d 字节，实际 %d 字节", ed25519.PublicKeySize,
				len(public))
		}
		key := ed25519.PublicKey(slices.Clone(public))
		return verifier{suite, func(msg, sig []byte) bool { return ed25519.Verify(key, msg, sig) }}, nil
	case SM2:
		key, err := sm2.NewPublicKey(public)
		if err != nil {
			return verifier{}, fault.Wrap(fault.Invalid, err, "SM2 公钥无效：应为曲线上的未压缩点（65 字节）")
		}
		return verifier{suite, func(msg, sig []byte) bool { return verifySM2(key, msg, sig) }}, nil
	}
	return verifier{}, unknownSuite(suite)
}

func verifySM2(key *ecdsa.PublicKey, msg, sig []byte) bool {
	return sm2.VerifyASN1WithSM2(key, nil, msg, sig)
}

// LoadRing trusts every *.pub file of the directory. A file that is not a public key is an error: a ring without one
// of its keys would refuse valid content later, far from the cause.
func LoadRing(dir string) (*Ring, error) {
	r := NewRing()
	return r, r.Load(dir)
}

// Load adds the keys that LoadRing would trust to those that are trusted already.
func (r *Ring) Load(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "无法读取公钥目录 %s", dir)
	}
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".pub" {
			continue
		}
		path := filepath.Join(dir, e.Name())
		suite, public, err := readPublic(path)
		if err != nil {
			return err
		}
		if _, err := r.Add(suite, public); err != nil {
			return fault.Wrap(fault.Invalid, err, "公钥文件 %s 无效", path)
		}
	}
	return nil
}
