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

// witness is the file next to the database: the newest link, and some before it, which show from where on a chain was
// recomputed.
type witness struct {
	Head
	Earlier []Head `json:"earlier,omitempty"` // oldest first, the older the sparser
}

// maxEarlier bounds the links that a witness keeps.
const maxEarlier = 64

// next is the witness with a newer link.
func (w witness) next(h Head) witness {
	earlier := w.Earlier
	if w.Seq > 0 {
		earlier = append(earlier, w.Head)
	}
	if len(earlier) > maxEarlier { // of the older half every second one goes
		thin := []Head{}
		for i, e := range earlier {
			if i%2 == 0 || i > maxEarlier/2 {
				thin = append(thin, e)
			}
		}
		earlier = thin
	}
	return witness{h, earlier}
}

// ErrHead is the cause when the chain lacks the link noted in the file, or the file cannot be read.
var ErrHead = errors.New("audit: the noted head is not of this chain")

// note writes the head to the file, unless that has a later one. One that is not of the chain is never
// overwritten: it is the proof that the chain was cut or recomputed. Two that write at once leave one of their
// heads, and both are of the chain.
func (c *Chain) note(ctx context.Context, h Head) error {
	if c.File == "" {
		return nil
	}
	had, err := c.noted()
	if err != nil {
		return errors.Join(ErrHead, err)
	}
	if had.Head == h {
		return nil
	}
	if had.Seq > 0 {
		var there sealRow
		err := c.DB.Read().NewSelect().Model(&there).Where("seq = ?", had.Seq).Scan(ctx)
		if err != nil && !store.NotFound(err) {
			return err
		}
		if there.Hash != had.Hash {
			return fmt.Errorf("%w: link %d", ErrHead, had.Seq)
		}
	}
	if had.Seq >= h.Seq {
		return nil
	}
	return c.write(had.next(h))
}

func (c *Chain) write(w witness) error {
	b, err := json.Marshal(w)
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

// noted reads the witness; the zero one when none was written.
func (c *Chain) noted() (w witness, err error) {
	if c.File == "" {
		return w, nil
	}
	b, err := os.ReadFile(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &w)
	}
	return w, err
}
