package crypto

import (
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/emmansun/gmsm/sm2"

	"guiyi/internal/kernel/fault"
)

// The suites.
const (
	Ed25519 = "ed25519"
	SM2     = "sm2"
)

// Suites lists the names of the suites, the default first.
func Suites() []string { return []string{Ed25519, SM2} }

// Signer signs with one private key.
type Signer interface {
	// Suite is the name of the suite.
	Suite() string
	// KeyID names the key: 16 hex digits.
	KeyID() string
	// Public is the raw public key: 32 bytes for ed25519, the uncompressed point of 65 bytes for sm2.
	Public() []byte
	// Sign signs msg itself, not a digest of it.
	Sign(msg []byte) ([]byte, error)
}

// KeyID is the name of a raw public key: the first 16 hex digits of its SHA-256.
func KeyID(public []byte) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

func unknownSuite(suite string) error {
	return fault.New(fault.Unsupported, "不支持的签名套件 %q，可用：%s", suite, strings.Join(Suites(), "、"))
}

type edSigner struct{ key ed25519.PrivateKey }

func (s edSigner) Suite() string  { return Ed25519 }
func (s edSigner) KeyID() string  { return KeyID(s.Public()) }
func (s edSigner) Public() []byte { return slices.Clone(s.key[ed25519.SeedSize:]) }

func (s edSigner) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

type sm2Signer struct{ key *sm2.PrivateKey }

func (s sm2Signer) Suite() string { return SM2 }
func (s sm2Signer) KeyID() string { return KeyID(s.Public()) }

func (s sm2Signer) Public() []byte {
	//lint:ignore SA1019 crypto/ecdh does not know the SM2 curve
	return elliptic.Marshal(s.key.Curve, s.key.X, s.key.Y)
}

func (s sm2Signer) Sign(msg []byte) ([]byte, error) {
	sig, err := s.key.Sign(rand.Reader, msg, sm2.DefaultSM2SignerOpts)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "SM2 签名失败")
	}
	return sig, nil
}

// newSigner makes a fresh key.
func newSigner(suite string) (Signer, error) {
	switch suite {
	case Ed25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err, "无法生成 Ed25519 密钥")
		}
		return edSigner{key}, nil
	case SM2:
		key, err := sm2.GenerateKey(rand.Reader)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err, "无法生成 SM2 密钥")
		}
		return sm2Signer{key}, nil
	}
	return nil, unknownSuite(suite)
}
