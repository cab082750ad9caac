package edit

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

// Body is a body that was cleaned.
type Body struct {
	HTML, Text string
	Pictures   []string // addresses of pictures, sound and video in it
}

// keptAddress is how a body names a file kept here.
var keptAddress = regexp.MustCompile(`^/_m/([0-9a-f]{64})\.[a-z0-9]{1,8}$`)

// SetBody puts a body into an edition of an item, with the files that it shows. Those must
// be kept for the item's owner; what the body before showed is forgotten.
func (d *Desk) SetBody(ctx context.Context, it *resource.Item, e *resource.Edition, b Body) error {
	var hashes []string
	wrong := map[string]string{}
	for i, address := range b.Pictures {
		m := keptAddress.FindStringSubmatch(address)
		switch {
		case m == nil:
			wrong[fmt.Sprintf("body.html 第 %d 幅图片或音视频", i+1)] = fmt.Sprintf("%.80s 不在平台上，请先上传，再写上传应答里的 path", address)
		case !slices.Contains(hashes, m[1]):
			hashes = append(hashes, m[1])
		}
	}
	if len(wrong) > 0 {
		return fault.InvalidFields(wrong, "正文里有 %d 幅图片或音视频没有上传到平台", len(wrong))
	}
	have, err := d.Files(ctx, it.Owner, it.ID, hashes)
	if err != nil {
		return err
	}
	e.Body, e.Text, e.Media = b.HTML, b.Text, nil
	for _, hash := range hashes {
		f, ok := have[hash]
		if !ok {
			return NotKept(hash)
		}
		e.Media = append(e.Media, resource.Media{Hash: hash, Type: f.Type, Ext: f.Ext, Size: f.Size})
	}
	return nil
}
