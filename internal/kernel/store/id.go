package store

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Layout of an id, from the high bit: sign 0, 41 bits milliseconds since idEpoch
// (until 2093), 10 bits node, 12 bits sequence.
const (
	idEpoch  = 1704067200000 // 2024-01-01T00:00:00Z, unix milliseconds
	nodeBits = 10
	seqBits  = 12
	seqMax   = 1<<seqBits - 1
)

// idMaker hands out growing ids. Every process takes a random node.
type idMaker struct {
	now  func() int64 // unix milliseconds
	node int64

	mu   sync.Mutex
	last int64 // milliseconds since idEpoch of the latest id
	seq  int64
}

var ids = newIDMaker(NowMilli)

func newIDMaker(now func() int64) *idMaker {
	return &idMaker{now: now, node: rand.Int64N(1 << nodeBits)}
}

// NewID returns an id that is greater than all this process made before and, by its
// time, sorts behind those of other processes. Two processes of the same node (1 in
// 1,024) can only meet in the same millisecond and sequence; the primary key then
// refuses the second. Ids exceed 2^53: JSON for browsers must carry them as strings.
func NewID() int64 { return ids.next() }

func (m *idMaker) next() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch now := m.now() - idEpoch; {
	case now > m.last:
		m.last, m.seq = now, rand.Int64N(seqMax/4)
	case m.seq < seqMax: // same millisecond, or the clock went back
		m.seq++
	default:
		m.last, m.seq = m.last+1, 0
	}
	return m.last<<(nodeBits+seqBits) | m.node<<seqBits | m.seq
}

// IDAt is the smallest id that a process makes at a moment, in unix milliseconds.
func IDAt(ms int64) int64 { return (ms - idEpoch) << (nodeBits + seqBits) }

// Shanghai is the zone of everything shown, read and counted in days; a fixed offset, as
// China has had no summer time since 1991.
func Shanghai() *time.Location { return shanghai }

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// NowMilli returns the present in unix milliseconds.
func NowMilli() int64 { return time.Now().UnixMilli() }

// Milli returns t in unix milliseconds, 0 for the zero time.
func Milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// FromMilli returns the time of unix milliseconds in Asia/Shanghai, the zero time for 0.
func FromMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).In(shanghai)
}
