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

// Receive adds a batch of items to the library in one transaction. They become live immediately, because imported
// content was already public; with Incoming.AsDraft they become drafts. The outcomes have the order of the batch.
//
// Receiving the same batch again changes nothing: an item is identified by owner, source and external id, and its
// content by a hash. If a batch contains a key several times, the last input is used and the others are merged.
//
// If the owner already has an item with the same title and text, the new one is merged with it: provenance, placements
// and old addresses are added to the existing item. When the source later has another text, a new item is created.
//
// Receive does not undo what people have done. A withdrawn item stays withdrawn and gets the new text as a draft. An
// item that was removed from a column is not placed there again. An edition that people have edited, or whose release
// they have planned, is not replaced (finding import.kept).
//
// The actor needs the permission ReceiveItems for every column in the batch and for the current column of a known item.
// A link to an item in another column is proposed, as in Link.
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
	key   string // see compare.Key
}

// receiver is one transaction of Receive: what it found in the library, and the rows that it will insert at the end.
type receiver struct {
	desk    *Desk
	tx      bun.Tx
	by      actor.Actor
	right   actor.Permission // the permission that by needs for each item that is changed
	changes *changes
	holdings
	added rowsToAdd
	links []wantedLink
	// linkFindings are the findings about links that were not added, by the item that the link starts from.
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
		o, err := r.one(ctx, in, ContentHash(in.Class, &in.Edition))
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
		if !known.Merged { // people may have moved it to a column for which the actor has no permission
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
		case key.key == it.MergeKey: // still the same text as the item
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

// update adds a new edition to a known item. The edition becomes live if the item is live; otherwise it is a draft.
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
	// saveItem stores the merge key; release does not.
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

// kept is the finding that a source has a new text for an item that people have edited here.
var kept = rule.Finding{Code: "import.kept", Level: rule.Warn, Field: "正文", Text: "来源有新内容，本站已有人工修改，未覆盖，请核对"}

// fromSource reports whether the newest edition of an item is the last text of its source. Then the source may replace
// it. The comparison ignores an index number that the library assigned.
func fromSource(it *itemRow, last *editionRow, known *provenanceRow) bool {
	if last.Hash == known.ContentHash {
		return true
	}
	e := last.edition()
	if e.Document == nil {
		return false
	}
	e.Document.IndexNo = ""
	return ContentHash(it.Class, e) == known.ContentHash
}

// keepEdited does not change the editions and the planned release of an item that people have edited. Of the new text
// it stores only the hash, so that the next import reports unchanged, and the original (Provenance.RawHash). It adds
// placements, tags, links and old addresses.
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

// remember adds the provenance row of an item.
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

// touch records that the item has changed, unless it is a draft, which no page shows.
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

// unmerge ends a merge whose source now has another text. It removes the provenance row and the old addresses of the
// source from the item. Placements stay, because the item was in these columns.
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

// forReview is the finding that an imported edition is a draft until it is approved.
var forReview = rule.Finding{Code: "import.review", Level: rule.Warn, Field: "正文", Text: "站点实行先审后发，导入的内容存为草稿，送审通过后公开"}

// findings returns the findings of the import, of the metadata standard, of the review and of the index number.
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
