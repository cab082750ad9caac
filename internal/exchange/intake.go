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

// maxRefs bounds the pictures and files of one item; more of them stay links.
const maxRefs = 500

// intake takes the pictures and attachments of one draft into the blob store and
// rewrites their addresses in the body. What cannot be had, or is not what its name
// says, is left as a link to the original and noted.
type intake struct {
	blobs  *blob.Store // nil in a dry run: everything is checked, nothing stored
	assets source.Assets
	base   string          // that the addresses were resolved against
	links  strings.Builder // to what could not be had, put at the end of the body
}

// take fills the edition's body, media and files from the draft. Its error is one of the
// store; missing assets are findings.
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
	d.findings = append(d.findings, lost(d.body.Dropped)...)
	if len(missing) > 0 {
		d.findings = append(d.findings, rule.Finding{Code: "import.media", Level: rule.Warn, Field: "图片",
			Text: "有图片或音视频没有取到，请补传：" + listed(missing)})
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

// linkInstead leaves a link to what could not be taken in, so that nothing of the
// original is lost.
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

// finishBody rewrites addresses, drops what points nowhere and adds the links to it.
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

// check refuses a draft of which nothing is left after the intake.
func (d *draft) check() error {
	e := &d.edition
	if strings.TrimSpace(e.Text) == "" && len(e.Media) == 0 && len(e.Files) == 0 && e.Cover == nil {
		return source.Refuse(source.ReasonBody, "正文只有取不到的图片或附件")
	}
	return nil
}

// media keeps the picture, sound or video that an address leads to, when its bytes, not
// its name, are of an accepted type; nil when not.
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

// attachments stores the documents that the text links to, and those listed outside of it.
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
				moved[ref.URL] = "" // a relative link to a file that is not there
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

// listed names some addresses and the number of the others.
func listed(addresses []string) string {
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

// saysNothing matches link texts such as "click here" that name no document; the file name may be better.
var saysNothing = regexp.MustCompile(
	`^[\[【(（]?(?:请?点击|点此|单击)?(?:此处|这里)?(?:查看|打开|浏览|预览)?(?:附件|文件|原文|全文)?(?:下载|查看|打开)?(?:附件|文件|地址|链接)?\d{0,2}[\]】)）]?[：:。]?$` +
		`|(?i)^(?:click )?(?:here )?(?:to )?download$`)

// fileName is the link's text with the extension of the address.
func fileName(ref htmlclean.Ref) string {
	base := ref.URL
	if u, err := url.Parse(ref.URL); err == nil {
		base = u.Path
	}
	ext := strings.ToLower(path.Ext(base))
	name := oneLine(ref.Name)
	if own := source.CleanText(strings.TrimSuffix(path.Base(base), path.Ext(base))); name == "" ||
		saysNothing.MatchString(name) && strings.ContainsFunc(own,
			func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		name = own
	}
	if own := strings.ToLower(path.Ext(name)); own == ext || ext == "" {
		return name
	}
	return name + ext
}

// fetch returns nothing when there is nothing to be had.
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
	for _, a := range append([]string{address}, beside(t.base, address)...) {
		if body, err := t.assets.Fetch(ctx, a); err == nil {
			return body
		}
	}
	return nil
}

// beside returns the path of a linked file relative to a saved page, as the page or its host names it.
func beside(base, address string) []string {
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

// mediaTypeOf names the type of a file by its name, else by its bytes.
func mediaTypeOf(name string, body []byte) string {
	if t := mime.TypeByExtension(strings.ToLower(path.Ext(name))); t != "" {
		t, _, _ = strings.Cut(t, ";")
		return t
	}
	t, _, _ := strings.Cut(http.DetectContentType(body), ";")
	return t
}
