package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"guiyi/internal/kernel/store"
)

// headFile is the content of the head file outside the database: the newest link and some earlier ones. The earlier
// links show from which link on a chain was recomputed.
type headFile struct {
	Head
	Earlier []Head `json:"earlier,omitempty"` // oldest first; the older, the larger the distances
}

// maxEarlier limits the number of earlier links in a head file.
const maxEarlier = 64

// with returns the head file after the newer link h was added.
func (f headFile) with(h Head) headFile {
	earlier := f.Earlier
	if f.Seq > 0 {
		earlier = append(earlier, f.Head)
	}
	if len(earlier) > maxEarlier { // every second link of the older half is removed
		thin := []Head{}
		for i, e := range earlier {
			if i%2 == 0 || i > maxEarlier/2 {
				thin = append(thin, e)
			}
		}
		earlier = thin
	}
	return headFile{h, earlier}
}

// ErrHead is the cause of an error when the chain does not contain the link in the head file, or the file cannot be
// read.
var ErrHead = errors.New("audit: the head file does not match the chain")

// recordHead writes the head to the head file unless the file has the same or a later one. A head that the chain does
// not contain is never overwritten: it proves that the chain was truncated or recomputed. When two processes write at
// the same time, the file contains the head of one of them; the chain contains both.
func (c *Chain) recordHead(ctx context.Context, h Head) error {
	if c.File == "" {
		return nil
	}
	stored, err := c.readHead()
	if err != nil {
		return errors.Join(ErrHead, err)
	}
	if stored.Head == h {
		return nil
	}
	if stored.Seq > 0 {
		var inChain sealRow
		err := c.DB.Read().NewSelect().Model(&inChain).Where("seq = ?", stored.Seq).Scan(ctx)
		if err != nil && !store.NotFound(err) {
			return err
		}
		if inChain.Hash != stored.Hash {
			return fmt.Errorf("%w: link %d", ErrHead, stored.Seq)
		}
	}
	if stored.Seq >= h.Seq {
		return nil
	}
	return c.writeHead(stored.with(h))
}

func (c *Chain) writeHead(f headFile) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.File), 0o750); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(c.File), ".audit-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), c.File)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// readHead reads the head file. It returns the zero headFile when the file does not exist.
func (c *Chain) readHead() (f headFile, err error) {
	if c.File == "" {
		return f, nil
	}
	b, err := os.ReadFile(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	return f, err
}
