package dump

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// Sum is a checksum of lines: their number, and the sum of their SHA-256 modulo 2^256. It does not depend on the
// order of lines, because engines return rows in different orders and not every table has a key. It detects lost,
// duplicated and changed lines. It does not detect forgery; the hash over the whole archive does.
type Sum struct {
	Rows int64
	acc  [4]uint64 // most significant first
}

// Add adds a line.
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
