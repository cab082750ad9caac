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

// idMaker creates ascending ids. Every process uses a random node number.
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

// NewID returns an id that is greater than all earlier ids of this process. Ids of different processes are ordered by
// their milliseconds. Two processes create the same id only if they have the same node number (1 in 1,024), millisecond
// and sequence number; then the primary key refuses the second row. Ids exceed 2^53, so JSON for browsers must contain
// them as strings.
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

// IDAt returns the smallest id of a moment in unix milliseconds.
func IDAt(ms int64) int64 { return (ms - idEpoch) << (nodeBits + seqBits) }

// Shanghai returns the time zone in which times are shown and parsed, and days begin. It is a fixed offset, because
// China has had no daylight saving time since 1991.
func Shanghai() *time.Location { return shanghai }

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// NowMilli returns the current time in unix milliseconds.
func NowMilli() int64 { return time.Now().UnixMilli() }

// Milli returns t in unix milliseconds. The zero time gives 0.
func Milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// FromMilli returns unix milliseconds as a time in Asia/Shanghai. 0 gives the zero time.
func FromMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).In(shanghai)
}
