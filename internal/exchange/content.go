package exchange

import (
	"cmp"
	"strings"

	"guiyi/internal/exchange/extract"
	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/htmlclean"
	"guiyi/internal/resource"
)

// readContent turns a document of a content file into a draft.
func readContent(in *source.Input) (*draft, error) {
	c := in.Content
	d := &draft{class: resource.Class(cmp.Or(c.Class, string(resource.Article))), column: strings.Trim(c.Column, "/"),
		cover: c.Image, coverAlt: oneLine(c.ImageAlt)}
	markup, err := markdown(c.Body)
	if err != nil {
		return nil, err
	}
	if d.body, err = htmlclean.Clean(markup, htmlclean.Options{}); err != nil {
		return nil, err
	}
	d.edition.Keywords = c.Keywords
	texts := c.Texts()
	fillTexts(&d.edition, func(element string) string { return texts[element] })
	if c.Date != "" {
		t, _, ok := extract.ParseTime(c.Date)
		if !ok {
			return nil, source.Refuse(source.ReasonMalformed, "date %q 看不懂，应如 2026-11-20 09:30", c.Date)
		}
		d.edition.PublishedAt = t.UnixMilli()
	}
	for _, a := range c.Attachments {
		d.files = append(d.files, htmlclean.Ref{URL: a.File, Name: a.Name})
	}
	if o := c.Doc; o != nil {
		d.edition.Document = &resource.DocumentInfo{
			IndexNo:    o.Index,
			DocNo:      o.Number,
			Issuer:     o.Issuer,
			Theme:      o.Theme,
			Genre:      o.Genre,
			SignedOn:   o.Signed,
			Effective:  o.Effective,
			Expires:    o.Expires,
			Validity:   o.Validity,
			Disclosure: o.Disclosure,
			Region:     o.Region,
		}
	}
	if c.Form != "" || c.Level != "" {
		d.edition.Interpretation = &resource.InterpretationInfo{Form: c.Form, Level: c.Level}
	}
	for kind, to := range map[resource.LinkKind]string{resource.Interprets: c.Interprets, resource.Amends: c.Amends,
		resource.Repeals: c.Repeals} {
		if to != "" {
			d.links = append(d.links, resource.ExternalLink{Kind: kind, ExternalID: to})
		}
	}
	for _, also := range c.Also {
		d.otherPlaces = append(d.otherPlaces, wantedPlace(also))
	}
	return d, d.complete()
}
