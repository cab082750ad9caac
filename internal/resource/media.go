package resource

import (
	"context"
	"io"

	"github.com/uptrace/bun"

	"guiyi/internal/resource/media"
)

// UploadMedia stores a file for items of an owner, see media.Store.Upload.
func (d *Desk) UploadMedia(ctx context.Context, owner int64, name string, r io.Reader) (*File, error) {
	return d.media.Upload(ctx, owner, name, r)
}

// Body is a cleaned body. Pictures are the addresses of the pictures, sounds and videos in it.
type Body struct {
	HTML, Text string
	Pictures   []string
}

// SetBody sets the body and the list of its pictures, sounds and videos. It sets only their hashes; Draft and Revise
// complete them.
func (e *Edition) SetBody(b Body) error {
	shown, err := media.InBody(b.Pictures)
	if err != nil {
		return err
	}
	e.Body, e.Text, e.Media = b.HTML, b.Text, shown
	return nil
}

// FileSet returns the files that the edition names.
func (e *Edition) FileSet() media.Set {
	return media.Set{Media: e.Media, Cover: e.Cover, Files: e.Files}
}

// completeFiles completes the files that an edition names by hash, see media.Complete. base is the previous edition, or
// nil for a new item.
func completeFiles(ctx context.Context, tx bun.Tx, owner int64, base, e *Edition) error {
	var before media.Set
	var earlier func(context.Context) ([]media.Set, error)
	if base != nil {
		before = base.FileSet()
		earlier = func(ctx context.Context) (sets []media.Set, err error) {
			var rows []editionRow
			err = tx.NewSelect().Model(&rows).Column("cover", "media", "files").Where("item_id = ?", base.ItemID).
				Order("no DESC").Scan(ctx)
			for i := range rows {
				sets = append(sets, rows[i].FileSet())
			}
			return sets, err
		}
	}
	s, err := media.Complete(ctx, tx, owner, e.FileSet(), before, earlier)
	e.Media, e.Cover, e.Files = s.Media, s.Cover, s.Files
	return err
}
