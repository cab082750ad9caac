package resource

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
)

type reviewRow struct {
	bun.BaseModel `bun:"table:resource_review"`

	Owner int64 `bun:"owner,pk"`
}

// Approval records that one edition has passed all steps of its review. On a site under review, an edition becomes
// public only with an approval that names it.
type Approval struct {
	bun.BaseModel `bun:"table:resource_approval"`

	ID         int64  `bun:"id,pk"`
	ItemID     int64  `bun:"item_id"`
	EditionID  int64  `bun:"edition_id"`
	Owner      int64  `bun:"owner"`
	Task       int64  `bun:"task"` // id of the review in the slice that stores the reviews
	Hash       string `bun:"hash"` // hash of the approved content, see ContentHash
	ApprovedBy string `bun:"approved_by"`
	At         int64  `bun:"at"` // unix ms
}

// RequireReview sets whether items of a site need an approval before they are released. The slice that stores the
// reviews checks its own permission and then calls it with the permission ApproveItems.
func (d *Desk) RequireReview(ctx context.Context, owner int64, on bool) (err error) {
	defer fault.Annotate(&err, "resource.RequireReview(%d, %v)", owner, on)
	by, err := actor.From(ctx)
	if err != nil {
		return err
	}
	if err := by.Check(ApproveItems, actor.At(owner)); err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := &reviewRow{Owner: owner}
		if !on {
			_, err := tx.NewDelete().Model(row).WherePK().Exec(ctx)
			return err
		}
		_, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
		return err
	})
}

// Pending is an item with the edition that is to be reviewed.
type Pending struct {
	Item    *Item
	Edition *Edition // the draft; without a draft, the last public edition of a withdrawn item; nil = none
	Public  *Edition // the edition that is public now; nil = none
	Hash    string   // of the content of Edition, see ContentHash
	Column  int64    // column of the primary placement on the owner's site; 0 = none
	Writers []string // authors (kind and id) of the editions after Public, up to Edition
	Lacks   []string // required metadata that Edition lacks, so that it cannot be released
}

// Pending returns an item with the edition that is to be reviewed. The slice that stores the reviews checks its own
// permission and then calls it with the permission ApproveItems.
func (d *Desk) Pending(ctx context.Context, id int64) (_ *Pending, err error) {
	defer fault.Annotate(&err, "resource.Pending(%d)", id)
	var out *Pending
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := take(ctx, tx, ApproveItems, []int64{id})
		if err != nil {
			return err
		}
		out, err = pending(ctx, tx, rows[0])
		return err
	})
	return out, err
}

func pending(ctx context.Context, tx bun.Tx, it *itemRow) (*Pending, error) {
	wanted := it.next()
	var rows []editionRow
	if err := tx.NewSelect().Model(&rows).Where("item_id = ?", it.ID).Order("no").Scan(ctx); err != nil {
		return nil, err
	}
	out := &Pending{Item: it.item()}
	since := 0
	for i := range rows {
		e := rows[i].edition()
		if e.ID == it.LiveEdition && it.State == Live {
			out.Public, since = e, e.No
		}
		if e.ID == wanted {
			out.Edition, out.Hash = e, ContentHash(it.Class, e)
		}
	}
	if out.Edition != nil {
		out.complete(rows, since)
	}
	columns, err := primaryColumns(ctx, tx, it)
	if len(columns) > 0 {
		out.Column = columns[0]
	}
	return out, err
}

// complete sets Writers to the authors of editions after the number since, and Lacks.
func (p *Pending) complete(rows []editionRow, since int) {
	for _, r := range rows {
		if r.No > since && r.No <= p.Edition.No && r.CreatedBy != "" {
			p.Writers = appendNew(p.Writers, r.CreatedBy)
		}
	}
	for _, f := range CheckMetadata(p.Item.Class, p.Edition) {
		if f.Level == rule.Error {
			p.Lacks = append(p.Lacks, f.Text)
		}
	}
}

// next returns the id of the edition that a release makes public, or 0 if there is none.
func (it *Item) next() int64 {
	if it.State == Discarded {
		return 0
	}
	if it.DraftEdition == 0 && it.State == Withdrawn {
		return it.LiveEdition
	}
	return it.DraftEdition
}

// PendingEditions returns the id of the edition that a release would make public, by item; 0 means none. It leaves out
// items that are not in the caller's scope.
func (l *Library) PendingEditions(ctx context.Context, ids ...int64) (map[int64]int64, error) {
	by, err := actor.From(ctx)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var rows []itemRow
	if err := by.Scope.Where(l.db.Read().NewSelect().Model(&rows), "owner").
		Column("id", "state", "live_edition", "draft_edition").Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	out := map[int64]int64{}
	for i := range rows {
		out[rows[i].ID] = rows[i].next()
	}
	return out, nil
}

// ReleaseApproved stores an approval of the edition in seen and releases it: at the time at (unix ms), or immediately
// if at is 0 or past. It returns a Conflict fault if another edition or content is pending now. The slice that stores
// the reviews calls it with the permissions ApproveItems and ReleaseItems.
func (d *Desk) ReleaseApproved(ctx context.Context, seen *Pending, task, at int64) (_ *Item, err error) {
	defer fault.Annotate(&err, "resource.ReleaseApproved(%d)", seen.Item.ID)
	var out *Item
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := take(ctx, tx, ApproveItems, []int64{seen.Item.ID})
		if err != nil {
			return err
		}
		now, err := pending(ctx, tx, rows[0])
		if err != nil {
			return err
		}
		if now.Edition == nil || now.Edition.ID != seen.Edition.ID || now.Hash != seen.Hash {
			return conflict(seen.Item.ID)
		}
		a := &Approval{
			ID:         store.NewID(),
			ItemID:     now.Item.ID,
			EditionID:  now.Edition.ID,
			Owner:      now.Item.Owner,
			Task:       task,
			Hash:       now.Hash,
			ApprovedBy: actorName(ctx),
			At:         d.now().UnixMilli(),
		}
		if _, err := tx.NewInsert().Model(a).Exec(ctx); err != nil {
			return err
		}
		if err := d.log(ctx, tx, ApproveItems, rows, "第 %d 稿审核通过，任务 %d", now.Edition.No, task); err != nil {
			return err
		}
		if at <= d.now().UnixMilli() {
			at = 0
		}
		items, err := d.Release(ctx, at, Seen{Item: now.Item.ID, Version: now.Item.Version})
		if err == nil {
			out = items[0]
		}
		return err
	})
	return out, err
}

// Approvals returns the approvals of an item in the caller's scope, oldest first.
func (l *Library) Approvals(ctx context.Context, item int64) (out []Approval, err error) {
	by, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	err = by.Scope.Where(l.db.Read().NewSelect().Model(&out), "owner").Where("item_id = ?", item).Order("id").Scan(ctx)
	return out, err
}

// underReview returns the owners whose items need an approval before they are released.
func underReview(ctx context.Context, tx bun.IDB, owners []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	owners = slices.Compact(slices.Sorted(slices.Values(owners)))
	if len(owners) == 0 {
		return out, nil
	}
	var found []int64
	err := tx.NewSelect().Model((*reviewRow)(nil)).Column("owner").Where("owner IN (?)", bun.List(owners)).
		Scan(ctx, &found)
	for _, o := range found {
		out[o] = true
	}
	return out, err
}

// checkApproved returns a fault if an item of a site under review has no valid approval. A valid approval names the
// edition that becomes public and the hash of its content, and is later than the withdrawal. rows has at most
// queryItems items. A trigger in the database checks the same except for the hash.
func checkApproved(ctx context.Context, tx bun.Tx, rows []*itemRow) error {
	var owners, editions []int64
	for _, r := range rows {
		owners = append(owners, r.Owner)
	}
	reviewed, err := underReview(ctx, tx, owners)
	if err != nil || len(reviewed) == 0 {
		return err
	}
	for _, r := range rows {
		if reviewed[r.Owner] {
			editions = append(editions, r.next())
		}
	}
	var contents []editionRow
	var approvals []Approval
	if err := tx.NewSelect().Model(&contents).Where("id IN (?)", bun.List(editions)).Scan(ctx); err != nil {
		return err
	}
	if err := tx.NewSelect().Model(&approvals).Where("edition_id IN (?)", bun.List(editions)).Scan(ctx); err != nil {
		return err
	}
	for _, r := range rows {
		if reviewed[r.Owner] && !approved(r, contents, approvals) {
			return fault.New(fault.Conflict, "信息 %d 所属站点实行先审后发，这一稿还没有通过全部审核，不能直接发布；请送审，审核通过后自动发布", r.ID)
		}
	}
	return nil
}

func approved(r *itemRow, contents []editionRow, approvals []Approval) bool {
	i := slices.IndexFunc(contents, func(e editionRow) bool { return e.ID == r.next() && e.ItemID == r.ID })
	if i < 0 {
		return false
	}
	hash, since := ContentHash(r.Class, contents[i].edition()), int64(0)
	if r.State == Withdrawn {
		since = orZero(r.Withdrawal).At
	}
	return slices.ContainsFunc(approvals, func(a Approval) bool {
		return a.EditionID == contents[i].ID && a.Hash == hash && a.At > since
	})
}
