package manifest

import (
	"encoding/binary"
)

// A node is stored as
//
//	version (1 byte) kind (1 byte) length of body (uvarint) body | tail
//
// The part before the bar is the core, which the hash of the node covers. All numbers are uvarints in the shortest
// form; strings are encoded as length and bytes.
//
//	body of a leaf    count, then for each entry: path, status, type, cache code, flags (1 body, 2 chunks),
//	                  [hash, size],
//	                  number of variants, (encoding code, hash)…, [chunks], location, modified
//	body of a branch  bitmap of children (2 bytes, big endian), then for each child: hash, count
//	tail              number of packs, their names in order of first use; then for each location, in the order
//	                  of the body:
//	                  0, or the number of a pack from 1, offset, length
const (
	version    = 1
	kindLeaf   = 'L'
	kindBranch = 'B'

	flagBody   = 1
	flagChunks = 2
)

type encoder struct {
	body []byte
	locs []Loc
}

func (e *encoder) uint(v int64)    { e.body = binary.AppendUvarint(e.body, uint64(v)) }
func (e *encoder) str(s string)    { e.uint(int64(len(s))); e.body = append(e.body, s...) }
func (e *encoder) hash(h Hash)     { e.body = append(e.body, h[:]...) }
func (e *encoder) bytes(b ...byte) { e.body = append(e.body, b...) }

// encodeLeaf returns the stored bytes and the hash of the core. Items are sorted and at most leafMax.
func encodeLeaf(items []item) ([]byte, Hash) {
	e := encoder{body: make([]byte, 0, 256*len(items)), locs: make([]Loc, 0, 3*len(items))}
	e.uint(int64(len(items)))
	for i := range items {
		e.entry(&items[i].entry)
	}
	return e.node(kindLeaf)
}

// encodeBranch is encodeLeaf for the 16 children of a branch.
func encodeBranch(children []Child) ([]byte, Hash) {
	e := encoder{body: make([]byte, 2, 40*fanout)}
	bitmap := uint16(0)
	for i, c := range children {
		if c.Count == 0 {
			continue
		}
		bitmap |= 1 << i
		e.hash(c.Hash)
		e.uint(c.Count)
		e.locs = append(e.locs, c.Loc)
	}
	binary.BigEndian.PutUint16(e.body, bitmap)
	return e.node(kindBranch)
}

func (e *encoder) entry(n *Entry) {
	e.str(n.Path)
	e.uint(int64(n.Status))
	e.str(n.Type)
	flags := byte(0)
	if n.HasBody() {
		flags |= flagBody
	}
	if !n.Chunks.IsZero() {
		flags |= flagChunks
	}
	e.bytes(cacheCode(n.Cache), flags)
	if n.HasBody() {
		e.hash(n.Hash)
		e.uint(n.Size)
		e.locs = append(e.locs, n.Loc)
	}
	e.uint(int64(len(n.Variants)))
	for _, v := range n.Variants {
		e.bytes(encodingCode(v.Encoding))
		e.hash(v.Hash)
		e.locs = append(e.locs, v.Loc)
	}
	if !n.Chunks.IsZero() {
		e.hash(n.Chunks)
	}
	e.str(n.Location)
	e.uint(n.Modified)
}

// node returns header, body and tail, and the hash of the core.
func (e *encoder) node(kind byte) ([]byte, Hash) {
	out := make([]byte, 0, len(e.body)+16*len(e.locs)+64)
	out = append(out, version, kind)
	out = binary.AppendUvarint(out, uint64(len(e.body)))
	out = append(out, e.body...)
	hash := Sum(out)

	tail := encoder{body: out}
	packs := map[string]int64{}
	names := []string{}
	for _, l := range e.locs {
		if l.Pack != "" && packs[l.Pack] == 0 {
			names = append(names, l.Pack)
			packs[l.Pack] = int64(len(names))
		}
	}
	tail.uint(int64(len(names)))
	for _, n := range names {
		tail.str(n)
	}
	for _, l := range e.locs {
		tail.uint(packs[l.Pack])
		if l.Pack != "" {
			tail.uint(l.Off)
			tail.uint(l.Len)
		}
	}
	return tail.body, hash
}
