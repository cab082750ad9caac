package people

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// GrantRequest describes a grant to be made.
type GrantRequest struct {
	Officer  int64
	Role     string
	AllSites bool
	Sites    []int64
	Branches []int64  // ids of columns of the sites
	Units    []string // codes of departments
}

// Give gives an officer a role. It requires Grant; while no officer is security administrator, Write is enough to name
// administrators. Nobody gives a role to himself.
func (d *Desk) Give(ctx context.Context, g GrantRequest) (_ *Granted, err error) {
	defer fault.Annotate(&err, "people.Give(%d, %s)", g.Officer, g.Role)
	by, err := actor.From(ctx)
	if err != nil {
		return nil, err
	}
	role, ok := d.Role(g.Role)
	if !ok {
		return nil, fault.InvalidFields(map[string]string{"role": "可用：" + d.roleCodes()}, "没有角色 %s", g.Role)
	}
	if wrong := g.check(role); len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong, "授权有 %d 处要更正", len(wrong))
	}
	var out Granted
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		action, err := d.mayGrant(ctx, tx, by, role)
		if err != nil {
			return err
		}
		o, err := officerByID(ctx, tx, g.Officer)
		if err != nil {
			return err
		}
		if by.Kind == actor.Officer && by.ID == subject(o.ID) {
			return fault.New(fault.Forbidden, "不能给自己授权，请由另一位安全管理员授权")
		}
		if err := unitsThere(ctx, tx, g.Units); err != nil {
			return err
		}
		out, err = d.insertGrant(ctx, tx, g, role, action, by)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

func (d *Desk) roleCodes() string {
	var codes []string
	for _, r := range d.roles {
		codes = append(codes, r.Code)
	}
	return strings.Join(codes, "、")
}

// check puts the lists in order and says what is wrong.
func (g *GrantRequest) check(role Role) map[string]string {
	wrong := map[string]string{}
	for _, ids := range []*[]int64{&g.Sites, &g.Branches} {
		*ids = append([]int64{}, *ids...)
		slices.Sort(*ids)
		*ids = slices.Compact(*ids)
	}
	g.Units = append([]string{}, g.Units...)
	slices.Sort(g.Units)
	g.Units = slices.Compact(g.Units)
	switch {
	case role.Admin && (!g.AllSites || len(g.Sites)+len(g.Branches)+len(g.Units) > 0):
		wrong["sites"] = "管理员角色在整个平台有效，不限站点、栏目和部门"
	case g.AllSites == (len(g.Sites) > 0):
		wrong["sites"] = "请指明站点，或全部站点，二者选一"
	case g.AllSites && len(g.Branches) > 0:
		wrong["columns"] = "限定栏目时请指明站点"
	}
	return wrong
}

// mayGrant returns the permission by which the actor grants the role, or a Forbidden fault.
func (d *Desk) mayGrant(ctx context.Context, tx bun.IDB, by actor.Actor, role Role) (actor.Permission, error) {
	err := by.CheckAll(Grant)
	if err == nil {
		return Grant, nil
	}
	if !role.Admin || by.CheckAll(Write) != nil {
		return "", err
	}
	some, dberr := holders(ctx, tx, SecurityAdmin)
	if dberr != nil || some > 0 {
		return "", cmp.Or(dberr, err)
	}
	return Write, nil
}

// holders counts the active officers with a role.
func holders(ctx context.Context, db bun.IDB, role string) (int64, error) {
	return db.NewSelect().Model((*officerRow)(nil)).Where("state = ?", Active).
		Where("id IN (?)", db.NewSelect().Model((*grantRow)(nil)).Column("officer_id").Where("role = ?", role)).
		Count(ctx)
}

func (d *Desk) insertGrant(ctx context.Context, tx bun.Tx, g GrantRequest, role Role, action actor.Permission,
	by actor.Actor) (Granted, error) {
	var have []grantRow
	if err := tx.NewSelect().Model(&have).Where("officer_id = ?", g.Officer).Scan(ctx); err != nil {
		return Granted{}, err
	}
	for _, h := range have {
		if held, _ := d.Role(h.Role); role.Admin || held.Admin {
			return Granted{}, separate(held.Name)
		}
	}
	r := &grantRow{
		ID:        store.NewID(),
		OfficerID: g.Officer,
		Role:      role.Code,
		AllSites:  g.AllSites,
		Sites:     g.Sites,
		Branches:  g.Branches,
		Units:     g.Units,
		GrantedBy: by.String(),
		GrantedAt: d.now().UnixMilli(),
	}
	_, err := tx.NewInsert().Model(r).Exec(ctx)
	if store.UniqueViolation(err) { // another writer was first, see org_grant_one_administrator
		return Granted{}, separate("管理员")
	}
	if err != nil {
		return Granted{}, err
	}
	return r.granted(), audit.Append(ctx, tx, audit.Entry{Action: action, Object: "officer", ID: g.Officer,
		Detail: fmt.Sprintf("授予 %s，全部站点 %t，站点 %v，栏目 %v，部门 %v", role.Code, g.AllSites, g.Sites, g.Branches,
			g.Units)})
}

// separate says that administrators have no other role.
func separate(held string) error {
	return fault.New(fault.Conflict, "此人已是%s；系统、安全、审计管理员须由不同的人担任，也不兼任其他角色", held)
}

// stillHeld refuses a change after which nobody could manage accounts or rights any more.
func (d *Desk) stillHeld(ctx context.Context, tx bun.IDB, roles ...string) error {
	for _, code := range roles {
		if code != SystemAdmin && code != SecurityAdmin {
			continue
		}
		if left, err := holders(ctx, tx, code); err != nil || left == 0 {
			role, _ := d.Role(code)
			return cmp.Or(err, fault.New(fault.Conflict, "这是最后一位%s，请先由另一人担任", role.Name))
		}
	}
	return nil
}

// Take takes a grant away. It requires Grant. Taking it away again changes nothing.
func (d *Desk) Take(ctx context.Context, id int64) (err error) {
	defer fault.Annotate(&err, "people.Take(%d)", id)
	if _, err := allowed(ctx, Grant); err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r := &grantRow{}
		err := tx.NewSelect().Model(r).Where("id = ?", id).Scan(ctx)
		if store.NotFound(err) {
			return fault.New(fault.NotFound, "没有编号为 %d 的授权", id)
		}
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(r).WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := d.stillHeld(ctx, tx, r.Role); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Action: Grant, Object: "officer", ID: r.OfficerID,
			Detail: "撤销 " + r.Role})
	})
}

// unitsThere refuses codes that no department has.
func unitsThere(ctx context.Context, db bun.IDB, units []string) error {
	if len(units) == 0 {
		return nil
	}
	var known []string
	if err := db.NewSelect().Model((*departmentRow)(nil)).Column("code").Where("code IN (?)",
		bun.List(units)).Scan(ctx, &known); err != nil {
		return err
	}
	for _, u := range units {
		if !slices.Contains(known, u) {
			return fault.InvalidFields(map[string]string{"units": "没有部门 " + u}, "没有部门 %s", u)
		}
	}
	return nil
}
