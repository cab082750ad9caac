package exchange

import (
	"bytes"
	"context"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"guiyi/internal/exchange/office"
	"guiyi/internal/kernel/accept"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/htmlclean"
	"guiyi/internal/resource"
	"guiyi/internal/resource/media"
)

const (
	// documentTime is how long the reading of one document may take.
	documentTime = time.Minute
	// documentsAtOnce is how many documents are read at the same time; each takes up to some hundred megabytes.
	documentsAtOnce = 2
)

// Documents reads office documents for the editor. Nothing is imported: the caller gets a text to work on.
type Documents struct {
	items *resource.Desk
	slots chan struct{}
}

// NewDocuments returns a reader that stores pictures by items.
func NewDocuments(items *resource.Desk) *Documents {
	return &Documents{items: items, slots: make(chan struct{}, documentsAtOnce)}
}

// Converted is what a document became.
type Converted struct {
	HTML   string // with the addresses of the stored pictures
	Title  string // of the document, or else its file name
	Files  []media.File
	Report office.Report
}

// Convert reads a document (.docx) for an item of an owner and stores its pictures for this owner. The actor needs the
// permission resource.Write there, and resource.MediaWrite if the document has pictures.
func (d *Documents) Convert(ctx context.Context, owner int64, name string, r io.Reader) (_ *Converted, err error) {
	defer fault.Annotate(&err, "exchange.Convert(owner %d)", owner)
	by, err := actor.Allowed(ctx, resource.Write)
	if err != nil {
		return nil, err
	}
	if err := by.Scope.Check(owner); err != nil {
		return nil, err
	}
	if !accept.Name(name) {
		return nil, media.BadFileName()
	}
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	doc, err := readDocument(ctx, r)
	if err != nil {
		return nil, err
	}
	out := &Converted{HTML: doc.HTML, Title: doc.Title, Report: doc.Report}
	if out.Title == "" {
		out.Title = strings.TrimSpace(strings.TrimSuffix(name, path.Ext(name)))
	}
	return out, d.store(ctx, owner, doc, out)
}

// readDocument spools the file to the disk: its parts are not in order.
func readDocument(ctx context.Context, r io.Reader) (_ *office.Document, err error) {
	f, err := os.CreateTemp("", "guiyi-document-*")
	if err != nil {
		return nil, disk.Fault(err, "文件存不下来")
	}
	defer os.Remove(f.Name())
	defer f.Close()
	size, err := io.Copy(f, io.LimitReader(r, office.MaxDocx+1))
	if err != nil {
		return nil, disk.Fault(err, "文件存不下来")
	}
	ctx, cancel := context.WithTimeout(ctx, documentTime)
	defer cancel()
	return office.Import(ctx, f, size)
}

// store uploads the pictures and puts their addresses into the HTML. A picture that may not be published is left out.
func (d *Documents) store(ctx context.Context, owner int64, doc *office.Document, out *Converted) error {
	addresses, refused := map[string]string{}, false
	for _, p := range doc.Pictures {
		f, err := d.items.UploadMedia(ctx, owner, p.Name, bytes.NewReader(p.Body))
		switch {
		case fault.Is(err, fault.Unsupported):
			addresses[p.Ref], refused = "", true
			out.Report.Add(office.PictureRefused, p.Name)
		case err != nil:
			return err
		default:
			addresses[p.Ref] = f.Path()
			out.Files = append(out.Files, *f)
		}
	}
	out.HTML = htmlclean.Rewrite(out.HTML, addresses)
	if !refused {
		return nil
	}
	clean, err := htmlclean.Clean(out.HTML, htmlclean.Options{}) // without pictures that have no address
	out.HTML = clean.HTML
	return err
}
