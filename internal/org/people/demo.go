package people

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// DemoOfficer is an officer of the demo city, who has no password and enters by a link.
type DemoOfficer struct {
	Account, Name string
	Roles         []string // codes
	Sites         []int64  // where the roles are valid; none = all
}

// DemoLink makes a demo officer unless there is one, and returns the secret of a link by which he enters. It requires
// Rescue.
func (d *Desk) DemoLink(ctx context.Context, demo DemoOfficer) (secret string, err error) {
	defer fault.Annotate(&err, "people.DemoLink(%s)", demo.Account)
	by, err := allowed(ctx, Rescue)
	if err != nil {
		return "", err
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		id, err := d.demoOfficer(ctx, tx, demo, by)
		if err != nil {
			return err
		}
		secret, _, err = d.insertLink(ctx, tx, Enter, id, Rescue)
		return err
	})
	return secret, err
}

func (d *Desk) demoOfficer(ctx context.Context, tx bun.Tx, demo DemoOfficer, by actor.Actor) (int64, error) {
	n := NewOfficer{Account: demo.Account, Name: demo.Name}
	if wrong := n.check(); len(wrong) > 0 {
		return 0, fault.InvalidFields(wrong, "演示人员 %s 的定义不对", demo.Account)
	}
	o := &officerRow{}
	err := tx.NewSelect().Model(o).Where("account = ?", n.Account).Scan(ctx)
	if err == nil && !o.Demo {
		return 0, fault.New(fault.Conflict, "账户 %s 不是演示账户", n.Account)
	}
	if err == nil || !store.NotFound(err) {
		return o.ID, err
	}
	if o, err = d.insertOfficer(ctx, tx, n, true, by); err != nil {
		return 0, err
	}
	for _, code := range demo.Roles {
		role, _ := d.Role(code)
		g := GrantRequest{Officer: o.ID, Role: code, AllSites: len(demo.Sites) == 0, Sites: demo.Sites}
		if wrong := g.check(role); len(wrong) > 0 {
			return 0, fault.InvalidFields(wrong, "演示人员 %s 的角色不对", demo.Account)
		}
		if _, err := d.insertGrant(ctx, tx, g, role, Grant, by); err != nil {
			return 0, err
		}
	}
	return o.ID, nil
}
