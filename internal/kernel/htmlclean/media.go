package htmlclean

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

func (b *builder) link(n *html.Node) string {
	if place := b.refs.anchors.link(attr(n, "href"), b.base); place != "" {
		return place
	}
	href := resolve(b.base, scriptedFile(n), "http", "https", "mailto", "ftp")
	if href == "" || strings.HasPrefix(href, "mailto:") && !strings.Contains(href, "@") {
		return ""
	}
	if name := fold(attr(n, "title")); name != "" && b.refs.names[href] == "" {
		b.refs.names[href] = name
	}
	return href
}

func (b *builder) picture(n *html.Node, s scope) {
	src := b.source(n)
	if src == "" && !standsIn(n) {
		b.refs.vacant = lazyPicture(n)
		if b.refs.vacant || foreignPicture(n) {
			b.refs.dropped["img"]++
		}
		return
	}
	if standsIn(n) {
		if src == "" || b.refs.shown[src] || !b.refs.vacant && besidePicture(n, b) {
			return
		}
		if b.refs.vacant {
			b.refs.vacant = false
			b.refs.dropped["img"]--
		}
	}
	b.refs.shown[src] = true
	alt := fold(attr(n, "alt"))
	if alt == "" || fileTypes[ending(alt)] || pictureTypes[ending(alt)] {
		alt = fold(attr(n, "title"))
	}
	if pictureTypes[ending(alt)] {
		alt = ""
	}
	if s.href != "" && pictureTypes[ending(pathOf(s.href))] {
		s.href = "" // a thumbnail that links to its full-size picture
	}
	b.add(run{kind: picture, src: src, text: alt, href: s.href}, s)
}

// source returns the address of a picture that belongs to the text; "" for spacers, icons and addresses on the
// author's own disk.
func (b *builder) source(n *html.Node) string {
	if tiny(n, "width") || tiny(n, "height") {
		return ""
	}
	for _, key := range lazy {
		raw := strings.TrimSpace(attr(n, key))
		if raw == "" {
			continue
		}
		if len(raw) > 5 && strings.EqualFold(raw[:5], "data:") {
			if len(raw) > 400 && dataImage.MatchString(raw) {
				return strings.Join(strings.Fields(raw), "")
			}
			continue
		}
		if src := resolve(b.base, raw, "http", "https"); src != "" && !decoration.MatchString(src) {
			return src
		}
	}
	return b.otherSource(n)
}

func tiny(n *html.Node, key string) bool {
	v, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(attr(n, key)), "px"))
	return err == nil && v <= 3
}

func (b *builder) figure(n *html.Node, s scope) {
	b.flush()
	var caption []run
	var rest []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Data == "figcaption" {
			caption = append(caption, b.line(c)...)
			continue
		}
		rest = append(rest, c)
	}
	var out []block
	inner := builder{base: b.base, out: &out, refs: b.refs}
	for _, c := range rest {
		inner.node(c, scope{
			marks: s.marks,
			href:  s.href,
			align: s.align,
			tight: true,
			para:  true,
		})
	}
	inner.flush()
	if len(out) == 1 && out[0].kind == para && !hasText(out[0].runs) && len(caption) > 0 {
		b.emit(block{kind: figure, runs: out[0].runs, caption: caption})
		return
	}
	*b.out = append(*b.out, out...)
	if len(caption) > 0 {
		b.emit(block{kind: para, runs: caption, align: "center"})
	}
}

// line reads a subtree into the runs of one line.
func (b *builder) line(n *html.Node) []run {
	var all []run
	for i, x := range b.inside(n, scope{tight: true, para: true}) {
		if i > 0 {
			all = append(all, run{kind: br})
		}
		all = append(all, x.runs...)
	}
	for i := range all {
		if all[i].kind == picture {
			all[i] = run{kind: text, text: all[i].text}
		}
	}
	return settleLinks(squeeze(all))
}

var (
	videoType = set("mp4 m4v webm ogv mov")
	audioType = set("mp3 m4a aac ogg wav oga")
)

func (b *builder) media(n *html.Node) {
	b.flush()
	src := resolve(b.base, attr(n, "src"), "http", "https")
	for c := n.FirstChild; c != nil && src == ""; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Data == "source" {
			src = resolve(b.base, attr(c, "src"), "http", "https")
		}
	}
	if src == "" {
		b.refs.dropped[n.Data]++
		return
	}
	x := block{kind: media, src: src, video: n.Data == "video", name: fold(attr(n, "title"))}
	if x.video {
		x.poster = resolve(b.base, attr(n, "poster"), "http", "https")
	}
	b.emit(x)
}

// embed converts a frame or plug-in that only shows a video, a sound or a document.
func (b *builder) embed(n *html.Node, s scope) {
	src := ""
	for _, key := range []string{"src", "data", "movie", "data-src"} {
		if src == "" {
			src = resolve(b.base, attr(n, key), "http", "https")
		}
	}
	kind := ending(pathOf(src))
	switch {
	case videoType[kind], audioType[kind]:
		b.flush()
		b.emit(block{kind: media, src: src, video: videoType[kind], name: fold(attr(n, "title"))})
	case src != "" && IsFile(src, ""):
		name := fold(attr(n, "title"))
		if name == "" {
			name = baseName(src)
		}
		b.flush()
		b.add(run{kind: text, text: name, href: src}, s)
		b.flush()
	default:
		b.frame(n, src, s)
	}
}

// frame replaces a frame by a link, and counts what cannot be shown.
func (b *builder) frame(n *html.Node, src string, s scope) {
	if tiny(n, "width") || tiny(n, "height") {
		return
	}
	b.refs.dropped[n.Data]++
	if n.Data == "object" && n.FirstChild != nil {
		b.children(n, s)
		return
	}
	if src == "" {
		return
	}
	name := fold(attr(n, "title"))
	if name == "" {
		name = fold(strings.TrimPrefix(strings.TrimPrefix(src, "https://"), "http://"))
	}
	b.flush()
	b.add(run{kind: text, text: "查看原网页嵌入的内容：" + name, href: src}, s)
	b.flush()
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Path
}

func baseName(address string) string {
	p := pathOf(address)
	return p[strings.LastIndexByte(p, '/')+1:]
}

var spaces = regexp.MustCompile(`[\s\p{Z}]+`)

// fold makes one line of an attribute: white space folded, invisible characters dropped, at most 200 characters.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(spaces.ReplaceAllString(s, " "))
	if r := []rune(s); len(r) > 200 {
		s = strings.TrimSpace(string(r[:200]))
	}
	return s
}
