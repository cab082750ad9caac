package resource

import (
	"context"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource/metadata"
)

// Handwritten is the source (Provenance.Source) of items that were written on the platform.
const Handwritten = "studio"

// Draft creates an item with a draft edition. It returns the item and the findings of the metadata standard. It sets
// in.Provenance, in.AsDraft and in.NeverMerge itself. Without a publication time the edition gets the current time.
func (d *Desk) Draft(ctx context.Context, in Incoming) (it *Item, findings []rule.Finding, err error) {
	defer fault.Annotate(&err, "resource.Draft")
	by, err := actor.Allowed(ctx, Write)
	if err != nil {
		return nil, nil, err
	}
	if err := checkIncoming(ctx, d.db.Read(), by, Write, &in); err != nil {
		return nil, nil, err
	}
	in.AsDraft, in.NeverMerge = true, true
	if in.Edition.PublishedAt == 0 {
		in.Edition.PublishedAt = d.now().UnixMilli()
	}
	in.Provenance = Provenance{Source: Handwritten, ExternalID: strconv.FormatInt(store.NewID(), 10),
		FetchedAt: d.now().UnixMilli()}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		in := in // a copy, because InTx may repeat the function
		if err := checkEdition(ctx, tx, in.Owner, nil, &in.Edition); err != nil {
			return err
		}
		r := newReceiver(d, tx, by, Write)
		out, err := r.receive(ctx, []Incoming{in})
		if err != nil {
			return err
		}
		it, findings = r.added.items[0].item(), out[0].Findings
		return d.log(ctx, tx, Write, r.added.items[:1], "起草")
	})
	return it, findings, err
}

// checkEdition refuses an edition that has no title or names files that the owner may not use. It completes the files
// (completeFiles). base is the previous edition, or nil for a new item.
func checkEdition(ctx context.Context, tx bun.Tx, owner int64, base, e *Edition) error {
	if e.Title == "" {
		return fault.InvalidFields(map[string]string{"title": "请填写，不能只有空白"}, "信息要有标题")
	}
	return completeFiles(ctx, tx, owner, base, e)
}

// Revise adds a draft edition to an item. The function change edits a copy of the newest edition; it may give only the
// hashes of files. Revise returns a Conflict fault if the item has another version than seen.
//
// The new draft replaces an earlier draft that was not released. A planned release is canceled, because it was planned
// for the earlier draft. A planned withdrawal stays.
func (d *Desk) Revise(ctx context.Context, seen Seen, change func(*Item, *Edition) error) (_ *Item, err error) {
	defer fault.Annotate(&err, "resource.Revise(%d)", seen.Item)
	return d.revise(ctx, seen, "修改", func(_ context.Context, _ bun.Tx, it *Item, e *Edition) error {
		return change(it, e)
	})
}

// Reinstate makes an older edition of an item its draft, as Revise does.
func (d *Desk) Reinstate(ctx context.Context, seen Seen, no int) (_ *Item, err error) {
	defer fault.Annotate(&err, "resource.Reinstate(%d, edition %d)", seen.Item, no)
	what := fmt.Sprintf("恢复第 %d 稿", no)
	return d.revise(ctx, seen, what, func(ctx context.Context, tx bun.Tx, it *Item, e *Edition) error {
		row := new(editionRow)
		err := tx.NewSelect().Model(row).Where("item_id = ? AND no = ?", it.ID, no).Scan(ctx)
		if store.NotFound(err) {
			return fault.New(fault.NotFound, "信息 %d 没有第 %d 稿", it.ID, no)
		}
		if err == nil && no == e.No {
			return fault.New(fault.Conflict, "第 %d 稿就是现在的稿件", no)
		}
		*e = *row.edition()
		return err
	})
}

// revise is Revise; what says in the audit row what was done.
func (d *Desk) revise(ctx context.Context, seen Seen, what string,
	change func(context.Context, bun.Tx, *Item, *Edition) error) (out *Item, err error) {
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := takeSeen(ctx, tx, Write, []Seen{seen})
		if err != nil {
			return err
		}
		it := rows[0]
		base, err := latestEdition(ctx, tx, it.ID)
		if err != nil {
			return err
		}
		e := base.edition()
		if err := change(ctx, tx, it.item(), e); err != nil {
			return err
		}
		if err := checkEdition(ctx, tx, it.Owner, base.edition(), e); err != nil {
			return err
		}
		if err := d.addDraft(ctx, tx, it, e, base.No+1, ContentHash(it.Class, e)); err != nil {
			return err
		}
		if err := checkDraft(ctx, tx, it, e); err != nil {
			return err
		}
		it.cancelRelease()
		if err := d.saveItem(ctx, tx, it); err != nil {
			return err
		}
		out = it.item()
		return d.log(ctx, tx, Write, rows, "%s，成为第 %d 稿", what, base.No+1)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// checkDraft replaces the findings of the metadata standard by those of the new draft. Findings of an import stay.
func checkDraft(ctx context.Context, tx bun.Tx, it *itemRow, e *Edition) error {
	if _, err := tx.NewDelete().Model((*findingRow)(nil)).Where("item_id = ? AND code LIKE ?", it.ID,
		metadata.Prefix+"%").Exec(ctx); err != nil {
		return err
	}
	var rows []findingRow
	for _, f := range CheckMetadata(it.Class, e) {
		rows = append(rows, rowOfFinding(it, f))
	}
	return insertAll(ctx, tx, rows)
}

func latestEdition(ctx context.Context, tx bun.Tx, item int64) (*editionRow, error) {
	row := new(editionRow)
	return row, tx.NewSelect().Model(row).Where("item_id = ?", item).Order("no DESC").Limit(1).Scan(ctx)
}

func (d *Desk) addDraft(ctx context.Context, tx bun.Tx, it *itemRow, e *Edition, no int, hash string) error {
	if it.DraftEdition != 0 {
		if err := setEditionState(ctx, tx, "superseded", it.DraftEdition); err != nil {
			return err
		}
	}
	e.ID, e.ItemID, e.Owner, e.No, e.State, e.CreatedAt = store.NewID(), it.ID, it.Owner, no, "draft",
		d.now().UnixMilli()
	e.Hash, e.CreatedBy = hash, actorName(ctx)
	it.DraftEdition = e.ID
	_, err := tx.NewInsert().Model(rowOfEdition(e)).Exec(ctx)
	return err
}
