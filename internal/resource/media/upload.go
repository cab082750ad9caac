package media

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/accept"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Write is the permission to upload files for items.
const Write actor.Permission = "media.write" // 上传信息用的图片和附件

// Max is the maximum size of an uploaded file, in bytes.
const Max = 64 << 20

// sniffSize is the number of bytes from which the type of a file is recognized.
const sniffSize = 64 << 10

// Store stores uploaded files with their owners.
type Store struct {
	DB    *store.DB
	Blobs *blob.Store // may be nil if Upload is not called
	Now   func() time.Time
}

// Upload stores a picture, sound, video or attachment for items of an owner. It refuses a file whose type may not be
// published or does not match its extension. Uploading the same bytes again only changes the name.
//
// The actor needs the permission Write for the owner. Limits to branches or units do not apply, because an upload
// belongs to no column.
func (s *Store) Upload(ctx context.Context, owner int64, name string, r io.Reader) (_ *File, err error) {
	defer fault.Annotate(&err, "media.Upload(owner %d)", owner)
	by, err := actor.Allowed(ctx, Write)
	if err != nil {
		return nil, err
	}
	if err := by.Scope.Check(owner); err != nil {
		return nil, err
	}
	if !accept.Name(name) {
		return nil, BadFileName()
	}
	head, err := io.ReadAll(io.LimitReader(r, sniffSize))
	if err != nil {
		return nil, err
	}
	kind, ext := accept.Kind(name, head)
	if ext == "svg" {
		rest, err := io.ReadAll(io.LimitReader(r, accept.MaxSVG))
		if err != nil {
			return nil, err
		}
		if head = append(head, rest...); len(head) >= accept.MaxSVG || !accept.SVG(head) {
			ext = ""
		}
	}
	if ext == "" {
		return nil, fault.New(fault.Unsupported,
			"不能发布这种文件：%s。可以是常见的图片、音视频、PDF、OFD、Office 文档、压缩包和文本；内容须与扩展名一致，图形（SVG）不得含脚本。", name)
	}
	ref, err := s.Blobs.Put(ctx, io.MultiReader(bytes.NewReader(head), r), Max)
	if err != nil {
		return nil, err
	}
	f := &File{
		Name: name,
		Hash: ref.Hash,
		Type: kind,
		Ext:  ext,
		Size: ref.Size,
	}
	return f, s.Allow(ctx, owner, *f)
}

// BadFileName returns the fault for a file name that accept.Name refuses.
func BadFileName() error {
	return fault.InvalidFields(map[string]string{"name": "应是不带路径的文件名，不超过 200 字节"}, "文件名不对，请改名后重新上传")
}

// Allow allows items of an owner to name a file that is already in the blob store. It does not check permissions; the
// caller does.
func (s *Store) Allow(ctx context.Context, owner int64, f File) error {
	r := row{
		Owner: owner,
		Hash:  f.Hash,
		Type:  f.Type,
		Ext:   f.Ext,
		Size:  f.Size,
		Name:  f.Name,
		At:    s.Now().UnixMilli(),
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&r).On("CONFLICT (owner, hash) DO UPDATE").
			Set("type = EXCLUDED.type, ext = EXCLUDED.ext, name = EXCLUDED.name, at = EXCLUDED.at").Exec(ctx)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Action: Write, Object: "media", Owner: owner,
			Detail: fmt.Sprintf("上传 %s，%d 字节", f.Ext, f.Size)})
	})
}

type row struct {
	bun.BaseModel `bun:"table:resource_media"`

	Owner int64  `bun:"owner,pk"`
	Hash  string `bun:"hash,pk"`
	Type  string `bun:"type"`
	Ext   string `bun:"ext"`
	Size  int64  `bun:"size"`
	Name  string `bun:"name"`
	At    int64  `bun:"at"`
}
