package manifest

import (
	"context"
	"encoding/binary"

	"guiyi/internal/kernel/fault"
)

// Changes collects changes of a large tree in little memory: entries are encoded, about 200 bytes each, and grouped by
// the first digit of their keys, so that only one of 16 groups is decoded at a time. The zero value is empty. It is not
// safe for concurrent use.
type Changes struct {
	parts [fanout][]byte // records: length (uvarint), 1 for a put, then the path or the entry with its locations
	count int
	packs []string
	index map[string]int64 // number of a pack, from 1
}

// Len returns the number of changes.
func (c *Changes) Len() int { return c.count }

// Put adds a change that sets e, or returns the error of e.Validate.
func (c *Changes) Put(e Entry) error {
	if err := e.Validate(); err != nil {
		return err
	}
	enc := encoder{body: make([]byte, 0, 512)}
	enc.bytes(1)
	enc.entry(&e)
	for _, l := range enc.locs {
		enc.uint(c.packNumber(l.Pack))
		enc.uint(l.Off)
		enc.uint(l.Len)
	}
	c.add(e.Path, enc.body)
	return nil
}

// Remove adds a change that removes a path.
func (c *Changes) Remove(path string) { c.add(path, append([]byte{0}, path...)) }

func (c *Changes) add(path string, record []byte) {
	key := keyOf(path)
	part := &c.parts[nibble(&key, 0)]
	*part = append(binary.AppendUvarint(*part, uint64(len(record))), record...)
	c.count++
}

func (c *Changes) packNumber(name string) int64 {
	if name == "" {
		return 0
	}
	if n := c.index[name]; n != 0 {
		return n
	}
	if c.index == nil {
		c.index = map[string]int64{}
	}
	c.packs = append(c.packs, name)
	c.index[name] = int64(len(c.packs))
	return c.index[name]
}

// part decodes the changes whose keys begin with a digit.
func (c *Changes) part(digit int) ([]Change, error) {
	var out []Change
	for rest := c.parts[digit]; len(rest) > 0; {
		size, n := binary.Uvarint(rest)
		change, err := c.decode(rest[n : n+int(size)])
		if err != nil {
			return nil, err
		}
		out, rest = append(out, change), rest[n+int(size):]
	}
	return out, nil
}

func (c *Changes) decode(record []byte) (Change, error) {
	if record[0] == 0 {
		return Remove(string(record[1:])), nil
	}
	d := &decoder{text: string(record), data: record, off: 1, end: len(record)}
	e := &Entry{}
	d.entry(e)
	for _, l := range d.locs {
		if pack := d.uint(int64(len(c.packs))); pack > 0 {
			l.Pack = c.packs[pack-1]
		}
		l.Off, l.Len = d.uint(maxSize), d.uint(maxSize)
	}
	d.finish()
	return Change{Path: e.Path, Entry: e}, d.err
}

// ApplyAll is Apply for collected changes.
func ApplyAll(ctx context.Context, r NodeReader, w NodeWriter, root Ref, changes *Changes) (Ref, Stats, error) {
	return apply(ctx, r, w, root, func(digit int) ([]edit, error) {
		some, err := changes.part(digit)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err, "变更记录读不出来")
		}
		return sortEdits(some)
	})
}
