package exchange

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"html"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"guiyi/internal/exchange/extract"
	"guiyi/internal/exchange/source"
	"guiyi/internal/exchange/source/table"
	"guiyi/internal/kernel/charset"
	"guiyi/internal/kernel/htmlclean"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/resource"
)

// draft is an item whose content is read and whose media are not yet stored.
type draft struct {
	class       resource.Class
	edition     resource.Edition
	body        htmlclean.Result
	files       []htmlclean.Ref // attachments outside the body
	cover       string          // address of the cover picture
	coverAlt    string          // description of the cover; "" for the title
	column      string          // path, "" when unknown
	colName     string          // name of the column of the page, "" when unknown
	url         string
	links       []resource.ExternalLink
	findings    []rule.Finding
	otherPlaces []wantedPlace
	timeText    string    // the time of publication as written, when it cannot be read
	closing     time.Time // the date below the signature; zero when there is none
	base        string    // base of the relative addresses in the body
}

// wantedPlace is a further column that the content names: "path" or "site:path".
type wantedPlace string

// readRecord turns a record into a draft.
func readRecord(in *source.Input, m *Mapping, now time.Time) (*draft, error) {
	get := func(el string) string { return m.value(in.Fields, el) }
	d := &draft{class: cmp.Or(m.Class, resource.Article), url: strings.TrimSpace(cmp.Or(get("url"), in.URL)),
		column: m.column(in.Fields)}
	if page := get("page"); page != "" {
		if err := d.fromPage(page, extract.Options{URL: baseOf(d.url), Now: now}); err != nil {
			return nil, err
		}
	}
	e := &d.edition
	fillTexts(e, func(element string) string {
		if element == "title" {
			return inlineTags.ReplaceAllString(get(element), "")
		}
		return get(element)
	})
	if k := splitKeywords(get("keywords")); len(k) > 0 {
		e.Keywords = k
	}
	if t, ok := parseTime(get("time")); ok {
		e.PublishedAt = t.UnixMilli()
	} else if e.PublishedAt == 0 {
		d.timeText = cmp.Or(oneLine(get("time")), d.timeText)
	}
	if err := d.recordBody(in, m); err != nil {
		return nil, err
	}
	d.readDocument(get)
	d.attachmentsFrom(get("files"))
	if form := get("form"); form != "" {
		e.Interpretation = &resource.InterpretationInfo{Form: form}
	}
	if to := get("interprets"); to != "" {
		d.links = append(d.links, resource.ExternalLink{Kind: resource.Interprets, ExternalID: to})
	}
	d.findings = append(d.findings, lostValues(in.Fields)...)
	for _, el := range m.Require {
		if get(el) == "" {
			return nil, source.Refuse(source.ReasonMalformed, "缺少 %s", el)
		}
	}
	return d, d.complete()
}

// Greatest length of a title in characters and of a document number in bytes.
const (
	maxTitle = 500
	maxDocNo = 300
)

// complete refuses a draft without title or without body.
func (d *draft) complete() error {
	if d.edition.Title == "" {
		return source.Refuse(source.ReasonTitle, "没有标题")
	}
	if utf8.RuneCountInString(d.edition.Title) > maxTitle {
		return source.Refuse(source.ReasonMalformed, "标题超过 %d 个字，可能是列对错了", maxTitle)
	}
	if strings.TrimSpace(d.body.Text) == "" && len(d.body.Images) == 0 && len(d.body.Media) == 0 && len(d.files) == 0 &&
		d.cover == "" {
		return source.Refuse(source.ReasonBody, "没有正文")
	}
	return nil
}

func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(html.UnescapeString(s), "\u3000", " ")), " ")
}

// inlineTags match the tags that feeds and search engines leave in a title.
var inlineTags = regexp.MustCompile(`(?i)</?(?:b|i|u|em|strong|font|span|a|br|sup|sub|mark)(?:\s[^<>]*)?/?>`)

func splitKeywords(s string) []string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",，;；、 \t\n|", r) })
	slices.Sort(parts)
	return slices.Compact(parts)
}

func parseTime(s string) (time.Time, bool) {
	if s == "" {
		return time.Time{}, false
	}
	if t, ok := table.Day(s); ok {
		return t, true
	}
	lines := strings.Split(s, "\n") // several lines are a history: use the last one with a date
	for _, line := range slices.Backward(lines) {
		if t, _, ok := extract.ParseTime(line); ok {
			return t, true
		}
	}
	return time.Time{}, false
}

// recordBody cleans the body of a record and adds the columns of Mapping.Table to it as a table.
func (d *draft) recordBody(in *source.Input, m *Mapping) error {
	text := m.value(in.Fields, "body")
	if text == "" && len(m.Table) == 0 {
		return nil // keep the body of the page, if there is one
	}
	markup, err := toHTML(text, m.Body)
	if err != nil {
		return err
	}
	body, err := htmlclean.Clean(markup+fieldTable(in.Fields, m.Table), htmlclean.Options{Base: baseOf(d.url)})
	if err != nil {
		return err
	}
	if strings.TrimSpace(body.Text) != "" || len(body.Images) > 0 {
		d.body = body
	}
	return nil
}

// baseOf returns an address that relative ones can be resolved against, "" for any other.
func baseOf(address string) string {
	if u, err := url.Parse(address); err != nil || !u.IsAbs() || u.Host == "" {
		return ""
	}
	return address
}

var looksLikeHTML = regexp.MustCompile(`(?i)<(p|div|br|table|span|img|ul|ol|h[1-6]|tbody|section|a)[\s>/]`)
var looksLikeMarkdown = regexp.MustCompile(`(?m)^(#{1,6} |\* |- |\|.*\|)`)

func toHTML(text, kind string) (string, error) {
	switch {
	case kind == "html", kind != "markdown" && kind != "text" && looksLikeHTML.MatchString(text):
		return text, nil
	case kind == "markdown", kind != "text" && looksLikeMarkdown.MatchString(text):
		return markdown(text)
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.Trim(line, " \t\r\n\u3000"); line != "" {
			b.WriteString("<p>" + html.EscapeString(line) + "</p>\n")
		}
	}
	return b.String(), nil
}

func markdown(text string) (string, error) {
	var b bytes.Buffer
	err := goldmark.New(goldmark.WithExtensions(extension.Table)).Convert([]byte(text), &b)
	return b.String(), err
}

func fieldTable(fields map[string]string, columns []string) string {
	if len(columns) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("<table><tbody>")
	for _, c := range columns {
		if v := fields[c]; v != "" {
			b.WriteString("<tr><th scope=\"row\">" + html.EscapeString(c) + "</th><td>" + html.EscapeString(v) +
				"</td></tr>")
		}
	}
	b.WriteString("</tbody></table>")
	return b.String()
}

// readDocument sets the document metadata from a record. Elements that the record does not have keep their value.
func (d *draft) readDocument(get func(string) string) {
	o := resource.DocumentInfo{}
	if d.edition.Document != nil {
		o = *d.edition.Document
	}
	set := func(field *string, v string) {
		if v != "" {
			*field = v
		}
	}
	set(&o.IndexNo, strings.TrimSpace(get("index_no")))
	if no := get("doc_no"); no != "" {
		o.DocNo = canonicalDocNo(no)
	}
	set(&o.Issuer, oneLine(get("issuer")))
	set(&o.Theme, themeOf(get("theme")))
	set(&o.Genre, oneLine(get("genre")))
	for el, field := range map[string]*string{"signed": &o.SignedOn, "effective": &o.Effective, "expires": &o.Expires} {
		if t, ok := parseTime(get(el)); ok {
			*field = t.Format(time.DateOnly)
		}
	}
	set(&o.Validity, validityOf(get("validity")))
	set(&o.Disclosure, oneLine(get("disclosure")))
	set(&o.Region, oneLine(get("region")))
	if len(o.DocNo) > maxDocNo {
		o.DocNo = ""
	}
	if o != (resource.DocumentInfo{}) {
		d.edition.Document = &o
		if d.class == resource.Article && (o.DocNo != "" || o.IndexNo != "") {
			d.class = resource.Document
		}
	}
}

func canonicalDocNo(s string) string {
	if canonical, _, ok := extract.DocNumber(s); ok {
		return canonical
	}
	return oneLine(s)
}

// themeOf writes a theme in the form of gov.cn: its levels joined by a backslash.
func themeOf(s string) string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '\\' || r == '/' || r == '>' })
	for i := range parts {
		parts[i] = oneLine(parts[i])
	}
	return strings.Join(parts, `\`)
}

// validityOf maps the usual texts to the values of the metadata standard.
func validityOf(s string) string {
	s = oneLine(s)
	switch {
	case s == "", slices.Contains([]string{"有效", "失效", "废止", "修改"}, s):
		return s
	case strings.Contains(s, "废止"):
		return "废止"
	case strings.Contains(s, "失效"):
		return "失效"
	case strings.Contains(s, "修改"), strings.Contains(s, "修订"):
		return "修改"
	case strings.Contains(s, "尚未"), strings.Contains(s, "未生效"):
		return "尚未施行"
	case strings.Contains(s, "有效"):
		return "有效"
	}
	return s
}

func (d *draft) attachmentsFrom(s string) {
	between := func(r rune) bool { return strings.ContainsRune(" \n\t,;，；、|[]'\"", r) }
	for _, address := range strings.FieldsFunc(s, between) {
		if base := baseOf(d.url); baseOf(address) == "" && base != "" && htmlclean.IsFile(address, "") {
			if u, err := url.Parse(base); err == nil {
				if r, err := u.Parse(address); err == nil {
					address = r.String()
				}
			}
		}
		if baseOf(address) != "" || htmlclean.IsFile(address, "") { // the intake reports what cannot be fetched
			d.files = append(d.files, htmlclean.Ref{URL: address})
		}
	}
}

// readPage turns a saved page into a draft.
func readPage(in *source.Input, now time.Time) (*draft, error) {
	text, info, err := charset.Decode(in.Raw, in.Encoding)
	if err != nil {
		return nil, source.Because(source.ReasonEncoding, err)
	}
	d := &draft{class: resource.Article, url: in.URL}
	if err := d.fromPage(text, extract.Options{URL: baseOf(in.URL), Name: path.Base(in.Name), Now: now}); err != nil {
		return nil, err
	}
	if info.Repaired > 0 {
		d.findings = append(d.findings, rule.Finding{Code: "import.encoding", Level: rule.Warn, Field: "正文",
			Text: "原文编码有损坏，已修复，请核对"})
	}
	return d, d.complete()
}

var frameset = regexp.MustCompile(`(?i)<frameset[\s>]`)

// fromPage fills the draft from a decoded page.
func (d *draft) fromPage(text string, o extract.Options) error {
	r, err := extract.Extract(text, o)
	if err != nil {
		return err
	}
	switch r.Kind {
	case extract.Article:
	case extract.Error, extract.Empty, extract.Home, extract.List:
		names := map[extract.Kind]string{extract.Error: "出错页", extract.Empty: "空模板", extract.Home: "首页",
			extract.List: "列表页"}
		if n := len(r.Body.Images) + len(r.Body.Media) + lostMedia(r.Body.Dropped); r.Kind == extract.Empty && n > 0 {
			return source.Refuse(source.ReasonBody,
				"页面里没有文字，只有 %d 处图片或音视频，也没有可以确认是文章的标题和日期；如果是图片新闻，请补上文字或连同日期重新保存", n)
		}
		if r.Kind == extract.Empty && frameset.MatchString(text) {
			return source.Refuse(source.ReasonNotItem, "这是框架集，内容在它框里的页面，请导入那些页面")
		}
		return source.Refuse(source.ReasonNotItem, "这是%s，不是文章", names[r.Kind])
	}
	d.edition.Title, d.edition.Subtitle, d.edition.Source = r.Title, r.Subtitle, r.Source
	d.edition.Author, d.edition.Editor, d.edition.Summary, d.edition.Keywords = r.Author, r.Editor, r.Summary,
		r.Keywords
	if !r.Time.IsZero() {
		d.edition.PublishedAt = r.Time.UnixMilli()
	}
	d.timeText, d.closing = r.TimeText, r.Closing
	d.body, d.files, d.cover, d.colName, d.base = r.Body, r.Files, r.Image, r.ColumnName, r.Base
	if d.url == "" {
		d.url = r.URL
	}
	d.fromHeadTable(r.Document)
	if len(r.Next) > 0 {
		d.findings = append(d.findings, rule.Finding{Code: "import.pages", Level: rule.Warn, Field: "正文",
			Text: "原文分成几页，这里只有一页，其余没有并入：" + listAddresses(r.Next) + "，请核对补充"})
	}
	for _, w := range r.Warnings {
		d.findings = append(d.findings, rule.Finding{Code: "import.extract", Level: rule.Warn, Field: "页面", Text: w})
	}
	return nil
}

func (d *draft) fromHeadTable(doc extract.DocumentInfo) {
	if doc.Zero() {
		return
	}
	date := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.DateOnly)
	}
	d.edition.Document = &resource.DocumentInfo{
		IndexNo:    doc.Index,
		DocNo:      doc.Number,
		Issuer:     doc.Issuer,
		Theme:      themeOf(doc.Theme),
		Genre:      doc.Genre,
		SignedOn:   date(doc.Signed),
		Effective:  date(doc.Effective),
		Expires:    date(doc.Expires),
		Validity:   validityOf(doc.Validity),
		Disclosure: doc.Openness,
	}
	if doc.Number != "" || doc.Index != "" {
		d.class = resource.Document
	}
	if d.edition.PublishedAt == 0 && !doc.Published.IsZero() {
		d.edition.PublishedAt = doc.Published.UnixMilli()
	}
}

// hashKey returns an ID for a record without a key, made from its content.
func hashKey(fields map[string]string) string {
	h := sha256.New()
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		h.Write([]byte(k + "\x00" + fields[k] + "\x00"))
	}
	return "sha256-" + hex.EncodeToString(h.Sum(nil))[:32]
}
