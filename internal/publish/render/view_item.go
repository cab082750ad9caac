package render

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// itemView builds the page of an item that is live or withdrawn with a banner.
func (f *Frame) itemView(ctx context.Context, r *reads, it *published.Shown) (theme.View, error) {
	c := f.Tree.ID(it.Placement.ColumnID)
	if c == nil {
		return nil, &pageFault{fmt.Errorf("item %d stands in unknown column %d", it.Item.ID, it.Placement.ColumnID)}
	}
	e := it.Edition
	title := oneLine(cmp.Or(it.Placement.Headline, e.Title))
	base, err := f.BasePage(it.Path, strings.Join([]string{title, c.Name, f.Site.Name}, "_"), c)
	if err != nil {
		return nil, err
	}
	f.contentHead(&base, it, it.Path)
	content := f.content(r, it)
	tail, err := f.tail(ctx, r, it, c)
	if err != nil {
		return nil, err
	}
	crumbs := append(f.crumbs(c), theme.Link{Text: "正文", Current: true})
	relations, err := r.relations(ctx, it.Item.ID)
	if err != nil {
		return nil, err
	}
	rel := relations[it.Item.ID]
	switch it.Item.Class {
	case resource.Document:
		return f.documentView(base, crumbs, content, tail, it, rel), nil
	case resource.Interpretation:
		return f.interpretationView(base, crumbs, content, tail, it, rel), nil
	}
	for _, l := range rel {
		tail.Related = append(tail.Related, f.listItem(l.Other))
	}
	return theme.Article{Page: base, Crumbs: crumbs, Content: content, Tail: tail}, nil
}

// shownAt returns the time shown on an item's page: of its placement, else of its edition, else of its import. A page
// must show a time (网页标签规范).
func shownAt(it *published.Shown) int64 {
	placed := it.Placement.At
	if placed == resource.AtEnd {
		placed = 0
	}
	return cmp.Or(placed, it.Edition.PublishedAt, it.Item.CreatedAt)
}

// oneLine replaces runs of white space by one space: tags and titles have no line breaks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// contentHead fills the content tags, share card and structured data.
func (f *Frame) contentHead(p *theme.Page, it *published.Shown, path string) {
	e := it.Edition
	title := oneLine(cmp.Or(it.Placement.Headline, e.Title))
	m := &theme.ContentMeta{
		Title:       title,
		PubDate:     at(shownAt(it)),
		Source:      oneLine(cmp.Or(e.Source, f.Site.Name)),
		Author:      oneLine(e.Author),
		Description: cmp.Or(oneLine(withoutMarkup(cmp.Or(e.Summary, Excerpt(e.Text, 120)))), title),
		URL:         f.Site.URL(path),
	}
	for _, k := range e.Keywords {
		m.Keywords = append(m.Keywords, oneLine(k))
	}
	for _, pic := range e.Media {
		m.Images = append(m.Images, f.Site.URL(pic.Path()))
	}
	p.Meta.Content = m
	p.OG = theme.OG{Title: title, Type: "article", Description: m.Description}
	if e.Cover != nil {
		p.OG.Image = f.Site.URL(e.Cover.Path())
	} else if len(m.Images) > 0 {
		p.OG.Image = m.Images[0]
	}
	p.JSONLD = theme.ArticleLD(*m, f.organization(), at(0))
}

var markup = regexp.MustCompile(`<[^<>]*>?`)

// withoutMarkup removes what looks like tags. A text may quote some; a page tag must not contain any (网页标签规范).
func withoutMarkup(s string) string { return strings.TrimSpace(markup.ReplaceAllString(s, " ")) }

// Excerpt returns the beginning of a text, at most n characters.
func Excerpt(text string, n int) string {
	var b strings.Builder
	take := func(s string) bool {
		for i := range s { // characters, not bytes
			if n--; n < 0 {
				b.WriteString(s[:i])
				b.WriteString("…")
				return false
			}
		}
		b.WriteString(s)
		return true
	}
	for word := range strings.FieldsSeq(text) { // stops early in a long text
		if b.Len() > 0 && !take(" ") || !take(word) {
			break
		}
	}
	return b.String()
}

func (f *Frame) content(r *reads, it *published.Shown) theme.Content {
	e := it.Edition
	c := theme.Content{
		Title:       cmp.Or(it.Placement.Headline, e.Title),
		Subtitle:    e.Subtitle,
		Source:      cmp.Or(e.Source, f.Site.Name),
		Author:      e.Author,
		Editor:      e.Editor,
		PublishedAt: at(shownAt(it)),
		Summary:     e.Summary,
		Body:        safeHTML(withDownloads(e.Body, e.Files)),
	}
	for _, m := range e.Media {
		r.usesMedia(m)
	}
	if e.Cover != nil {
		r.usesMedia(*e.Cover)
		if !strings.Contains(e.Body, e.Cover.Path()) && it.Item.Class == resource.Picture {
			c.Pictures = []theme.Image{{URL: e.Cover.Path(), Alt: e.Cover.Alt}}
		}
	}
	for _, file := range e.Files {
		r.usesMedia(resource.Media{Hash: file.Hash, Type: file.Type, Ext: file.Ext, Size: file.Size})
		c.Attachments = append(c.Attachments, theme.Attachment{
			Name:   file.Name,
			URL:    file.Path(),
			SaveAs: file.Download(),
			Ext:    strings.ToUpper(file.Ext),
			Size:   file.Size,
		})
	}
	if w := it.Item.Withdrawal; w != nil {
		c.Withdrawn = &theme.Withdrawn{At: at(w.At), Reason: w.Reason}
	}
	return c
}

// withDownloads adds the file name to links in a body that lead to attachments, so that browsers save them under it.
// The body is HTML of the library, whose attributes have one form.
func withDownloads(body string, files []resource.File) string {
	if len(files) == 0 {
		return body
	}
	var pairs []string
	for _, f := range files {
		link := `<a href="` + f.Path() + `"`
		if !slices.Contains(pairs, link) {
			pairs = append(pairs, link, link+` download="`+html.EscapeString(f.Download())+`"`)
		}
	}
	return strings.NewReplacer(pairs...).Replace(body)
}

func (f *Frame) tail(ctx context.Context, r *reads, it *published.Shown, c *site.Column) (theme.Tail, error) {
	address := f.Site.URL(it.Path)
	t := theme.Tail{Address: address, ErrorURL: f.Site.Dossier.FindErrorURL}
	t.QR = template.HTML(`<img src="/_qr?p=` + html.EscapeString(url.QueryEscape(it.Path)) +
		`" alt="本页二维码" width="120" height="120" loading="lazy">`) // escaped
	if !it.Placement.Live {
		return t, nil
	}
	n, err := r.Neighbours(ctx, c.ID, published.Key{At: it.Placement.At, Item: it.Item.ID})
	if err != nil {
		return t, err
	}
	r.linksTo(n.Newer)
	r.linksTo(n.Older)
	if n.Newer != nil {
		t.Prev = theme.Link{Text: n.Newer.Title, URL: f.href(*n.Newer)}
	}
	if n.Older != nil {
		t.Next = theme.Link{Text: n.Older.Title, URL: f.href(*n.Older)}
	}
	return t, nil
}

func (f *Frame) documentView(base theme.Page, crumbs []theme.Link, content theme.Content, tail theme.Tail,
	it *published.Shown, rel []published.Relation) theme.View {
	d := it.Edition.Document
	if d == nil {
		d = &resource.DocumentInfo{}
	}
	v := theme.Document{
		Page:    base,
		Crumbs:  crumbs,
		Content: content,
		Tail:    tail,
		Doc: theme.DocumentInfo{
			Index:      d.IndexNo,
			Theme:      d.Theme,
			Issuer:     cmp.Or(d.Issuer, it.Edition.Source),
			Genre:      d.Genre,
			Number:     d.DocNo,
			Signed:     day(d.SignedOn),
			Effective:  day(d.Effective),
			Expires:    day(d.Expires),
			Validity:   d.Validity,
			Disclosure: d.Disclosure,
			Keywords:   it.Edition.Keywords,
		},
	}
	for _, l := range rel {
		if l.Kind == resource.Interprets && !l.Forward {
			item := f.listItem(l.Other)
			item.Tag = formOf(l.Other)
			v.Interpretations = append(v.Interpretations, item)
			continue
		}
		if name := relationName(l); name != "" {
			v.Relations = append(v.Relations, theme.Relation{
				Kind:   name,
				Title:  l.Other.Title,
				URL:    f.href(l.Other),
				Number: number(l.Other),
				At:     at(l.Other.At),
			})
		}
	}
	return v
}

func number(e published.Entry) string {
	if e.Document == nil {
		return ""
	}
	return e.Document.DocNo
}

func relationName(l published.Relation) string {
	switch {
	case l.Kind == resource.Amends && l.Forward:
		return "修改"
	case l.Kind == resource.Amends:
		return "被修改"
	case l.Kind == resource.Repeals && l.Forward:
		return "废止"
	case l.Kind == resource.Repeals:
		return "被废止"
	case l.Kind == resource.Related:
		return "相关"
	case l.Kind == resource.DerivedOf && l.Forward:
		return "来源"
	}
	return ""
}

func (f *Frame) interpretationView(base theme.Page, crumbs []theme.Link, content theme.Content, tail theme.Tail,
	it *published.Shown, rel []published.Relation) theme.View {
	v := theme.Interpretation{
		Page:        base,
		Crumbs:      crumbs,
		Content:     content,
		Tail:        tail,
		Interpreter: it.Edition.Source,
	}
	if r := it.Edition.Interpretation; r != nil {
		v.Form, v.Interpreter = r.Form, cmp.Or(r.Level, it.Edition.Source)
	}
	for _, l := range rel {
		if l.Kind == resource.Interprets && l.Forward {
			card := theme.DocumentCard{Title: l.Other.Title, URL: f.href(l.Other)}
			if o := l.Other.Document; o != nil {
				card.Number, card.Issuer, card.Signed, card.Validity = o.DocNo, o.Issuer, day(o.SignedOn), o.Validity
			}
			v.Documents = append(v.Documents, card)
		} else {
			tail.Related = append(tail.Related, f.listItem(l.Other))
		}
	}
	v.Tail = tail
	return v
}
