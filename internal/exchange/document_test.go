package exchange_test

import (
	"archive/zip"
	"bytes"
	"context"
	"strings"
	"testing"

	"guiyi/internal/exchange"
	"guiyi/internal/exchange/exchangetest"
	"guiyi/internal/exchange/office"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

// docx is a document with two pictures: one as it should be, one whose bytes are a page.
func docx(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	picture := func(id string) string {
		return `<w:p><w:r><w:drawing><wp:inline><wp:docPr descr="大厅"/><a:blip r:embed="` + id +
			`"/></wp:inline></w:drawing></w:r></w:p>`
	}
	for name, text := range map[string]string{
		"word/document.xml": `<w:document xmlns:w="w" xmlns:wp="wp" xmlns:a="a" xmlns:r="r"><w:body>` +
			`<w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:rPr><w:sz w:val="44"/></w:rPr><w:t>关于放假的通知</w:t></w:r></w:p>` +
			`<w:p><w:r><w:t>现将有关事项通知如下。</w:t></w:r></w:p>` + picture("good") + picture("evil") + `</w:body></w:document>`,
		"word/_rels/document.xml.rels": `<R><r Id="good" Target="media/a.png"/><r Id="evil" Target="media/b.png"/></R>`,
		"word/media/a.png":             png,
		"word/media/b.png":             `<html><script>alert(1)</script></html>`,
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestConvert: the text, the stored picture and the report; an item can be written with it.
func TestConvert(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		site, err := w.Sites.ByCode(w.Ctx, exchangetest.Site)
		if err != nil {
			t.Fatal(err)
		}
		d, err := exchange.NewDocuments(w.Desk.Items).Convert(w.Ctx, site.ID, "放假.docx", strings.NewReader(docx(t)))
		if err != nil {
			t.Fatal(err)
		}
		if d.Title != "关于放假的通知" || len(d.Files) != 1 || d.Files[0].Name != "图1.png" {
			t.Fatalf("%+v", d)
		}
		want := "<p>现将有关事项通知如下。</p>\n" + `<p><img src="` + d.Files[0].Path() + `" alt="大厅"></p>`
		if got := strings.TrimSpace(d.HTML); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		kinds := map[office.Kind]int{}
		for _, n := range d.Report {
			kinds[n.Kind] = n.Count
		}
		if kinds[office.PictureRefused] != 1 || kinds[office.TitleTaken] != 1 {
			t.Errorf("report: %v", d.Report)
		}
		body, err := exchange.CleanBody(resource.Article, d.HTML)
		if err != nil {
			t.Fatal(err)
		}
		in := resource.Incoming{Owner: site.ID, Class: resource.Article, Edition: resource.Edition{Title: d.Title}}
		if err := in.Edition.SetBody(body); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.Desk.Items.Draft(w.Ctx, in); err != nil {
			t.Errorf("the text is no draft: %v", err)
		}
	})
}

// TestConvertRefuses: who may not write for the site gets nothing, nor does anything that is no document.
func TestConvertRefuses(t *testing.T) {
	w := exchangetest.SQLite(t)
	site, err := w.Sites.ByCode(w.Ctx, exchangetest.Site)
	if err != nil {
		t.Fatal(err)
	}
	writer := func(owner int64, ps ...actor.Permission) context.Context {
		return actor.With(t.Context(), actor.Actor{Kind: actor.Officer, ID: "1", Permissions: ps,
			Scope: actor.Scope{Owners: []int64{owner}}})
	}
	documents := exchange.NewDocuments(w.Desk.Items)
	for name, c := range map[string]struct {
		ctx        context.Context
		name, body string
		want       fault.Kind
	}{
		"nobody":             {t.Context(), "a.docx", docx(t), fault.Forbidden},
		"a reader":           {writer(site.ID, resource.Read), "a.docx", docx(t), fault.Forbidden},
		"of another site":    {writer(site.ID+1, resource.Write), "a.docx", docx(t), fault.Forbidden},
		"without pictures":   {writer(site.ID, resource.Write), "a.docx", docx(t), fault.Forbidden},
		"a path":             {w.Ctx, "../a.docx", docx(t), fault.Invalid},
		"an old document":    {w.Ctx, "a.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", fault.Unsupported},
		"a page":             {w.Ctx, "a.docx", "<html>", fault.Unsupported},
		"a damaged document": {w.Ctx, "a.docx", docx(t)[:100], fault.Unsupported},
	} {
		_, err := documents.Convert(c.ctx, site.ID, c.name, strings.NewReader(c.body))
		if !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := documents.Convert(writer(site.ID, resource.Write, resource.MediaWrite), site.ID, "a.docx",
		strings.NewReader(docx(t))); err != nil {
		t.Errorf("who may is refused: %v", err)
	}
}
