package exchange

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"html"
	"net/url"
	"path"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"guiyi/internal/exchange/htmlclean"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/resource"
)

// intake takes the pictures and attachments of one draft into the blob store and
// rewrites their addresses in the body.
type intake struct {
	blobs  *blob.Store
	assets Assets
}

// Accepted media types and the extension each is published under. What is not here is
// not published: a link to the original stays.
var (
	pictureTypes = map[string]string{"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "image/bmp": "bmp", "image/svg+xml": "svg"}
	mediaTypes   = map[string]string{"video/mp4": "mp4", "video/webm": "webm", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/wav": "wav", "audio/ogg": "ogg"}
	fileTypes    = map[string]bool{"pdf": true, "doc": true, "docx": true, "xls": true, "xlsx": true, "ppt": true, "pptx": true, "wps": true, "et": true, "ofd": true,
		"zip": true, "rar": true, "7z": true, "txt": true, "csv": true, "rtf": true, "jpg": true, "png": true, "mp3": true, "mp4": true}
)

// take fills the edition's body, media and files from the draft.
func (t *intake) take(ctx context.Context, d *draft) error {
	if d.media != nil {
		return d.media(ctx, t, d)
	}
	moved := map[string]string{}
	missing := 0
	for _, ref := range d.body.Images {
		m, err := t.picture(ctx, ref)
		if err := stop(ctx, err); err != nil {
			return err
		}
		if m == nil {
			moved[ref.URL] = ""
			missing++
			d.linkInstead(ref)
			continue
		}
		moved[ref.URL] = m.Path()
		d.edition.Media = append(d.edition.Media, *m)
	}
	for _, ref := range d.body.Media {
		m, err := t.medium(ctx, ref)
		if err := stop(ctx, err); err != nil {
			return err
		}
		if m == nil {
			moved[ref.URL] = ""
			missing++
			continue
		}
		moved[ref.URL] = m.Path()
		d.edition.Media = append(d.edition.Media, *m)
	}
	if err := t.attachments(ctx, d, moved); err != nil {
		return err
	}
	if missing > 0 {
		d.findings = append(d.findings, rule.Finding{Code: "import.media", Level: rule.Warn, Field: "图片", Text: "有图片或音视频没有取到，请补传"})
	}
	if err := t.coverOf(ctx, d); err != nil {
		return err
	}
	return d.finishBody(moved)
}

// linkInstead leaves a link to a picture that could not be taken in, so that nothing of
// the original is lost.
func (d *draft) linkInstead(ref htmlclean.Ref) {
	if baseOf(ref.URL) == "" {
		return
	}
	text := "查看原图"
	if ref.Name != "" {
		text += "：" + ref.Name
	}
	d.body.HTML += `<p><a href="` + html.EscapeString(ref.URL) + `">` + html.EscapeString(text) + `</a></p>`
}

// stop passes on only what ends the run; everything else is a missing asset.
func stop(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil && !fault.Is(err, fault.Internal) {
		return nil
	}
	return err
}

// finishBody rewrites addresses and drops what points nowhere.
func (d *draft) finishBody(moved map[string]string) error {
	body := d.body
	if len(moved) > 0 {
		again, err := htmlclean.Clean(htmlclean.Rewrite(body.HTML, moved), htmlclean.Options{})
		if err != nil {
			return err
		}
		body = again
	}
	d.edition.Body, d.edition.Text = body.HTML, body.Text
	return nil
}

func (t *intake) fetch(ctx context.Context, address string) ([]byte, string, error) {
	if strings.HasPrefix(address, "data:") {
		return dataURL(address)
	}
	if t.assets == nil {
		return nil, "", fault.New(fault.NotFound, "没有可取的来源")
	}
	return t.assets.Fetch(ctx, address)
}

func dataURL(address string) ([]byte, string, error) {
	head, payload, ok := strings.Cut(strings.TrimPrefix(address, "data:"), ",")
	mediaType, encoded := strings.CutSuffix(head, ";base64")
	if !ok || !encoded {
		return nil, "", fault.New(fault.Invalid, "不支持的内嵌图片")
	}
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(payload), ""))
	if err != nil {
		return nil, "", fault.Wrap(fault.Invalid, err, "内嵌图片已损坏")
	}
	return b, mediaType, nil
}

func (t *intake) picture(ctx context.Context, ref htmlclean.Ref) (*resource.Media, error) {
	return t.store(ctx, ref, pictureTypes)
}

func (t *intake) medium(ctx context.Context, ref htmlclean.Ref) (*resource.Media, error) {
	if m, err := t.store(ctx, ref, mediaTypes); m != nil || err != nil {
		return m, err
	}
	return t.picture(ctx, ref) // a poster
}

// store keeps what an address leads to when its bytes, not its name, are of an accepted
// type. It returns nil without error when it is not.
func (t *intake) store(ctx context.Context, ref htmlclean.Ref, accept map[string]string) (*resource.Media, error) {
	body, _, err := t.fetch(ctx, ref.URL)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	kind := mimetype.Detect(body)
	ext, ok := accept[strings.Split(kind.String(), ";")[0]]
	if !ok {
		return nil, fault.New(fault.Unsupported, "不收的类型：%s", kind)
	}
	if ext == "svg" && !safeSVG(body) {
		return nil, fault.New(fault.Unsupported, "含有脚本的 SVG 图片")
	}
	saved, err := t.blobs.Put(ctx, bytes.NewReader(body), maxAsset)
	if err != nil {
		return nil, err
	}
	return &resource.Media{Hash: saved.Hash, Type: strings.Split(kind.String(), ";")[0], Ext: ext, Size: saved.Size, Alt: ref.Name}, nil
}

// safeSVG refuses drawings with scripts, handlers, foreign content or outside references.
func safeSVG(b []byte) bool {
	s := strings.ToLower(string(b))
	for _, bad := range []string{"<script", "<foreignobject", "javascript:", "<!entity", "<iframe", " onload", " onclick", " onerror", " onmouse", "@import"} {
		if strings.Contains(s, bad) {
			return false
		}
	}
	for _, mark := range []string{`href="http`, `href='http`, `href="//`, "url(http", "url('http"} {
		if strings.Contains(s, mark) {
			return false
		}
	}
	return true
}

// attachments takes in the documents that the text links to, and those beside it.
func (t *intake) attachments(ctx context.Context, d *draft, moved map[string]string) error {
	seen := map[string]bool{}
	for _, ref := range append(append([]htmlclean.Ref{}, d.body.Files...), d.files...) {
		if seen[ref.URL] {
			continue
		}
		seen[ref.URL] = true
		file, err := t.file(ctx, ref)
		if err := stop(ctx, err); err != nil {
			return err
		}
		if file == nil {
			if baseOf(ref.URL) == "" {
				moved[ref.URL] = "" // a relative link to a file that is not there
			}
			d.findings = append(d.findings, rule.Finding{Code: "import.attachment", Level: rule.Warn, Field: "附件", Text: "附件没有取到：" + ref.URL})
			continue
		}
		moved[ref.URL] = file.Path()
		d.edition.Files = append(d.edition.Files, *file)
	}
	return nil
}

func (t *intake) file(ctx context.Context, ref htmlclean.Ref) (*resource.File, error) {
	body, mediaType, err := t.fetch(ctx, ref.URL)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	name := fileName(ref)
	ext := strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")
	if !fileTypes[ext] || strings.HasPrefix(mimetype.Detect(body).String(), "text/html") {
		return nil, fault.New(fault.Unsupported, "不收的附件类型：%s", name)
	}
	saved, err := t.blobs.Put(ctx, bytes.NewReader(body), maxAsset)
	if err != nil {
		return nil, err
	}
	if known := mediaTypeOf("x."+ext, body); known != "" {
		mediaType = known
	}
	return &resource.File{Name: name, Hash: saved.Hash, Type: mediaType, Ext: ext, Size: saved.Size}, nil
}

// fileName is the link's text with the extension of the address.
func fileName(ref htmlclean.Ref) string {
	base := ref.URL
	if u, err := url.Parse(ref.URL); err == nil {
		base = u.Path
	}
	ext := strings.ToLower(path.Ext(base))
	name := oneLine(ref.Name)
	if name == "" {
		name = strings.TrimSuffix(path.Base(base), path.Ext(base))
	}
	if strings.ToLower(path.Ext(name)) == ext {
		return name
	}
	return name + ext
}

func (t *intake) coverOf(ctx context.Context, d *draft) error {
	if d.cover != "" {
		m, err := t.picture(ctx, htmlclean.Ref{URL: d.cover, Name: cmp.Or(d.coverAlt, d.edition.Title)})
		if err := stop(ctx, err); err != nil {
			return err
		}
		d.edition.Cover = m
	}
	return nil
}
