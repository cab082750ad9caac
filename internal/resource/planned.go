package resource

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/jobs"
)

// order is the argument of a planned release or withdrawal.
type order struct {
	Items  []int64      `json:"items"`
	At     int64        `json:"at"`
	Kind   WithdrawKind `json:"kind,omitempty"`
	Reason string       `json:"reason,omitempty"`
	To     int64        `json:"to,omitempty"`
}

func (d *Desk) plan(ctx context.Context, tx bun.Tx, rows []*itemRow, kind string, at int64) error {
	o := order{At: at}
	for _, r := range rows {
		o.Items = append(o.Items, r.ID)
		r.ReleaseAt = at
		if r.State == Draft {
			r.State = Scheduled
		}
		if err := d.saveItem(ctx, tx, r); err != nil {
			return err
		}
	}
	return d.enqueue(ctx, tx, kind, o)
}

func (d *Desk) enqueue(ctx context.Context, tx bun.Tx, kind string, o order) error {
	args, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return d.board.Enqueue(ctx, tx, jobs.Job{Queue: "resource", Kind: kind, Args: args, RunAt: o.At})
}
