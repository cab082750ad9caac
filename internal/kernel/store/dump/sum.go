package dump

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// Sum counts lines and adds up their SHA-256 modulo 2^256: equal for the same lines in any order,
// since the engines give rows in different ones and not every table has a key. It finds loss,
// doubling and change; against forgery stands the hash over the archive that the lines lie in.
type Sum struct {
	Rows int64
	acc  [4]uint64 // most significant first
}

// Add counts a line.
func (s *Sum) Add(line []byte) {
	h := sha256.Sum256(line)
	var carry uint64
	for i := 3; i >= 0; i-- {
		s.acc[i], carry = bits.Add64(s.acc[i], binary.BigEndian.Uint64(h[8*i:]), carry)
	}
	s.Rows++
}

// String returns the sum as 64 hex digits.
func (s *Sum) String() string {
	var b [32]byte
	for i, v := range s.acc {
		binary.BigEndian.PutUint64(b[8*i:], v)
	}
	return hex.EncodeToString(b[:])
}
