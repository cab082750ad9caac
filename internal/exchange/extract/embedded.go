package extract

import (
	"encoding/json"
	"strings"

	"guiyi/internal/kernel/htmlclean"
)

// scriptArticle is an article stored as JSON in a script.
type scriptArticle struct{ title, body, time, source, author string }

var (
	bodyKeys = names(
		"content doccontent articlebody body html detail text newscontent docclobcontent infocontent contenthtml")
	titleKeys = names("title doctitle headline articletitle newstitle subject docsubtitle infotitle")
	timeKeys  = names(
		"pubdate publishdate publishtime publish_time docpubtime pubtime datepublished createdate docreltime releasetime publisheddate builddate")
	sourceKeys = names("source docsource docsourcename contentsource origin from")
	authorKeys = names("author docauthor")
)

// fromScript returns the JSON object with the longest body in the scripts of the page.
func fromScript(source string) (article scriptArticle, ok bool) {
	var best scriptArticle
	for _, s := range htmlclean.Scripts(source) {
		for rest, tries := s.Text, 0; tries < 20; tries++ {
			i := strings.IndexByte(rest, '{')
			if i < 0 {
				break
			}
			rest = rest[i:]
			var v any
			d := json.NewDecoder(strings.NewReader(rest))
			if d.Decode(&v) != nil {
				rest = rest[1:]
				continue
			}
			search(v, 0, &best)
			rest = rest[d.InputOffset():]
		}
	}
	return best, length(best.body) >= 100 && best.title != ""
}

func search(v any, depth int, best *scriptArticle) {
	if depth > 12 {
		return
	}
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			search(e, depth+1, best)
		}
	case map[string]any:
		var b scriptArticle
		for k, e := range x {
			if s, ok := e.(string); ok {
				b.take(strings.ToLower(k), s)
			} else {
				search(e, depth+1, best)
			}
		}
		if b.title != "" && len(b.body) > len(best.body) {
			*best = b
		}
	}
}

func (b *scriptArticle) take(key, s string) {
	put := func(to *string) {
		if len(s) > len(*to) {
			*to = s
		}
	}
	switch {
	case bodyKeys[key]:
		put(&b.body)
	case titleKeys[key]:
		put(&b.title)
	case timeKeys[key]:
		put(&b.time)
	case sourceKeys[key]:
		put(&b.source)
	case authorKeys[key]:
		put(&b.author)
	}
}

// embedded returns the result for an article that only a script would show.
func (p *page) embedded(b scriptArticle) (Result, error) {
	r := Result{
		Version: Version,
		Base:    p.base,
		Kind:    Article,
		Title:   fold(b.title),
		Source:  fold(b.source),
		Author:  fold(b.author),
	}
	body, err := htmlclean.Clean(b.body, htmlclean.Options{Base: p.base})
	if err != nil {
		return Result{}, err
	}
	if length(body.Text) < 60 {
		r.Kind = Empty
	}
	r.Body = body
	r.Files = body.Files
	for _, f := range []string{"title", "body", "kind"} {
		p.evidence[f] = "data in a script"
	}
	if at, precise, ok := ParseTime(b.time); ok {
		r.Time, r.Precise, p.evidence["time"] = at, precise, "data in a script"
	} else {
		r.Time, r.Precise, p.evidence["time"] = p.timeOf(p.options.Now)
	}
	source, author := r.Source, r.Author
	p.fields(&r)
	if source != "" {
		r.Source = source
	}
	if author != "" {
		r.Author = author
	}
	p.finish(&r)
	return r, nil
}
