package resource

import (
	"context"
	"embed"
	"io/fs"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations returns the migrations of this slice.
func Migrations() store.Migrations {
	sub, _ := fs.Sub(migrationFiles, "migrations") // cannot fail: the folder is embedded
	return store.Migrations{Slice: "resource", FS: sub}
}

type itemRow struct {
	bun.BaseModel `bun:"table:resource_item"`

	Item
	MergeKey string `bun:"merge_key"` // see compare.Key
}

// item returns a copy for the caller.
func (r *itemRow) item() *Item {
	it := r.Item
	it.Withdrawal = nilWhenEmpty(it.Withdrawal)
	return &it
}

// AfterScanRow sets an empty Withdrawal to nil. In the database a missing value is an empty JSON object, never SQL
// NULL or JSON null, so that both engines and a backup have the same text.
func (it *Item) AfterScanRow(context.Context) error {
	it.Withdrawal = nilWhenEmpty(it.Withdrawal)
	return nil
}

type editionRow struct {
	bun.BaseModel `bun:"table:resource_edition"`

	Edition
	DocNo   string `bun:"doc_no"`   // copy of Document.DocNo, for searches
	IndexNo string `bun:"index_no"` // copy of Document.IndexNo
}

// edition returns a copy for the caller.
func (r *editionRow) edition() *Edition {
	e := r.Edition
	return &e
}

// AfterScanRow sets empty objects to nil, see Item.AfterScanRow.
func (e *Edition) AfterScanRow(context.Context) error {
	if e.Cover != nil && e.Cover.Hash == "" {
		e.Cover = nil
	}
	e.Document, e.Interpretation = nilWhenEmpty(e.Document), nilWhenEmpty(e.Interpretation)
	return nil
}

// rowOfEdition returns the row of an edition, in which nothing is nil (see Item.AfterScanRow).
func rowOfEdition(e *Edition) *editionRow {
	r := &editionRow{Edition: *e}
	r.Keywords, r.Media, r.Files = nonNil(e.Keywords), nonNil(e.Media), nonNil(e.Files)
	r.Cover, r.Document, r.Interpretation = orZero(e.Cover), orZero(e.Document), orZero(e.Interpretation)
	r.DocNo, r.IndexNo = r.Document.DocNo, r.Document.IndexNo
	return r
}

type placementRow struct {
	bun.BaseModel `bun:"table:resource_placement"`

	Placement
}

type linkRow struct {
	bun.BaseModel `bun:"table:resource_link"`

	Link
	Owner int64     `bun:"owner"` // of the item From
	State LinkState `bun:"state"`
	At    int64     `bun:"at"` // unix ms: when the link was added; 0 in old rows
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

	Owner int64 `bun:"owner,pk"`
	Provenance
	ItemID      int64  `bun:"item_id"`
	ContentHash string `bun:"content_hash"`
	Merged      bool   `bun:"merged"` // the item existed already with the same text
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

func nilWhenEmpty[T comparable](p *T) *T {
	if p != nil && *p == *new(T) {
		return nil
	}
	return p
}
