package media

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/address"
	"guiyi/internal/kernel/fault"
)

// Media is a picture, sound or video in the blob store.
type Media struct {
	Hash string `json:"hash"`
	Type string `json:"type"` // media type
	Ext  string `json:"ext"`  // such as "jpg"
	Size int64  `json:"size"` // bytes
	Alt  string `json:"alt,omitempty"`
}

// Path returns the public address of the file.
func (m Media) Path() string { return address.Media + m.Hash + "." + m.Ext }

// File is an attachment.
type File struct {
	Name string `json:"name"` // shown name, with extension
	Hash string `json:"hash"`
	Type string `json:"type"`
	Ext  string `json:"ext"`
	Size int64  `json:"size"`
}

// Path returns the public address of the attachment.
func (f File) Path() string { return address.Media + f.Hash + "." + f.Ext }

// Set contains all files of an edition: those in its body, its cover and its attachments.
type Set struct {
	Media []Media
	Cover *Media
	Files []File
}

// All returns all files of the set.
func (s Set) All() []Media {
	out := slices.Clone(s.Media)
	if s.Cover != nil {
		out = append(out, *s.Cover)
	}
	for _, f := range s.Files {
		out = append(out, Media{Hash: f.Hash, Type: f.Type, Ext: f.Ext, Size: f.Size})
	}
	return out
}

// platformAddress matches the address of a file of the platform in a body.
var platformAddress = regexp.MustCompile(`^/_m/([0-9a-f]{64})\.[a-z0-9]{1,8}$`)

// InBody returns the files for the addresses in a body, without duplicates and with only their hashes set. It returns a
// fault for the field "body" if an address is not a file of the platform.
func InBody(addresses []string) ([]Media, error) {
	var out []Media
	wrong := map[string]string{}
	for i, at := range addresses {
		m := platformAddress.FindStringSubmatch(at)
		switch {
		case m == nil:
			wrong[fmt.Sprintf("body[%d]", i)] = fmt.Sprintf("第 %d 幅图片或音视频 %.80s 不在平台上，请先上传，正文里用上传后的地址",
				i+1, at)
		case !slices.ContainsFunc(out, func(have Media) bool { return have.Hash == m[1] }):
			out = append(out, Media{Hash: m[1]})
		}
	}
	if len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong, "正文里有 %d 幅图片或音视频没有上传到平台", len(wrong))
	}
	return out, nil
}

// Complete returns the set s with type, extension and size of its files, and with the names of attachments that have
// none. It returns a fault unless each file is in before (the previous edition), was uploaded for the owner, or is in
// one of the sets that earlier returns. earlier is only called if necessary; it may be nil.
func Complete(ctx context.Context, db bun.IDB, owner int64, s, before Set,
	earlier func(context.Context) ([]Set, error)) (Set, error) {
	have := map[string]File{}
	before.addTo(have)
	names := s.names()
	var lookUp []string
	for hash, n := range names {
		if _, ok := have[hash]; !ok || n.nameless {
			lookUp = append(lookUp, hash)
		}
	}
	if err := find(ctx, db, owner, lookUp, have, earlier); err != nil {
		return s, err
	}
	for hash, n := range names {
		if _, ok := have[hash]; !ok {
			return s, fault.InvalidFields(map[string]string{n.field: "没有上传到信息所属的站点"},
				"没有文件 %.16s…，请先把它上传到信息所属的站点", hash)
		}
	}
	return s.fill(before, have)
}

// find adds the files that were uploaded for the owner to have. If hashes are still missing, it adds those of earlier
// editions.
func find(ctx context.Context, db bun.IDB, owner int64, hashes []string, have map[string]File,
	earlier func(context.Context) ([]Set, error)) error {
	if len(hashes) == 0 {
		return nil
	}
	var rows []row
	if err := db.NewSelect().Model(&rows).Where("owner = ? AND hash IN (?)", owner,
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
	if earlier == nil || !slices.ContainsFunc(hashes, func(h string) bool { _, ok := have[h]; return !ok }) {
		return nil
	}
	sets, err := earlier(ctx)
	for _, s := range sets {
		s.addTo(have)
	}
	return err
}

// addTo adds the files of a set that are not in have.
func (s Set) addTo(have map[string]File) {
	add := func(f File) {
		if _, ok := have[f.Hash]; !ok {
			have[f.Hash] = f
		}
	}
	for _, f := range s.Files {
		add(f)
	}
	shown := slices.Clone(s.Media)
	if s.Cover != nil {
		shown = append(shown, *s.Cover)
	}
	for _, m := range shown {
		add(File{
			Name: m.Alt,
			Hash: m.Hash,
			Type: m.Type,
			Ext:  m.Ext,
			Size: m.Size,
		})
	}
}

// named says how an edition names a file.
type named struct {
	field    string // field of the edition
	nameless bool   // an attachment without a name; it gets the name of the upload
}

// names returns the files that a set names, by hash.
func (s Set) names() map[string]named {
	out := map[string]named{}
	for _, m := range s.Media {
		out[m.Hash] = named{field: "body"}
	}
	if s.Cover != nil {
		out[s.Cover.Hash] = named{field: "cover"}
	}
	for _, f := range s.Files {
		out[f.Hash] = named{field: "files", nameless: f.Name == ""}
	}
	return out
}

// fill returns the set with the properties of its files from have. It does not change the caller's slices.
func (s Set) fill(before Set, have map[string]File) (Set, error) {
	s.Media, s.Files = slices.Clone(s.Media), slices.Clone(s.Files)
	for i := range s.Media {
		s.Media[i] = s.Media[i].completed(have)
	}
	for i, f := range s.Files {
		known := have[f.Hash]
		if f.Name != "" {
			known.Name = f.Name
		}
		s.Files[i] = known
	}
	if s.Cover == nil {
		return s, nil
	}
	cover := s.Cover.completed(have)
	s.Cover = &cover
	same := before.Cover != nil && before.Cover.Hash == cover.Hash
	if !same && !strings.HasPrefix(cover.Type, "image/") {
		return s, fault.InvalidFields(map[string]string{"cover": "应为图片"}, "封面要是图片，得到 %s", cover.Type)
	}
	return s, nil
}

func (m Media) completed(have map[string]File) Media {
	f := have[m.Hash]
	m.Type, m.Ext, m.Size = f.Type, f.Ext, f.Size
	return m
}
