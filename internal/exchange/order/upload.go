package order

import (
	"bytes"
	"context"
	"io"
	"mime"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
	"github.com/uptrace/bun"

	"guiyi/internal/kernel/accept"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/tenant"
	"guiyi/internal/resource"
)

// Limits of what may be uploaded, in bytes.
const (
	MaxFile   = 2 << 30  // for an import
	MaxMedia  = 64 << 20 // for an item
	maxSVG    = 1 << 20
	sniffSize = 64 << 10
	maxName   = 200 // bytes
)

// Upload is a file that waits to be imported.
type Upload struct {
	ID   int64
	Name string
	Hash string // SHA-256, hex
	Size int64  // bytes
}

// Upload keeps a file for an import into a site.
func (d *Desk) Upload(ctx context.Context, site int64, name string, r io.Reader) (_ *Upload, err error) {
	defer fault.Annotate(&err, "order.Upload(site %d)", site)
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
		_, err := tx.NewInsert().Model(row).Exec(ctx)
		return err
	})
	return &Upload{ID: row.ID, Name: name, Hash: ref.Hash, Size: ref.Size}, err
}

// expire forgets uploads that are too old to be ordered from. An order has the hash of its
// file by then; bytes that no order took go with the sweep of all that nothing names.
func (d *Desk) expire(ctx context.Context) error {
	return d.DB.InTxSkipping(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*uploadRow)(nil)).Where("at < ?",
			d.Now().Add(-d.KeepUploads).UnixMilli()).Exec(ctx)
		return err
	})
}

func checkUpload(ctx context.Context, site int64, name string) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	if err := scope.Check(site); err != nil {
		return err
	}
	if name != filepath.Base(name) || strings.ContainsAny(name, "/\\\x00") || strings.HasPrefix(name, ".") ||
		len(name) > maxName || !utf8.ValidString(name) || oneLine(name) != name || name == "" {
		return fault.InvalidFields(map[string]string{"query.name": "应是不带路径的文件名，不超过 200 字节"}, "文件名不对，请改名后重新上传")
	}
	return nil
}

// Media keeps a picture, sound, film or attachment for items of a site, when its bytes
// are what its name says and may be published.
func (d *Desk) Media(ctx context.Context, site int64, name string, r io.Reader) (_ *resource.File, err error) {
	defer fault.Annotate(&err, "order.Media(site %d)", site)
	if err := checkUpload(ctx, site, name); err != nil {
		return nil, err
	}
	head, err := io.ReadAll(io.LimitReader(r, sniffSize))
	if err != nil {
		return nil, err
	}
	kind, ext := kindOf(name, head)
	if ext == "svg" {
		rest, err := io.ReadAll(io.LimitReader(r, maxSVG))
		if err != nil {
			return nil, err
		}
		if head = append(head, rest...); len(head) >= maxSVG || !accept.SVG(head) {
			ext = ""
		}
	}
	if ext == "" {
		return nil,
			fault.New(fault.Unsupported, "不能发布这种文件：%s。可以是常见的图片、音视频、PDF、OFD、Office 文档、压缩包和文本；内容须与扩展名一致，图形（SVG）不得含脚本。",
				name)
	}
	ref, err := d.Blobs.Put(ctx, io.MultiReader(bytes.NewReader(head), r), MaxMedia)
	if err != nil {
		return nil, err
	}
	f := &resource.File{
		Name: name,
		Hash: ref.Hash,
		Type: kind,
		Ext:  ext,
		Size: ref.Size,
	}
	return f, d.Items.Keep(ctx, site, *f)
}

// kindOf tells a file by its bytes; "" when it may not be published.
func kindOf(name string, head []byte) (kind, ext string) {
	kind, _, _ = strings.Cut(mimetype.Detect(head).String(), ";")
	for _, known := range []map[string]string{accept.Pictures, accept.Playable} {
		if e, ok := known[kind]; ok {
			return kind, e
		}
	}
	ext = strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")
	if !accept.File(ext, head) {
		return kind, ""
	}
	if t := mime.TypeByExtension("." + ext); t != "" {
		kind, _, _ = strings.Cut(t, ";")
	}
	return kind, ext
}
