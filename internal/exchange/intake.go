package exchange

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"mime"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/gabriel-vasile/mimetype"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/accept"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/htmlclean"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/resource"
)

// maxRefs is the maximum number of pictures, and of files, that are stored for one item. Further ones remain links.
const maxRefs = 500

// intake stores the pictures and attachments of one draft in the blob store and rewrites their addresses in the body.
// When one cannot be fetched or is not of an accepted type, a link to the original remains, with a finding.
type intake struct {
	blobs  *blob.Store // nil in a dry run, which stores nothing
	assets source.Assets
	base   string          // base of the relative addresses in the body
	links  strings.Builder // links to what could not be stored, added at the end of the body
}

// take sets the body, media and files of the edition from the draft. Missing pictures and files become findings, not
// errors.
func (t *intake) take(ctx context.Context, d *draft) error {
	t.base = d.base
	moved := map[string]string{}
	missing, err := t.pictures(ctx, d, moved) // addresses
	if err != nil {
		return err
	}
	if err := t.attachments(ctx, d, moved); err != nil {
		return err
	}
	if d.cover != "" {
		cover, err := t.media(ctx, htmlclean.Ref{URL: d.cover, Name: cmp.Or(d.coverAlt, d.edition.Title)},
			accept.Pictures)
		if err != nil {
			return err
		}
		if d.edition.Cover = cover; cover == nil {
			missing = append(missing, d.cover)
		}
	}
	d.findings = append(d.findings, lostParts(d.body.Dropped)...)
	if len(missing) > 0 {
		d.findings = append(d.findings, rule.Finding{Code: "import.media", Level: rule.Warn, Field: "图片",
			Text: "有图片或音视频没有取到，请补传：" + listAddresses(missing)})
	}
	return d.finishBody(moved, t.links.String())
}

func (t *intake) pictures(ctx context.Context, d *draft, moved map[string]string) (missing []string, err error) {
	for i, ref := range append(slices.Clone(d.body.Images), d.body.Media...) {
		if _, done := moved[ref.URL]; done {
			continue
		}
		kinds := accept.Pictures
		if i >= len(d.body.Images) {
			kinds = accept.Playable
		}
		var m *resource.Media
		if i < maxRefs {
			if m, err = t.media(ctx, ref, kinds); err != nil {
				return missing, err
			}
		}
		if m == nil {
			moved[ref.URL] = ""
			missing = append(missing, ref.URL)
			t.linkInstead(ref, i >= len(d.body.Images))
			continue
		}
		moved[ref.URL] = m.Path()
		if !slices.ContainsFunc(d.edition.Media, func(have resource.Media) bool { return have.Hash == m.Hash }) {
			d.edition.Media = append(d.edition.Media, *m)
		}
	}
	return missing, nil
}

// linkInstead adds a link to a picture, audio or video that could not be stored. Without an absolute address it adds
// none.
func (t *intake) linkInstead(ref htmlclean.Ref, playable bool) {
	if baseOf(ref.URL) == "" {
		return
	}
	text := "查看原图"
	if playable {
		text = "播放原音视频"
	}
	if ref.Name != "" {
		text += "：" + ref.Name
	}
	t.links.WriteString(`<p><a href="` + html.EscapeString(ref.URL) + `">` + html.EscapeString(text) + `</a></p>`)
}

// finishBody rewrites the addresses of the body and adds the links. moved maps an old address to its new one. An
// element is removed when its address is mapped to "".
func (d *draft) finishBody(moved map[string]string, links string) error {
	body := d.body
	if len(moved) > 0 {
		again, err := htmlclean.Clean(htmlclean.Rewrite(body.HTML, moved)+links, htmlclean.Options{})
		if err != nil {
			return err
		}
		body = again
	}
	d.edition.Body, d.edition.Text = formatDocument(d.class, body.HTML), body.Text
	return nil
}

// check refuses a draft that has neither text nor media nor files after the intake.
func (d *draft) check() error {
	e := &d.edition
	if strings.TrimSpace(e.Text) == "" && len(e.Media) == 0 && len(e.Files) == 0 && e.Cover == nil {
		return source.Refuse(source.ReasonBody, "正文只有取不到的图片或附件")
	}
	return nil
}

// media stores the picture, audio or video at an address, when the type of its bytes is one of kinds. Otherwise it
// returns nil.
func (t *intake) media(ctx context.Context, ref htmlclean.Ref, kinds map[string]string) (*resource.Media, error) {
	body := t.fetch(ctx, ref.URL)
	kind, _, _ := strings.Cut(mimetype.Detect(body).String(), ";")
	ext, ok := kinds[kind]
	if len(body) == 0 || !ok || ext == "svg" && !accept.SVG(body) {
		return nil, ctx.Err()
	}
	saved, err := t.put(ctx, body)
	if err != nil {
		return nil, err
	}
	return &resource.Media{
		Hash: saved.Hash,
		Type: kind,
		Ext:  ext,
		Size: saved.Size,
		Alt:  ref.Name,
	}, nil
}

// attachments stores the files that the body links to, and those listed outside the body.
func (t *intake) attachments(ctx context.Context, d *draft, moved map[string]string) error {
	seen := map[string]bool{}
	for _, ref := range append(slices.Clone(d.body.Files), d.files...) {
		if seen[ref.URL] {
			continue
		}
		seen[ref.URL] = true
		var file *resource.File
		if len(seen) <= maxRefs {
			var err error
			if file, err = t.file(ctx, ref); err != nil {
				return err
			}
		}
		if file == nil {
			if baseOf(ref.URL) == "" {
				moved[ref.URL] = "" // a relative link to a missing file
			}
			d.findings = append(d.findings, rule.Finding{Code: "import.attachment", Level: rule.Warn, Field: "附件",
				Text: "附件没有取到：" + shorten(ref.URL)})
			continue
		}
		moved[ref.URL] = file.Path()
		d.edition.Files = append(d.edition.Files, *file)
	}
	return nil
}

// listAddresses returns the first addresses, and the number of all when there are more.
func listAddresses(addresses []string) string {
	const most = 5
	var out []string
	for _, a := range addresses[:min(len(addresses), most)] {
		if strings.HasPrefix(a, "data:") {
			a = "写在网页里的图片"
		}
		out = append(out, shorten(a))
	}
	if len(addresses) > most {
		return strings.Join(out, "、") + fmt.Sprintf(" 等 %d 处", len(addresses))
	}
	return strings.Join(out, "、")
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}

func (t *intake) file(ctx context.Context, ref htmlclean.Ref) (*resource.File, error) {
	body := t.fetch(ctx, ref.URL)
	name := fileName(ref)
	ext := strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")
	if len(body) == 0 || !accept.File(ext, body) {
		return nil, ctx.Err()
	}
	saved, err := t.put(ctx, body)
	if err != nil {
		return nil, err
	}
	return &resource.File{
		Name: name,
		Hash: saved.Hash,
		Type: mediaTypeOf("x."+ext, body),
		Ext:  ext,
		Size: saved.Size,
	}, nil
}

// genericName matches link texts that do not name the document, such as "点击下载". The file name may be better.
var genericName = regexp.MustCompile(
	`^[\[【(（]?(?:请?点击|点此|单击)?(?:此处|这里)?(?:查看|打开|浏览|预览)?(?:附件|文件|原文|全文)?(?:下载|查看|打开)?(?:附件|文件|地址|链接)?\d{0,2}[\]】)）]?[：:。]?$` +
		`|(?i)^(?:click )?(?:here )?(?:to )?download$`)

// fileName returns the text of the link with the extension of its address.
func fileName(ref htmlclean.Ref) string {
	base := ref.URL
	if u, err := url.Parse(ref.URL); err == nil {
		base = u.Path
	}
	ext := strings.ToLower(path.Ext(base))
	name := oneLine(ref.Name)
	if own := source.CleanText(strings.TrimSuffix(path.Base(base), path.Ext(base))); name == "" ||
		genericName.MatchString(name) && strings.ContainsFunc(own,
			func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		name = own
	}
	if own := strings.ToLower(path.Ext(name)); own == ext || ext == "" {
		return name
	}
	return name + ext
}

// fetch returns the bytes at an address, nil when it has none or cannot be read.
func (t *intake) fetch(ctx context.Context, address string) []byte {
	if strings.HasPrefix(address, "data:") {
		body, err := dataURL(address)
		if err != nil {
			return nil
		}
		return body
	}
	if t.assets == nil {
		return nil
	}
	for _, a := range append([]string{address}, pathsInFolder(t.base, address)...) {
		if body, err := t.assets.Fetch(ctx, a); err == nil {
			return body
		}
	}
	return nil
}

// pathsInFolder returns the paths under which the folder of a saved page may have a linked file of the same host: below
// the page and below the root.
func pathsInFolder(base, address string) []string {
	b, err := url.Parse(base)
	a, aerr := url.Parse(address)
	if err != nil || aerr != nil || b.Host == "" || b.Host != a.Host {
		return nil
	}
	dir := path.Dir(b.Path + "x")
	if rest, ok := strings.CutPrefix(a.Path, strings.TrimSuffix(dir, "/")+"/"); ok {
		return []string{(&url.URL{Path: rest}).String(), (&url.URL{Path: a.Path}).String()}
	}
	return []string{(&url.URL{Path: a.Path}).String()}
}

func dataURL(address string) ([]byte, error) {
	head, payload, ok := strings.Cut(strings.TrimPrefix(address, "data:"), ",")
	if !ok || !strings.HasSuffix(strings.ToLower(head), ";base64") {
		return nil, fault.New(fault.Invalid, "不支持的内嵌图片")
	}
	if plain, err := url.PathUnescape(payload); err == nil {
		payload = plain
	}
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(payload), ""))
}

func (t *intake) put(ctx context.Context, body []byte) (blob.Ref, error) {
	if t.blobs != nil {
		return t.blobs.Put(ctx, bytes.NewReader(body), source.MaxAsset)
	}
	sum := sha256.Sum256(body)
	return blob.Ref{Hash: hex.EncodeToString(sum[:]), Size: int64(len(body))}, nil
}

// mediaTypeOf returns the media type of a file, by the extension of its name, or else by its bytes.
func mediaTypeOf(name string, body []byte) string {
	if t := mime.TypeByExtension(strings.ToLower(path.Ext(name))); t != "" {
		t, _, _ = strings.Cut(t, ";")
		return t
	}
	t, _, _ := strings.Cut(http.DetectContentType(body), ";")
	return t
}
