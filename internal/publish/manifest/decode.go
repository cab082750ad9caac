package manifest

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// decoder decodes a node. After the first error all reads return zero values.
type decoder struct {
	text string // the node; strings of entries are slices of it
	data []byte
	off  int
	end  int
	err  error
	locs []*Loc // locations to be filled in from the tail
}

func (d *decoder) fail(format string, a ...any) {
	if d.err == nil {
		d.err = errNode(format, a...)
		d.off = d.end
	}
}

func (d *decoder) uint(limit int64) int64 {
	v, n := binary.Uvarint(d.data[d.off:d.end])
	switch {
	case n <= 0:
		d.fail("数字残缺")
		return 0
	case v > uint64(limit):
		d.fail("数字 %d 超过上限 %d", v, limit)
		return 0
	case n > 1 && d.data[d.off+n-1] == 0:
		d.fail("数字不是最短形式")
		return 0
	}
	d.off += n
	return int64(v)
}

func (d *decoder) take(n int) (from int, ok bool) {
	if d.end-d.off < n {
		d.fail("残缺")
		return 0, false
	}
	d.off += n
	return d.off - n, true
}

func (d *decoder) str(limit int64) string {
	n := int(d.uint(limit))
	from, ok := d.take(n)
	if !ok {
		return ""
	}
	return d.text[from : from+n]
}

func (d *decoder) byte() byte {
	from, ok := d.take(1)
	if !ok {
		return 0
	}
	return d.data[from]
}

func (d *decoder) hash() (h Hash) {
	if from, ok := d.take(len(h)); ok {
		copy(h[:], d.data[from:])
		if h.IsZero() {
			d.fail("散列为零")
		}
	}
	return h
}

// decode decodes a node and returns it with the length of its core. Without withTail, stored must be a core without
// tail, as in a proof.
func decode(stored []byte, withTail bool) (*Node, int, error) {
	if len(stored) > maxNode {
		return nil, 0, errNode("过大")
	}
	d := &decoder{text: string(stored), data: stored, end: len(stored)}
	if v := d.byte(); v != version {
		d.fail("格式版本 %d 未知", v)
	}
	kind := d.byte()
	size := int(d.uint(maxNode))
	if d.err == nil && size > d.end-d.off {
		d.fail("残缺")
	}
	core := d.off + size
	n := &Node{}
	if d.err == nil {
		d.end = core
		switch kind {
		case kindLeaf:
			d.leaf(n)
		case kindBranch:
			d.branch(n)
		default:
			d.fail("种类 %d 未知", kind)
		}
	}
	d.finish()
	if d.err == nil {
		d.end = len(stored)
		if withTail {
			d.tail()
		}
		d.finish()
	}
	if d.err != nil {
		return nil, 0, d.err
	}
	return n, core, n.validate()
}

func (d *decoder) finish() {
	if d.err == nil && d.off != d.end {
		d.fail("有多余的字节")
	}
}

func (d *decoder) leaf(n *Node) {
	count := int(d.uint(leafMax))
	if count == 0 {
		d.fail("空的叶节点")
		return
	}
	n.Count = int64(count)
	n.Entries = make([]Entry, count)
	n.keys = make([]Hash, count)
	d.locs = make([]*Loc, 0, 3*count)
	for i := range n.Entries {
		d.entry(&n.Entries[i])
		if d.err != nil {
			return
		}
		n.keys[i] = keyOf(n.Entries[i].Path)
		if i > 0 && compareKeys(n.keys[i-1], n.keys[i]) >= 0 {
			d.fail("条目次序不对或重复")
		}
	}
}

func (d *decoder) entry(e *Entry) {
	e.Path = d.str(MaxPath)
	e.Status = int(d.uint(599))
	e.Type = d.str(maxType)
	cache, flags := d.byte(), d.byte()
	if flags > flagBody|flagChunks {
		d.fail("标志 %d 未知", flags)
	}
	if cache != 0 || flags&flagBody != 0 {
		known := false
		if e.Cache, known = cacheName(cache); !known {
			d.fail("缓存类别 %d 未知", cache)
		}
	}
	if flags&flagBody != 0 {
		e.Hash = d.hash()
		e.Size = d.uint(maxSize)
		d.locs = append(d.locs, &e.Loc)
	}
	if count := int(d.uint(3)); count > 0 {
		e.Variants = make([]Variant, count)
	}
	for i := range e.Variants {
		v, known := &e.Variants[i], false
		if v.Encoding, known = encodingName(d.byte()); !known {
			d.fail("压缩方式未知")
		}
		v.Hash = d.hash()
		d.locs = append(d.locs, &v.Loc)
	}
	if flags&flagChunks != 0 {
		e.Chunks = d.hash()
	}
	e.Location = d.str(maxLocation)
	e.Modified = d.uint(maxSize << 10)
}

func (d *decoder) branch(n *Node) {
	from, ok := d.take(2)
	if !ok {
		return
	}
	bitmap := binary.BigEndian.Uint16(d.data[from:])
	n.Children = make([]Child, fanout)
	d.locs = make([]*Loc, 0, bits.OnesCount16(bitmap))
	for i := range n.Children {
		if bitmap&(1<<i) == 0 {
			continue
		}
		c := &n.Children[i]
		c.Hash = d.hash()
		c.Count = d.uint(maxSize)
		n.Count += c.Count
		if c.Count == 0 {
			d.fail("子节点为空")
		}
		d.locs = append(d.locs, &c.Loc)
	}
	if n.Count <= leafMax {
		d.fail("只有 %d 个条目的分支应为叶节点", n.Count)
	}
}

func (d *decoder) tail() {
	packs := make([]string, d.uint(int64(len(d.locs))))
	for i := range packs {
		packs[i] = strings.Clone(d.str(maxPack)) // otherwise a location would keep the whole node in memory
		if packs[i] == "" {
			d.fail("包名为空")
		}
		for _, earlier := range packs[:i] {
			if earlier == packs[i] {
				d.fail("包名重复")
			}
		}
	}
	used := int64(0)
	for _, l := range d.locs {
		pack := d.uint(min(used+1, int64(len(packs)))) // first uses are in order
		if pack == 0 || d.err != nil {
			continue
		}
		used = max(used, pack)
		l.Pack = packs[pack-1]
		l.Off, l.Len = d.uint(maxSize), d.uint(maxSize)
	}
	if used != int64(len(packs)) {
		d.fail("有未使用的包名")
	}
}

func (n *Node) validate() error {
	for i := range n.Entries {
		if err := n.Entries[i].Validate(); err != nil {
			return err
		}
	}
	return nil
}
