package resource

import (
	"context"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/tenant"
)

// Library reads items as their owners see them, drafts included. Every call needs a
// tenant.Scope in the context and shows only rows of the owners it covers.
type Library struct{ db *store.DB }

// NewLibrary reads from db.
func NewLibrary(db *store.DB) *Library { return &Library{db: db} }

// Item returns one item with its newest edition, draft or not.
func (l *Library) Item(ctx context.Context, id int64) (*Item, *Edition, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, nil, err
	}
	row := new(itemRow)
	err = scope.Where(l.db.Read().NewSelect().Model(row), "owner").Where("id = ?", id).Scan(ctx)
	if store.NotFound(err) {
		return nil, nil, missing(id)
	}
	if err != nil {
		return nil, nil, err
	}
	ed := new(editionRow)
	if err := l.db.Read().NewSelect().Model(ed).Where("item_id = ?",
		id).Order("no DESC").Limit(1).Scan(ctx); err != nil {
		return nil, nil, err
	}
	return row.item(), ed.edition(), nil
}

// Editions returns all editions of an item, newest first.
func (l *Library) Editions(ctx context.Context, id int64) ([]*Edition, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	var rows []editionRow
	if err := scope.Where(l.db.Read().NewSelect().Model(&rows), "owner").Where("item_id = ?",
		id).Order("no DESC").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]*Edition, len(rows))
	for i := range rows {
		out[i] = rows[i].edition()
	}
	return out, nil
}

// Summary is an item as a work list shows it.
type Summary struct {
	Item  Item
	Title string
	At    int64
}

// Filter narrows a work list. Zero fields do not narrow.
type Filter struct {
	Owner  int64
	Class  Class
	State  State
	Column int64
	DocNo  string
	After  int64 // id of the last item of the page before; ids are time-ordered, newest first
	Limit  int   // 0: 50, at most 500
}

// List returns items newest first; page on with Filter.After.
func (l *Library) List(ctx context.Context, f Filter) ([]Summary, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	var rows []struct {
		itemRow
		Title       string `bun:"title"`
		PublishedAt int64  `bun:"published_at"`
	}
	q := l.db.Read().NewSelect().ColumnExpr("i.*, e.title, e.published_at").TableExpr("resource_item AS i").
		Join(
			"JOIN resource_edition AS e ON e.id = CASE WHEN i.draft_edition <> 0 THEN i.draft_edition ELSE i.live_edition END")
	q = scope.Where(q, "i.owner").OrderExpr("i.id DESC").Limit(int64(min(f.Limit, 500)))
	if f.Owner != 0 {
		q = q.Where("i.owner = ?", f.Owner)
	}
	if f.Class != "" {
		q = q.Where("i.class = ?", f.Class)
	}
	if f.State != "" {
		q = q.Where("i.state = ?", f.State)
	}
	if f.DocNo != "" {
		q = q.Where("e.doc_no = ?", f.DocNo)
	}
	if f.Column != 0 {
		q = q.Where("EXISTS (SELECT 1 FROM resource_placement AS p WHERE p.item_id = i.id AND p.column_id = ?)",
			f.Column)
	}
	if f.After != 0 {
		q = q.Where("i.id < ?", f.After)
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := make([]Summary, len(rows))
	for i := range rows {
		out[i] = Summary{Item: *rows[i].item(), Title: rows[i].Title, At: rows[i].PublishedAt}
	}
	return out, nil
}

// Provenance returns where an item came from, oldest first; several when duplicates
// were merged into it.
func (l *Library) Provenance(ctx context.Context, id int64) ([]Provenance, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	var rows []provenanceRow
	if err := scope.Where(l.db.Read().NewSelect().Model(&rows), "owner").Where("item_id = ?", id).Order("fetched_at",
		"external_id").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]Provenance, len(rows))
	for i, r := range rows {
		out[i] = Provenance{
			Source:     r.Source,
			ExternalID: r.ExternalID,
			OriginURL:  r.OriginURL,
			FetchedAt:  r.FetchedAt,
			RawHash:    r.RawHash,
			Extractor:  r.Extractor,
		}
	}
	return out, nil
}

// Findings returns what the metadata standard and the import found on an item.
func (l *Library) Findings(ctx context.Context, id int64) ([]rule.Finding, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	var rows []findingRow
	if err := scope.Where(l.db.Read().NewSelect().Model(&rows), "owner").Where("item_id = ?", id).Order("level", "code",
		"field").Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]rule.Finding, len(rows))
	for i, r := range rows {
		out[i] = rule.Finding{Code: r.Code, Level: rule.Level(r.Level), Field: r.Field, Text: r.Text}
	}
	return out, nil
}
