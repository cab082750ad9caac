package resource

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/tenant"
)

// Receive takes a batch of incoming items into the library in one transaction and
// makes them live at once: what is imported was public already. Outcomes come in the
// order of the batch. Receiving the same batch again changes nothing: an item is known
// by its owner, source and external id, and by its content hash.
//
// An item whose title and text the owner's library already holds is merged: its
// provenance, placements and old addresses are added to the item that is there.
func (d *Desk) Receive(ctx context.Context, batch []Incoming) (out []Outcome, err error) {
	defer fault.Annotate(&err, "resource.Receive(%d items)", len(batch))
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	for i := range batch {
		if err := scope.Check(batch[i].Owner); err != nil {
			return nil, err
		}
		for _, p := range batch[i].Places {
			if err := scope.Check(p.SiteID); err != nil {
				return nil, err
			}
		}
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r := &receiver{desk: d, tx: tx, changes: newChanges(), known: map[sourceKey]*provenanceRow{}, merge: map[string]int64{}}
		out, err = r.receive(ctx, batch)
		return err
	})
	return out, err
}

type sourceKey struct {
	owner              int64
	source, externalID string
}

func keyOf(in *Incoming) sourceKey {
	return sourceKey{in.Owner, in.Provenance.Source, in.Provenance.ExternalID}
}

func (k sourceKey) String() string { return fmt.Sprintf("%d/%s/%s", k.owner, k.source, k.externalID) }

// receiver carries the state of one Receive transaction.
type receiver struct {
	desk    *Desk
	tx      bun.Tx
	changes *changes
	known   map[sourceKey]*provenanceRow
	merge   map[string]int64 // owner and merge key → item

}

func (r *receiver) receive(ctx context.Context, batch []Incoming) ([]Outcome, error) {
	if err := r.lookUp(ctx, batch); err != nil {
		return nil, err
	}
	out := make([]Outcome, len(batch))
	for i := range batch {
		in := &batch[i]
		in.Edition.Hash = contentHash(in.Class, &in.Edition)
		o, err := r.one(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", keyOf(in), err)
		}
		out[i] = o
	}
	if err := r.changes.addSpots(ctx, r.tx, r.changes.order); err != nil {
		return nil, err
	}
	return out, r.desk.emit(ctx, r.tx, r.changes)
}

// lookUp finds in two queries what of the batch is already there.
func (r *receiver) lookUp(ctx context.Context, batch []Incoming) error {
	bySource := map[[2]any][]string{}
	mergeKeys := map[int64][]string{}
	for i := range batch {
		in := &batch[i]
		k := [2]any{in.Owner, in.Provenance.Source}
		bySource[k] = append(bySource[k], in.Provenance.ExternalID)
		if key := mergeKey(&in.Edition); key != "" {
			mergeKeys[in.Owner] = append(mergeKeys[in.Owner], key)
		}
	}
	for k, ids := range bySource {
		var rows []*provenanceRow
		if err := r.tx.NewSelect().Model(&rows).Where("owner = ? AND source = ? AND external_id IN (?)", k[0], k[1], bun.List(ids)).Scan(ctx); err != nil {
			return err
		}
		for _, row := range rows {
			r.known[sourceKey{row.Owner, row.Source, row.ExternalID}] = row
		}
	}
	for owner, keys := range mergeKeys {
		var rows []itemRow
		err := r.tx.NewSelect().Model(&rows).Column("id", "merge_key").Where("owner = ? AND merge_key IN (?)", owner, bun.List(keys)).Order("id DESC").Scan(ctx)
		if err != nil {
			return err
		}
		for _, row := range rows { // oldest wins
			r.merge[fmt.Sprint(owner, row.MergeKey)] = row.ID
		}
	}
	return nil
}

func (r *receiver) one(ctx context.Context, in *Incoming) (Outcome, error) {
	key := mergeKey(&in.Edition)
	if known := r.known[keyOf(in)]; known != nil {
		if known.ContentHash == in.Edition.Hash {
			placed, err := r.attach(ctx, known.ItemID, in)
			if placed {
				return Outcome{Status: Updated, ItemID: known.ItemID}, err
			}
			return Outcome{Status: Unchanged, ItemID: known.ItemID}, err
		}
		return r.update(ctx, in, known, key)
	}
	if id := r.merge[fmt.Sprint(in.Owner, key)]; key != "" && id != 0 {
		if err := r.remember(ctx, in, id); err != nil {
			return Outcome{}, err
		}
		_, err := r.attach(ctx, id, in)
		return Outcome{Status: Merged, ItemID: id}, err
	}
	return r.create(ctx, in, key)
}

func (r *receiver) create(ctx context.Context, in *Incoming, key string) (Outcome, error) {
	now := r.desk.now().UnixMilli()
	it := &itemRow{ID: store.NewID(), Owner: in.Owner, Class: in.Class, Version: 1, State: Live, Withdrawal: &Withdrawal{}, MergeKey: key, CreatedAt: now, UpdatedAt: now}
	e := in.Edition
	e.ID, e.ItemID, e.Owner, e.No, e.State, e.CreatedAt = store.NewID(), it.ID, in.Owner, 1, "live", now
	it.LiveEdition = e.ID
	if _, err := r.tx.NewInsert().Model(it).Exec(ctx); err != nil {
		return Outcome{}, err
	}
	if _, err := r.tx.NewInsert().Model(rowOfEdition(&e)).Exec(ctx); err != nil {
		return Outcome{}, err
	}
	if err := r.remember(ctx, in, it.ID); err != nil {
		return Outcome{}, err
	}
	if key != "" {
		r.merge[fmt.Sprint(in.Owner, key)] = it.ID
	}
	r.changes.item(it.ID)
	if _, err := r.attach(ctx, it.ID, in); err != nil {
		return Outcome{}, err
	}
	findings, err := r.keepFindings(ctx, it.ID, in)
	return Outcome{Status: Imported, ItemID: it.ID, Findings: findings}, err
}

// update gives a known item a new live edition, unless it was withdrawn here: what the
// city took down stays down, the new text waits as a draft.
func (r *receiver) update(ctx context.Context, in *Incoming, known *provenanceRow, key string) (Outcome, error) {
	it := new(itemRow)
	if err := r.tx.NewSelect().Model(it).Where("id = ?", known.ItemID).Scan(ctx); err != nil {
		return Outcome{}, err
	}
	last, err := latestEdition(ctx, r.tx, it.ID)
	if err != nil {
		return Outcome{}, err
	}
	if err := r.changes.addSpots(ctx, r.tx, []int64{it.ID}); err != nil {
		return Outcome{}, err
	}
	e := in.Edition
	if err := r.desk.addDraft(ctx, r.tx, it, &e, last.No+1); err != nil {
		return Outcome{}, err
	}
	it.MergeKey = key
	if it.State == Withdrawn {
		err = r.desk.saveItem(ctx, r.tx, it)
	} else {
		err = r.desk.release(ctx, r.tx, []*itemRow{it})
	}
	if err != nil {
		return Outcome{}, err
	}
	known.ContentHash, known.RawHash = in.Edition.Hash, in.Provenance.RawHash
	known.FetchedAt, known.Extractor = in.Provenance.FetchedAt, in.Provenance.Extractor
	if _, err := r.tx.NewUpdate().Model(known).WherePK().Exec(ctx); err != nil {
		return Outcome{}, err
	}
	r.changes.item(it.ID)
	if _, err := r.attach(ctx, it.ID, in); err != nil {
		return Outcome{}, err
	}
	findings, err := r.keepFindings(ctx, it.ID, in)
	return Outcome{Status: Updated, ItemID: it.ID, Findings: findings}, err
}

func (r *receiver) remember(ctx context.Context, in *Incoming, id int64) error {
	p := in.Provenance
	row := &provenanceRow{Owner: in.Owner, Source: p.Source, ExternalID: p.ExternalID, ItemID: id, OriginURL: p.OriginURL,
		FetchedAt: p.FetchedAt, RawHash: p.RawHash, Extractor: p.Extractor, ContentHash: in.Edition.Hash}
	r.known[keyOf(in)] = row
	_, err := r.tx.NewInsert().Model(row).Exec(ctx)
	return err
}

// attach adds placements, tags, old addresses and links that are not there yet. It
// reports whether it placed the item somewhere new.
func (r *receiver) attach(ctx context.Context, id int64, in *Incoming) (placed bool, err error) {
	var have []int64
	if err := r.tx.NewSelect().Model((*placementRow)(nil)).Column("column_id").Where("item_id = ?", id).Scan(ctx, &have); err != nil {
		return false, err
	}
	for _, p := range in.Places {
		if containsID(have, p.ColumnID) {
			continue
		}
		if p.At == 0 {
			p.At = in.Edition.PublishedAt
		}
		it := new(itemRow)
		if err := r.tx.NewSelect().Model(it).Where("id = ?", id).Scan(ctx); err != nil {
			return placed, err
		}
		if err := place(ctx, r.tx, it, p); err != nil {
			return placed, err
		}
		have = append(have, p.ColumnID)
		placed = true
		r.changes.item(id)
	}
	for _, t := range in.Tags {
		if _, err := r.tx.NewInsert().Model(&tagRow{ItemID: id, Tag: t, Owner: in.Owner}).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return placed, err
		}
	}
	for _, o := range in.OldPaths {
		res, err := r.tx.NewInsert().Model(&oldAddressRow{SiteID: o.SiteID, Path: o.Path, ItemID: id}).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return placed, err
		}
		if n, _ := res.RowsAffected(); n > 0 {
			r.changes.item(id)
		}
	}
	return placed, r.link(ctx, id, in)
}

func containsID(ids []int64, id int64) bool {
	for _, have := range ids {
		if have == id {
			return true
		}
	}
	return false
}

// link ties the item to others of its source, now where they are known, and later when
// they arrive; and ties those that waited for it.
func (r *receiver) link(ctx context.Context, id int64, in *Incoming) error {
	for _, l := range in.LinksTo {
		p := new(provenanceRow)
		err := r.tx.NewSelect().Model(p).Where("owner = ? AND source = ? AND external_id = ?", in.Owner, in.Provenance.Source, l.ExternalID).Scan(ctx)
		switch {
		case store.NotFound(err):
			row := pendingLinkRow{Owner: in.Owner, Source: in.Provenance.Source, ExternalID: l.ExternalID, From: id, Kind: l.Kind}
			if _, err := r.tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		case err != nil:
			return err
		default:
			if err := r.tie(ctx, linkRow{From: id, To: p.ItemID, Kind: l.Kind, Owner: in.Owner}); err != nil {
				return err
			}
		}
	}
	var waiting []pendingLinkRow
	err := r.tx.NewDelete().Model(&waiting).Where("owner = ? AND source = ? AND external_id = ?", in.Owner, in.Provenance.Source, in.Provenance.ExternalID).
		Returning("*").Scan(ctx)
	if err != nil && !store.NotFound(err) {
		return err
	}
	for _, w := range waiting {
		if err := r.tie(ctx, linkRow{From: w.From, To: id, Kind: w.Kind, Owner: in.Owner}); err != nil {
			return err
		}
	}
	return nil
}

func (r *receiver) tie(ctx context.Context, l linkRow) error {
	if l.From == l.To {
		return nil
	}
	res, err := r.tx.NewInsert().Model(&l).On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n > 0 {
		r.changes.item(l.From)
		r.changes.item(l.To)
	}
	return nil
}

// keepFindings replaces the stored findings of an item by those of its new edition.
func (r *receiver) keepFindings(ctx context.Context, id int64, in *Incoming) ([]rule.Finding, error) {
	findings := append(in.Findings, CheckMetadata(in.Class, &in.Edition)...)
	if _, err := r.tx.NewDelete().Model((*findingRow)(nil)).Where("item_id = ?", id).Exec(ctx); err != nil {
		return nil, err
	}
	if len(findings) == 0 {
		return nil, nil
	}
	rows := make([]findingRow, len(findings))
	for i, f := range findings {
		rows[i] = findingRow{ItemID: id, Owner: in.Owner, Code: f.Code, Level: string(f.Level), Field: f.Field, Text: f.Text}
	}
	_, err := r.tx.NewInsert().Model(&rows).Exec(ctx)
	return findings, err
}
