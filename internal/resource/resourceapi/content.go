package resourceapi

import (
	"strings"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/resource"
)

// Edition is one version of an item's content.
type Edition struct {
	No             int                 `json:"no" doc:"第几版"`
	State          string              `json:"state" doc:"draft 草稿、live 公开、superseded 被取代、withdrawn 已撤"`
	CreatedAt      *time.Time          `json:"created_at,omitempty"`
	CreatedBy      string              `json:"created_by,omitempty" doc:"这一稿的作者，类型和编号"`
	Title          string              `json:"title"`
	Subtitle       string              `json:"subtitle,omitempty"`
	Summary        string              `json:"summary,omitempty"`
	Source         string              `json:"source,omitempty"`
	Author         string              `json:"author,omitempty"`
	Editor         string              `json:"editor,omitempty"`
	Keywords       []string            `json:"keywords,omitempty"`
	HTML           string              `json:"html" doc:"正文，平台的规范 HTML"`
	PublishedAt    *time.Time          `json:"published_at,omitempty"`
	Cover          *Picture            `json:"cover,omitempty"`
	Files          []File              `json:"files,omitempty"`
	Document       *DocumentInfo       `json:"document,omitempty"`
	Interpretation *InterpretationInfo `json:"interpretation,omitempty"`
}

// Picture is a cover.
type Picture struct {
	Hash string `json:"hash" minLength:"64" maxLength:"64" pattern:"^[0-9a-f]{64}$" patternDescription:"上传应答里的 hash" doc:"上传应答里的 hash"`
	Alt  string `json:"alt,omitempty" maxLength:"500" doc:"图片说明"`
}

// File is an attachment.
type File struct {
	Hash string `json:"hash" minLength:"64" maxLength:"64" pattern:"^[0-9a-f]{64}$" patternDescription:"上传应答里的 hash" doc:"上传应答里的 hash"`
	Name string `json:"name,omitempty" maxLength:"300" doc:"显示的名称，带扩展名；不写用上传时的"`
}

// DocumentInfo contains the metadata of a document, see resource.DocumentInfo.
type DocumentInfo struct {
	IndexNo    string `json:"index_no,omitempty" maxLength:"100" doc:"索引号；不写由平台编"`
	DocNo      string `json:"doc_no,omitempty" maxLength:"300" doc:"发文字号"`
	Issuer     string `json:"issuer,omitempty" maxLength:"300" doc:"发文机关"`
	Theme      string `json:"theme,omitempty" maxLength:"300" doc:"主题分类"`
	Genre      string `json:"genre,omitempty" maxLength:"60" doc:"体裁"`
	SignedOn   string `json:"signed_on,omitempty" format:"date" doc:"成文日期"`
	Effective  string `json:"effective,omitempty" format:"date" doc:"施行日期"`
	Expires    string `json:"expires,omitempty" format:"date" doc:"失效日期"`
	Validity   string `json:"validity,omitempty" maxLength:"20" doc:"有效性：有效、失效、废止、修改"`
	Disclosure string `json:"disclosure,omitempty" maxLength:"20" doc:"公开方式"`
	Region     string `json:"region,omitempty" maxLength:"100" doc:"适用区域"`
}

// InterpretationInfo contains the metadata of an interpretation, see resource.InterpretationInfo.
type InterpretationInfo struct {
	Form  string `json:"form,omitempty" maxLength:"20" doc:"形式：文字、图解、视频、音频、动漫、访谈、发布会"`
	Level string `json:"level,omitempty" maxLength:"20" doc:"层次：政策起草单位、专家、媒体"`
}

// Content has the fields of an edition that a client can set. A revision does not change the fields that are left out.
type Content struct {
	Title          *string             `json:"title,omitempty" minLength:"1" maxLength:"500" doc:"标题"`
	Subtitle       *string             `json:"subtitle,omitempty" maxLength:"500" doc:"副标题"`
	Summary        *string             `json:"summary,omitempty" maxLength:"2000" doc:"摘要"`
	Source         *string             `json:"source,omitempty" maxLength:"200" doc:"来源（ContentSource）"`
	Author         *string             `json:"author,omitempty" maxLength:"200" doc:"作者"`
	Editor         *string             `json:"editor,omitempty" maxLength:"200" doc:"责任编辑"`
	Keywords       []string            `json:"keywords,omitempty" maxItems:"30" doc:"关键词"`
	HTML           *string             `json:"html,omitempty" doc:"正文（HTML）"`
	PublishedAt    *time.Time          `json:"published_at,omitempty" doc:"发布时间（PubDate），不写为现在"`
	Cover          *Picture            `json:"cover,omitempty" doc:"封面"`
	Files          []File              `json:"files,omitempty" maxItems:"200" doc:"附件"`
	Document       *DocumentInfo       `json:"document,omitempty" doc:"公文要素"`
	Interpretation *InterpretationInfo `json:"interpretation,omitempty" doc:"解读要素"`
}

func editionOf(e *resource.Edition) Edition {
	out := Edition{
		No:          e.No,
		State:       e.State,
		CreatedAt:   api.Time(e.CreatedAt),
		CreatedBy:   e.CreatedBy,
		Title:       e.Title,
		Subtitle:    e.Subtitle,
		Summary:     e.Summary,
		Source:      e.Source,
		Author:      e.Author,
		Editor:      e.Editor,
		Keywords:    e.Keywords,
		HTML:        e.Body,
		PublishedAt: api.Time(e.PublishedAt),
	}
	if e.Cover != nil {
		out.Cover = &Picture{Hash: e.Cover.Hash, Alt: e.Cover.Alt}
	}
	for _, f := range e.Files {
		out.Files = append(out.Files, File{Hash: f.Hash, Name: f.Name})
	}
	if e.Document != nil {
		d := DocumentInfo(*e.Document)
		out.Document = &d
	}
	if e.Interpretation != nil {
		r := InterpretationInfo(*e.Interpretation)
		out.Interpretation = &r
	}
	return out
}

// contentFields maps the field names of the library to those of Content where they differ, see api.Operation.
func contentFields() map[string]string { return map[string]string{"body": "html"} }

// write sets the fields of an edition from a request. It does not change the fields that are left out. Of files it sets
// hash, name and description; the library completes the rest.
func (h handlers) write(class resource.Class, e *resource.Edition, c Content) error {
	for _, f := range []struct {
		to *string
		v  *string
	}{{&e.Title, c.Title}, {&e.Subtitle, c.Subtitle}, {&e.Summary, c.Summary}, {&e.Source, c.Source},
		{&e.Author, c.Author}, {&e.Editor, c.Editor}} {
		if f.v != nil {
			*f.to = strings.Join(strings.Fields(*f.v), " ")
		}
	}
	if c.Keywords != nil {
		e.Keywords = c.Keywords
	}
	if c.PublishedAt != nil {
		e.PublishedAt = api.Milli(c.PublishedAt)
	}
	if c.Document != nil {
		d := resource.DocumentInfo(*c.Document)
		e.Document = &d
	}
	if c.Interpretation != nil {
		r := resource.InterpretationInfo(*c.Interpretation)
		e.Interpretation = &r
	}
	if c.Cover != nil {
		e.Cover = &resource.Media{Hash: c.Cover.Hash, Alt: c.Cover.Alt}
	}
	if c.Files != nil {
		e.Files = nil
		for _, f := range c.Files {
			e.Files = append(e.Files, resource.File{Name: f.Name, Hash: f.Hash})
		}
	}
	if c.HTML == nil {
		return nil
	}
	body, err := h.Clean(class, *c.HTML)
	if err != nil {
		return err
	}
	return e.SetBody(body)
}
