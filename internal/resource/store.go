package resource

import (
	"embed"
	"io/fs"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations are the tables of this slice.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrationFiles, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "resource", FS: sub}
}

type itemRow struct {
	bun.BaseModel `bun:"table:resource_item"`

	ID           int64       `bun:"id,pk"`
	Owner        int64       `bun:"owner"`
	Class        Class       `bun:"class"`
	Version      int64       `bun:"version"`
	State        State       `bun:"state"`
	LiveEdition  int64       `bun:"live_edition"`
	DraftEdition int64       `bun:"draft_edition"`
	ReleaseAt    int64       `bun:"release_at"`
	OfflineAt    int64       `bun:"offline_at"`
	Withdrawal   *Withdrawal `bun:"withdrawal,type:text,notnull"`
	MergeKey     string      `bun:"merge_key"`
	CreatedAt    int64       `bun:"created_at"`
	UpdatedAt    int64       `bun:"updated_at"`
	UpdatedBy    string      `bun:"updated_by"`
}

func (r *itemRow) item() *Item {
	it := &Item{
		ID:           r.ID,
		Owner:        r.Owner,
		Class:        r.Class,
		Version:      r.Version,
		State:        r.State,
		LiveEdition:  r.LiveEdition,
		DraftEdition: r.DraftEdition,
		ReleaseAt:    r.ReleaseAt,
		OfflineAt:    r.OfflineAt,
		CreatedAt:    r.CreatedAt,
		UpdatedAt:    r.UpdatedAt,
		UpdatedBy:    r.UpdatedBy,
	}
	if r.Withdrawal != nil && r.Withdrawal.Kind != "" {
		it.Withdrawal = r.Withdrawal
	}
	return it
}

type editionRow struct {
	bun.BaseModel `bun:"table:resource_edition"`

	ID             int64               `bun:"id,pk"`
	ItemID         int64               `bun:"item_id"`
	Owner          int64               `bun:"owner"`
	No             int                 `bun:"no"`
	State          string              `bun:"state"`
	Title          string              `bun:"title"`
	Subtitle       string              `bun:"subtitle"`
	Summary        string              `bun:"summary"`
	Source         string              `bun:"source"`
	Author         string              `bun:"author"`
	Editor         string              `bun:"editor"`
	Keywords       []string            `bun:"keywords,type:text"`
	Body           string              `bun:"body"`
	Text           string              `bun:"text"`
	PublishedAt    int64               `bun:"published_at"`
	Cover          *Media              `bun:"cover,type:text,notnull"`
	Media          []Media             `bun:"media,type:text"`
	Files          []File              `bun:"files,type:text"`
	Document       *DocumentInfo       `bun:"official,type:text,notnull"`
	Interpretation *InterpretationInfo `bun:"reading,type:text,notnull"`
	DocNo          string              `bun:"doc_no"`
	IndexNo        string              `bun:"index_no"`
	Hash           string              `bun:"hash"`
	CreatedAt      int64               `bun:"created_at"`
	CreatedBy      string              `bun:"created_by"`
}

func (r *editionRow) edition() *Edition {
	e := &Edition{
		ID:          r.ID,
		ItemID:      r.ItemID,
		Owner:       r.Owner,
		No:          r.No,
		State:       r.State,
		Title:       r.Title,
		Subtitle:    r.Subtitle,
		Summary:     r.Summary,
		Source:      r.Source,
		Author:      r.Author,
		Editor:      r.Editor,
		Keywords:    r.Keywords,
		Body:        r.Body,
		Text:        r.Text,
		PublishedAt: r.PublishedAt,
		Media:       r.Media,
		Files:       r.Files,
		Hash:        r.Hash,
		CreatedAt:   r.CreatedAt,
		CreatedBy:   r.CreatedBy,
	}
	if r.Cover != nil && r.Cover.Hash != "" {
		e.Cover = r.Cover
	}
	if r.Document != nil && *r.Document != (DocumentInfo{}) {
		e.Document = r.Document
	}
	if r.Interpretation != nil && *r.Interpretation != (InterpretationInfo{}) {
		e.Interpretation = r.Interpretation
	}
	return e
}

// rowOfEdition writes absent parts as empty objects, never as SQL NULL or JSON null, so
// that both engines and a backup hold the same text.
func rowOfEdition(e *Edition) *editionRow {
	r := &editionRow{
		ID:             e.ID,
		ItemID:         e.ItemID,
		Owner:          e.Owner,
		No:             e.No,
		State:          e.State,
		Title:          e.Title,
		Subtitle:       e.Subtitle,
		Summary:        e.Summary,
		Source:         e.Source,
		Author:         e.Author,
		Editor:         e.Editor,
		Keywords:       nonNil(e.Keywords),
		Body:           e.Body,
		Text:           e.Text,
		PublishedAt:    e.PublishedAt,
		Cover:          orZero(e.Cover),
		Media:          nonNil(e.Media),
		Files:          nonNil(e.Files),
		Document:       orZero(e.Document),
		Interpretation: orZero(e.Interpretation),
		Hash:           e.Hash,
		CreatedAt:      e.CreatedAt,
		CreatedBy:      e.CreatedBy,
	}
	r.DocNo, r.IndexNo = r.Document.DocNo, r.Document.IndexNo
	return r
}

type placementRow struct {
	bun.BaseModel `bun:"table:resource_placement"`

	ID       int64  `bun:"id,pk"`
	ItemID   int64  `bun:"item_id"`
	Owner    int64  `bun:"owner"`
	SiteID   int64  `bun:"site_id"`
	ColumnID int64  `bun:"column_id"`
	Headline string `bun:"headline"`
	At       int64  `bun:"at"`
	Primary  bool   `bun:"is_primary"`
	Live     bool   `bun:"live"`
}

func (r *placementRow) placement() Placement {
	return Placement{
		ID:       r.ID,
		ItemID:   r.ItemID,
		Owner:    r.Owner,
		SiteID:   r.SiteID,
		ColumnID: r.ColumnID,
		Headline: r.Headline,
		At:       r.At,
		Primary:  r.Primary,
		Live:     r.Live,
	}
}

type linkRow struct {
	bun.BaseModel `bun:"table:resource_link"`

	From  int64     `bun:"from_item,pk"`
	To    int64     `bun:"to_item,pk"`
	Kind  LinkKind  `bun:"kind,pk"`
	Owner int64     `bun:"owner"` // of the item it starts from
	State LinkState `bun:"state"`
	At    int64     `bun:"at"` // when it was made, unix ms; 0 in old rows
}

type pendingLinkRow struct {
	bun.BaseModel `bun:"table:resource_pending_link"`

	Owner      int64    `bun:"owner,pk"`
	Source     string   `bun:"source,pk"`
	ExternalID string   `bun:"external_id,pk"`
	From       int64    `bun:"from_item,pk"`
	Kind       LinkKind `bun:"kind,pk"`
}

type tagRow struct {
	bun.BaseModel `bun:"table:resource_tag"`

	ItemID int64  `bun:"item_id,pk"`
	Tag    string `bun:"tag,pk"`
	Owner  int64  `bun:"owner"`
}

type provenanceRow struct {
	bun.BaseModel `bun:"table:resource_provenance"`

	Owner       int64  `bun:"owner,pk"`
	Source      string `bun:"source,pk"`
	ExternalID  string `bun:"external_id,pk"`
	ItemID      int64  `bun:"item_id"`
	OriginURL   string `bun:"origin_url"`
	FetchedAt   int64  `bun:"fetched_at"`
	RawHash     string `bun:"raw_hash"`
	Extractor   string `bun:"extractor"`
	ContentHash string `bun:"content_hash"`
	Merged      bool   `bun:"merged"` // said the same as an item that was there
}

type addressRow struct {
	bun.BaseModel `bun:"table:resource_address"`

	SiteID int64  `bun:"site_id,pk"`
	Path   string `bun:"path,pk"`
	ItemID int64  `bun:"item_id"`
	No     int64  `bun:"no"`
}

type oldAddressRow struct {
	bun.BaseModel `bun:"table:resource_old_address"`

	SiteID int64  `bun:"site_id,pk"`
	Path   string `bun:"path,pk"`
	ItemID int64  `bun:"item_id"`
}

type indexNoRow struct {
	bun.BaseModel `bun:"table:resource_index_no"`

	Number string `bun:"number,pk"`
	ItemID int64  `bun:"item_id"`
}

type unplacedRow struct {
	bun.BaseModel `bun:"table:resource_unplaced"`

	ItemID   int64 `bun:"item_id,pk"`
	ColumnID int64 `bun:"column_id,pk"`
}

func rowOfFinding(it *itemRow, f rule.Finding) findingRow {
	return findingRow{
		ItemID: it.ID,
		Owner:  it.Owner,
		Code:   f.Code,
		Level:  string(f.Level),
		Field:  f.Field,
		Text:   f.Text,
	}
}

type findingRow struct {
	bun.BaseModel `bun:"table:resource_finding"`

	ItemID int64  `bun:"item_id"`
	Owner  int64  `bun:"owner"`
	Code   string `bun:"code"`
	Level  string `bun:"level"`
	Field  string `bun:"field"`
	Text   string `bun:"text"`
}

func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func orZero[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}
