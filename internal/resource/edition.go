package resource

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource/media"
	"guiyi/internal/resource/metadata"
)

// Edition is one version of an item's content.
type Edition struct {
	ID             int64               `bun:"id,pk"`
	ItemID         int64               `bun:"item_id"`
	Owner          int64               `bun:"owner"`
	No             int                 `bun:"no"`
	State          string              `bun:"state"` // draft, live, superseded, withdrawn
	Title          string              `bun:"title"`
	Subtitle       string              `bun:"subtitle"`
	Summary        string              `bun:"summary"`
	Source         string              `bun:"source"` // 来源, ContentSource
	Author         string              `bun:"author"`
	Editor         string              `bun:"editor"` // 责任编辑
	Keywords       []string            `bun:"keywords,type:text"`
	Body           string              `bun:"body"`         // sanitised HTML; media addresses are "/_m/<hash>.<ext>"
	Text           string              `bun:"text"`         // plain text of the body, for search and summaries
	PublishedAt    int64               `bun:"published_at"` // unix ms; the PubDate tag
	Cover          *Media              `bun:"cover,type:text,notnull"`
	Media          []Media             `bun:"media,type:text"` // pictures in the body
	Files          []File              `bun:"files,type:text"`
	Document       *DocumentInfo       `bun:"official,type:text,notnull"`
	Interpretation *InterpretationInfo `bun:"reading,type:text,notnull"`
	Hash           string              `bun:"hash"`       // see ContentHash
	CreatedAt      int64               `bun:"created_at"` // unix ms
	CreatedBy      string              `bun:"created_by"` // kind and id, such as "officer:wang"; "" in old rows
}

// Media is a picture, sound or video; File is an attachment.
type (
	Media = media.Media
	File  = media.File
)

// DocumentInfo contains the metadata of a document (公文).
type DocumentInfo struct {
	IndexNo    string `json:"index_no,omitempty"`   // 索引号
	DocNo      string `json:"doc_no,omitempty"`     // 发文字号, brackets U+3014 and U+3015
	Issuer     string `json:"issuer,omitempty"`     // 发文机关
	Theme      string `json:"theme,omitempty"`      // 主题分类, "top\child"
	Genre      string `json:"genre,omitempty"`      // 体裁
	SignedOn   string `json:"signed_on,omitempty"`  // 成文日期, YYYY-MM-DD
	Effective  string `json:"effective,omitempty"`  // 施行日期
	Expires    string `json:"expires,omitempty"`    // 失效日期
	Validity   string `json:"validity,omitempty"`   // 有效、失效、废止、修改
	Disclosure string `json:"disclosure,omitempty"` // 主动公开、依申请公开、不予公开
	Region     string `json:"region,omitempty"`     // 适用区域
}

// InterpretationInfo contains the metadata of an interpretation (解读回应类).
type InterpretationInfo struct {
	Form  string `json:"form,omitempty"`  // 文字、图解、视频、音频、动漫、访谈、发布会
	Level string `json:"level,omitempty"` // 政策起草单位、专家、媒体
}

// text is a text field of an edition. ARCHITECTURE.md says what to change for a new field.
type text struct {
	name    string // in ContentHash
	element string // of the metadata standard; "" = none
	value   string
}

func (e *Edition) texts() []text {
	return []text{
		{"title", "ResName", e.Title},
		{"subtitle", "", e.Subtitle},
		{"summary", "ResAbstract", e.Summary},
		{"source", "Source", e.Source},
		{"author", "Author", e.Author},
		{"editor", "Editor", e.Editor},
	}
}

// alwaysHashed is the number of texts that are always part of ContentHash. Texts added later are part of it only when
// they are set, so that the hashes of older editions do not change.
const alwaysHashed = 6

// ContentHash returns a hash over everything of an edition that a reader can see. If the hash is unchanged, an import
// changes nothing.
func ContentHash(class Class, e *Edition) string {
	parts, later := []any{class}, []any{}
	for i, t := range e.texts() {
		if i < alwaysHashed {
			parts = append(parts, t.value)
		} else if t.value != "" {
			later = append(later, t.name, t.value)
		}
	}
	parts = append(parts, nonNil(e.Keywords), e.Body, e.PublishedAt, orZero(e.Cover), nonNil(e.Files),
		orZero(e.Document), orZero(e.Interpretation))
	h := sha256.New()
	_ = json.NewEncoder(h).Encode(append(parts, later...)) // cannot fail: plain values, and a hash as the writer
	return hex.EncodeToString(h.Sum(nil))
}

// CheckMetadata checks an edition against the metadata standard of its class.
func CheckMetadata(class Class, e *Edition) []rule.Finding {
	return metadata.Check(string(class), metadataValues(class, e))
}

func metadataValues(class Class, e *Edition) map[string][]string {
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	v := map[string][]string{
		"ResClass": one(string(class)),
		"Keywords": e.Keywords,
		"Text":     one(strings.TrimSpace(e.Text)),
	}
	for _, t := range e.texts() {
		if t.element != "" {
			v[t.element] = one(t.value)
		}
	}
	if e.PublishedAt != 0 {
		v["PubDate"] = one(store.FromMilli(e.PublishedAt).Format("2006-01-02 15:04"))
	}
	if len(v["Text"]) == 0 && (len(e.Media) > 0 || len(e.Files) > 0 || e.Cover != nil) {
		v["Text"] = []string{"图片或附件"} // a picture story or a scanned document needs no text
	}
	d, r := orZero(e.Document), orZero(e.Interpretation)
	for id, s := range map[string]string{"IndexNo": d.IndexNo, "DocNo": d.DocNo, "Issuer": d.Issuer, "Theme": d.Theme,
		"Genre":    d.Genre,
		"SignedOn": d.SignedOn, "Effective": d.Effective, "Expires": d.Expires, "Validity": d.Validity,
		"OpenType": d.Disclosure,
		"Form":     r.Form, "Level": r.Level} {
		v[id] = one(s)
	}
	return v
}
