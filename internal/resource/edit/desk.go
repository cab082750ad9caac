package edit

import (
	"context"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/tenant"
	"guiyi/internal/resource"
)

// Desk changes items one by one. Every call needs a tenant.Scope that covers the owner.
type Desk struct {
	DB    *store.DB
	Items *resource.Desk
	Now   func() time.Time
}

// Head is where an item stands after a change.
type Head struct {
	ID        int64
	Version   int64
	State     resource.State
	ReleaseAt int64 // unix ms, 0 none
	OfflineAt int64 // unix ms, 0 none
}

// Handwritten is the source of items that were written here.
const Handwritten = "studio"

// Draft makes an item whose first edition waits to be released. in.Owner, in.Class,
// in.Edition, in.Places and in.Tags count.
func (d *Desk) Draft(ctx context.Context, in resource.Incoming) (h Head, findings []rule.Finding, err error) {
	defer fault.Annotate(&err, "edit.Draft")
	in.Hold, in.Apart = true, true
	in.Provenance = resource.Provenance{Source: Handwritten, ExternalID: strconv.FormatInt(store.NewID(), 10),
		FetchedAt: d.Now().UnixMilli()}
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := checkFiles(ctx, tx, in.Owner, 0, &in.Edition); err != nil {
			return err
		}
		out, err := d.Items.Receive(ctx, []resource.Incoming{in})
		if err != nil {
			return err
		}
		findings = out[0].Findings
		h, err = head(ctx, tx, out[0].ItemID, 0)
		return err
	})
	return h, findings, err
}

// Revise writes a new draft edition; see resource.Desk.Revise.
func (d *Desk) Revise(ctx context.Context, id, version int64,
	change func(*resource.Item, *resource.Edition) error) (h Head, err error) {
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := itemOf(ctx, tx, id)
		if err != nil {
			return err
		}
		_, err = d.Items.Revise(ctx, id, version, func(e *resource.Edition) error {
			if err := change(&resource.Item{ID: id, Owner: row.Owner, Class: row.Class}, e); err != nil {
				return err
			}
			return checkFiles(ctx, tx, row.Owner, id, e)
		})
		if err != nil {
			return err
		}
		h, err = head(ctx, tx, id, 0)
		return err
	})
	return h, err
}

// Release makes the draft that was seen live, now or at a time ahead (unix ms).
func (d *Desk) Release(ctx context.Context, id, version, at int64) (Head, error) {
	if at != 0 && at <= d.Now().UnixMilli() {
		return Head{}, fault.InvalidFields(map[string]string{"body.at": "应在将来"}, "定时发布的时间已经过去；要立即发布请不写 at")
	}
	return d.seen(ctx, id, version, func(ctx context.Context) error { return d.Items.Release(ctx, at, id) })
}

// Withdraw takes an item out of public view, as it was seen.
func (d *Desk) Withdraw(ctx context.Context, version int64, o resource.WithdrawOrder) (Head, error) {
	if o.At != 0 && o.At <= d.Now().UnixMilli() {
		return Head{}, fault.InvalidFields(map[string]string{"body.at": "应在将来"}, "定时撤稿的时间已经过去；要立即撤稿请不写 at")
	}
	return d.seen(ctx, o.Items[0], version, func(ctx context.Context) error { return d.Items.Withdraw(ctx, o) })
}

// Cancel takes the plans of an item back: its release, and its withdrawal.
func (d *Desk) Cancel(ctx context.Context, id, version int64) (h Head, err error) {
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		was, err := head(ctx, tx, id, version)
		switch {
		case err != nil:
			return err
		case was.ReleaseAt == 0 && was.OfflineAt == 0:
			return fault.New(fault.Conflict, "信息 %d 没有定时发布，也没有定时撤稿", id)
		}
		if was.ReleaseAt != 0 {
			if err := d.Items.CancelRelease(ctx, id); err != nil {
				return err
			}
		}
		if was.OfflineAt != 0 {
			if err := d.Items.CancelWithdraw(ctx, id); err != nil {
				return err
			}
		}
		h, err = head(ctx, tx, id, 0)
		return err
	})
	return h, err
}

// Move takes an item from one column to another, with headline and date, in one change.
func (d *Desk) Move(ctx context.Context, id, from int64, to resource.Place) (err error) {
	defer fault.Annotate(&err, "edit.Move(%d, column %d → %d)", id, from, to.ColumnID)
	if from == to.ColumnID {
		return fault.New(fault.Conflict, "信息已经在这个栏目里")
	}
	return d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := &placementRow{}
		err := tx.NewSelect().Model(row).Where("item_id = ? AND column_id = ?", id, from).Scan(ctx)
		if err != nil && !store.NotFound(err) {
			return err
		}
		if err == nil { // else Unplace tells
			to.Headline, to.At = row.Headline, row.At
		}
		if err := d.Items.Place(ctx, id, to); err != nil {
			return err
		}
		return d.Items.Unplace(ctx, id, from)
	})
}

// seen does what is asked of an item whose version the caller has seen.
func (d *Desk) seen(ctx context.Context, id, version int64, do func(context.Context) error) (h Head, err error) {
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := head(ctx, tx, id, version); err != nil {
			return err
		}
		if err := do(ctx); err != nil {
			return err
		}
		h, err = head(ctx, tx, id, 0)
		return err
	})
	return h, err
}

// head reads where an item of the caller's scope stands, and refuses another version
// than the one named (0: any).
func head(ctx context.Context, tx bun.IDB, id, version int64) (Head, error) {
	row, err := itemOf(ctx, tx, id)
	if err != nil {
		return Head{}, err
	}
	if version != 0 && row.Version != version {
		return Head{}, fault.New(fault.Conflict, "信息 %d 已被别人修改（现在是版本 %d），请重新读取后再试", id, row.Version)
	}
	return Head{
		ID:        row.ID,
		Version:   row.Version,
		State:     row.State,
		ReleaseAt: row.ReleaseAt,
		OfflineAt: row.OfflineAt,
	}, nil
}

// itemOf reads an item of the caller's scope. Whether others exist is not disclosed.
func itemOf(ctx context.Context, tx bun.IDB, id int64) (*itemRow, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	row := &itemRow{}
	err = scope.Where(tx.NewSelect().Model(row), "owner").Where("id = ?", id).Scan(ctx)
	if store.NotFound(err) {
		return nil, fault.New(fault.NotFound, "没有编号为 %d 的信息，或您没有它的权限", id)
	}
	return row, err
}
