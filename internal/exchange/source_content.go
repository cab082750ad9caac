package exchange

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"guiyi/internal/exchange/extract"
	"guiyi/internal/exchange/htmlclean"
	"guiyi/internal/resource"
)

// contentFile is one item of our own content format: a YAML document with a Markdown body.
type contentFile struct {
	ID          string        `yaml:"id"`
	Column      string        `yaml:"column"`
	Also        []string      `yaml:"also"`
	Title       string        `yaml:"title"`
	Subtitle    string        `yaml:"subtitle"`
	Class       string        `yaml:"class"`
	Date        string        `yaml:"date"`
	Source      string        `yaml:"source"`
	Author      string        `yaml:"author"`
	Editor      string        `yaml:"editor"`
	Keywords    []string      `yaml:"keywords"`
	Tags        []string      `yaml:"tags"`
	Summary     string        `yaml:"summary"`
	Image       string        `yaml:"image"`
	ImageAlt    string        `yaml:"image_alt"`
	Attachments []contentPart `yaml:"attachments"`
	Doc         *contentDoc   `yaml:"doc"`
	Interprets  string        `yaml:"interprets"`
	Amends      string        `yaml:"amends"`
	Repeals     string        `yaml:"repeals"`
	Form        string        `yaml:"form"`
	Level       string        `yaml:"level"`
	Body        string        `yaml:"body"`
}

type contentPart struct {
	Name string `yaml:"name"`
	File string `yaml:"file"`
}

type contentDoc struct {
	Index      string `yaml:"index"`
	Number     string `yaml:"number"`
	Issuer     string `yaml:"issuer"`
	Theme      string `yaml:"theme"`
	Genre      string `yaml:"genre"`
	Signed     string `yaml:"signed"`
	Effective  string `yaml:"effective"`
	Expires    string `yaml:"expires"`
	Validity   string `yaml:"validity"`
	Disclosure string `yaml:"disclosure"`
	Region     string `yaml:"region"`
}

// contentFiles are the YAML content files of a folder.
type contentFiles struct {
	label string
	dir   fs.FS
}

func (c *contentFiles) Label() string { return c.label }

func (c *contentFiles) Inputs(ctx context.Context) iter.Seq2[Input, error] {
	return func(yield func(Input, error) bool) {
		var names []string
		err := fs.WalkDir(c.dir, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (path.Ext(name) == ".yaml" || path.Ext(name) == ".yml") {
				names = append(names, name)
			}
			return err
		})
		if err != nil {
			yield(Input{}, err)
			return
		}
		slices.Sort(names)
		for _, name := range names {
			if !c.file(ctx, name, yield) {
				return
			}
		}
	}
}

// file yields the documents of one YAML stream. Each is read by itself, so that a
// mistake in one does not lose the others.
func (c *contentFiles) file(ctx context.Context, name string, yield func(Input, error) bool) bool {
	raw, info, err := readLimited(c.dir, name, maxPageBytes)
	if err != nil {
		return yield(Input{ID: name, Name: name, Problem: err}, nil)
	}
	assets := &folder{fs: c.dir, base: path.Dir(name)}
	n := 0
	for _, part := range documents(raw) {
		if ctx.Err() != nil {
			return yield(Input{}, ctx.Err())
		}
		item := &contentFile{}
		dec := yaml.NewDecoder(bytes.NewReader(part))
		dec.KnownFields(true)
		err := dec.Decode(item)
		if errors.Is(err, io.EOF) {
			continue // only comments
		}
		n++
		in := Input{ID: item.ID, Name: name + "#" + cmp.Or(item.ID, strconv.Itoa(n)), Content: item, Modified: info.ModTime(), Assets: assets}
		switch {
		case err != nil:
			in.ID, in.Problem = cmp.Or(in.ID, in.Name), &refusal{ReasonMalformed, yamlFault(err, fmt.Sprintf("第 %d 篇有误", n))}
		case item.ID == "":
			in.ID, in.Problem = in.Name, refuse(ReasonMalformed, "第 %d 篇没有 id", n)
		}
		if !yield(in, nil) {
			return false
		}
	}
	return true
}

// documents splits a YAML stream at its separators.
func documents(raw []byte) [][]byte {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	var parts [][]byte
	start, at := 0, 0
	for line := range bytes.Lines(raw) {
		if bytes.Equal(bytes.TrimRight(line, " \t\r\n"), []byte("---")) {
			parts = append(parts, raw[start:at])
			start = at + len(line)
		}
		at += len(line)
	}
	return append(parts, raw[start:])
}

// readContent turns a content file's document into a draft.
func readContent(in *Input) (*draft, error) {
	c := in.Content
	d := &draft{class: resource.Class(cmp.Or(c.Class, string(resource.Article))), column: strings.Trim(c.Column, "/"), cover: c.Image, coverAlt: oneLine(c.ImageAlt)}
	markup, err := markdown(c.Body)
	if err != nil {
		return nil, err
	}
	if d.body, err = htmlclean.Clean(markup, htmlclean.Options{}); err != nil {
		return nil, err
	}
	d.edition = resource.Edition{Title: oneLine(c.Title), Subtitle: oneLine(c.Subtitle), Summary: oneLine(c.Summary), Source: oneLine(c.Source),
		Author: oneLine(c.Author), Editor: oneLine(c.Editor), Keywords: c.Keywords}
	if c.Date != "" {
		t, _, ok := extract.ParseTime(c.Date)
		if !ok {
			return nil, refuse(ReasonMalformed, "date %q 看不懂，应如 2026-11-20 09:30", c.Date)
		}
		d.edition.PublishedAt = t.UnixMilli()
	}
	for _, a := range c.Attachments {
		d.files = append(d.files, htmlclean.Ref{URL: a.File, Name: a.Name})
	}
	if o := c.Doc; o != nil {
		d.edition.Document = &resource.Official{IndexNo: o.Index, DocNo: o.Number, Issuer: o.Issuer, Theme: o.Theme, Genre: o.Genre, SignedOn: o.Signed,
			Effective: o.Effective, Expires: o.Expires, Validity: o.Validity, Disclosure: o.Disclosure, Region: o.Region}
	}
	if c.Form != "" || c.Level != "" {
		d.edition.Interpretation = &resource.Reading{Form: c.Form, Level: c.Level}
	}
	for kind, to := range map[resource.LinkKind]string{resource.Interprets: c.Interprets, resource.Amends: c.Amends, resource.Repeals: c.Repeals} {
		if to != "" {
			d.links = append(d.links, resource.ExternalLink{Kind: kind, ExternalID: to})
		}
	}
	for _, also := range c.Also {
		d.extra = append(d.extra, placeWish(also))
	}
	return d, d.complete()
}
