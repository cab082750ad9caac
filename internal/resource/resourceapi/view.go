package resourceapi

import (
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/resource"
)

// Head is the version and the state of an item.
type Head struct {
	ID        api.ID     `json:"id"`
	Version   int64      `json:"version" doc:"版本号，每次改动加一；修改、发布、撤稿时要带上"`
	State     string     `json:"state" doc:"draft 草稿、scheduled 定时发布、live 公开、withdrawn 已撤稿"`
	ReleaseAt *time.Time `json:"release_at,omitempty" doc:"计划发布时间"`
	OfflineAt *time.Time `json:"offline_at,omitempty" doc:"计划撤稿时间"`
}

// Summary is an item in a list.
type Summary struct {
	Head
	Site        string     `json:"site" doc:"所属站点"`
	Class       string     `json:"class"`
	Title       string     `json:"title"`
	PublishedAt *time.Time `json:"published_at,omitempty"`
	UpdatedAt   *time.Time `json:"updated_at,omitempty"`
}

// Item is an item with its newest edition.
type Item struct {
	Head
	Site       string      `json:"site" doc:"所属站点"`
	Class      string      `json:"class"`
	CreatedAt  *time.Time  `json:"created_at,omitempty"`
	UpdatedBy  string      `json:"updated_by,omitempty" doc:"最后修改者，类型和编号"`
	UpdatedAt  *time.Time  `json:"updated_at,omitempty"`
	Withdrawal *Withdrawal `json:"withdrawal,omitempty"`
	Edition    Edition     `json:"edition" doc:"最新的稿件版本，可能是草稿"`
}

// Withdrawal tells how an item left public view.
type Withdrawal struct {
	Kind   string     `json:"kind"`
	Reason string     `json:"reason"`
	To     api.ID     `json:"to,omitempty" doc:"并入的信息"`
	At     *time.Time `json:"at,omitempty"`
}

// Edition is one version of an item's content.
type Edition struct {
	No             int             `json:"no" doc:"第几版"`
	State          string          `json:"state" doc:"draft 草稿、live 公开、superseded 被取代、withdrawn 已撤"`
	CreatedAt      *time.Time      `json:"created_at,omitempty"`
	CreatedBy      string          `json:"created_by,omitempty" doc:"这一稿的作者账号，类型和编号"`
	Title          string          `json:"title"`
	Subtitle       string          `json:"subtitle,omitempty"`
	Summary        string          `json:"summary,omitempty"`
	Source         string          `json:"source,omitempty"`
	Author         string          `json:"author,omitempty"`
	Editor         string          `json:"editor,omitempty"`
	Keywords       []string        `json:"keywords,omitempty"`
	HTML           string          `json:"html" doc:"正文，平台的规范 HTML"`
	PublishedAt    *time.Time      `json:"published_at,omitempty"`
	Cover          *Picture        `json:"cover,omitempty"`
	Files          []File          `json:"files,omitempty"`
	Document       *Document       `json:"document,omitempty"`
	Interpretation *Interpretation `json:"interpretation,omitempty"`
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

// Document is the head table of an official document.
type Document struct {
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

// Interpretation is what an interpretation adds.
type Interpretation struct {
	Form  string `json:"form,omitempty" maxLength:"20" doc:"形式：文字、图解、视频、音频、动漫、访谈、发布会"`
	Level string `json:"level,omitempty" maxLength:"20" doc:"层次：政策起草单位、专家、媒体"`
}

// Finding is what a check says of an item.
type Finding struct {
	Level string `json:"level" doc:"error 发布前必须改正，warn 建议改正"`
	Code  string `json:"code"`
	Field string `json:"field"`
	Text  string `json:"text"`
}

func headOf(it *resource.Item) Head {
	return Head{
		ID:        api.NewID(it.ID),
		Version:   it.Version,
		State:     string(it.State),
		ReleaseAt: api.Time(it.ReleaseAt),
		OfflineAt: api.Time(it.OfflineAt),
	}
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
		d := Document(*e.Document)
		out.Document = &d
	}
	if e.Interpretation != nil {
		r := Interpretation(*e.Interpretation)
		out.Interpretation = &r
	}
	return out
}

func withdrawalOf(w *resource.Withdrawal) *Withdrawal {
	if w == nil {
		return nil
	}
	return &Withdrawal{Kind: string(w.Kind), Reason: w.Reason, To: api.NewID(w.Successor), At: api.Time(w.At)}
}

func findingsOf(fs []rule.Finding) []Finding {
	out := []Finding{}
	for _, f := range fs {
		level := "warn"
		if f.Level == rule.Error {
			level = "error"
		}
		out = append(out, Finding{Level: level, Code: f.Code, Field: f.Field, Text: f.Text})
	}
	return out
}
