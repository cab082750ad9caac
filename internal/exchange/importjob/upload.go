package importjob

import (
	"context"
	"fmt"
	"io"

	"github.com/uptrace/bun"

	"guiyi/internal/exchange"
	"guiyi/internal/kernel/accept"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource/media"
)

// MaxFile is the greatest size of an uploaded file in bytes.
const MaxFile = 2 << 30

// Upload is an uploaded file that can be imported.
type Upload struct {
	ID   int64
	Name string
	Hash string // SHA-256, hex
	Size int64  // bytes
}

// Upload stores a file for an import into a site.
func (d *Desk) Upload(ctx context.Context, site int64, name string, r io.Reader) (_ *Upload, err error) {
	defer fault.Annotate(&err, "importjob.Upload(site %d)", site)
	if err := checkUpload(ctx, site, name); err != nil {
		return nil, err
	}
	ref, err := d.Blobs.Put(ctx, r, MaxFile)
	if err != nil {
		return nil, err
	}
	if ref.Size == 0 {
		return nil, fault.New(fault.Invalid, "文件是空的，请核对后重新上传")
	}
	row := &uploadRow{
		ID:    store.NewID(),
		Owner: site,
		Name:  name,
		Hash:  ref.Hash,
		Size:  ref.Size,
		At:    d.Now().UnixMilli(),
	}
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{
			Action: exchange.Write,
			Object: "upload",
			ID:     row.ID,
			Owner:  site,
			Detail: fmt.Sprintf("上传导入文件，%d 字节", ref.Size),
		})
	})
	return &Upload{ID: row.ID, Name: name, Hash: ref.Hash, Size: ref.Size}, err
}

// expire deletes the rows of uploads that are too old to be imported. The file stays as long as a row of an import job
// has its hash; otherwise the sweep of unreferenced files removes it.
func (d *Desk) expire(ctx context.Context) error {
	return d.DB.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*uploadRow)(nil)).Where("at < ?",
			d.Now().Add(-d.KeepUploads).UnixMilli()).Exec(ctx)
		return err
	})
}

func checkUpload(ctx context.Context, site int64, name string) error {
	by, err := actor.From(ctx)
	if err != nil {
		return err
	}
	if err := by.Check(exchange.Write, actor.At(site)); err != nil {
		return err
	}
	if !accept.Name(name) {
		return media.BadFileName()
	}
	return nil
}
