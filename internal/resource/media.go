package resource

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/accept"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
)

// MaxMedia bounds a file uploaded for items, in bytes.
const MaxMedia = 64 << 20

// sniffSize is how many bytes of a file tell its type.
const sniffSize = 64 << 10

// UploadMedia takes in a picture, sound, video or attachment for items of an owner, when
// its bytes are what its name says and may be published. Uploading the same bytes again
// only changes the name.
func (d *Desk) UploadMedia(ctx context.Context, owner int64, name string, r io.Reader) (_ *File, err error) {
	defer fault.Annotate(&err, "resource.UploadMedia(owner %d)", owner)
	by, err := actor.From(ctx)
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
	ref, err := d.blobs.Put(ctx, io.MultiReader(bytes.NewReader(head), r), MaxMedia)
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
	return f, d.keepFile(ctx, owner, *f)
}

// BadFileName says that a file has a name that cannot be kept, see accept.Name.
func BadFileName() error {
	return fault.InvalidFields(map[string]string{"name": "应是不带路径的文件名，不超过 200 字节"}, "文件名不对，请改名后重新上传")
}

// keepFile notes that a file is in the blob store for items of an owner to use.
func (d *Desk) keepFile(ctx context.Context, owner int64, f File) error {
	row := mediaRow{
		Owner: owner,
		Hash:  f.Hash,
		Type:  f.Type,
		Ext:   f.Ext,
		Size:  f.Size,
		Name:  f.Name,
		At:    d.now().UnixMilli(),
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (owner, hash) DO UPDATE").
			Set("type = EXCLUDED.type, ext = EXCLUDED.ext, name = EXCLUDED.name, at = EXCLUDED.at").Exec(ctx)
		return err
	})
}

// Body is a body that was cleaned, with the addresses of the pictures, sounds and videos
// in it.
type Body struct {
	HTML, Text string
	Pictures   []string
}

// keptAddress is how a body names a file of the platform.
var keptAddress = regexp.MustCompile(`^/_m/([0-9a-f]{64})\.[a-z0-9]{1,8}$`)

// SetBody replaces the body and the list of files that it shows. It names the files by
// hash only; Draft and Revise look them up for the owner of the item.
func (e *Edition) SetBody(b Body) error {
	var media []Media
	wrong := map[string]string{}
	for i, address := range b.Pictures {
		m := keptAddress.FindStringSubmatch(address)
		switch {
		case m == nil:
			wrong[fmt.Sprintf("body[%d]", i)] = fmt.Sprintf("第 %d 幅图片或音视频 %.80s 不在平台上，请先上传，正文里用上传后的地址",
				i+1, address)
		case !slices.ContainsFunc(media, func(have Media) bool { return have.Hash == m[1] }):
			media = append(media, Media{Hash: m[1]})
		}
	}
	if len(wrong) > 0 {
		return fault.InvalidFields(wrong, "正文里有 %d 幅图片或音视频没有上传到平台", len(wrong))
	}
	e.Body, e.Text, e.Media = b.HTML, b.Text, media
	return nil
}

// completeFiles fills in type, extension and size of the files that an edition names by
// hash, and the name of an attachment that has none. Only files uploaded for the owner and
// those of earlier editions of the item may be named: a hash that somebody has learnt
// opens nothing. base is the edition before; nil for a new item.
func completeFiles(ctx context.Context, tx bun.Tx, owner int64, base, e *Edition) error {
	have := map[string]File{}
	if base != nil {
		addFiles(have, base)
	}
	var lookUp []string
	for hash, field := range namedFiles(e) {
		if _, ok := have[hash]; !ok || field.nameless {
			lookUp = append(lookUp, hash)
		}
	}
	if err := findFiles(ctx, tx, owner, base, lookUp, have); err != nil {
		return err
	}
	for hash, field := range namedFiles(e) {
		if _, ok := have[hash]; !ok {
			return fault.InvalidFields(map[string]string{field.name: "没有上传到信息所属的站点"},
				"没有文件 %.16s…，请先把它上传到信息所属的站点", hash)
		}
	}
	return fillFiles(e, base, have)
}

// findFiles adds to have the files uploaded for the owner, and those that only earlier
// editions of the item had.
func findFiles(ctx context.Context, tx bun.Tx, owner int64, base *Edition, hashes []string,
	have map[string]File) error {
	if len(hashes) == 0 {
		return nil
	}
	var rows []mediaRow
	if err := tx.NewSelect().Model(&rows).Where("owner = ? AND hash IN (?)", owner,
		bun.List(hashes)).Scan(ctx); err != nil {
		return err
	}
	for _, r := range rows {
		have[r.Hash] = File{
			Name: r.Name,
			Hash: r.Hash,
			Type: r.Type,
			Ext:  r.Ext,
			Size: r.Size,
		}
	}
	if base == nil || !slices.ContainsFunc(hashes, func(h string) bool { _, ok := have[h]; return !ok }) {
		return nil
	}
	var earlier []editionRow
	err := tx.NewSelect().Model(&earlier).Column("cover", "media", "files").Where("item_id = ?", base.ItemID).
		Order("no DESC").Scan(ctx)
	for i := range earlier {
		addFiles(have, earlier[i].edition())
	}
	return err
}

// addFiles adds the files of an edition that are not known yet.
func addFiles(have map[string]File, e *Edition) {
	add := func(f File) {
		if _, ok := have[f.Hash]; !ok {
			have[f.Hash] = f
		}
	}
	for _, f := range e.Files {
		add(f)
	}
	media := slices.Clone(e.Media)
	if e.Cover != nil {
		media = append(media, *e.Cover)
	}
	for _, m := range media {
		add(File{
			Name: m.Alt,
			Hash: m.Hash,
			Type: m.Type,
			Ext:  m.Ext,
			Size: m.Size,
		})
	}
}

// namedFile says where an edition names a file, and whether it wants the file's own name.
type namedFile struct {
	name     string
	nameless bool
}

// namedFiles returns the files that an edition names, by hash.
func namedFiles(e *Edition) map[string]namedFile {
	out := map[string]namedFile{}
	for _, m := range e.Media {
		out[m.Hash] = namedFile{name: "body"}
	}
	if e.Cover != nil {
		out[e.Cover.Hash] = namedFile{name: "cover"}
	}
	for _, f := range e.Files {
		out[f.Hash] = namedFile{name: "files", nameless: f.Name == ""}
	}
	return out
}

func fillFiles(e, base *Edition, have map[string]File) error {
	e.Media, e.Files = slices.Clone(e.Media), slices.Clone(e.Files) // the caller's stay as they are
	for i := range e.Media {
		e.Media[i].take(have)
	}
	for i := range e.Files {
		f := &e.Files[i]
		known := have[f.Hash]
		if f.Name != "" {
			known.Name = f.Name
		}
		*f = known
	}
	if e.Cover == nil {
		return nil
	}
	cover := *e.Cover
	cover.take(have)
	e.Cover = &cover
	same := base != nil && base.Cover != nil && base.Cover.Hash == cover.Hash
	if !same && !strings.HasPrefix(cover.Type, "image/") {
		return fault.InvalidFields(map[string]string{"cover": "应为图片"}, "封面要是图片，得到 %s", cover.Type)
	}
	return nil
}

func (m *Media) take(have map[string]File) {
	f := have[m.Hash]
	m.Type, m.Ext, m.Size = f.Type, f.Ext, f.Size
}
