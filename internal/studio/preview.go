package studio

import (
	"bytes"
	"context"
	"html"
	"io"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"guiyi/internal/address"
	"guiyi/internal/kernel/a11y"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/web"
	"guiyi/internal/publish"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
)

// Preview serves a preview of the newest edition of an item, with the templates of its site:
//
//	/preview/SITE/items/ITEM?as=elder   the page
//	/preview/SITE/_a/NAME               the files of the theme that it loads
//	/preview/SITE/items/ITEM/_m/NAME    the pictures and attachments of its editions
//
// The actor needs a permission to read the item. Scripts do not run, and links do not work.
type Preview struct {
	Sites   *site.Register
	Library *resource.Library
	Pages   *publish.Publisher
	Blobs   *blob.Store
}

// portalImage finds a picture that the portal makes per request, such as the QR code of a page. The preview shows an
// empty frame in its place.
var portalImage = regexp.MustCompile(`src="` + address.QR + `\?[^"]*"`)

const noImage = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E" +
	"%3Cpath d='M0 0h8v8H0z' fill='none' stroke='%238792a2' stroke-width='.1'/%3E%3C/svg%3E"

// previewCSP is the content security policy of a preview. The page may load files of this listener. It may not run
// scripts or navigate out of the console's frame.
const previewCSP = "default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self'; font-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin"

func (p *Preview) mount(mux *http.ServeMux, resp *web.Responder, callers []api.Authenticator) {
	handle := func(pattern string, h web.Handler) {
		mux.Handle("GET /preview/{site}/"+pattern, resp.Adapt(func(w http.ResponseWriter, r *http.Request) error {
			by, err := api.Caller(r, callers)
			if err != nil {
				return err
			}
			w.Header().Set("Content-Security-Policy", previewCSP)
			w.Header().Set("Cache-Control", "private, no-store")
			return h(w, r.WithContext(actor.With(r.Context(), *by)))
		}))
	}
	handle("items/{item}", p.page)
	handle("_a/{name}", p.themeFile)
	handle("items/{item}/_m/{name}", p.media)
}

func (p *Preview) page(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	s, err := p.Sites.ByCodeInScope(ctx, r.PathValue("site"))
	if err != nil {
		return err
	}
	shown, err := p.shown(ctx, s.ID, api.ID(r.PathValue("item")).Int())
	if err != nil {
		return err
	}
	body, err := p.Pages.Preview(ctx, s.ID, shown)
	if err != nil {
		return err
	}
	if r.FormValue("as") == "elder" {
		start := strings.TrimSuffix(a11y.PageStart, ">") + a11y.Attributes(map[string]string{"elder": "1"}) + ">"
		body = bytes.Replace(body, []byte(a11y.PageStart), []byte(start), 1)
	}
	body = portalImage.ReplaceAll(body, []byte(`src="`+noImage+`"`))
	for at, own := range map[string]string{ // the preview serves these files itself
		address.Assets: "/preview/" + s.Code,
		address.Media:  r.URL.Path,
	} {
		body = bytes.ReplaceAll(body, []byte(`="`+at), []byte(`="`+own+at))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err = w.Write(body)
	return err
}

// shown returns the data for the item's page on the site with its newest edition.
func (p *Preview) shown(ctx context.Context, siteID, item int64) (*published.Shown, error) {
	it, e, err := p.Library.Item(ctx, item)
	if err != nil {
		return nil, err
	}
	places, err := p.Library.Placements(ctx, item)
	if err != nil {
		return nil, err
	}
	addresses, err := p.Library.Addresses(ctx, item)
	if err != nil {
		return nil, err
	}
	out := &published.Shown{Item: it, Edition: e}
	for _, pl := range places {
		if pl.SiteID == siteID && (pl.Primary || out.Placement.ID == 0) {
			out.Placement = pl
		}
	}
	for _, a := range addresses {
		if a.SiteID == siteID && !a.Old {
			out.Path = a.Path
		}
	}
	return out, nil
}

func (p *Preview) themeFile(w http.ResponseWriter, r *http.Request) error {
	s, err := p.Sites.ByCodeInScope(r.Context(), r.PathValue("site"))
	if err != nil {
		return err
	}
	f, err := p.Pages.ThemeFile(r.Context(), s.ID, address.Assets+r.PathValue("name"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", f.Type)
	_, err = w.Write(f.Bytes)
	return err
}

// media serves a file that an edition of the item names, or the emblem in the head of its page. Other files have the
// answer of those that do not exist.
func (p *Preview) media(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	s, err := p.Sites.ByCodeInScope(ctx, r.PathValue("site"))
	if err != nil {
		return err
	}
	editions, err := p.Library.Editions(ctx, api.ID(r.PathValue("item")).Int())
	if err != nil {
		return err
	}
	hash, ext, _ := strings.Cut(r.PathValue("name"), ".")
	named := hash == s.Dossier.EmblemHash && len(editions) > 0
	for _, e := range editions {
		named = named || slices.ContainsFunc(e.FileSet().All(), func(m resource.Media) bool { return m.Hash == hash })
	}
	if !named {
		return fault.New(fault.NotFound, "没有这个文件")
	}
	body, err := p.Blobs.Get(ctx, hash)
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "没有这个文件")
	}
	defer body.Close()
	kind := mime.TypeByExtension("." + path.Base(ext))
	if !strings.HasPrefix(kind, "image/") && !strings.HasPrefix(kind, "video/") && !strings.HasPrefix(kind, "audio/") {
		kind = api.Binary
	}
	w.Header().Set("Content-Type", kind)
	_, err = io.Copy(w, body)
	return err
}

// previewProblem writes the error page of a preview.
func previewProblem(w http.ResponseWriter, _ *http.Request, p web.Problem) error {
	_, err := io.WriteString(w, a11y.PageStart+"<head><meta charset=\"utf-8\"><title>"+html.EscapeString(p.Title)+
		"</title></head><body><main><p>"+html.EscapeString(p.Detail)+"</p></main></body></html>")
	return err
}
