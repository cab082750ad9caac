package editorial

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/site"
)

// StepKind is what a step of a flow looks at.
type StepKind string

// The kinds of steps.
const (
	ByReview    StepKind = "review"    // 审核
	ByProofread StepKind = "proofread" // 校对
	BySecrecy   StepKind = "secrecy"   // 保密审查 (保密法 35, 条例 17)
	ByPrivacy   StepKind = "privacy"   // 个人信息审查
)

// StepKinds are the kinds of steps with their names.
func StepKinds() map[StepKind]string {
	return map[StepKind]string{ByReview: "审核", ByProofread: "校对", BySecrecy: "保密审查", ByPrivacy: "个人信息审查"}
}

// Step is one step of a flow.
type Step struct {
	Name    string   `json:"name"`
	Kind    StepKind `json:"kind"`
	Units   []string `json:"units,omitempty"`   // counter-signing: a person of each unit approves; empty: one person
	Minutes int64    `json:"minutes,omitempty"` // time to decide; 0 no deadline
}

// waits are the units whose approval the step waits for; "" is any person with the permission.
func (s Step) waits() []string {
	if len(s.Units) == 0 {
		return []string{""}
	}
	return s.Units
}

// due is when the step that begins now is to be decided, unix ms; 0 never.
func (s Step) due(now time.Time) int64 {
	if s.Minutes == 0 {
		return 0
	}
	return now.Add(time.Duration(s.Minutes) * time.Minute).UnixMilli()
}

// Flow is the list of steps of a site or of a column and what is below it.
type Flow struct {
	bun.BaseModel `bun:"table:editorial_flow,alias:f"`

	ID      int64  `bun:"id,pk"`
	Owner   int64  `bun:"owner"`     // the site
	Column  int64  `bun:"column_id"` // 0: the site as a whole
	Steps   []Step `bun:"steps,type:text"`
	Version int64  `bun:"version"` // optimistic lock, from 1
	By      string `bun:"set_by"`  // kind and id of who set it last
	At      int64  `bun:"at"`      // unix ms
}

// Bounds of a flow.
const (
	maxSteps   = 8
	maxUnits   = 20
	maxName    = 40           // characters
	maxMinutes = 60 * 24 * 90 // a quarter of a year
)

func checkSteps(steps []Step) error {
	bad, texts := map[string]string{}, []string{}
	wrong := func(field, where, what string) {
		bad[field], texts = what, append(texts, where+what)
	}
	if len(steps) > maxSteps {
		wrong("steps", "流程", fmt.Sprintf("最多 %d 步", maxSteps))
	}
	for i, s := range steps {
		check := func(field, name string, ok bool, what string) {
			if !ok {
				wrong(fmt.Sprintf("steps[%d].%s", i, field), fmt.Sprintf("第 %d 步的%s", i+1, name), what)
			}
		}
		length := utf8.RuneCountInString(strings.TrimSpace(s.Name))
		check("name", "名称", length > 0 && length <= maxName, fmt.Sprintf("应填写，不超过 %d 字", maxName))
		check("kind", "种类", StepKinds()[s.Kind] != "", "应为 review、proofread、secrecy 或 privacy")
		check("minutes", "期限", s.Minutes >= 0 && s.Minutes <= maxMinutes,
			fmt.Sprintf("应在 0 到 %d 分钟之间", int64(maxMinutes)))
		each := len(slices.Compact(slices.Sorted(slices.Values(s.Units))))
		check("units", "会签部门", len(s.Units) <= maxUnits && !slices.Contains(s.Units, "") && each == len(s.Units),
			fmt.Sprintf("应不重复、不为空，最多 %d 个", maxUnits))
	}
	if len(bad) > 0 {
		return fault.InvalidFields(bad, "审核流程填写有误：%s", strings.Join(texts, "；"))
	}
	return nil
}

// SetFlow sets the steps of a site (column 0) or of a column; no steps remove it. version is that which
// the caller saw, 0 for a flow that is not there. Setting the flow of a site makes every release there need
// an approval; a column can have its own only below one of its site. Tasks that are open keep their steps.
func (d *Desk) SetFlow(ctx context.Context, f Flow) (_ *Flow, err error) {
	defer fault.Annotate(&err, "editorial.SetFlow(%d, %d)", f.Owner, f.Column)
	by, err := actor.Allowed(ctx, FlowWrite)
	if err != nil {
		return nil, err
	}
	if err := checkSteps(f.Steps); err != nil {
		return nil, err
	}
	var out *Flow
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		place, err := placeOf(ctx, tx, f.Owner, f.Column)
		if err != nil {
			return err
		}
		if err := by.Check(FlowWrite, place); err != nil {
			return err
		}
		have, err := flowsOf(ctx, tx, f.Owner)
		if err != nil {
			return err
		}
		out = &Flow{Owner: f.Owner, Column: f.Column, Steps: f.Steps, By: by.String(), At: d.Now().UnixMilli()}
		if err := saveFlow(ctx, tx, have, out, f.Version); err != nil {
			return err
		}
		if f.Column == 0 {
			step := actor.With(ctx, stepActor(by, f.Owner))
			if err := d.Items.RequireReview(step, f.Owner, len(f.Steps) > 0); err != nil {
				return err
			}
		}
		return audit.Append(ctx, tx, audit.Entry{
			Action: FlowWrite,
			Object: "flow",
			ID:     out.ID,
			Owner:  f.Owner,
			Detail: describe(f.Column, f.Steps),
		})
	})
	return out, err
}

func describe(column int64, steps []Step) string {
	where := "整个站点"
	if column != 0 {
		where = fmt.Sprintf("栏目 %d", column)
	}
	if len(steps) == 0 {
		return "取消审核流程，" + where
	}
	var names []string
	for _, s := range steps {
		name := s.Name + "（" + StepKinds()[s.Kind] + "）"
		if len(s.Units) > 0 {
			name += "会签 " + strings.Join(s.Units, "、")
		}
		names = append(names, name)
	}
	return "设定审核流程，" + where + "：" + strings.Join(names, " → ")
}

// saveFlow writes the flow over that of the same place, when nobody changed it since.
func saveFlow(ctx context.Context, tx bun.Tx, have []Flow, f *Flow, seen int64) error {
	i := slices.IndexFunc(have, func(o Flow) bool { return o.Column == f.Column })
	if i >= 0 && have[i].Version != seen || i < 0 && seen != 0 {
		return fault.New(fault.Conflict, "审核流程已被别人修改，请查看现在的流程后再设定")
	}
	whole := slices.ContainsFunc(have, func(o Flow) bool { return o.Column == 0 })
	switch {
	case len(f.Steps) == 0 && i < 0:
		return fault.New(fault.Conflict, "这里没有单独设定审核流程，不需要取消")
	case len(f.Steps) == 0 && f.Column == 0 && len(have) > 1:
		return fault.New(fault.Conflict, "还有栏目单独设定了审核流程，请先取消它们，再取消整个站点的流程")
	case f.Column != 0 && !whole:
		return fault.New(fault.Conflict, "请先为整个站点设定审核流程，再为栏目单独设定")
	case len(f.Steps) == 0:
		f.ID = have[i].ID
		_, err := tx.NewDelete().Model(f).WherePK().Exec(ctx)
		return err
	case i < 0:
		f.ID, f.Version = store.NewID(), 1
		_, err := tx.NewInsert().Model(f).Exec(ctx)
		return err
	}
	f.ID, f.Version = have[i].ID, seen+1
	_, err := tx.NewUpdate().Model(f).WherePK().Exec(ctx)
	return err
}

// Flows returns the flows of a site, that of the whole site first.
func (d *Desk) Flows(ctx context.Context, owner int64) ([]Flow, error) {
	by, err := actor.Allowed(ctx, Read, FlowWrite)
	if err != nil {
		return nil, err
	}
	if !by.Scope.Allows(owner) {
		return nil, nil
	}
	return flowsOf(ctx, d.DB.Read(), owner)
}

func flowsOf(ctx context.Context, db bun.IDB, owner int64) (out []Flow, err error) {
	err = db.NewSelect().Model(&out).Where("owner = ?", owner).Order("column_id").Scan(ctx)
	return out, err
}

// flowAt returns the steps for an item that stands in the column whose trail (itself, then upward) is given:
// those of the nearest column that has its own, else of the site; none when the site has no flow.
func flowAt(ctx context.Context, db bun.IDB, owner int64, trail []int64) ([]Step, error) {
	all, err := flowsOf(ctx, db, owner)
	if err != nil {
		return nil, err
	}
	for _, column := range append(slices.Clone(trail), 0) {
		if i := slices.IndexFunc(all, func(f Flow) bool { return f.Column == column }); i >= 0 {
			return all[i].Steps, nil
		}
	}
	return nil, nil
}

// placeOf is where a column of a site stands (column 0: the site). A column of another site is reported as missing.
func placeOf(ctx context.Context, db bun.IDB, owner, column int64) (actor.Place, error) {
	at := actor.At(owner)
	if column == 0 {
		return at, nil
	}
	sites, err := site.ColumnSites(ctx, db, []int64{column})
	if err != nil {
		return at, err
	}
	if sites[column] != owner {
		return at, fault.New(fault.NotFound, "站点里没有编号为 %d 的栏目", column)
	}
	trails, err := site.ColumnTrails(ctx, db, []int64{column})
	at.Path = trails[column]
	return at, err
}

// stepActor is the actor with what this slice needs of the library on one site, after its own check.
func stepActor(by actor.Actor, owners ...int64) actor.Actor {
	return actor.Actor{
		Kind:        by.Kind,
		ID:          by.ID,
		Name:        by.Name,
		Permissions: libraryRights(),
		Scope:       actor.Scope{Owners: owners},
	}
}
