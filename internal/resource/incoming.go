package resource

import (
	"context"
	"fmt"
	"guiyi/internal/resource/compare"
	"guiyi/internal/site"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/org"
)

// Receive takes a batch of incoming items into the library in one transaction. They become
// live at once, because what is imported was public already; Incoming.AsDraft makes them wait
// as drafts. Outcomes have the order of the batch. Receiving the same batch again changes
// nothing: an item is recognised by owner, source and external id, and its content by a
// hash. Of several inputs with one key in a batch the last counts; the others end as merged.
//
// An item whose title and text the owner's library already has is merged: its provenance,
// placements and old addresses are added to the existing item. When its source later has
// another text, it becomes an item of its own.
//
// What people decided here stands: a withdrawn item stays withdrawn and gets the new text
// as a draft; a column that it was taken out of does not get it back; an edition that
// people wrote, or whose release they planned, is not overwritten (finding import.kept).
//
// The actor needs the permission on every column that the batch names, and on the column where a known item
// stands now. A link whose other end stands in a column without it is proposed, as by Link.
func (d *Desk) Receive(ctx context.Context, batch []Incoming) (out []Outcome, err error) {
	defer fault.Annotate(&err, "resource.Receive(%d items)", len(batch))
	by, err := actor.Allowed(ctx, ReceiveItems)
	if err != nil {
		return nil, err
	}
	for i := range batch {
		if err := checkIncoming(ctx, d.db.Read(), by, ReceiveItems, &batch[i]); err != nil {
			return nil, err
		}
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if out, err = newReceiver(d, tx, by, ReceiveItems).receive(ctx, batch); err != nil || len(batch) == 0 {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{
			Action: ReceiveItems,
			Object: "item",
			ID:     out[0].ItemID,
			Owner:  batch[0].Owner,
			Detail: fmt.Sprintf("入库 %d 条，来源 %s，信息 %d 至 %d", len(batch), batch[0].Provenance.Source, out[0].ItemID,
				out[len(out)-1].ItemID),
		})
	})
	return out, err
}

func checkIncoming(ctx context.Context, db bun.IDB, by actor.Actor, p actor.Permission, in *Incoming) error {
	own, at := actor.At(in.Owner), []actor.Place{}
	for _, to := range in.Places {
		spots, err := site.Places(ctx, db, by, to.SiteID, to.ColumnID)
		if err != nil {
			return err
		}
		at = append(at, spots...)
		own.Path = at[0].Path
	}
	for _, o := range in.OldPaths {
		at = append(at, actor.Place{Owner: o.SiteID, Path: own.Path})
	}
	for _, a := range append(at, own) {
		if err := by.Check(p, a); err != nil {
			return err
		}
	}
	if o := in.IndexOrg; o != "" && !org.ValidUSCC(o) && !org.ValidOrgCode(o) {
		return fault.New(fault.Invalid, "索引号要用的机构代码 %q 校验位不对，请在网站档案里更正", o)
	}
	return nil
}

type sourceKey struct {
	owner              int64
	source, externalID string
}

func keyOf(in *Incoming) sourceKey {
	return sourceKey{in.Owner, in.Provenance.Source, in.Provenance.ExternalID}
}

func (k sourceKey) String() string { return fmt.Sprintf("%d/%s/%s", k.owner, k.source, k.externalID) }

type sameText struct {
	owner int64
	key   string // see mergeKey
}

// receiver carries one Receive transaction: what it found in the library, and the rows
// it will write at the end, many in one statement.
type receiver struct {
	desk    *Desk
	tx      bun.Tx
	by      actor.Actor
	right   actor.Permission // that by needs on each item that it changes
	changes *changes
	holdings
	added rowsToAdd
	links []wantedLink
	// findings on links that were not made, by the item that they start from
	linkFindings map[int64][]rule.Finding
}

func newReceiver(d *Desk, tx bun.Tx, by actor.Actor, right actor.Permission) *receiver {
	return &receiver{
		desk:         d,
		tx:           tx,
		by:           by,
		right:        right,
		changes:      newChanges(),
		holdings:     newHoldings(),
		linkFindings: map[int64][]rule.Finding{},
	}
}

func (r *receiver) receive(ctx context.Context, batch []Incoming) ([]Outcome, error) {
	last := map[sourceKey]int{}
	for i := range batch {
		last[keyOf(&batch[i])] = i
	}
	if err := r.lookUp(ctx, r.tx, batch); err != nil {
		return nil, err
	}
	out := make([]Outcome, len(batch))
	for i := range batch {
		in := &batch[i]
		if last[keyOf(in)] != i {
			continue
		}
		o, err := r.one(ctx, in, contentHash(in.Class, &in.Edition))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", keyOf(in), err)
		}
		out[i] = o
	}
	for i := range batch {
		if l := last[keyOf(&batch[i])]; l != i {
			out[i] = Outcome{Status: Merged, ItemID: out[l].ItemID}
		}
	}
	if err := r.write(ctx); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Findings = append(out[i].Findings, r.linkFindings[out[i].ItemID]...)
	}
	if err := r.changes.addSpots(ctx, r.tx, r.changes.order); err != nil {
		return nil, err
	}
	return out, r.desk.emit(ctx, r.tx, r.changes)
}

func (r *receiver) one(ctx context.Context, in *Incoming, hash string) (Outcome, error) {
	key := sameText{in.Owner, compare.Key(in.Edition.Title, in.Edition.Text)}
	if known := r.known[keyOf(in)]; known != nil {
		it := r.items[known.ItemID]
		if !known.Merged { // people may have moved it to a column that the actor has no right on
			if err := checkItem(ctx, r.tx, r.by, r.right, it); err != nil {
				return Outcome{}, err
			}
		}
		switch {
		case known.ContentHash == hash:
			if r.attach(it, in) {
				return Outcome{Status: Updated, ItemID: it.ID}, nil
			}
			return Outcome{Status: Unchanged, ItemID: it.ID}, nil
		case !known.Merged:
			return r.update(ctx, in, hash, known, key)
		case key.key == it.MergeKey: // still says what the item says
			r.attach(it, in)
			return Outcome{Status: Merged, ItemID: it.ID}, r.seenAgain(ctx, in, hash, known)
		}
		if err := r.unmerge(ctx, in, known); err != nil {
			return Outcome{}, err
		}
	}
	if it := r.items[r.merge[key]]; key.key != "" && it != nil && !in.NeverMerge {
		r.remember(in, hash, it.ID, true)
		r.attach(it, in)
		return Outcome{Status: Merged, ItemID: it.ID}, nil
	}
	return r.create(ctx, in, hash, key)
}

func (r *receiver) create(ctx context.Context, in *Incoming, hash string, key sameText) (Outcome, error) {
	now := r.desk.now().UnixMilli()
	it := &itemRow{MergeKey: key.key, Item: Item{
		ID:         store.NewID(),
		Owner:      in.Owner,
		Class:      in.Class,
		Version:    1,
		State:      Live,
		Withdrawal: &Withdrawal{},
		CreatedAt:  now,
		UpdatedAt:  now,
		UpdatedBy:  actorName(ctx),
	}}
	e := in.Edition
	e.CreatedBy = it.UpdatedBy
	e.ID, e.ItemID, e.Owner, e.No, e.State, e.Hash, e.CreatedAt = store.NewID(), it.ID, in.Owner, 1, "live", hash, now
	it.LiveEdition = e.ID
	waits := in.AsDraft || r.reviewed[in.Owner]
	if waits {
		it.State, it.LiveEdition, it.DraftEdition, e.State = Draft, 0, e.ID, "draft"
	}
	r.items[it.ID] = it
	r.added.items = append(r.added.items, it)
	repeated, err := r.number(ctx, in, it.ID, &e, "")
	if err != nil {
		return Outcome{}, err
	}
	r.added.editions = append(r.added.editions, rowOfEdition(&e))
	r.remember(in, hash, it.ID, false)
	if key.key != "" && !waits {
		r.merge[key] = it.ID
	}
	r.touch(it)
	r.attach(it, in)
	findings := r.findings(in, &e, repeated)
	r.addFindings(it, findings)
	return Outcome{Status: Imported, ItemID: it.ID, Findings: findings}, nil
}

// update gives a known live item a new live edition. For a draft and for a withdrawn item
// the new text is a draft too.
func (r *receiver) update(ctx context.Context, in *Incoming, hash string, known *provenanceRow, key sameText) (Outcome,
	error) {
	it := r.items[known.ItemID]
	last, err := latestEdition(ctx, r.tx, it.ID)
	if err != nil {
		return Outcome{}, err
	}
	if it.ReleaseAt != 0 || !fromSource(it, last, known) {
		return r.keepEdited(ctx, in, hash, known)
	}
	e := in.Edition
	repeated, err := r.number(ctx, in, it.ID, &e, last.IndexNo)
	if err != nil {
		return Outcome{}, err
	}
	if err := r.desk.addDraft(ctx, r.tx, it, &e, last.No+1, hash); err != nil {
		return Outcome{}, err
	}
	if old := (sameText{it.Owner, it.MergeKey}); r.merge[old] == it.ID {
		delete(r.merge, old)
	}
	it.MergeKey = key.key
	if _, taken := r.merge[key]; !taken && key.key != "" {
		r.merge[key] = it.ID
	}
	// The row carries the merge key; a release then writes only what it changes.
	if err := r.desk.saveItem(ctx, r.tx, it); err != nil {
		return Outcome{}, err
	}
	if it.State == Live && !r.reviewed[it.Owner] {
		if err := r.desk.release(ctx, r.tx, []*itemRow{it}); err != nil {
			return Outcome{}, err
		}
	}
	if err := r.seenAgain(ctx, in, hash, known); err != nil {
		return Outcome{}, err
	}
	r.touch(it)
	r.attach(it, in)
	findings := r.findings(in, &e, repeated)
	if _, err := r.tx.NewDelete().Model((*findingRow)(nil)).Where("item_id = ?", it.ID).Exec(ctx); err != nil {
		return Outcome{}, err
	}
	r.addFindings(it, findings)
	return Outcome{Status: Updated, ItemID: it.ID, Findings: findings}, nil
}

// kept is the finding that a source has a new text for an item that people have edited.
var kept = rule.Finding{Code: "import.kept", Level: rule.Warn, Field: "正文", Text: "来源有新内容，本站已有人工修改，未覆盖，请核对"}

// fromSource reports whether the newest edition of an item is the text that its source had
// last, so that the source may replace it. An index number that the library assigned is
// left out of the comparison.
func fromSource(it *itemRow, last *editionRow, known *provenanceRow) bool {
	if last.Hash == known.ContentHash {
		return true
	}
	e := last.edition()
	if e.Document == nil {
		return false
	}
	e.Document.IndexNo = ""
	return contentHash(it.Class, e) == known.ContentHash
}

// keepEdited leaves the editions and the planned release of an item as people made them.
// Of the new text only the hash is stored, so that the next run ends as unchanged; its
// bytes stay in the archive (Provenance.RawHash). Placements, tags, links and old addresses
// are added all the same: they overwrite nothing.
func (r *receiver) keepEdited(ctx context.Context, in *Incoming, hash string, known *provenanceRow) (Outcome, error) {
	it := r.items[known.ItemID]
	if err := r.seenAgain(ctx, in, hash, known); err != nil {
		return Outcome{}, err
	}
	r.attach(it, in)
	if _, err := r.tx.NewDelete().Model((*findingRow)(nil)).Where("item_id = ? AND code = ?", it.ID,
		kept.Code).Exec(ctx); err != nil {
		return Outcome{}, err
	}
	findings := []rule.Finding{kept}
	r.addFindings(it, findings)
	return Outcome{Status: Updated, ItemID: it.ID, Findings: findings}, nil
}

func (r *receiver) remember(in *Incoming, hash string, id int64, merged bool) {
	row := &provenanceRow{
		Owner:       in.Owner,
		Provenance:  in.Provenance,
		ItemID:      id,
		ContentHash: hash,
		Merged:      merged,
	}
	r.known[keyOf(in)] = row
	r.added.provenance = append(r.added.provenance, row)
}

// touch notes that pages which show the item must be rendered again. No page shows a draft.
func (r *receiver) touch(it *itemRow) {
	if it.State == Live || it.State == Withdrawn {
		r.changes.item(it.ID)
	}
}

// seenAgain stores the new content hash and fetch time of a known source.
func (r *receiver) seenAgain(ctx context.Context, in *Incoming, hash string, known *provenanceRow) error {
	known.ContentHash, known.Provenance = hash, in.Provenance // of the same key
	_, err := r.tx.NewUpdate().Model(known).WherePK().Exec(ctx)
	return err
}

// unmerge ends a merge whose source no longer has the text of the item: the provenance row
// and the old addresses of the source leave the item. Placements stay, because the item was
// the same there.
func (r *receiver) unmerge(ctx context.Context, in *Incoming, known *provenanceRow) error {
	delete(r.known, keyOf(in))
	if _, err := r.tx.NewDelete().Model(known).WherePK().Exec(ctx); err != nil {
		return err
	}
	for _, o := range in.OldPaths {
		for _, key := range []oldKey{o.key(), o.hostKey()} {
			if r.old[key] != known.ItemID {
				continue
			}
			delete(r.old, key)
			if _, err := r.tx.NewDelete().Model((*oldAddressRow)(nil)).Where("site_id = ? AND path = ? AND item_id = ?",
				key.site, key.path, known.ItemID).Exec(ctx); err != nil {
				return err
			}
		}
	}
	r.changes.item(known.ItemID)
	return nil
}

// forReview is the finding that what an import brought waits for its review.
var forReview = rule.Finding{Code: "import.review", Level: rule.Warn, Field: "正文", Text: "站点实行先审后发，导入的内容存为草稿，送审通过后公开"}

// findings of the import itself, of the metadata standard, and of the index number.
func (r *receiver) findings(in *Incoming, e *Edition, repeated []rule.Finding) []rule.Finding {
	if r.reviewed[in.Owner] && !in.AsDraft {
		repeated = append(repeated, forReview)
	}
	return slices.Concat(in.Findings, CheckMetadata(in.Class, e), repeated)
}

func (r *receiver) addFindings(it *itemRow, findings []rule.Finding) {
	for _, f := range findings {
		r.added.findings = append(r.added.findings, rowOfFinding(it, f))
	}
}
