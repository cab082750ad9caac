package manifest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"guiyi/internal/kernel/fault"
)

// Hash is a SHA-256. The zero value means "none".
type Hash [sha256.Size]byte

// Sum hashes b.
func Sum(b []byte) Hash { return sha256.Sum256(b) }

// ParseHash reads 64 lower-case hex digits. The empty string is the zero hash.
func ParseHash(s string) (h Hash, err error) {
	if s == "" {
		return h, nil
	}
	n, err := hex.Decode(h[:], []byte(s[:min(len(s), 2*len(h))]))
	if err != nil || n != len(h) || len(s) != 2*len(h) || h.String() != s {
		return Hash{}, fault.Wrap(fault.Invalid, err, "散列值应为 64 位小写十六进制数，实际为 %.80q", s)
	}
	return h, nil
}

// IsZero reports whether there is no hash.
func (h Hash) IsZero() bool { return h == Hash{} }

// String returns 64 hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes hex, nothing for the zero hash.
func (h Hash) MarshalText() ([]byte, error) {
	if h.IsZero() {
		return []byte{}, nil
	}
	return hex.AppendEncode(nil, h[:]), nil
}

// UnmarshalText is the inverse of MarshalText.
func (h *Hash) UnmarshalText(b []byte) (err error) {
	*h, err = ParseHash(string(b))
	return err
}

// Loc says where bytes lie: Len bytes at Off of the object Pack. With an empty Pack the bytes are the blob named by
// their hash, and Off and Len are 0. A Loc is a hint that no signature covers: bytes are always checked by hash.
type Loc struct {
	Pack string `json:"pack"`
	Off  int64  `json:"off"`
	Len  int64  `json:"len"`
}

func (l Loc) valid() bool {
	if l.Pack == "" {
		return l.Off == 0 && l.Len == 0
	}
	return len(l.Pack) <= maxPack && l.Off >= 0 && l.Len >= 0 && l.Off <= maxSize && l.Len <= maxSize
}

// Ref names a node and where it lies. The zero Ref is the empty tree.
type Ref struct {
	Hash Hash `json:"hash"`
	Loc  Loc  `json:"loc"`
}

// NodeReader fetches the stored bytes of a node, core and tail. The package checks them against r.Hash.
type NodeReader interface {
	Node(ctx context.Context, r Ref) ([]byte, error)
}

// NodeWriter stores the bytes of a node under its hash, which covers the core only and so is not the hash of b.
// Children are added before their parents.
type NodeWriter interface {
	AddNode(b []byte, h Hash) (Loc, error)
}
